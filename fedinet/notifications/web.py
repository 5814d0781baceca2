"""The page of what a member is told: in order of time, until it is put away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, TypeAlias

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.conversations.waiting_store import Kind as Awaited
from fedinet.conversations.waiting_store import Waiting, list_waiting
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.filters.folding import done_to
from fedinet.filters.model import Context
from fedinet.filters.reader import reader_filters
from fedinet.follows.model import STRANGERS, Relationship
from fedinet.follows.relations_store import list_relationships
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.notifications import markers_store, store
from fedinet.notifications.model import Kind, Notification
from fedinet.notifications.notices import SAID_BY_NOTICES, Notice, list_notices
from fedinet.posts.articles import Article, article_of
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible
from fedinet.posts.words import first_words
from fedinet.reactions.emoji import EmojiThanks
from fedinet.reactions.emoji_store import list_emoji_of

routes = web.RouteTableDef()
Left: TypeAlias = Mapping[tuple[PostId, ActorId], Sequence[EmojiThanks]]
_MOST_WORDS: Final = 120
_MOST_AT_ONCE: Final = 40
_TELLS_A_POST: Final = frozenset(
    {Kind.MENTION, Kind.REPLY, Kind.EDIT, Kind.QUOTE, Kind.STATUS, Kind.WELCOME}
)
_THANKS: Final = frozenset({Kind.LIKE, Kind.REACTION})
_TOGETHER: Final = _THANKS | {Kind.BOOST}
"""Several people who did this to one post, one after the other, share a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One notification, or several of a kind, with what its words need."""

    kind: Kind
    told: tuple[Notification, ...]
    """Newest first."""
    people: tuple[Actor, ...]
    post: Post | None
    author: Actor | None
    """Of the post."""
    notice: Notice | None
    """Where nobody in person stands first."""
    relation: Relationship
    """To the first of ``people``."""
    is_new: bool
    warning: str = ""
    """What the member calls the filter that folds the post in; ``""``: none does."""
    emojis: tuple[EmojiThanks, ...] = ()
    """With what they thanked, each once."""

    @property
    def shows_post(self) -> bool:
        """The post itself is the news; else a few of its words say which one is meant."""
        return self.kind in _TELLS_A_POST

    @property
    def article(self) -> Article | None:
        return None if self.post is None else article_of(self.post)

    @property
    def words(self) -> str:
        return "" if self.post is None else first_words(self.post, _MOST_WORDS)


@routes.get("/notifications")
async def show_notifications(request: web.Request) -> web.Response:
    """What happened to the member, newest first. Looking changes nothing."""
    found, page = require_member(request), read_page(request)
    async with request.app[POOL].acquire() as conn:
        told = await store.list_notifications(conn, found.viewer, page)
        ends = page.max_id is None and len(told) < page.limit
        is_calm = ends and not any(one.is_new for one in told)
        waiting = await _waiting(conn, found.viewer) if is_calm else []
        lines, people = await _lines(request, conn, found, told, [one.actor_id for one in waiting])
    return render(
        request,
        "notifications/notifications.html",
        nav="notifications",
        lines=lines,
        older=older_address(request, page, [one.id for one in told]),
        is_first=page.max_id is None,
        newest=told[0].id if told else None,
        waiting=[people[who] for who in dict.fromkeys(one.actor_id for one in waiting)],
        waits_at="/conversations" if any(one.post_id for one in waiting) else "/requests",
        has_new=any(line.is_new for line in lines),
    )


@routes.post("/notifications")
async def answer(request: web.Request) -> web.Response:
    """Mark as seen what the page showed, or put one or all of it away."""
    found = require_member(request)
    fields = await read_form(request)
    last = fields.integer("last") or 0
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "seen":
                await markers_store.mark_read_up_to(tx, found.actor_id, max(0, min(last, 2**62)))
            case "dismiss":
                for told in sorted(fields.integers("id")[:_MOST_AT_ONCE]):
                    await store.dismiss(tx, found.actor_id, told)
            case "dismiss-all":
                await store.dismiss_up_to(tx, found.actor_id, last)
            case other:
                raise Unprocessable(f"no such act on notifications: {other[:40]!r}")
    return see_other("/notifications")


async def _lines(
    request: web.Request,
    conn: Conn,
    owner: Member,
    told: Sequence[Notification],
    others: Collection[ActorId],
) -> tuple[list[Line], Mapping[ActorId, Actor]]:
    """And the ``others`` that stand on the page, read with those of the lines."""
    posts = await _posts(conn, owner.viewer, told)
    actors = await find_actors(
        conn,
        {line.actor_id for line in told} | {post.author_id for post in posts.values()} | {*others},
    )
    asking = {line.actor_id for line in told if line.kind in (Kind.FOLLOW, Kind.FOLLOW_REQUEST)}
    relations = await list_relationships(conn, owner.actor_id, asking)
    emojis = await _emojis(conn, told)
    notices = await list_notices(request, conn, told)
    filters, now = reader_filters(request, Context.NOTIFICATIONS), datetime.now(UTC)
    lines: list[Line] = []
    back = {one for one, relation in relations.items() if relation.following}
    for _, together in groupby(told, key=lambda one: _group(one, back)):
        several = tuple(together)
        first = several[0]
        if first.kind in SAID_BY_NOTICES and first.id not in notices:
            continue
        post = None if first.post_id is None else posts.get(first.post_id)
        done = None if post is None else done_to(post, filters, owner.actor_id, now)
        if done is not None and done.hidden:
            continue
        lines.append(
            Line(
                kind=first.kind,
                told=several,
                people=tuple(actors[one.actor_id] for one in several),
                post=post,
                notice=notices.get(first.id),
                author=None if post is None else actors[post.author_id],
                relation=relations.get(first.actor_id, STRANGERS),
                is_new=first.is_new,
                warning="" if done is None else done.warning,
                emojis=_left_by(several, emojis),
            )
        )
    return lines, actors


async def _waiting(conn: Conn, viewer: Viewer) -> list[Waiting]:
    """Whose letter or request waits, as Home says it."""
    waiting, _ = await list_waiting(conn, viewer, datetime.now(UTC))
    return [one for one in waiting if one.kind is not Awaited.NEWCOMER]


async def _emojis(conn: Conn, told: Sequence[Notification]) -> Left:
    """With what people thanked; nothing is asked where nobody did."""
    asked = [(one.post_id, one.actor_id) for one in told if one.kind in _THANKS and one.post_id]
    return await list_emoji_of(conn, asked) if asked else {}


def _left_by(several: Sequence[Notification], emojis: Left) -> tuple[EmojiThanks, ...]:
    found: dict[str, EmojiThanks] = {}
    for one in several:
        if one.kind in _THANKS and one.post_id is not None:
            for thanks in emojis.get((one.post_id, one.actor_id), ()):
                found.setdefault(thanks.name, thanks)
    return tuple(found.values())


def _group(one: Notification, followed: Collection[ActorId]) -> tuple[Kind, int | None, int | str]:
    """What shares a line: new followers of one time too, whom there is nothing to ask about."""
    if one.kind is Kind.FOLLOW_ACCEPTED or (one.kind is Kind.FOLLOW and one.actor_id in followed):
        return one.kind, None, one.key
    return one.kind, one.post_id, 0 if one.kind in _TOGETHER else one.id


async def _posts(conn: Conn, viewer: Viewer, told: Sequence[Notification]) -> dict[PostId, Post]:
    ids = [line.post_id for line in told if line.post_id is not None]
    return await list_visible(conn, viewer, ids)
