"""Pages of lists: home, community, a hashtag, and a conversation. Each has an end."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from aiohttp import web
from markupsafe import Markup

from fedinet.actors.store import find_actors
from fedinet.announcements import store as announcements_store
from fedinet.announcements.commands import with_emojis
from fedinet.announcements.model import Announcement, Reaction
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.conversations.waiting_store import Beside, Kind, list_waiting, placed_beside
from fedinet.conversations.waiting_words import words_of_several
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.filters.model import Context
from fedinet.filters.reader import leaving_out, reader_filters
from fedinet.http.auth import Member, member, require_member, viewer
from fedinet.http.context import POOL, URIS
from fedinet.http.cookies import read_cookie, seen_cookie, set_cookie
from fedinet.http.negotiation import names_activity
from fedinet.http.pages import fragment, render
from fedinet.http.paging import older_address, read_page
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.kernel.paging import Page
from fedinet.polls.promises import look_at_poll
from fedinet.posts import list_store, store
from fedinet.posts.frozen import why_frozen
from fedinet.posts.history import versions_of
from fedinet.posts.own import missing
from fedinet.posts.reach import list_inside
from fedinet.posts.words import first_words
from fedinet.reactions.bookmarks_store import list_bookmarks
from fedinet.reactions.emoji_store import list_emoji_under
from fedinet.tags.model import read_tag
from fedinet.tags.store import find_followed
from fedinet.threads.commands import look_at
from fedinet.threads.store import find_thread
from fedinet.timelines.conversation import answers_to, people_in
from fedinet.timelines.entries import (
    Entry,
    by_day,
    entries_of_items,
    entries_of_lists,
    entries_of_posts,
    filtered,
)
from fedinet.timelines.model import Item
from fedinet.timelines.seen import KEPT_S, Seen, look, read_seen
from fedinet.timelines.sifting import sift
from fedinet.timelines.store import list_home

routes = web.RouteTableDef()
Announced: TypeAlias = Sequence[tuple[Announcement, Sequence[Reaction]]]
NOTHING: Final[Announced] = ()
_LATELY: Final = 4
_LOOKED_AT: Final = 20
"""How many posts are read for those four: not every author shows themselves to visitors."""
_MOST_IN_TITLE: Final = 80
_MOST_REPLIES: Final = 300
"""On one page of a conversation. More are on the next one."""


async def show_home(request: web.Request) -> web.StreamResponse:
    """What people whom the member follows wrote and shared. Answers ``/`` for members."""
    found = require_member(request)
    page, filters = read_page(request), reader_filters(request, Context.HOME)
    async with request.app[POOL].acquire() as conn:
        items = await list_home(conn, found.viewer, page)
        begins = page.max_id is None
        waiting, has_news = (
            await list_waiting(conn, found.viewer, datetime.now(UTC)) if begins else ([], False)
        )
        [entries], actors = await entries_of_lists(
            conn,
            found.viewer,
            [items],
            filters,
            {one.actor_id for one in waiting},
        )
        told = await _announced(request, conn, found) if has_news else NOTHING
        words = await words_of_several(conn, found.viewer, waiting, filters, datetime.now(UTC))
    ids = [item.id for item in items]
    origin = request.app[URIS].origin
    seen = read_seen(read_cookie(request, seen_cookie(origin)), found.account_id)
    if begins:
        seen = look(seen, found.account_id, ids, datetime.now(UTC))
    beside = placed_beside(waiting, actors, words) if begins else None
    answer = _timeline(
        request,
        "home",
        page,
        entries,
        ids,
        announced=told,
        beside=beside,
        seen=seen,
        leaves_out=bool(leaving_out(filters)),
    )
    if begins:
        set_cookie(answer, origin, seen_cookie(origin), str(seen), max_age_s=KEPT_S)
    return answer


@routes.get("/community")
async def show_community(request: web.Request) -> web.Response:
    """What this community says, for members; and, as at home, who waits for a word of them."""
    found = require_member(request)
    page, filters = read_page(request), reader_filters(request, Context.PUBLIC)
    begins = page.max_id is None
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_local(conn, found.viewer, page)
        entries = await entries_of_posts(conn, found.viewer, posts, filters)
        waiting, _ = (
            await list_waiting(conn, found.viewer, datetime.now(UTC)) if begins else ([], False)
        )
        people = await find_actors(conn, {one.actor_id for one in waiting}) if waiting else {}
        words = await words_of_several(conn, found.viewer, waiting, filters, datetime.now(UTC))
    ids = [post.id for post in posts]
    beside = placed_beside(waiting, people, words) if begins else None
    return _timeline(request, "community", page, entries, ids, beside=beside)


@routes.get("/allies")
async def show_allies(request: web.Request) -> web.Response:
    """What people of allied communities say, to everyone and to allies. For members."""
    found = require_member(request)
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_of_allies(conn, found.viewer, page)
        entries = await entries_of_posts(
            conn, found.viewer, posts, reader_filters(request, Context.PUBLIC)
        )
    return _timeline(request, "allies", page, entries, [post.id for post in posts])


@routes.get("/saved")
async def show_saved(request: web.Request) -> web.Response:
    """What the member has saved, the last saved first."""
    found = require_member(request)
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        rows = await list_bookmarks(conn, found.viewer, page)
        items = [Item(post_id, post_id) for _, post_id in rows]
        entries = await entries_of_items(conn, found.viewer, items)
    return render(
        request,
        "timelines/saved.html",
        entries=entries,
        older=older_address(request, page, [cursor for cursor, _ in rows]),
        earlier_page=page.max_id is not None,
    )


@routes.get("/tags/{tag}")
async def show_tag(request: web.Request) -> web.Response:
    """What was said about a subject, as far as the reader may see it; to visitors, here."""
    name, written = read_tag(request.match_info["tag"])
    asking = await viewer(request)
    page = read_page(request)
    only_ours = True if asking == VISITOR else None
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_by_tag(conn, asking, name, page, local=only_ours)
        entries = await entries_of_posts(
            conn, asking, posts, reader_filters(request, Context.PUBLIC)
        )
        follows = bool(await find_followed(conn, asking.actor_id, [name]))
    return _timeline(
        request, "tag", page, entries, [post.id for post in posts], tag=written, follows=follows
    )


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}")
async def show_conversation(request: web.Request) -> web.StreamResponse:
    """A post among what it answers and what answers it."""
    asking, found, after = await viewer(request), member(request), _after(request)
    async with request.app[POOL].acquire() as conn:
        post_id = PostId(int(request.match_info["id"]))
        try:
            talk = await store.read_conversation(
                conn, asking, post_id, limit=_MOST_REPLIES + 1, after=after
            )
        except NotFound:
            return await _absent(request, conn)
        post, below = talk.post, talk.below[:_MOST_REPLIES]
        more = below[-1].id if len(talk.below) > _MOST_REPLIES else None
        entry, *others = await entries_of_posts(
            conn, asking, [post, *talk.above, *below], with_echo=False
        )
        if names_activity(request) and post.is_local:
            return see_other(post.uri)
        if request.match_info["handle"].lower() != entry.author.handle.lower():
            return see_other(entry.path)
        own = found is not None and found.actor_id == entry.author.id
        is_letter = entry.post.visibility is Visibility.MENTIONED
        named = await list_inside(conn, post) if is_letter else []
        thanks = await list_emoji_under(conn, post.id) if own else []
        thread = await find_thread(conn, post.id)
    sifted = sift(request, filtered(asking, others, reader_filters(request, Context.THREAD)))
    above_ids = {one.id for one in talk.above}
    if post.poll is not None and found is not None:
        async with transaction(request.app[POOL]) as tx:
            await look_at_poll(tx, post.id, datetime.now(UTC))
    looking = found is not None and await look_at(request.app[POOL], post.id, thread)
    return render(
        request,
        "timelines/thread.html",
        entry=entry,
        thanks=thanks,
        sifted=sifted,
        above=[one for one in sifted.entries if one.id in above_ids],
        below=answers_to(post.id, [one for one in sifted.entries if one.id not in above_ids]),
        people=people_in([entry, *sifted.entries]),
        readers=[entry.author, *(one for one in named if one.id != entry.author.id)]
        if is_letter
        else (),
        words=first_words(entry.post, _MOST_IN_TITLE),
        later_from=after,
        more=more,
        thread=thread,
        looking=looking,
        own=own,
        frozen=await why_frozen(request, found),
        published=own and "published" in request.query,
        # An answer to a letter that names nobody goes to all who are in that conversation.
        greeting="" if own or is_letter else f"@{entry.author.handle} ",
        once=secrets.token_urlsafe(16),
    )


async def _absent(request: web.Request, conn: Conn) -> web.Response:
    """Lead servers to the tombstone of what everybody could see of whom the address names.

    Raises:
        NotFound, Gone: for people, and where nobody may know.
    """
    uris = request.app[URIS]
    uri = uris.post(PostId(int(request.match_info["id"])))
    by = uris.actor(request.match_info["handle"])
    if names_activity(request) and await store.was_public(conn, uri, by=by):
        return see_other(uri)
    raise await missing(request, conn)


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/acts")
async def show_acts(request: web.Request) -> web.StreamResponse:
    """The buttons under a post as they are now, for the script that has pressed one."""
    require_member(request)
    async with request.app[POOL].acquire() as conn:
        try:
            entry = await _entry(request, conn)
        except NotFound:
            raise await missing(request, conn) from None
    if "part" not in request.query:
        return see_other(entry.path)
    return render(request, "timelines/acts.html", entry=entry)


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/history")
async def show_history(request: web.Request) -> web.StreamResponse:
    """Everything that an edited post has said, newest first."""
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        try:
            entry = await _entry(request, conn)
        except NotFound:
            return await _absent(request, conn)
        revisions = await store.list_revisions(conn, asking, entry.post.id)
    versions = versions_of(entry.post, revisions)
    return render(request, "timelines/history.html", entry=entry, versions=versions)


async def list_lately(request: web.Request) -> Sequence[Markup]:
    """The last first posts to everyone, of members who chose to be shown, for the landing page."""
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_local(conn, VISITOR, Page(limit=_LOOKED_AT))
        entries = await entries_of_posts(conn, VISITOR, posts)
    shown = [entry for entry in entries if entry.author.discoverable][:_LATELY]
    return [fragment(request, "timelines/entry.html", entry=entry) for entry in shown]


def _after(request: web.Request) -> PostId | None:
    """Where a later page of a long conversation begins."""
    raw = request.query.get("after", "")
    return PostId(int(raw)) if raw.isascii() and raw.isdigit() and len(raw) <= 18 else None


async def _entry(request: web.Request, conn: Conn) -> Entry:
    asking = await viewer(request)
    post = await store.get_visible(conn, asking, PostId(int(request.match_info["id"])))
    return (await entries_of_posts(conn, asking, [post], with_echo=False))[0]


def _timeline(
    request: web.Request,
    tab: str,
    page: Page,
    entries: Sequence[Entry],
    ids: Sequence[int],
    *,
    tag: str = "",
    follows: bool = False,
    announced: Announced = NOTHING,
    beside: Mapping[Kind, Sequence[Beside]] | None = None,
    seen: Seen | None = None,
    leaves_out: bool = False,
) -> web.Response:
    sifted = sift(request, entries)
    upto = 0 if seen is None else seen.upto
    zone = zone_of_reader(request)
    fresh = [entry for entry in sifted.entries if entry.id > upto]
    known = sifted.entries[len(fresh) :]
    return render(
        request,
        "timelines/timeline.html",
        tab=tab,
        nav=tab,
        tag=tag,
        follows=follows,
        days=by_day(fresh, zone),
        known=by_day(known, zone),
        caught_up_since=seen.since_at if seen is not None and known else None,
        sifted=sifted,
        announced=announced,
        beside=beside,
        leaves_out=leaves_out,
        older=older_address(request, page, ids),
        earlier_page=page.max_id is not None,
        newest=max(ids, default=0),
    )


async def _announced(request: web.Request, conn: Conn, found: Member) -> Announced:
    """What stewards announced and the member has not put away."""
    return [
        (await with_emojis(conn, request.app[URIS], one), reactions)
        for one, reactions in await announcements_store.list_unread(conn, found.actor_id)
    ]
