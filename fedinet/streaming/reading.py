"""What streams show of one row: asked of the lists behind them, for all members at once.

A row is read and encoded once for each member, however many apps of theirs
listen, with as many statements for five hundred members as for one.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web

from fedinet.announcements.commands import with_emojis
from fedinet.announcements.entities import announcement_entity, reaction_entity
from fedinet.announcements.model import Reaction
from fedinet.announcements.store import find_shown, list_reactions
from fedinet.audiences.model import Viewer
from fedinet.conversations.entities import render_conversations
from fedinet.conversations.store import find_conversation_of
from fedinet.db.query import Conn
from fedinet.http.context import POOL, URIS
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import Page
from fedinet.lists.store import list_those_with
from fedinet.lists.timeline_store import list_timeline
from fedinet.notifications.entities import find_entity
from fedinet.posts import list_store
from fedinet.posts.list_store import Places
from fedinet.reactions.readers import Readings, find_seen, read_for
from fedinet.streaming.connection import Connection
from fedinet.streaming.model import LOCAL, PUBLIC, REMOTE, TAGS, Channel, Event, Stream
from fedinet.timelines.finders_store import list_finders
from fedinet.timelines.model import Item

_encode = msgspec.json.Encoder().encode

Place = tuple[ActorId, Stream]
"""A member, and a list of theirs that an app of theirs listens to."""
_NOWHERE: Final = Places(everyone=False, ours=False, elsewhere=False, tagged=False)


class Reading:
    """Reads rows for members. One per hub."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def find(
        self, places: Iterable[Place], item: Item, by: ActorId
    ) -> tuple[set[Place], Readings]:
        """Tell which of these places have a post or boost now, and read it for their members.

        For pages it is not read: they are told that something came, and not what.
        ``by``: whose post or boost it is.
        """
        async with self._app[POOL].acquire() as conn:
            found = await _find(conn, list(places), item, by)
            readers = {who for who, stream in found if stream.channel is not Channel.PAGE}
            if not readers:
                return found, Readings()
            seen = await find_seen(conn, readers, item.post_id, item.boost_id)
            if seen is None:
                return set(), Readings()
            return found, await read_for(self._app, conn, seen)

    async def conversation(self, one: Connection, post_id: PostId) -> bytes | None:
        """The private conversation that a post has changed, for who takes part."""
        async with self._app[POOL].acquire() as conn:
            found = await find_conversation_of(conn, one.member.viewer, post_id)
            if found is None:
                return None
            entities = await render_conversations(one.request, conn, one.member, [found])
        return _encode(entities[0]) if entities else None

    async def announcement(self, number: int, name: str) -> tuple[Event, bytes] | None:
        """What holds of an announcement now, or of the emoji ``name`` under it."""
        uris = self._app[URIS]
        async with self._app[POOL].acquire() as conn:
            one = await find_shown(conn, None, number)
            if one is not None and not name:
                one = await with_emojis(conn, uris, one)
            reactions = (await list_reactions(conn, None, [number])).get(number, [])
        if one is None:
            return None if name else (Event.ANNOUNCEMENT_DELETE, str(number).encode())
        if not name:
            entity = announcement_entity(one, reactions, uris, for_member=False)
            return Event.ANNOUNCEMENT, _encode(entity)
        left = next((each for each in reactions if each.name == name), Reaction(name, 0, False))
        entity = reaction_entity(left, uris) | {"announcement_id": str(number)}
        return Event.ANNOUNCEMENT_REACTION, _encode(entity)

    async def notification(self, one: Connection, told_id: int) -> bytes | None:
        async with self._app[POOL].acquire() as conn:
            entity = await find_entity(one.request, conn, one.member.viewer, told_id)
        return None if entity is None else _encode(entity)


async def _find(conn: Conn, places: list[Place], item: Item, by: ActorId) -> set[Place]:
    """Ask the lists behind the places, each kind of them once."""
    at_home = {who for who, stream in places if stream.channel in (Channel.USER, Channel.PAGE)}
    shared = {who for who, stream in places if stream.channel in PUBLIC | TAGS}
    homes = await list_finders(conn, at_home, item.id) if at_home else ()
    common = await list_store.list_finders(conn, shared, item.post_id) if shared else {}
    lists = await _lists(conn, places, item, by)
    return {
        (who, stream)
        for who, stream in places
        if (stream.channel in (Channel.USER, Channel.PAGE) and who in homes)
        or (stream.channel is Channel.LIST and (who, stream.list_id) in lists)
        or _holds(common.get(who, _NOWHERE), stream.channel)
    }


def _holds(shared: Places, channel: Channel) -> bool:
    """Tell whether one of the lists that all members share has the post."""
    if channel in TAGS:
        return shared.tagged
    if channel in LOCAL:
        return shared.ours
    if channel in REMOTE:
        return shared.elsewhere
    return channel in PUBLIC and shared.everyone


async def _lists(
    conn: Conn, places: list[Place], item: Item, by: ActorId
) -> set[tuple[ActorId, int]]:
    """The lists with somebody are few: each of them is read as an app would."""
    wanted = {stream.list_id for _, stream in places if stream.channel is Channel.LIST}
    only_this = Page(limit=1, max_id=item.id + 1, since_id=item.id - 1)
    return {
        (one.owner_id, one.id)
        for one in (await list_those_with(conn, wanted, by) if wanted else ())
        if await list_timeline(conn, Viewer(one.owner_id, is_member=True), one, only_this)
    }
