"""The client API by which an app has itself rung. One subscription for each token.

Source: https://docs.joinmastodon.org/methods/push/
"""

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_scope, shown_token, token_id
from fedinet.http.context import BOX, POOL, PUSH_FETCHER, PUSH_KEYS, URIS
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import NotFound
from fedinet.push import commands, store
from fedinet.push.model import ALERTS, Choice, Subscription, check_keys, choice_of

routes = web.RouteTableDef()

_PATH = "/api/v1/push/subscription"


@routes.post(_PATH)
async def subscribe(request: web.Request) -> web.Response:
    """Ring this app. What its token had subscribed to before ends."""
    found, number = _asked(request)
    params = await read_params(request)
    asked = params.mapping("subscription")
    keys = asked.mapping("keys")
    endpoint = commands.check_endpoint(
        asked.text("endpoint"), request.app[PUSH_FETCHER], request.app[URIS]
    )
    wanted = Subscription(
        id=0,
        token_id=number,
        owner_id=found.actor_id,
        endpoint=endpoint,
        keys=check_keys(keys.text("p256dh"), keys.text("auth")),
        standard=asked.flag("standard"),
        choice=_choice(params),
    )
    async with transaction(request.app[POOL]) as tx:
        kept = await commands.subscribe(tx, wanted, shown_token(request), request.app[BOX])
    return await _answer(request, kept)


@routes.get(_PATH)
async def show(request: web.Request) -> web.Response:
    _, number = _asked(request)
    async with request.app[POOL].acquire() as conn:
        return await _answer(request, await store.find_of_token(conn, number))


@routes.put(_PATH)
async def choose(request: web.Request) -> web.Response:
    """Change what rings; alerts that are not named are off, as in Mastodon."""
    _, number = _asked(request)
    choice = _choice(await read_params(request))
    async with transaction(request.app[POOL]) as tx:
        kept = await commands.choose(tx, number, choice)
    return await _answer(request, kept)


@routes.delete(_PATH)
async def end(request: web.Request) -> web.Response:
    """End it. Ended already is ended."""
    _, number = _asked(request)
    async with transaction(request.app[POOL]) as tx:
        await store.delete_of_token(tx, number)
    return json_response({})


def _asked(request: web.Request) -> tuple[Member, int]:
    """Who asks, and by which token."""
    found, number = require_scope(request, "push"), token_id(request)
    if number is None:
        raise NotFound("no token, no subscription")
    return found, number


def _choice(params: Params) -> Choice:
    """``data[alerts]`` and ``data[policy]``; some clients write ``policy`` beside ``data``."""
    data = params.mapping("data")
    alerts = data.mapping("alerts")
    policy = data.text("policy", None) or params.text("policy", None) or "all"
    return choice_of({word: alerts.flag(word) for word in ALERTS}, policy)


async def _answer(request: web.Request, found: Subscription | None) -> web.Response:
    """Source: https://docs.joinmastodon.org/entities/WebPushSubscription/

    The id is a number: Tusky, Ice Cubes and Mastodon for Android read no text there.
    """
    if found is None:
        raise NotFound("no subscription of this token")
    key = await request.app[PUSH_KEYS].get()
    return json_response(
        {
            "id": found.id,
            "endpoint": found.endpoint,
            "standard": found.standard,
            "alerts": {word: word in found.choice.alerts for word in ALERTS},
            "policy": found.choice.policy,
            "server_key": key.public,
        }
    )
