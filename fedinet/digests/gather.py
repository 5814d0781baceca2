"""What there is to tell a member: read through the gate, without what their filters hide."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.announcements.model import Announcement
from fedinet.announcements.store import list_shown
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.digests.model import Rubric
from fedinet.digests.rubrics import TALK, rubric_of
from fedinet.digests.standing_store import Asked, Standing, read_standing
from fedinet.filters.folding import done_to
from fedinet.filters.model import Filter
from fedinet.kernel.ids import ActorId, PostId, first_id_at
from fedinet.kernel.paging import Page
from fedinet.notifications.markers_store import list_markers
from fedinet.notifications.model import OF_MATTERS, Kind, Notification, Timeline
from fedinet.notifications.store import list_notifications
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible

MOST: Final = 8
"""Lines of a section; more are on the pages."""
_MOST_READ: Final = 60
_MOST_PAGES: Final = 5
"""Of what others read along: who waits is found behind it, and nobody can bury them cheaply."""
_ASKED: Final = (Kind.FOLLOW_REQUEST, *OF_MATTERS)


@dataclass(frozen=True, slots=True)
class Item:
    """Somebody did something, to a post or not."""

    kind: Kind
    actor: Actor
    post: Post | None = None
    warning: str = ""
    """What the member calls the filter that folds the post in; ``""``: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Newest first; each list one longer than is shown where there is more."""

    waiting: Sequence[Item] = ()
    matters: int = 0
    """Open ones on the desk that the member was told of as a steward."""
    mentions: Sequence[Item] = ()
    newcomers: Sequence[Actor] = ()
    announcements: Sequence[Announcement] = ()

    @property
    def is_empty(self) -> bool:
        return not (
            self.waiting or self.matters or self.mentions or self.newcomers or self.announcements
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``since``: by rubric, what is newer; others are left out. ``seen``: rubrics of which also
    what the member has seen is told, as long as it holds."""

    since: Mapping[Rubric, datetime]
    until: datetime
    seen: Collection[Rubric] = ()

    @property
    def is_as_pages_say(self) -> bool:
        """Who waits is said by the rule of Home, whatever was told, read or put away."""
        return Rubric.WAITING in self.since and Rubric.WAITING in self.seen


async def gather(
    conn: Conn, owner: ActorId, wanted: Wanted, filters: Sequence[Filter], now: datetime
) -> Overview:
    """Read what a member is to be told. Asks the gate now, and not when it is read.

    ``filters``: those of the member that look at notifications.
    """
    viewer = Viewer(owner, is_member=True)
    told = await _told(conn, viewer, wanted)
    standing = await _standing(conn, owner, told, wanted, now)
    about = {one.post_id for one in told if one.post_id is not None} - standing.muted
    kept = set(standing.letters)
    posts, warnings = await _posts(conn, viewer, about | kept, filters, now, kept=kept)
    people = {*standing.newcomers, *standing.requests, *(one.actor_id for one in told)}
    actors = await find_actors(conn, people | {posts[one].author_id for one in kept & posts.keys()})
    items = {Rubric.WAITING: _waiting(standing, posts, warnings, actors), Rubric.MENTIONS: []}
    unread = set(standing.unread)
    read_up_to = await _read_up_to(conn, owner, wanted)
    for one in told:
        post = None if one.post_id is None else posts.get(one.post_id)
        rubric = rubric_of(one.kind, None if post is None else post.visibility)
        if (
            one.kind in OF_MATTERS
            or rubric is None
            or rubric not in wanted.since
            or one.created_at <= wanted.since[rubric]
            or (one.id <= read_up_to and rubric not in wanted.seen)
            or one.actor_id not in actors
            or len(items[rubric]) > MOST
            or (
                wanted.is_as_pages_say and rubric is Rubric.WAITING and one.kind is not Kind.WELCOME
            )
        ):
            continue
        if one.kind is Kind.WELCOME:
            still = post is not None and post.id in standing.hellos
        elif one.kind is Kind.FOLLOW_REQUEST:
            still = one.actor_id in standing.asking
        elif post is None:
            still = False
        elif rubric is Rubric.MENTIONS:
            still = True
        else:
            still = post.root_id in unread
            unread.discard(post.root_id)  # it is told once
        if still:
            warning = "" if post is None else warnings[post.id]
            items[rubric].append(Item(one.kind, actors[one.actor_id], post, warning))
    return Overview(
        waiting=items[Rubric.WAITING],
        matters=standing.matters,
        mentions=items[Rubric.MENTIONS],
        newcomers=[actors[one] for one in standing.newcomers if one in actors],
        announcements=await _announcements(conn, owner, wanted),
    )


