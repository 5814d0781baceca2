"""One post or boost as Status entities for many readers at once, each as ``statuses`` says it.

What is alike for all is read once, and what differs by reader once for all of
them: as many statements for five hundred as for one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.filters.store import list_filters_of
from fedinet.kernel.ids import ActorId, PostId
from fedinet.polls.store import list_own_votes_of
from fedinet.posts.model import Post
from fedinet.posts.store import list_seen
from fedinet.reactions.model import Boost
from fedinet.reactions.readers_store import find_seen_boost, list_reactions_of
from fedinet.reactions.statuses import Sheet, Shown


@dataclass(frozen=True, slots=True)
class Seen:
    """A post or boost, with those members of whom was asked that may see it."""

    shown: Shown
    viewers: frozenset[ActorId]


@dataclass(frozen=True, slots=True)
class Readings:
    """A post or boost, and what differs by reader. Nothing is read any more to encode it."""

    shown: Shown | None = None
    sheets: Mapping[ActorId, Sheet] = field(default_factory=dict[ActorId, Sheet])

    def status(self, reader: ActorId) -> bytes | None:
        """The Status entity for one of the readers; None for whom it is not."""
        sheet = self.sheets.get(reader)
        if sheet is None or self.shown is None:
            return None
        return bytes(sheet.status(self.shown))


async def find_seen(
    conn: Conn, members: Collection[ActorId], post_id: PostId, boost_id: int | None = None
) -> Seen | None:
    """Ask the gate once for all of these members; None where none may see it."""
    boost: Boost | None = None
    viewers: Collection[ActorId] = members
    if boost_id is not None:
        found = await find_seen_boost(conn, members, boost_id)
        if found is None:
            return None
        boost, viewers = found
    for post, able in await list_seen(conn, viewers, [post_id]):
        return Seen(Shown(post, boost), able)
    return None


async def read_for(app: web.Application, conn: Conn, seen: Seen) -> Readings:
    """Read what each of the viewers needs to be shown it."""
    post, boost = seen.shown.post, seen.shown.boost
    quoted = await _seen(conn, seen.viewers, _quoted_ids([post]))
    parents = await _parents(conn, seen, quoted)
    posts = {one.id: one for one, _ in quoted} | {post.id: post}
    standing = {one.author_id for one in posts.values()}
    standing |= set() if boost is None else {boost.actor_id}
    mentioned = {actor_id for one in posts.values() for actor_id in one.mentions}
    actors = await find_actors(conn, standing | mentioned)
    shown_actors = [actors[actor_id] for actor_id in standing]
    reactions = await list_reactions_of(conn, seen.viewers, posts.keys())
    asked = [one.id for one in posts.values() if one.poll is not None]
    votes: Mapping[ActorId, Mapping[PostId, tuple[int, ...]]] = {}
    if asked:
        votes = await list_own_votes_of(conn, seen.viewers, asked)
    filters = await list_filters_of(conn, seen.viewers)
    sheets = {
        actor_id: Sheet(
            app,
            Viewer(actor_id, is_member=True),
            _of(parents, actor_id),
            _of(quoted, actor_id),
            actors,
            await app[ACCOUNTS].render(conn, actor_id, shown_actors),  # counted once for all
            reactions.get(actor_id, {}),
            votes.get(actor_id, {}),
            filters.get(actor_id, ()),
        )
        for actor_id in seen.viewers
    }
    return Readings(seen.shown, sheets)


_SeenPosts = Sequence[tuple[Post, frozenset[ActorId]]]


async def _parents(conn: Conn, seen: Seen, quoted: _SeenPosts) -> _SeenPosts:
    """What the post and what it quotes answer to, with who may see that."""
    known: _SeenPosts = [*quoted, (seen.shown.post, seen.viewers)]
    wanted = {PostId(one.parent_id) for one, _ in known if one.parent_id is not None}
    there = [pair for pair in known if pair[0].id in wanted]
    return [*there, *await _seen(conn, seen.viewers, wanted - {one.id for one, _ in there})]


async def _seen(conn: Conn, viewers: frozenset[ActorId], post_ids: set[PostId]) -> _SeenPosts:
    return await list_seen(conn, viewers, post_ids) if post_ids else ()


def _quoted_ids(posts: Iterable[Post]) -> set[PostId]:
    return {
        one.quote.post_id
        for one in posts
        if one.quote is not None and one.quote.is_shown and one.quote.post_id is not None
    }


def _of(posts: _SeenPosts, actor_id: ActorId) -> Mapping[PostId, Post]:
    return {post.id: post for post, viewers in posts if actor_id in viewers}
