"""What remote actors do with themselves: Update and Delete of an actor.

Source: ActivityPub 7.3 and 7.4; facts of Mastodon 4.2-4.7, C3 and C4.
"""

from datetime import timedelta

from fedinet.actors.refresh import promise_refresh
from fedinet.actors.remote_store import upsert_remote_actor
from fedinet.actors.store import get_actor
from fedinet.db.query import Conn, Tx
from fedinet.inbox.dispatch import GONE, HandlerTable, Inbound, Needs
from fedinet.kernel.errors import Malformed
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.profiles.farewell import bid_farewell
from fedinet.vocab.activity import Activity, Document
from fedinet.vocab.actor import RemoteActor, parse_actor

handlers = HandlerTable()

NOT_ITSELF = Dropped("not_itself")


async def its_document(_conn: Conn, activity: Activity) -> Needs:
    """The actor as its own server shows it now: newer than any Update under way."""
    if activity.object_uri != activity.actor:
        return Needs()
    return Needs(objects=(activity.actor,))


@handlers.on("Update", "Actor", needs=its_document)
async def update_actor(tx: Tx, inbound: Inbound) -> Outcome:
    """Take over a changed profile, as its server shows it now.

    What was embedded counts only where the server did not show it: it is as
    authentic, and may be older.
    """
    activity = inbound.activity
    if activity.object_uri != activity.actor:
        return NOT_ITSELF
    fetched = inbound.gathered.documents.get(activity.actor)
    if fetched is GONE:
        return Dropped("actor_gone")
    remote = _read(fetched if fetched is not None else activity.object_document)
    if remote is None or remote.uri != activity.actor:
        return Dropped("malformed")
    await upsert_remote_actor(tx, remote, inbound.now)
    if (await get_actor(tx, inbound.actor_id)).handle_checked_at is None:
        # A new name is only claimed, until WebFinger has confirmed it.
        await promise_refresh(tx, inbound.actor_id, older_than=timedelta(), now=inbound.now)
    return Applied()


def _read(document: Document | None) -> RemoteActor | None:
    if document is None:
        return None
    try:
        return parse_actor(document)
    except Malformed:
        return None


@handlers.on("Delete", "Actor")
async def delete_actor(tx: Tx, inbound: Inbound) -> Outcome:
    """An actor is no more: the gate hides it at once, its follows end, a job erases the rest."""
    activity = inbound.activity
    if activity.object_uri != activity.actor:
        return NOT_ITSELF
    if (await get_actor(tx, inbound.actor_id)).is_gone:
        return Dropped("no_change")
    return Applied(tuple(await bid_farewell(tx, inbound.actor_id)))