def _waiting(
    standing: Standing,
    posts: Mapping[PostId, Post],
    warnings: Mapping[PostId, str],
    actors: Mapping[ActorId, Actor],
) -> list[Item]:
    """Who waits by the rule of Home. A mail that has a rule of its own asks for no letters."""
    letters = [posts[one] for one in standing.letters if one in posts]
    return [
        *(
            Item(Kind.MENTION, actors[one.author_id], one, warnings[one.id])
            for one in letters
            if one.author_id in actors
        ),
        *(Item(Kind.FOLLOW_REQUEST, actors[one]) for one in standing.requests if one in actors),
    ]


async def _told(conn: Conn, viewer: Viewer, wanted: Wanted) -> list[Notification]:
    talk = [wanted.since[one] for one in (Rubric.WAITING, Rubric.MENTIONS) if one in wanted.since]
    if not talk or viewer.actor_id is None:
        return []
    page = Page(limit=_MOST_READ, since_id=first_id_at(min(talk)), max_id=first_id_at(wanted.until))
    told = await list_notifications(conn, viewer, page, kinds=(*_ASKED, *TALK))
    if len(told) == _MOST_READ:
        page = replace(page, max_id=told[-1].id)
        told += await list_notifications(conn, viewer, page, kinds=_ASKED)
        for _ in range(_MOST_PAGES):
            some = await list_notifications(conn, viewer, page, kinds=TALK)
            told += some
            if len(some) < _MOST_READ:
                break
            page = replace(page, max_id=some[-1].id)
    return sorted(told, key=lambda one: one.id, reverse=True)


async def _standing(
    conn: Conn,
    owner: ActorId,
    told: Sequence[Notification],
    wanted: Wanted,
    now: datetime,
) -> Standing:
    since = wanted.since.get(Rubric.WAITING)
    matters = {
        one.about_id
        for one in told
        if one.kind in OF_MATTERS and since is not None and one.created_at > since
    }
    asked = Asked(
        posts={one.post_id for one in told if one.post_id is not None},
        askers={one.actor_id for one in told if one.kind is Kind.FOLLOW_REQUEST},
        matters={one for one in matters if one is not None},
        new_since=wanted.since.get(Rubric.NEWCOMERS),
        new_until=wanted.until,
        most_new=MOST + 1,
        now=now,
        most_waiting=MOST + 1 if wanted.is_as_pages_say else 0,
    )
    return await read_standing(conn, owner, asked)


async def _posts(
    conn: Conn,
    viewer: Viewer,
    ids: Collection[PostId],
    filters: Sequence[Filter],
    now: datetime,
    *,
    kept: Collection[PostId],
) -> tuple[dict[PostId, Post], dict[PostId, str]]:
    """Those that the member may see and wants to hear of, and which filter folds each in.

    ``kept``: they are folded in, and never left out.
    """
    if not ids or viewer.actor_id is None:
        return {}, {}
    visible = await list_visible(conn, viewer, ids)
    posts: dict[PostId, Post] = {}
    warnings: dict[PostId, str] = {}
    for post in visible.values():
        done = done_to(post, filters, viewer.actor_id, now)
        if not done.hidden or post.id in kept:
            posts[post.id], warnings[post.id] = post, done.warning
    return posts, warnings


async def _read_up_to(conn: Conn, owner: ActorId, wanted: Wanted) -> int:
    """Which notification the member has read last; 0 where that decides nothing."""
    if wanted.since.keys() <= set(wanted.seen):
        return 0
    marker = (await list_markers(conn, owner)).get(Timeline.NOTIFICATIONS)
    return 0 if marker is None else marker.last_read


async def _announcements(conn: Conn, owner: ActorId, wanted: Wanted) -> list[Announcement]:
    since = wanted.since.get(Rubric.COMMUNITY)
    if since is None:
        return []
    shown = await list_shown(conn, owner, with_read=Rubric.COMMUNITY in wanted.seen)
    fresh = [one for one in shown if since < one.published_at <= wanted.until]
    return list(reversed(fresh))[: MOST + 1]
