"""The client API about one's own account and about others' as such.

Source: https://docs.joinmastodon.org/methods/accounts/, methods/preferences/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts import store
from fedinet.accounts.entities import ACCOUNTS, VISIBILITY_WORDS, credentials, get_shown
from fedinet.accounts.posting_store import find_posting
from fedinet.accounts.quote_words import QUOTE_POLICY_WORDS
from fedinet.actors.model import Actor, split_handle
from fedinet.actors.refresh import look_at
from fedinet.actors.store import (
    find_actors,
    find_by_handle,
    find_local_by_name,
    get_actor,
)
from fedinet.db.query import Conn
from fedinet.http.apps import ID, reader, row_id
from fedinet.http.auth import Member, member, require_scope
from fedinet.http.context import POOL, SETTINGS, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import Forbidden, Malformed, NotFound
from fedinet.kernel.ids import ActorId
from fedinet.kernel.uris import domain

routes = web.RouteTableDef()
_MOST_AT_ONCE = 40
_BY_INVITATION = "One joins here by invitation: open the link that a member sent you in a browser"


@routes.get("/api/v1/accounts/verify_credentials")
async def show_own(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts", "profile")
    async with request.app[POOL].acquire() as conn:
        return json_response(await render_own(request, conn, found))


@routes.post("/api/v1/accounts")
async def join(_request: web.Request) -> web.Response:
    """Let nobody join by an app: an invitation is opened as a page, where the rules are read.

    Raises:
        Forbidden: always, as with Mastodon where registrations are closed.
    """
    raise Forbidden("joining by an app", public=_BY_INVITATION)


@routes.get("/api/v1/preferences")
async def show_preferences(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts")
    quote_policy = await store.find_quote_policy(request.app[POOL], found.actor_id)
    return json_response(
        {
            "posting:default:visibility": VISIBILITY_WORDS[found.app_visibility],
            "posting:default:sensitive": found.posts_sensitive,
            "posting:default:language": found.post_language,
            "posting:default:quote_policy": QUOTE_POLICY_WORDS[quote_policy],
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


@routes.get("/api/v1/accounts/lookup")
async def look_up(request: web.Request) -> web.Response:
    """Find an account that is known here by its handle. Nobody else is asked."""
    asking = reader(request, "read:accounts")
    username, raw = split_handle((await read_params(request)).text("acct"))
    async with request.app[POOL].acquire() as conn:
        actor = await _known(request, conn, username, raw)
        if actor is None or actor.is_gone or actor.is_suspended:
            raise NotFound(f"nobody by {username[:60]!r} at {raw!r}")
        return json_response(await request.app[ACCOUNTS].render_one(conn, asking.actor_id, actor))


@routes.get("/api/v1/accounts/" + ID)
async def show_account(request: web.Request) -> web.Response:
    asking = reader(request, "read:accounts")
    async with request.app[POOL].acquire() as conn:
        actor = await get_shown(conn, row_id(request))
        shown = await request.app[ACCOUNTS].render_one(conn, asking.actor_id, actor)
    if member(request) is not None:
        await look_at(request.app[POOL], actor, now=datetime.now(UTC))
    return json_response(shown)


@routes.get("/api/v1/accounts")
async def list_accounts(request: web.Request) -> web.Response:
    """Several accounts by ``id[]``, in that order; unknown ones are left out."""
    asking = reader(request, "read:accounts")
    wanted = (await read_params(request)).integers("id")[:_MOST_AT_ONCE]
    async with request.app[POOL].acquire() as conn:
        actors = await find_actors(conn, [ActorId(number) for number in wanted])
        shown = [actor for actor in actors.values() if not (actor.is_gone or actor.is_suspended)]
        entities = await request.app[ACCOUNTS].render(conn, asking.actor_id, shown)
    ordered = dict.fromkeys(ActorId(number) for number in wanted)
    return json_response([entities[actor_id] for actor_id in ordered if actor_id in entities])


async def render_own(request: web.Request, conn: Conn, found: Member) -> dict[str, object]:
    entities = request.app[ACCOUNTS]
    actor = await get_actor(conn, found.actor_id)
    account = await store.get_account(conn, found.account_id)
    shown = await entities.render_one(conn, actor.id, actor)
    own = (await entities.figures(conn, actor.id, [actor.id]))[actor.id]
    policy = await store.find_quote_policy(conn, actor.id)
    posting = await find_posting(conn, found.account_id)
    return credentials(shown, actor, account, own, policy, posting=posting)


async def _known(
    request: web.Request, conn: Conn, username: str, raw_domain: str | None
) -> Actor | None:
    if raw_domain is None:
        return await find_local_by_name(conn, username)
    try:
        place = domain(raw_domain)
    except Malformed:
        return None
    ours = (request.app[SETTINGS].account_domain, request.app[URIS].origin.domain)
    if place in ours:
        return await find_local_by_name(conn, username)
    return await find_by_handle(conn, username, place)
