"""What there is to tell a member: read through the gate, without what their filters hide."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.announcements.model import Announcement
from fedinet.announcements.store import list_shown
from fedinet.audiences.model import Viewer, Visibility
from fedinet.conversations.store import Conversation, list_conversations_of
from fedinet.db.query import Conn
from fedinet.desk.store import find_matters
from fedinet.digests.model import Rubric
from fedinet.digests.plans_store import list_newcomers
from fedinet.digests.rubrics import TALK, rubric_of
from fedinet.filters.folding import done_to
from fedinet.filters.model import Filter
from fedinet.follows.relations_store import list_relationships
from fedinet.kernel.ids import ActorId, PostId, first_id_at
from fedinet.kernel.paging import Page
from fedinet.notifications.markers_store import list_markers
from fedinet.notifications.model import OF_MATTERS, Kind, Notification, Timeline
from fedinet.notifications.store import list_notifications
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible
from fedinet.reactions.muted_store import filter_muted
from fedinet.welcome.store import filter_open

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


async def gather(
    conn: Conn, owner: ActorId, wanted: Wanted, filters: Sequence[Filter], now: datetime
) -> Overview:
    """Read what a member is to be told. Asks the gate now, and not when it is read.

    ``filters``: those of the member that look at notifications.
    """
    viewer = Viewer(owner, is_member=True)
    told = await _told(conn, viewer, wanted)
    posts, warnings = await _posts(conn, viewer, told, filters, now)
    newcomers = await _newcomers(conn, owner, wanted)
    actors = await find_actors(conn, {*newcomers, *(one.actor_id for one in told)})
    items: dict[Rubric, list[Item]] = {Rubric.WAITING: [], Rubric.MENTIONS: []}
    private = [one.id for one in posts.values() if one.visibility is Visibility.MENTIONED]
    talks = await list_conversations_of(conn, viewer, private)
    read_up_to = await _read_up_to(conn, owner, wanted)
    asking = await list_relationships(
        conn, owner, {one.actor_id for one in told if one.kind is Kind.FOLLOW_REQUEST}
    )
    asked = {one.post_id for one in told if one.kind is Kind.WELCOME and one.post_id is not None}
    hellos = await filter_open(conn, asked) if asked else set[PostId]()
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
        ):
            continue
        if one.kind is Kind.WELCOME:
            still = post is not None and post.id in hellos
        elif one.kind is Kind.FOLLOW_REQUEST:
            still = one.actor_id in asking and asking[one.actor_id].requested_by
        elif post is None:
            still = False
        else:
            still = rubric is Rubric.MENTIONS or _waits(talks.pop(post.root_id, None))
        if still:
            warning = "" if post is None else warnings[post.id]
            items[rubric].append(Item(one.kind, actors[one.actor_id], post, warning))
    return Overview(
        waiting=items[Rubric.WAITING],
        matters=await _matters(conn, told, wanted),
        mentions=items[Rubric.MENTIONS],
        newcomers=[actors[one] for one in newcomers if one in actors],
        announcements=await _announcements(conn, owner, wanted),
    )


async def _told(conn: Conn, viewer: Viewer, wanted: Wanted) -> list[Notification]:
    talk = [wanted.since[one] for one in (Rubric.WAITING, Rubric.MENTIONS) if one in wanted.since]
    if not talk or viewer.actor_id is None:
        return []
    page = Page(limit=_MOST_READ, since_id=first_id_at(min(talk)), max_id=first_id_at(wanted.until))
    told = await list_notifications(conn, viewer, page, kinds=_ASKED)
    for _ in range(_MOST_PAGES):
        some = await list_notifications(conn, viewer, page, kinds=TALK)
        told += some
        if len(some) < _MOST_READ:
            break
        page = replace(page, max_id=some[-1].id)
    return sorted(told, key=lambda one: one.id, reverse=True)


async def _posts(
    conn: Conn,
    viewer: Viewer,
    told: Sequence[Notification],
    filters: Sequence[Filter],
    now: datetime,
) -> tuple[dict[PostId, Post], dict[PostId, str]]:
    """Those that the member may see and wants to hear of, and which filter folds each in."""
    ids = [one.post_id for one in told if one.post_id is not None]
    if not ids or viewer.actor_id is None:
        return {}, {}
    visible = await list_visible(conn, viewer, ids)
    muted = await filter_muted(conn, viewer.actor_id, {one.root_id for one in visible.values()})
    posts: dict[PostId, Post] = {}
    warnings: dict[PostId, str] = {}
    for post in visible.values():
        done = done_to(post, filters, viewer.actor_id, now)
        if post.root_id in muted or done.hidden:
            continue
        posts[post.id], warnings[post.id] = post, done.warning
    return posts, warnings


def _waits(talk: Conversation | None) -> bool:
    """Whether the member has neither answered nor read it; taken out, it is told once."""
    return talk is not None and talk.unread


async def _read_up_to(conn: Conn, owner: ActorId, wanted: Wanted) -> int:
    """Which notification the member has read last; 0 where that decides nothing."""
    if wanted.since.keys() <= set(wanted.seen):
        return 0
    marker = (await list_markers(conn, owner)).get(Timeline.NOTIFICATIONS)
    return 0 if marker is None else marker.last_read


async def _matters(conn: Conn, told: Sequence[Notification], wanted: Wanted) -> int:
    since = wanted.since.get(Rubric.WAITING)
    if since is None:
        return 0
    abouts = {one.about_id for one in told if one.kind in OF_MATTERS and one.created_at > since}
    found = await find_matters(conn, [one for one in abouts if one is not None])
    return sum(matter.is_open for matter in found.values())


async def _newcomers(conn: Conn, owner: ActorId, wanted: Wanted) -> list[ActorId]:
    since = wanted.since.get(Rubric.NEWCOMERS)
    if since is None:
        return []
    return await list_newcomers(conn, owner, since, wanted.until, most=MOST + 1)


async def _announcements(conn: Conn, owner: ActorId, wanted: Wanted) -> list[Announcement]:
    since = wanted.since.get(Rubric.COMMUNITY)
    if since is None:
        return []
    shown = await list_shown(conn, owner, with_read=Rubric.COMMUNITY in wanted.seen)
    fresh = [one for one in shown if since < one.published_at <= wanted.until]
    return list(reversed(fresh))[: MOST + 1]
