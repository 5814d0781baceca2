"""What one subscription shows of one row: asked of the list behind it, rendered for its member."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

import msgspec

from fedinet.announcements.commands import with_emojis
from fedinet.announcements.entities import announcement_entity, reaction_entity
from fedinet.announcements.model import Reaction
from fedinet.announcements.store import find_shown, list_reactions
from fedinet.audiences.model import Viewer
from fedinet.conversations.entities import render_conversations
from fedinet.conversations.store import find_conversation_of
from fedinet.db.query import Conn, Pool
from fedinet.http.auth import Member
from fedinet.http.tokens import allows
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.paging import Page
from fedinet.lists.store import find_list
from fedinet.lists.timeline_store import list_timeline
from fedinet.notifications.entities import find_entity
from fedinet.posts import list_store
from fedinet.posts.model import Post
from fedinet.streaming.connection import Connection
from fedinet.streaming.model import WITH_MEDIA, Channel, Event, Stream
from fedinet.timelines.model import Item
from fedinet.timelines.statuses import render_items
from fedinet.timelines.store import list_home

_encode = msgspec.json.Encoder().encode

_ListOfPosts: TypeAlias = Callable[[Conn, Viewer, Page], Awaitable[list[Post]]]
_POSTS: Final[Mapping[Channel, _ListOfPosts]] = {
    Channel.PUBLIC: list_store.list_everyone,
    Channel.PUBLIC_MEDIA: list_store.list_everyone,
    Channel.LOCAL: list_store.list_local,
    Channel.LOCAL_MEDIA: list_store.list_local,
    Channel.REMOTE: list_store.list_elsewhere,
    Channel.REMOTE_MEDIA: list_store.list_elsewhere,
}


class Reading:
    """Reads rows for subscriptions and queues the events. One per hub."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def send(
        self, to: Connection, stream: Stream, event: Event, item_id: int, *, has_media: bool = True
    ) -> None:
        """Send a post or boost where the stream's own list has it for this member."""
        if to.is_over or (stream.channel in WITH_MEDIA and not has_media):
            return
        only_this = Page(limit=1, max_id=item_id + 1, since_id=item_id - 1)
        async with self._pool.acquire() as conn:
            items = await _items(conn, to.member, stream, only_this)
            statuses = await render_items(to.request, conn, to.member.viewer, items)
        for item, status in zip(items, statuses, strict=False):
            to.send(stream, event, bytes(status), post_id=item.post_id)

    async def send_conversation(self, to: Connection, stream: Stream, post_id: PostId) -> None:
        """Send the private conversation that a post has changed, to who takes part."""
        async with self._pool.acquire() as conn:
            one = await find_conversation_of(conn, to.member.viewer, post_id)
            if one is None:
                return
            entities = await render_conversations(to.request, conn, to.member, [one])
        for entity in entities:
            to.send(stream, Event.CONVERSATION, _encode(entity))

    async def announcement(
        self, uris: NodeUris, number: int, name: str
    ) -> tuple[Event, bytes] | None:
        """What holds of an announcement now, or of the emoji ``name`` under it."""
        async with self._pool.acquire() as conn:
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

    async def send_notification(self, to: Connection, stream: Stream, told_id: int) -> None:
        if not allows(to.member.scopes, "read:notifications"):
            return
        async with self._pool.acquire() as conn:
            entity = await find_entity(to.request, conn, to.member.viewer, told_id)
        if entity is not None:
            to.send(stream, Event.NOTIFICATION, _encode(entity))


async def _items(conn: Conn, member: Member, stream: Stream, page: Page) -> list[Item]:
    viewer = member.viewer
    match stream.channel:
        case Channel.USER:
            return await list_home(conn, viewer, page)
        case Channel.LIST:
            of = await find_list(conn, member.actor_id, stream.list_id)
            return [] if of is None else await list_timeline(conn, viewer, of, page)
        case Channel.TAG | Channel.TAG_LOCAL:
            local = True if stream.channel is Channel.TAG_LOCAL else None
            read = partial(list_store.list_by_tag, tag=stream.tag, local=local)
            posts = await read(conn, viewer, page=page)
        case channel:
            posts = await _POSTS[channel](conn, viewer, page)
    return [Item(post.id, post.id) for post in posts]
