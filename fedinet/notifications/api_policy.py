"""The client API about what a member keeps back, and of whom.

Source: https://docs.joinmastodon.org/methods/notifications/#get-policy and the
entities it names; some apps send ``PUT``, others ``PATCH``.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response, timestamp
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.notifications import commands, policy_store
from fedinet.notifications.model import Answer, Policy, Request
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts

routes = web.RouteTableDef()

READ: Final = "read:notifications"
WRITE: Final = "write:notifications"
_REQUESTS: Final = "/api/v1/notifications/requests"
_FLAGS: Final = ("not_following", "not_followers", "new_accounts", "private_mentions")
"""Of the first version of the policy, which could only keep back."""


@routes.get("/api/v2/notifications/policy")
async def show_policy(request: web.Request) -> web.Response:
    return await _answer_with(request, require_scope(request, READ), asdict)


@routes.put("/api/v2/notifications/policy")
@routes.patch("/api/v2/notifications/policy")
async def change_policy(request: web.Request) -> web.Response:
    """Change what is named; the rest stays as it is.

    Raises:
        Unprocessable: an answer is neither accept, filter nor drop.
    """
    found = require_scope(request, WRITE)
    await _change(request, found, read_policy(await read_params(request)))
    return await _answer_with(request, found, asdict)


@routes.get("/api/v1/notifications/policy")
async def show_flags(request: web.Request) -> web.Response:
    return await _answer_with(request, require_scope(request, READ), _flags)


@routes.put("/api/v1/notifications/policy")
@routes.patch("/api/v1/notifications/policy")
async def change_flags(request: web.Request) -> web.Response:
    """As apps of Mastodon 4.3's beginnings write it. What is dropped already stays so."""
    found = require_scope(request, WRITE)
    params = await read_params(request)
    async with request.app[POOL].acquire() as conn:
        stands = _flags(await policy_store.find_policy(conn, found.actor_id))
    wish: dict[str, Answer] = {}
    for flag in _FLAGS:
        wanted = params.optional_flag(f"filter_{flag}")
        if wanted is not None and wanted != stands[f"filter_{flag}"]:
            wish[f"for_{flag}"] = Answer.FILTER if wanted else Answer.ACCEPT
    await _change(request, found, wish)
    return await _answer_with(request, found, _flags)


@routes.get(_REQUESTS)
async def list_requests(request: web.Request) -> web.Response:
    found, page = require_scope(request, READ), read_page(request, default=40, most=80)
    async with request.app[POOL].acquire() as conn:
        kept = await policy_store.list_requests(conn, found.viewer, page)
        entities = await _render(request, conn, found, kept)
    return listed(request, page, [one.id for one in kept], entities)


@routes.get(_REQUESTS + "/merged")
async def show_merged(request: web.Request) -> web.Response:
    """Whether all that was let through stands in the list: it does so at once."""
    require_scope(request, READ)
    return json_response({"merged": True})


@routes.post(_REQUESTS + "/accept")
@routes.post(_REQUESTS + "/dismiss")
async def answer_many(request: web.Request) -> web.Response:
    """Answer all that ``id[]`` names; those that are not there are answered already."""
    found = require_scope(request, WRITE)
    ids = (await read_params(request)).integers("id")
    async with transaction(request.app[POOL]) as tx:
        await _act(request)(tx, found.actor_id, ids)
    return json_response({})


@routes.get(_REQUESTS + "/" + ID)
async def show_request(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        one = await policy_store.find_request(conn, found.viewer, row_id(request))
        entities = [] if one is None else await _render(request, conn, found, [one])
    if not entities:
        raise NotFound(f"{found.username} has no request {row_id(request)}")
    return json_response(entities[0])


@routes.post(_REQUESTS + "/" + ID + "/accept")
@routes.post(_REQUESTS + "/" + ID + "/dismiss")
async def answer(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    async with transaction(request.app[POOL]) as tx:
        if not await _act(request)(tx, found.actor_id, [row_id(request)]):
            raise NotFound(f"{found.username} has no request {row_id(request)}")
    return json_response({})


def _act(request: web.Request) -> Callable[[Tx, ActorId, Sequence[int]], Awaitable[bool]]:
    """What the end of the address says."""
    accepts = request.path.rstrip("/").endswith("/accept")
    return commands.accept if accepts else commands.dismiss


def read_policy(params: Params) -> dict[str, Answer]:
    """Read those answers of a policy that are named.

    Raises:
        Unprocessable: one is neither accept, filter nor drop.
    """
    wish: dict[str, Answer] = {}
    for key in asdict(Policy()):
        word = params.text(key, None)
        if word is None:
            continue
        if word not in set(Answer):
            raise Unprocessable(
                f"{key} is {word[:40]!r}", public=f"{key} is accept, filter or drop"
            )
        wish[key] = Answer(word)
    return wish


async def _change(request: web.Request, found: Member, wish: dict[str, Answer]) -> None:
    async with transaction(request.app[POOL]) as tx:
        await commands.change_policy(tx, found.actor_id, wish)


async def _answer_with(
    request: web.Request, found: Member, said: Callable[[Policy], dict[str, object]]
) -> web.Response:
    """The policy that holds now, as this version of it says it, and how much waits."""
    async with request.app[POOL].acquire() as conn:
        policy = await policy_store.find_policy(conn, found.actor_id)
        return json_response(said(policy) | await _summary(conn, found.viewer))


def _flags(policy: Policy) -> dict[str, object]:
    answers = asdict(policy)
    return {f"filter_{flag}": answers[f"for_{flag}"] is not Answer.ACCEPT for flag in _FLAGS}


async def _summary(conn: Conn, owner: Viewer) -> dict[str, object]:
    """How much waits: of a hundred people at most, and a hundred of each."""
    page = Page(limit=policy_store.MOST_COUNTED)
    kept = await policy_store.list_requests(conn, owner, page)
    return {
        "summary": {
            "pending_requests_count": len(kept),
            "pending_notifications_count": sum(one.number for one in kept),
        }
    }


async def _render(
    request: web.Request, conn: Conn, found: Member, kept: Sequence[Request]
) -> list[dict[str, object]]:
    """NotificationRequest entities. Source: ``entities/NotificationRequest/``."""
    actors = await find_actors(conn, [one.actor_id for one in kept])
    accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors.values())
    post_ids = [one.post_id for one in kept if one.post_id is not None]
    posts = await list_visible(conn, found.viewer, post_ids) if post_ids else {}
    rendered = await render_posts(request, conn, found.viewer, posts.values()) if posts else ()
    statuses = dict(zip(posts, rendered, strict=True))
    return [
        {
            "id": str(one.id),
            "created_at": timestamp(one.created_at),
            "updated_at": timestamp(one.updated_at),
            "notifications_count": str(one.number),
            "account": accounts[one.actor_id],
            "last_status": None if one.post_id is None else statuses.get(one.post_id),
        }
        for one in kept
        if one.actor_id in accounts
    ]
