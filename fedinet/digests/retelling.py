"""What an overview says, read when it is sent: it may have waited for hours, or for days.

A message in the queue holds from when to when it tells, and no word of anybody. What was
deleted, hidden or read meanwhile is not in it, nor what the member wants no more of.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from fedinet.db.query import Tx
from fedinet.digests.clock import quiet_until
from fedinet.digests.gather import Wanted, gather
from fedinet.digests.model import Pace
from fedinet.digests.readers import Desk, filters_of, lock_reader
from fedinet.digests.words import sections
from fedinet.http.i18n import catalogue
from fedinet.mail.model import Mail
from fedinet.mail.sections import sections_fact

_FACT: Final = "wanted"


def wanted_fact(wanted: Wanted) -> dict[str, str]:
    """The fact of a message from which it is told."""
    return {_FACT: msgspec.json.encode(wanted).decode()}


async def retell(desk: Desk, tx: Tx, mail: Mail) -> Mapping[str, str] | datetime | None:
    """The facts with what there is to tell now; a moment: it is quiet until then.

    None: there is nothing to tell any more, or not to this address.
    """
    if _FACT not in mail.facts:
        return mail.facts  # written by an earlier release, with its words
    reader = None if mail.account_id is None else await lock_reader(desk, tx, mail.account_id)
    if reader is None or reader.mailbox is None or reader.mailbox.address != mail.recipient:
        return None
    now = datetime.now(UTC)
    if (until := quiet_until(reader.rhythm, reader.zone, now)) is not None:
        return until
    wanted = msgspec.json.decode(mail.facts[_FACT], type=Wanted)
    since = {
        rubric: moment
        for rubric, moment in wanted.since.items()
        if reader.rhythm.mail[rubric] is not Pace.NEVER
    }
    wanted = replace(wanted, since=since)
    overview = await gather(tx, reader.plan.actor_id, wanted, await filters_of(tx, reader), now)
    if overview.is_empty:
        return None
    said = sections(overview, catalogue(mail.language).gettext, by_mail=True)
    return {**mail.facts, **sections_fact(said)}
