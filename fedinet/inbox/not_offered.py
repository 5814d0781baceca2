"""What is understood, and not offered here: recorded and dropped, each with a word that says why.

Whoever builds events, groups or introductions takes its types out of this table.
"""

from typing import Final

from fedinet.db.query import Tx
from fedinet.inbox.dispatch import ANYTHING, HandlerTable, Inbound
from fedinet.kernel.outcomes import Dropped, Outcome
from fedinet.vocab.intent import INTENT_TYPES, parse_intent

handlers = HandlerTable()

NOT_OFFERED: Final = Dropped("not_offered_yet")
READING_NOT_KEPT: Final = Dropped("reading_not_kept")
WHEREABOUTS_NOT_KEPT: Final = Dropped("whereabouts_not_kept")
DISLIKE_NOT_KEPT: Final = Dropped("dislike_not_kept")
NOTHING_TO_IGNORE: Final = Dropped("nothing_to_ignore")


@handlers.on("View", ANYTHING)
@handlers.on("Read", ANYTHING)
@handlers.on("Listen", ANYTHING)
async def forget_reading(_tx: Tx, _inbound: Inbound) -> Outcome:
    """Who reads, hears or looks at what is nobody's business here. PeerTube counts views so."""
    return READING_NOT_KEPT


@handlers.on("Arrive", ANYTHING)
@handlers.on("Travel", ANYTHING)
async def forget_whereabouts(_tx: Tx, _inbound: Inbound) -> Outcome:
    """Where somebody is stays with them."""
    return WHEREABOUTS_NOT_KEPT


@handlers.on("Dislike", ANYTHING)
@handlers.on("Undo", "Dislike")
async def forget_dislike(_tx: Tx, _inbound: Inbound) -> Outcome:
    """Nothing here ranks posts. Lemmy and PeerTube send these."""
    return DISLIKE_NOT_KEPT


@handlers.on("Ignore", ANYTHING)
async def hear_of_ignoring(_tx: Tx, _inbound: Inbound) -> Outcome:
    """A peer does not answer something (FEP-8a8e): we have asked for nothing of the kind."""
    return NOTHING_TO_IGNORE


async def check_intent(_tx: Tx, inbound: Inbound) -> Outcome:
    """Read it as strictly as whoever will act on it; then say that nobody does yet.

    Raises:
        Malformed: it is about nothing.
    """
    parse_intent(inbound.activity)
    return NOT_OFFERED


for _kind in sorted(INTENT_TYPES):
    handlers.on(_kind, ANYTHING)(check_intent)


@handlers.on("Undo", "Join", "Leave", "Invite", "TentativeAccept", "TentativeReject")
async def undo_intent(_tx: Tx, _inbound: Inbound) -> Outcome:
    return NOT_OFFERED
