"""What other communities' nodes say about alliances: asked, agreed, declined, ended.

A yes is only a hint to look: what counts is the statement at its origin. A no,
or a word taken back, is believed at once, from the node itself.
"""

from dataclasses import replace
from typing import Final

from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.allies import activities, commands, store
from fedinet.allies.model import CHECKED_EVERY, Ally, Standing
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import origin_of

handlers = HandlerTable()

_NO_NODE: Final = Dropped("not_a_node")
_UNKNOWN_OFFER: Final = Dropped("unknown_offer")


@handlers.on("Offer", "Relationship")
async def note_offer(tx: Tx, inbound: Inbound) -> Outcome:
    """Another node says that it names us. Stewards hear of it once that is proven."""
    word = activities.read_offered(inbound.activity)
    if inbound.is_forwarded or word.offer is None:
        return Dropped("not_its_own")
    actor = await get_actor(tx, inbound.actor_id)
    if actor.kind != "Application":
        return _NO_NODE
    about = await find_actor_by_uri(tx, word.about or "")
    if about is None or not about.is_local or about.kind != "Application":
        return Dropped("names_another")
    origin = origin_of(actor.uri)
    ally = await store.lock_ally(tx, origin.domain)
    if ally is None and not await store.may_ask(tx, origin.domain):
        return Dropped("too_many")
    ally = ally or Ally(domain=origin.domain, origin=str(origin))
    if ally.we_name_them(inbound.now) and ally.node_uri not in ("", actor.uri):
        return _NO_NODE
    after = replace(ally, their_offer=word.offer)
    await store.save_ally(tx, after, check_after=inbound.now + CHECKED_EVERY)
    await commands.check_soon(tx, ally.domain, key=word.offer)
    return Applied()


@handlers.on("Accept", "Offer", "?")
async def note_accept(tx: Tx, inbound: Inbound) -> Outcome:
    """The other node says that it names us now, too."""
    ally = await _ally_of(tx, inbound)
    word = activities.read_answered(inbound.activity)
    if ally is None or word.offer != ally.our_uri or not ally.we_name_them(inbound.now):
        return _unknown(inbound)
    await commands.check_soon(tx, ally.domain, key=inbound.activity.id or ally.our_uri)
    return Applied()


@handlers.on("Reject", "Offer", "?")
async def end_ours(tx: Tx, inbound: Inbound) -> Outcome:
    """The other node says no to what we offered, or ends what it said yes to."""
    ally = await _ally_of(tx, inbound)
    word = activities.read_answered(inbound.activity)
    if ally is None or not ally.our_uri or word.offer != ally.our_uri:
        return _unknown(inbound)
    await commands.ended_by_them(tx, ally, inbound.now)
    return Applied()


@handlers.on("Undo", "Offer")
async def end_theirs(tx: Tx, inbound: Inbound) -> Outcome:
    """The other node takes its own offer back, before or after our yes."""
    ally = await _ally_of(tx, inbound)
    if ally is None or ally.standing(inbound.now) is Standing.ENDED:
        return _UNKNOWN_OFFER
    await commands.ended_by_them(tx, ally, inbound.now)
    return Applied()


async def _ally_of(tx: Tx, inbound: Inbound) -> Ally | None:
    """The community whose node says this; nobody else speaks for it."""
    ally = await store.lock_ally(tx, origin_of(inbound.activity.actor).domain)
    if ally is None or ally.node_uri != inbound.activity.actor or inbound.is_forwarded:
        return None
    return ally


def _unknown(inbound: Inbound) -> Outcome:
    return UNKNOWN_OBJECT if inbound.activity.object_type == "?" else _UNKNOWN_OFFER
