"""The client API of search. Addresses and handles lead to other servers, if the app asks.

Source: https://docs.joinmastodon.org/methods/search/, methods/accounts/#search
"""

from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import Malformed
from fedinet.pins.store import featured_names
from fedinet.reactions.statuses import render_posts
from fedinet.search.find import FINDER, find
from fedinet.search.model import Search, Sort
from fedinet.tags.entities import tag_entity
from fedinet.tags.store import find_followed

routes = web.RouteTableDef()

_MOST: Final = 40
_MOST_PEOPLE: Final = 80
_FARTHEST: Final = 1000


@routes.get("/api/v2/search")
async def search(request: web.Request) -> web.Response:
    """People, posts and hashtags; ``type`` asks for one of the three."""
    found = require_scope(request, "read:search")
    params = await read_params(request)
    word = params.text("type")
    sorts = frozenset(Sort) if not word else frozenset(sort for sort in Sort if sort == word)
    wanted = Search(
        text=_text(params),
        sorts=sorts,
        limit=_limit(params, 20, _MOST),
        offset=max(0, min(_FARTHEST, params.integer("offset") or 0)),
        resolve=params.flag("resolve"),
        following=params.flag("following"),
        author_id=params.integer("account_id"),
        max_id=params.integer("max_id"),
        min_id=params.integer("min_id"),
    )
    result = await find(request.app[FINDER], found.viewer, wanted)
    uris = request.app[URIS]
    names = [tag.name for tag in result.tags]
    async with request.app[POOL].acquire() as conn:
        accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, result.people)
        statuses = await render_posts(request, conn, found.viewer, result.posts)
        followed = await find_followed(conn, found.actor_id, names)
        featured = await featured_names(conn, found.actor_id) if names else frozenset[str]()
    return json_response(
        {
            "accounts": [accounts[actor.id] for actor in result.people],
            "statuses": statuses,
            "hashtags": [
                tag_entity(name, uris, following=name in followed, featuring=name in featured)
                for name in names
            ],
            "collections": (),
        }
    )


@routes.get("/api/v1/accounts/search")
async def search_accounts(request: web.Request) -> web.Response:
    """People alone, as apps complete a mention."""
    found = require_scope(request, "read:accounts")
    params = await read_params(request)
    wanted = Search(
        text=_text(params),
        sorts=frozenset({Sort.PEOPLE}),
        limit=_limit(params, 40, _MOST_PEOPLE),
        offset=max(0, min(_FARTHEST, params.integer("offset") or 0)),
        resolve=params.flag("resolve"),
        following=params.flag("following"),
    )
    result = await find(request.app[FINDER], found.viewer, wanted)
    async with request.app[POOL].acquire() as conn:
        accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, result.people)
    return json_response([accounts[actor.id] for actor in result.people])


def _text(params: Params) -> str:
    text = params.text("q").strip()
    if not text:
        raise Malformed("a search for nothing", public="Say what to look for: q is missing")
    return text


def _limit(params: Params, default: int, most: int) -> int:
    wanted = params.integer("limit")
    return default if wanted is None else max(1, min(most, wanted))
