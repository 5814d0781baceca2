"""Posts and boosts as apps know them: Status entities, completed for one reader.

A page costs five or six statements, whatever its length. Popularity is told to
the author alone; how many answers there are, to everybody.

Source: https://docs.joinmastodon.org/entities/Status/
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS, VISIBILITY_WORDS
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.emojis.model import entity as emoji_entity
from fedinet.filters.entities import filter_results
from fedinet.filters.model import Filter, match
from fedinet.filters.store import list_filters
from fedinet.filters.words import words_of
from fedinet.http.context import URIS
from fedinet.http.json import timestamp
from fedinet.http.ready import Met
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, PostId
from fedinet.polls.entities import entity as poll_entity
from fedinet.polls.store import list_own_votes
from fedinet.posts.entities import FRAGMENTS, said
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible, list_visible
from fedinet.reactions.model import NO_REACTIONS, Boost, OwnReactions
from fedinet.reactions.quoting import quote_approval, quote_entity, shallow_quote
from fedinet.reactions.store import find_boost, list_own_reactions

_encode = msgspec.json.Encoder().encode
_NONE: Final = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One place in a list: a post, or somebody's boost of it. Both came through the gate."""

    post: Post
    boost: Boost | None = None


async def get_shown_status(conn: Conn, viewer: Viewer, status_id: int) -> Shown:
    """Read what an app names by this id.

    Raises:
        NotFound: nothing; or not for this viewer.
    """
    post = await find_visible(conn, viewer, PostId(status_id))
    if post is not None:
        return Shown(post)
    boost = await find_boost(conn, viewer, status_id)
    boosted = None if boost is None else await find_visible(conn, viewer, boost.post_id)
    if boosted is None:
        raise NotFound(f"no status {status_id} for {viewer}")
    return Shown(boosted, boost)


async def render_posts(
    request: web.Request, conn: Conn, viewer: Viewer, posts: Iterable[Post]
) -> list[msgspec.Raw]:
    """Encode posts that came through the gate; the order stays."""
    return await render(request, conn, viewer, [Shown(post) for post in posts])


async def render_one(
    request: web.Request, conn: Conn, viewer: Viewer, shown: Shown, **more: object
) -> msgspec.Raw:
    """Encode one, with further fields at its end."""
    [encoded] = await render(request, conn, viewer, [shown])
    return _joined(bytes(encoded)[:-1], more) if more else encoded


async def render(
    request: web.Request,
    conn: Conn,
    viewer: Viewer,
    shown: Sequence[Shown],
    met: Met | None = None,
) -> list[msgspec.Raw]:
    """Encode posts and boosts for the viewer; the order stays. ``met``: is told what is read."""
    posts = {item.post.id: item.post for item in shown}
    quoted = await _quoted(conn, viewer, posts)
    posts = quoted | posts
    parent_ids = {PostId(post.parent_id) for post in posts.values() if post.parent_id is not None}
    parents = {post_id: posts[post_id] for post_id in parent_ids & posts.keys()}
    missing = parent_ids - parents.keys()
    if missing:
        parents |= await list_visible(conn, viewer, missing)
    standing = {post.author_id for post in posts.values()}
    standing |= {item.boost.actor_id for item in shown if item.boost is not None}
    mentioned = {actor_id for post in posts.values() for actor_id in post.mentions}
    actors = await find_actors(conn, standing | mentioned)
    if met is not None:
        _tell(met, (posts | parents).values(), actors.values())
    accounts = await request.app[ACCOUNTS].render(
        conn, viewer.actor_id, [actors[actor_id] for actor_id in standing]
    )
    reactions: Mapping[PostId, OwnReactions] = {}
    if viewer.actor_id is not None:
        reactions = await list_own_reactions(conn, viewer.actor_id, posts)
    votes = await _own_votes(conn, viewer, posts.values())
    filters = [] if viewer.actor_id is None else await list_filters(conn, viewer.actor_id)
    sheet = Sheet(request.app, viewer, parents, quoted, actors, accounts, reactions, votes, filters)
    return [sheet.status(item) for item in shown]


def _tell(met: Met, posts: Iterable[Post], actors: Iterable[Actor]) -> None:
    """Say what statuses depend on; what is answered or quoted also where it is not shown."""
    for post in posts:
        quoted_id = None if post.quote is None else post.quote.post_id
        met.add(post.id, post.author_id, post.parent_id, quoted_id)
    for actor in actors:
        met.add(actor.id)
        if actor.moved_to is not None:  # an account inside the account, by its address
            met.may_be_kept = False


