"""A person's page, for members and for visitors, and what a member does about that person."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.filters.model import Context
from fedinet.filters.reader import reader_filters
from fedinet.follows import blocking, commands
from fedinet.follows.model import is_node_actor
from fedinet.follows.relations_store import find_relationship
from fedinet.http.auth import member, require_member, viewer
from fedinet.http.context import POOL, SETTINGS, URIS
from fedinet.http.negotiation import names_activity
from fedinet.http.pages import render
from fedinet.http.paging import read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.markup.sanitise import plain_text
from fedinet.pins.model import MAX_FOREIGN
from fedinet.profiles.lookup import OurDomains, get_by_handle
from fedinet.profiles.store import look_at, read_beside
from fedinet.timelines.entries import entries_of_lists
from fedinet.timelines.model import Item
from fedinet.timelines.profile_store import list_profile
from fedinet.timelines.sifting import sift

routes = web.RouteTableDef()
MUTE_FOR: Final = timedelta(days=7)
_MOST_IN_PREVIEW: Final = 200
_AT_MOST: Final = MappingProxyType({"pinned": MAX_FOREIGN, "endorsed": 10})


@routes.get("/@{handle}")
async def show_profile(request: web.Request) -> web.Response:
    """Somebody here, for everyone; somebody elsewhere, for members.

    Visitors get no more of people elsewhere than the way to their own server:
    what these made public, they made public there.
    """
    actor = await _asked_for(request)
    if is_node_actor(actor):
        return see_other("/about")
    if names_activity(request):
        return see_other(actor.uri)
    if request.match_info["handle"] != actor.handle:
        return see_other(f"/@{actor.handle}")
    if not actor.is_local and member(request) is None:
        return render(request, "profiles/elsewhere.html", actor=actor)
    return await _profile(request, actor)


@routes.post("/@{handle}/acts")
async def act(request: web.Request) -> web.Response:
    """Do what the button says, and lead back to where it stood. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    target = await _asked_for(request)
    async with transaction(request.app[POOL]) as tx:
        await _do(tx, fields.text("do"), await get_actor(tx, found.actor_id), target)
    return see_other(safe_next(fields.text("next"), f"/@{target.handle}"))


async def _do(tx: Tx, what: str, actor: Actor, target: Actor) -> None:
    now = datetime.now(UTC)
    match what:
        case "follow":
            await commands.follow(tx, actor, target, now=now)
        case "unfollow":
            await commands.unfollow(tx, actor, target)
        case "accept" | "reject":
            await _answer(tx, what, actor, target, now)
        case "remove":
            await commands.remove_follower(tx, actor, target)
        case "block":
            await blocking.block(tx, actor, target)
        case "unblock":
            await blocking.unblock(tx, actor, target)
        case "mute":
            await blocking.mute(tx, actor, target, until=now + MUTE_FOR)
        case "unmute":
            await blocking.unmute(tx, actor, target)
        case other:
            raise Unprocessable(f"no such act: {other[:40]!r}")


async def _answer(tx: Tx, what: str, owner: Actor, follower: Actor, now: datetime) -> None:
    """Answer a request; one that was answered, or taken back, a moment ago is no mistake."""
    relation = await find_relationship(tx, owner.id, follower.id)
    if not relation.requested_by:
        return
    try:
        if what == "accept":
            await commands.accept_request(tx, owner, follower, now=now)
        else:
            await commands.reject_request(tx, owner, follower)
    except NotFound:
        return  # taken back between the two statements


async def _profile(request: web.Request, actor: Actor) -> web.Response:
    asking, found = await viewer(request), member(request)
    page = read_page(request)
    with_replies = "replies" in request.query
    is_first = page.max_id is None
    async with request.app[POOL].acquire() as conn:
        if actor.is_local:
            beside = await read_beside(conn, asking, actor.id, **_AT_MOST)
        else:
            beside = await look_at(conn, asking, actor.id, **_AT_MOST, now=datetime.now(UTC))
        items = await list_profile(conn, asking, actor.id, page, with_replies=with_replies)
        pinned = beside.pinned if is_first and not with_replies else ()
        inviter = beside.inviter if asking.is_member else None
        recommended = beside.endorsed if is_first and actor.is_local else ()
        (entries, first), people = await entries_of_lists(
            conn,
            asking,
            [items, [Item(post_id, post_id) for post_id in pinned]],
            reader_filters(request, Context.ACCOUNT),
            [*recommended, *([inviter] if inviter is not None else [])],
        )
    sifted = sift(request, entries)
    older = ""
    if len(items) >= page.limit:
        kept = {"replies": "1"} if with_replies else {}
        older = str(request.rel_url.with_query({**kept, "max_id": str(items[-1].id)}))
    is_self = found is not None and found.actor_id == actor.id
    response = render(
        request,
        "profiles/profile.html",
        nav="people",
        actor=actor,
        relation=beside.relation,
        is_self=is_self,
        deleted=is_self and "deleted" in request.query,
        entries=sifted.entries,
        sifted=sifted,
        first=sift(request, first).entries,
        recommended=_shown([people[one] for one in recommended if one in people], asking),
        tags=beside.tags,
        with_replies=with_replies,
        older=older,
        is_first=is_first,
        preview=_preview(actor),
        inviter=None if inviter is None else people.get(inviter),
    )
    if actor.is_local:
        kind = 'rel="alternate"; type="application/activity+json"'
        response.headers["Link"] = f"<{actor.uri}>; {kind}"
    return response


def _shown(recommended: list[Actor], asking: Viewer) -> list[Actor]:
    """Visitors see members among them, and nobody from elsewhere."""
    return [one for one in recommended if one.is_local or asking.is_member]


async def _asked_for(request: web.Request) -> Actor:
    ours = OurDomains(request.app[SETTINGS].account_domain, request.app[URIS].origin.domain)
    return await get_by_handle(request.app[POOL], request.match_info["handle"], ours)


def _preview(actor: Actor) -> str:
    """What other sites show under a link to this page."""
    words = " ".join(plain_text(actor.summary_html).split())
    return words if len(words) <= _MOST_IN_PREVIEW else words[:_MOST_IN_PREVIEW] + "…"
