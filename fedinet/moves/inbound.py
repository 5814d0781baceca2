"""What remote actors say of their own moves.

Source: facts of Mastodon 4.2-4.7, C10 "Move"; FEP-7628. Only the old account
can say that it moved (push mode).
"""

from fedinet.actors.model import Actor
from fedinet.actors.places_store import set_moved_to
from fedinet.actors.remote_store import upsert_remote_actor
from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.db.query import Conn, Tx
from fedinet.inbox.dispatch import ANYTHING, GONE, HandlerTable, Inbound, Needs
from fedinet.kernel.errors import Malformed
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.moves import store
from fedinet.moves.commands import promise_carrying_over
from fedinet.moves.model import Destination, decide_move
from fedinet.vocab.activity import Activity, Document
from fedinet.vocab.actor import RemoteActor, parse_actor

handlers = HandlerTable()

NOT_ITSELF = Dropped("not_itself")
TARGET_UNAVAILABLE = Dropped("target_unavailable")


async def its_destination(conn: Conn, activity: Activity) -> Needs:
    """The new account as its own server shows it now; ours are here."""
    target = activity.target
    if target is None or activity.object_uri != activity.actor:
        return Needs()
    known = await find_actor_by_uri(conn, target)
    return Needs() if known is not None and known.is_local else Needs(objects=(target,))


@handlers.on("Move", ANYTHING, needs=its_destination)
async def move_actor(tx: Tx, inbound: Inbound) -> Outcome:
    """An actor has moved: whoever follows it here will follow the new account.

    The new account has to name the old one, and must not have moved itself.
    Once a week at most: moves in a circle, and repeated ones, end here.
    """
    activity = inbound.activity
    if activity.object_uri != activity.actor:
        return NOT_ITSELF
    if activity.target is None:
        return Dropped("malformed")
    found = await _destination(tx, inbound, activity.target)
    if found is None:
        return TARGET_UNAVAILABLE
    to = Destination(found.uri, found.also_known_as, found.moved_to)
    last = await store.lock_move(tx, inbound.actor_id)
    refusal = decide_move(activity.actor, to, last=last, now=inbound.now)
    if refusal is not None:
        return Dropped(refusal.reason)
    new = found if isinstance(found, Actor) else await _kept(tx, inbound, found)
    if new.is_gone or new.is_suspended:
        return TARGET_UNAVAILABLE
    old = await set_moved_to(tx, inbound.actor_id, new.uri)
    await store.upsert_move(tx, old.id, new.uri, inbound.now)
    await promise_carrying_over(tx, old, new)
    return Applied()


async def _destination(tx: Tx, inbound: Inbound, uri: str) -> Actor | RemoteActor | None:
    known = await find_actor_by_uri(tx, uri)
    if known is not None and known.is_local:
        return None if known.is_gone or known.is_suspended else known
    fetched = inbound.gathered.documents.get(uri)
    return None if fetched is None or fetched is GONE else _read(fetched)


def _read(document: Document) -> RemoteActor | None:
    try:
        return parse_actor(document)
    except Malformed:
        return None


async def _kept(tx: Tx, inbound: Inbound, remote: RemoteActor) -> Actor:
    return await get_actor(tx, await upsert_remote_actor(tx, remote, inbound.now))