async def _quoted(conn: Conn, viewer: Viewer, posts: Mapping[PostId, Post]) -> dict[PostId, Post]:
    """Read what posts quote, as far as it is agreed to and the viewer may see it."""
    wanted = {
        post.quote.post_id
        for post in posts.values()
        if post.quote is not None and post.quote.is_shown and post.quote.post_id is not None
    }
    found = {post_id: posts[post_id] for post_id in wanted & posts.keys()}
    missing = wanted - found.keys()
    return found | (await list_visible(conn, viewer, missing) if missing else {})


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the statuses of one page need, for one reader."""

    app: web.Application
    viewer: Viewer
    parents: Mapping[PostId, Post]
    quoted: Mapping[PostId, Post]
    """What they quote, as far as the viewer may see it."""
    actors: Mapping[ActorId, Actor]
    accounts: Mapping[ActorId, msgspec.Raw]
    reactions: Mapping[PostId, OwnReactions]
    votes: Mapping[PostId, tuple[int, ...]]
    filters: Sequence[Filter]

    def status(self, item: Shown) -> msgspec.Raw:
        post = item.post
        encoded = self._whole(post, self._quote(post))
        return encoded if item.boost is None else self._boost(item.boost, post, encoded)

    def _whole(self, post: Post, quote: object) -> msgspec.Raw:
        author = self.actors[post.author_id]
        beginning = self.app[FRAGMENTS].fragment(post, author, self._mentioned(post))
        return _joined(beginning, self._for_reader(post) | {"reblog": None, "quote": quote})

    def _quote(self, post: Post) -> dict[str, object] | None:
        """What a post quotes, with the whole status inside; of that, only the id of the next."""
        inner = self._inner(post)
        if inner is None:
            return quote_entity(post.quote, None)
        next_one = shallow_quote(inner.quote, may_see=self._inner(inner) is not None)
        return quote_entity(post.quote, self._whole(inner, next_one))

    def _inner(self, post: Post) -> Post | None:
        if post.quote is None or not post.quote.is_shown or post.quote.post_id is None:
            return None
        return self.quoted.get(post.quote.post_id)

    def _boost(self, boost: Boost, post: Post, encoded: msgspec.Raw) -> msgspec.Raw:
        """The wrapper: the booster's, with the post inside."""
        wrapper = said(post, self._mentioned(post), self.app[URIS]) | {
            "id": str(boost.id),
            "uri": boost.uri,
            "created_at": timestamp(boost.created_at),
            "edited_at": None,
            "visibility": VISIBILITY_WORDS[boost.visibility],
        }
        wrapper |= self._for_reader(post)
        wrapper |= {
            "account": self.accounts[boost.actor_id],
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "reblog": encoded,
            "quote": self._quote(post),
        }
        return msgspec.Raw(_encode(wrapper))

    def _for_reader(self, post: Post) -> dict[str, object]:
        is_own = post.author_id == self.viewer.actor_id
        parent = None if post.parent_id is None else self.parents.get(PostId(post.parent_id))
        fields: dict[str, object] = {
            "account": self.accounts[post.author_id],
            "in_reply_to_id": None if parent is None else str(parent.id),
            "in_reply_to_account_id": None if parent is None else str(parent.author_id),
            "replies_count": post.replies_count,
            "reblogs_count": post.boosts_count if is_own else 0,
            "favourites_count": post.likes_count if is_own else 0,
            "quotes_count": self.reactions.get(post.id, NO_REACTIONS).quotes,
            "quote_approval": quote_approval(
                post,
                self.viewer.actor_id,
                follows_author=self.reactions.get(post.id, NO_REACTIONS).follows_author,
            ),
            "poll": self._poll(post, is_own=is_own),
        }
        if self.viewer.actor_id is not None:
            own = self.reactions.get(post.id, NO_REACTIONS)
            fields |= {
                "favourited": own.liked,
                "reblogged": own.boosted,
                "muted": own.muted,
                "bookmarked": own.saved,
                "filtered": _NONE if is_own else self._filtered(post),
            }
            if is_own:
                fields["pinned"] = own.pinned
        return fields

    def _filtered(self, post: Post) -> Sequence[object]:
        if not self.filters:
            return _NONE
        return filter_results(match(self.filters, words_of(post), post.id, datetime.now(UTC)))

    def _poll(self, post: Post, *, is_own: bool) -> dict[str, object] | None:
        if post.poll is None:
            return None
        chosen = None if self.viewer.actor_id is None else self.votes.get(post.id, ())
        now = datetime.now(UTC)
        origin = str(self.app[URIS].origin)
        emojis = [emoji_entity(emoji, origin) for emoji in post.emojis]
        return poll_entity(post.id, post.poll, chosen=chosen, is_own=is_own, now=now, emojis=emojis)

    def _mentioned(self, post: Post) -> list[Actor]:
        return [self.actors[actor_id] for actor_id in post.mentions if actor_id in self.actors]


async def _own_votes(
    conn: Conn, viewer: Viewer, posts: Iterable[Post]
) -> Mapping[PostId, tuple[int, ...]]:
    """What the reader voted for; nothing is asked for pages without a poll."""
    with_poll = [post.id for post in posts if post.poll is not None]
    if viewer.actor_id is None or not with_poll:
        return {}
    return await list_own_votes(conn, viewer.actor_id, with_poll)


def _joined(beginning: bytes, more: Mapping[str, object]) -> msgspec.Raw:
    """Put an object together from its encoded beginning and further fields."""
    return msgspec.Raw(b"".join((beginning, b",", _encode(more)[1:])))
