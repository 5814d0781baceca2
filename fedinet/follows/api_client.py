"""The client API about how one stands to others: follows, requests, blocks and mutes.

Whom somebody follows, and who follows them, is told to that person alone; for
everybody else the lists are empty (docs/api.md).

Source: https://docs.joinmastodon.org/methods/accounts/, methods/follow_requests/
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS, get_shown
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.follows import blocking, blocks_store, commands, store
from fedinet.follows.entities import relationship
from fedinet.follows.languages import read_languages
from fedinet.follows.model import STRANGERS, FollowState, Terms
from fedinet.follows.relations_store import find_relationship, list_relationships
from fedinet.http.apps import ID, is_own, listed, reader, row_id
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response, timestamp
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page

routes = web.RouteTableDef()

_DEFAULT: Final = 40
_MOST: Final = 80
_MOST_MUTED_S: Final = 10 * 365 * 24 * 3600

Act = Callable[[Tx, Actor, Actor, Params], Awaitable[object]]


@routes.get("/api/v1/accounts/relationships")
async def show_relationships(request: web.Request) -> web.Response:
    """In the order asked for, each once; unknown ids are left out."""
    found = require_scope(request, "read:follows")
    wanted = dict.fromkeys(map(ActorId, (await read_params(request)).integers("id")))
    async with request.app[POOL].acquire() as conn:
        known = await find_actors(conn, wanted)
        stands = await list_relationships(conn, found.actor_id, known)
    return json_response(
        [relationship(other, stands.get(other, STRANGERS)) for other in wanted if other in known]
    )


@routes.get("/api/v1/accounts/" + ID + "/followers")
async def list_followers(request: web.Request) -> web.Response:
    return await _list_follows(request, store.list_followers)


@routes.get("/api/v1/accounts/" + ID + "/following")
async def list_following(request: web.Request) -> web.Response:
    return await _list_follows(request, store.list_following)


async def _list_follows(
    request: web.Request, read: Callable[[Conn, ActorId, Page], Awaitable[list[tuple[int, Actor]]]]
) -> web.Response:
    asking = reader(request, "read:accounts")
    page = read_page(request, default=_DEFAULT, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        owner = await get_shown(conn, row_id(request))
        if not is_own(request, owner.id):
            return json_response([])
        rows = await read(conn, owner.id, page)
        return await _answer(request, conn, asking.actor_id, page, rows)


async def _follow(tx: Tx, actor: Actor, other: Actor, params: Params) -> object:
    """Following again changes ``notify``, ``reblogs`` and ``languages``, where they are named."""
    terms = _terms(params)
    follow = await commands.follow(tx, actor, other, now=datetime.now(UTC))
    if terms != Terms():
        await commands.change_terms(tx, actor, other, terms)
    return follow


def _terms(params: Params) -> Terms:
    return Terms(
        notify=params.optional_flag("notify"),
        boosts=params.optional_flag("reblogs"),
        languages=read_languages(params.texts("languages"))
        if params.get("languages") is not None
        else None,
    )


async def _unfollow(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await commands.unfollow(tx, actor, other)


async def _block(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await blocking.block(tx, actor, other)


async def _unblock(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await blocking.unblock(tx, actor, other)


async def _mute(tx: Tx, actor: Actor, other: Actor, params: Params) -> object:
    seconds = params.integer("duration") or 0
    if not 0 <= seconds <= _MOST_MUTED_S:
        raise Unprocessable(
            f"mute for {seconds} s", public="Validation failed: Duration is out of range"
        )
    until = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
    return await blocking.mute(tx, actor, other, until=until)


async def _unmute(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await blocking.unmute(tx, actor, other)


async def _remove(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await commands.remove_follower(tx, actor, other)


async def _authorize(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await commands.accept_request(tx, actor, other, now=datetime.now(UTC))


async def _reject(tx: Tx, actor: Actor, other: Actor, _: Params) -> object:
    return await commands.reject_request(tx, actor, other)


_ACTS: Final[dict[str, tuple[str, Act]]] = {
    "accounts/" + ID + "/follow": ("write:follows", _follow),
    "accounts/" + ID + "/unfollow": ("write:follows", _unfollow),
    "accounts/" + ID + "/remove_from_followers": ("write:follows", _remove),
    "accounts/" + ID + "/block": ("write:blocks", _block),
    "accounts/" + ID + "/unblock": ("write:blocks", _unblock),
    "accounts/" + ID + "/mute": ("write:mutes", _mute),
    "accounts/" + ID + "/unmute": ("write:mutes", _unmute),
    "follow_requests/" + ID + "/authorize": ("write:follows", _authorize),
    "follow_requests/" + ID + "/reject": ("write:follows", _reject),
}
"""Each answers with the relationship as it is afterwards."""

_ENDING: Final = frozenset({_unfollow, _remove, _unblock, _unmute, _block, _reject})
"""What one may still do about somebody who is suspended or gone."""


def _make(scope: str, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        found = require_scope(request, scope)
        params = await read_params(request)
        async with transaction(request.app[POOL]) as tx:
            other_id = ActorId(row_id(request))
            read = get_actor if act in _ENDING else get_shown
            other = await read(tx, other_id)
            await act(tx, await get_actor(tx, found.actor_id), other, params)
            stands = await find_relationship(tx, found.actor_id, other_id)
        return json_response(relationship(other_id, stands))

    return answer


for _path, (_scope, _act) in _ACTS.items():
    routes.post(f"/api/v1/{_path}")(_make(_scope, _act))


@routes.get("/api/v1/follow_requests")
async def list_requests(request: web.Request) -> web.Response:
    """Who waits for the member's yes, the last first."""
    found, page = _own_list(request, "read:follows")
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_followers(conn, found.actor_id, page, state=FollowState.PENDING)
        return await _answer(request, conn, found.actor_id, page, rows)


@routes.get("/api/v1/blocks")
async def list_blocks(request: web.Request) -> web.Response:
    found, page = _own_list(request, "read:blocks")
    async with request.app[POOL].acquire() as conn:
        rows = await blocks_store.list_blocked(conn, found.actor_id, page)
        return await _answer(request, conn, found.actor_id, page, rows)


@routes.get("/api/v1/mutes")
async def list_mutes(request: web.Request) -> web.Response:
    """Each account with the moment at which the mute ends."""
    found, page = _own_list(request, "read:mutes")
    entities = request.app[ACCOUNTS]
    async with request.app[POOL].acquire() as conn:
        rows = await blocks_store.list_muted(conn, found.actor_id, page)
        figures = await entities.figures(conn, found.actor_id, [actor.id for _, actor, _ in rows])
    muted = [
        entities.entity(actor, figures[actor.id])
        | {"mute_expires_at": None if until is None else timestamp(until)}
        for _, actor, until in rows
    ]
    return listed(request, page, [cursor for cursor, _, _ in rows], muted)


def _own_list(request: web.Request, scope: str) -> tuple[Member, Page]:
    return require_scope(request, scope), read_page(request, default=_DEFAULT, most=_MOST)


async def _answer(
    request: web.Request,
    conn: Conn,
    owner_id: ActorId | None,
    page: Page,
    rows: Sequence[tuple[int, Actor]],
) -> web.Response:
    actors = [actor for _, actor in rows]
    entities = await request.app[ACCOUNTS].render(conn, owner_id, actors)
    encoded: list[msgspec.Raw] = [entities[actor.id] for actor in actors]
    return listed(request, page, [cursor for cursor, _ in rows], encoded)
