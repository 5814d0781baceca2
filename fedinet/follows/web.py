"""Pages of people: the directory, whom one follows, who follows, who asks, who is kept away."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from fedinet.accounts.store import find_inviters
from fedinet.actors.model import Actor
from fedinet.follows import blocks_store, store
from fedinet.follows.model import FollowState
from fedinet.follows.people_store import list_people
from fedinet.follows.relations_store import list_relationships
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import has_page, render
from fedinet.http.paging import older_address, read_page
from fedinet.http.redirects import see_other
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.kernel.uris import origin_of
from fedinet.outbox.hosts_store import list_silent

routes = web.RouteTableDef()
_ON_A_PAGE: Final = 40
_ELSEWHERE: Final = re.compile(r"^https?://|.@.")
"""An address, or a handle with its server: who that is, the search finds out."""
_MOST_WORDS: Final = 200
_SILENT_AFTER: Final = timedelta(days=3)
"""Shorter outages are nothing to tell: what is sent meanwhile arrives later."""


@routes.get("/people")
async def show_people(request: web.Request) -> web.Response:
    """Everyone with an account here and whom the member follows, A to Z; ``?q=`` narrows it.

    By name, or by what members say of themselves; whoever is named with their server, or by the
    address of their profile, is looked for by the search.
    """
    found = require_member(request)
    words = request.query.get("q", "").replace("\0", "")[:_MOST_WORDS].strip()
    if _ELSEWHERE.search(words) and has_page(request, "/search"):
        return see_other(f"/search?{urlencode({'q': words})}")
    after = _cursor(request)
    async with request.app[POOL].acquire() as conn:
        listed = await list_people(
            conn, found.actor_id, words=words, after=after, limit=_ON_A_PAGE + 1
        )
        shown = listed[:_ON_A_PAGE]
        relations = await list_relationships(
            conn, found.actor_id, [person.actor.id for person in shown]
        )
        inviters = await find_inviters(conn, [person.actor.id for person in shown])
    further = ""
    if len(listed) > _ON_A_PAGE:
        query = {"after": str(shown[-1].actor.id)} | ({"q": words} if words else {})
        further = str(request.rel_url.with_query(query))
    return render(
        request,
        "follows/people.html",
        inviters=inviters,
        nav="people",
        letters=[
            (letter, [person.actor for person in standing])
            for letter, standing in groupby(shown, key=lambda person: person.letter)
        ],
        relations=relations,
        words=words,
        further=further,
        is_first=after is None,
    )


@routes.get("/people/following")
async def show_following(request: web.Request) -> web.Response:
    """Whom the member follows, and whom they asked. For nobody else."""
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    async with request.app[POOL].acquire() as conn:
        listed = await store.list_following(conn, found.actor_id, page)
        asked = (
            await store.list_following(conn, found.actor_id, page, state=FollowState.PENDING)
            if page.max_id is None
            else []
        )
    waiting = [actor for _, actor in asked]
    return await _list(request, "following", page, listed, waiting=waiting)


@routes.get("/people/followers")
async def show_followers(request: web.Request) -> web.Response:
    """Who follows the member. For nobody else."""
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    async with request.app[POOL].acquire() as conn:
        listed = await store.list_followers(conn, found.actor_id, page)
    return await _list(request, "followers", page, listed)


@routes.get("/requests")
async def show_requests(request: web.Request) -> web.Response:
    """Who has asked to follow, and waits for a word."""
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    async with request.app[POOL].acquire() as conn:
        listed = await store.list_followers(conn, found.actor_id, page, state=FollowState.PENDING)
    return await _list(request, "requests", page, listed)


@routes.get("/people/muted")
async def show_muted(request: web.Request) -> web.Response:
    """Whom the member does not hear for now."""
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    async with request.app[POOL].acquire() as conn:
        muted = await blocks_store.list_muted(conn, found.actor_id, page)
    return await _list(request, "muted", page, [(cursor, actor) for cursor, actor, _ in muted])


@routes.get("/people/blocked")
async def show_blocked(request: web.Request) -> web.Response:
    """Whom the member keeps away."""
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    async with request.app[POOL].acquire() as conn:
        listed = await blocks_store.list_blocked(conn, found.actor_id, page)
    return await _list(request, "blocked", page, listed)


async def _list(
    request: web.Request,
    tab: str,
    page: Page,
    listed: Sequence[tuple[int, Actor]],
    *,
    waiting: Sequence[Actor] = (),
) -> web.Response:
    found = require_member(request)
    people = [actor for _, actor in listed]
    async with request.app[POOL].acquire() as conn:
        relations = await list_relationships(
            conn, found.actor_id, [actor.id for actor in (*people, *waiting)]
        )
        homes = {
            actor.id: origin_of(actor.inbox_url).domain
            for actor in (*people, *waiting)
            if not actor.is_local
        }
        silent = await list_silent(conn, homes.values(), _SILENT_AFTER)
    return render(
        request,
        "follows/list.html",
        nav="people",
        tab=tab,
        people=people,
        waiting=waiting,
        relations=relations,
        silent={actor_id for actor_id, home in homes.items() if home in silent},
        older=older_address(request, page, [cursor for cursor, _ in listed]),
        is_first=page.max_id is None,
    )


def _cursor(request: web.Request) -> ActorId | None:
    raw = request.query.get("after", "")
    is_id = raw.isascii() and raw.isdigit() and len(raw) <= 18
    return ActorId(int(raw)) if is_id else None
