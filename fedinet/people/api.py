"""The client API about people: notes, recommendations, suggestions, the directory.

Source: https://docs.joinmastodon.org/methods/accounts/, methods/endorsements/,
methods/suggestions/, methods/directory/
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS, get_shown
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.follows.entities import relationship
from fedinet.follows.relations_store import find_relationship
from fedinet.http.apps import ID, listed, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_params
from fedinet.kernel.ids import ActorId
from fedinet.people import commands, store
from fedinet.people.model import KNOWN_TO

routes = web.RouteTableDef()

_DEFAULT: Final = 40
_MOST: Final = 80
_MOST_OFFSET: Final = 10_000

Act = Callable[[Tx, ActorId, ActorId, Params], Awaitable[None]]


async def _note(tx: Tx, owner_id: ActorId, other: ActorId, params: Params) -> None:
    await commands.note(tx, owner_id, other, params.text("comment"))


async def _endorse(tx: Tx, owner_id: ActorId, other: ActorId, _: Params) -> None:
    await commands.endorse(tx, owner_id, other, await find_relationship(tx, owner_id, other))


async def _take_back(tx: Tx, owner_id: ActorId, other: ActorId, _: Params) -> None:
    await store.take_back_endorsement(tx, owner_id, other)


_ACTS: Final[dict[str, Act]] = {
    "note": _note,
    "endorse": _endorse,
    "unendorse": _take_back,
    "pin": _endorse,  # their names until Mastodon 4.4
    "unpin": _take_back,
}
"""Each answers with the relationship as it is afterwards."""


def _make(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        found = require_scope(request, "write:accounts")
        params = await read_params(request)
        async with transaction(request.app[POOL]) as tx:
            other = await get_shown(tx, row_id(request))
            await act(tx, found.actor_id, other.id, params)
            stands = await find_relationship(tx, found.actor_id, other.id)
        return json_response(relationship(other.id, stands))

    return answer


for _name, _act in _ACTS.items():
    routes.post(f"/api/v1/accounts/{ID}/{_name}")(_make(_act))


@routes.get("/api/v1/endorsements")
async def list_own_endorsements(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts")
    return await _endorsed(request, found.actor_id, found.actor_id)


@routes.get("/api/v1/accounts/" + ID + "/endorsements")
async def list_endorsements(request: web.Request) -> web.Response:
    """Whom somebody recommends. Visitors see members among them, and nobody from elsewhere."""
    asking = reader(request, "read:accounts")
    async with request.app[POOL].acquire() as conn:
        owner = await get_shown(conn, row_id(request))
    return await _endorsed(request, owner.id, asking.actor_id)


async def _endorsed(
    request: web.Request, owner_id: ActorId, reader_id: ActorId | None
) -> web.Response:
    page = read_page(request, default=_DEFAULT, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_endorsed(conn, owner_id, reader_id, page)
        shown = [actor for _, actor in rows if actor.is_local or reader_id is not None]
        entities = await _rendered(request, conn, reader_id, shown)
    return listed(request, page, [cursor for cursor, _ in rows], entities)


@routes.get("/api/v1/suggestions")
async def list_suggested_accounts(request: web.Request) -> web.Response:
    return json_response([one["account"] for one in await _suggestions(request)])


@routes.get("/api/v2/suggestions")
async def list_suggestions(request: web.Request) -> web.Response:
    return json_response(await _suggestions(request))


async def _suggestions(request: web.Request) -> list[dict[str, object]]:
    """Members first, then who is known to people one follows.

    ``source`` and ``sources`` are the nearest of Mastodon's words: ``featured`` for members.
    """
    found = require_scope(request, "read:accounts")
    limit = read_page(request, default=_DEFAULT, most=_MOST).limit
    async with request.app[POOL].acquire() as conn:
        members = await store.suggest_members(conn, found.actor_id, limit)
        others = await store.suggest_friends_of_friends(
            conn, found.actor_id, limit, known_to=KNOWN_TO
        )
        kinds = [("staff", "featured")] * len(members)
        kinds += [("past_interactions", "friends_of_friends")] * len(others)
        entities = await _rendered(request, conn, found.actor_id, [*members, *others])
    return [
        {"source": source, "sources": [precise], "account": account}
        for (source, precise), account in zip(kinds, entities, strict=True)
    ][:limit]


@routes.delete("/api/v1/suggestions/" + ID)
async def dismiss_suggestion(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts")
    async with transaction(request.app[POOL]) as tx:
        await store.dismiss_suggestion(tx, found.actor_id, ActorId(row_id(request)))
    return json_response({})


@routes.get("/api/v1/directory")
async def show_directory(request: web.Request) -> web.Response:
    """Who wants to be found: members, and whom the reader follows unless ``local``."""
    asking = reader(request, "read:accounts")
    params = await read_params(request)
    limit = read_page(request, default=_DEFAULT, most=_MOST).limit
    async with request.app[POOL].acquire() as conn:
        actors = await store.list_directory(
            conn,
            asking.actor_id,
            local=params.flag("local") or asking.actor_id is None,
            by_last_post=params.text("order") != "new",
            offset=min(max(params.integer("offset") or 0, 0), _MOST_OFFSET),
            limit=limit,
        )
        return json_response(await _rendered(request, conn, asking.actor_id, actors))


@routes.get("/api/v1/accounts/familiar_followers")
async def show_familiar_followers(request: web.Request) -> web.Response:
    """Nobody, for everyone: who follows whom is told to these two alone (docs/api.md)."""
    require_scope(request, "read:follows")
    wanted = dict.fromkeys(map(ActorId, (await read_params(request)).integers("id")))
    async with request.app[POOL].acquire() as conn:
        known = await find_actors(conn, wanted)
    nobody: list[object] = []
    return json_response([{"id": str(one), "accounts": nobody} for one in wanted if one in known])


async def _rendered(
    request: web.Request, conn: Conn, reader_id: ActorId | None, actors: Sequence[Actor]
) -> list[object]:
    entities = await request.app[ACCOUNTS].render(conn, reader_id, actors)
    return [entities[actor.id] for actor in actors]
