"""OAuth 2 for apps: registration, tokens, revocation, introspection, discovery.

Source: RFC 6749, 7009 (revocation), 7591 (registration), 7662 (introspection),
8414 (metadata); https://docs.joinmastodon.org/methods/oauth/, methods/apps/.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Final

from aiohttp import web

from fedinet.actors.pictures import picture_url
from fedinet.actors.store import get_actor
from fedinet.http.allowance import REGISTRATIONS, spend_rare
from fedinet.http.auth import app_alone, app_id, member, require_scope
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import ASSETS, POOL, PUSH_KEYS, URIS
from fedinet.http.json import json_response
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.params import Params, read_form
from fedinet.http.tokens import (
    KNOWN_SCOPES,
    TOKENS,
    create_token,
    hash_token,
    revoke_token_of_app,
)
from fedinet.kernel.errors import Unauthenticated, Unprocessable
from fedinet.oauth import store
from fedinet.oauth.commands import redeem_code
from fedinet.oauth.model import App, OAuthRefused
from fedinet.oauth.requests import read_registration, read_scopes, require_app

routes = web.RouteTableDef()

EXCHANGES: Final = Limit("oauth-token", 300, timedelta(minutes=10))
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _in_oauth_words(handler: _Handler) -> _Handler:
    """Answer refusals as OAuth libraries read them: a code and a sentence."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except OAuthRefused as error:
            headers = {"WWW-Authenticate": "Basic"} if error.status == 401 else {}
            body = {"error": error.code, "error_description": error.public}
            return json_response(body, status=error.status, headers=headers | _NO_STORE)

    return answer


@routes.post("/api/v1/apps")
async def register(request: web.Request) -> web.Response:
    """Register an app, the way Mastodon's clients do. Nobody vouches for it."""
    await _count_registration(request)
    params = await read_form(request)
    new = read_registration(
        name=params.text("client_name"),
        website=params.text("website", None),
        redirect_uris=_lines(params, "redirect_uris"),
        scopes=params.text("scopes") or "read",
    )
    app, secret = await store.insert_app(request.app[POOL], new, has_secret=True)
    return json_response(
        {**await _entity(request, app), "client_id": app.client_id, "client_secret": secret}
        | {"client_secret_expires_at": 0},
        headers=_NO_STORE,
    )


@routes.get("/api/v1/apps/verify_credentials")
async def show_app(request: web.Request) -> web.Response:
    """What the token is good for. Any token may ask."""
    alone, found = app_alone(request), member(request)
    if alone is None and found is None:
        raise Unauthenticated("no token")
    number = app_id(request)
    app = None if number is None else await store.find_app_by_id(request.app[POOL], number)
    granted = alone.scopes if alone is not None else found.scopes if found is not None else ()
    if app is not None:
        return json_response({**await _entity(request, app), "scopes": sorted(granted)})
    name = "" if found is None else found.app_name
    made_here = App(
        id=0,
        client_id="",
        name=name,
        website=None,
        redirect_uris=(),
        scopes=tuple(sorted(granted)),
        is_public=True,
    )
    return json_response(await _entity(request, made_here))


@routes.post("/oauth/register")
@_in_oauth_words
async def register_dynamically(request: web.Request) -> web.Response:
    """Register an app by RFC 7591."""
    await _count_registration(request)
    params = await read_form(request)
    method = params.text("token_endpoint_auth_method") or "client_secret_basic"
    if method not in _AUTH_METHODS:
        raise OAuthRefused("invalid_client_metadata", f"No such way to prove itself: {method[:50]}")
    if not set(params.texts("grant_types")) <= set(_GRANTS):
        raise OAuthRefused("invalid_client_metadata", f"Only {' and '.join(_GRANTS)}")
    redirect_uris = _lines(params, "redirect_uris")
    try:
        new = read_registration(
            name=params.text("client_name") or "An app without a name",
            website=params.text("client_uri", None),
            redirect_uris=redirect_uris,
            scopes=params.text("scope") or "read",
        )
    except Unprocessable as error:
        raise OAuthRefused("invalid_redirect_uri", error.public) from error
    is_public = method == "none"
    app, secret = await store.insert_app(request.app[POOL], new, has_secret=not is_public)
    answer: dict[str, object] = {
        "client_id": app.client_id,
        "client_name": app.name,
        "redirect_uris": app.redirect_uris,
        "scope": " ".join(app.scopes),
        "grant_types": _GRANTS[:1] if is_public else _GRANTS,
        "response_types": ("code",),
        "token_endpoint_auth_method": method,
    }
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return json_response(answer, status=201, headers=_NO_STORE)


@routes.post("/oauth/token")
@_in_oauth_words
async def exchange(request: web.Request) -> web.Response:
    """Give a token for a code, or to an app for itself."""
    await _count(request, EXCHANGES)
    params = await read_form(request)
    app = await require_app(request, params)
    pool = request.app[POOL]
    now = datetime.now(UTC)
    match params.text("grant_type"):
        case "authorization_code":
            token, scopes = await redeem_code(
                pool,
                app,
                code=params.text("code")[:200],
                redirect_uri=params.text("redirect_uri"),
                verifier=params.text("code_verifier", None),
                now=now,
            )
        case "client_credentials":
            if app.is_public:
                raise OAuthRefused("unauthorized_client", "An app without a secret is nobody")
            scopes = read_scopes(params.text("scope"), app)
            token = await create_token(pool, None, scopes, app.name, app_id=app.id)
        case _:
            raise OAuthRefused("unsupported_grant_type", f"Only {' and '.join(_GRANTS)}")
    return json_response(
        {
            "access_token": token,
            "token_type": "Bearer",
            "scope": " ".join(scopes),
            "created_at": int(now.timestamp()),
        },
        headers=_NO_STORE,
    )


@routes.post("/oauth/revoke")
@_in_oauth_words
async def revoke(request: web.Request) -> web.Response:
    """End a token at the word of its app. Unknown tokens are ended already."""
    params = await read_form(request)
    app = await require_app(request, params)
    await revoke_token_of_app(request.app[POOL], app.id, params.text("token")[:200])
    return json_response({}, headers=_NO_STORE)


@routes.post("/oauth/introspect")
@_in_oauth_words
async def introspect(request: web.Request) -> web.Response:
    """Tell an app what a token of its own is good for; of any other: nothing."""
    params = await read_form(request)
    app = await require_app(request, params)
    token = params.text("token")[:200]
    row = await request.app[TOKENS].find(hash_token(token), now=datetime.now(UTC))
    if row is None or row["app_id"] != app.id:
        return json_response({"active": False}, headers=_NO_STORE)
    answer: dict[str, object] = {
        "active": True,
        "client_id": app.client_id,
        "scope": " ".join(row["scopes"]),
        "token_type": "Bearer",
        "iat": int(row["created_at"].timestamp()),
        "iss": str(request.app[URIS].origin),
    }
    if row["account_id"] is not None:
        answer["username"] = row["username"]
        answer["sub"] = request.app[URIS].actor(row["username"])
    return json_response(answer, headers=_NO_STORE)


@routes.get("/oauth/userinfo")
async def show_user(request: web.Request) -> web.Response:
    """Who the member of a token is, as OpenID's readers expect it."""
    found = require_scope(request, "profile", "read:accounts")
    actor = await get_actor(request.app[POOL], found.actor_id)
    uris, face = request.app[URIS], request.app[ASSETS].url("avatar.png")
    return json_response(
        {
            "iss": str(uris.origin),
            "sub": actor.uri,
            "name": actor.display_name,
            "preferred_username": actor.username,
            "profile": actor.page_url,
            "picture": picture_url(actor, "avatar", uris) or f"{uris.origin}{face}",
        }
    )


@routes.get("/.well-known/oauth-authorization-server")
async def describe(request: web.Request) -> web.Response:
    """Say where everything is. Source: RFC 8414; FEP-d8c2 asks for it."""
    origin = str(request.app[URIS].origin)
    return json_response(
        {
            "issuer": origin,
            "service_documentation": "https://docs.joinmastodon.org/",
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "introspection_endpoint": f"{origin}/oauth/introspect",
            "registration_endpoint": f"{origin}/oauth/register",
            "app_registration_endpoint": f"{origin}/api/v1/apps",
            "userinfo_endpoint": f"{origin}/oauth/userinfo",
            "scopes_supported": sorted(KNOWN_SCOPES),
            "response_types_supported": ("code",),
            "response_modes_supported": ("query",),
            "grant_types_supported": _GRANTS,
            "token_endpoint_auth_methods_supported": _AUTH_METHODS,
            "code_challenge_methods_supported": ("S256",),
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
        }
    )


_GRANTS: Final = ("authorization_code", "client_credentials")
_AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post", "none")


async def _count_registration(request: web.Request) -> None:
    await spend_rare(request, REGISTRATIONS, limit_key(client_address(request)))


async def _count(request: web.Request, limit: Limit) -> None:
    who = limit_key(client_address(request))
    await count_attempt(request.app[POOL], limit, who, now=datetime.now(UTC))


def _lines(params: Params, key: str) -> tuple[str, ...]:
    """Addresses in an array, or in one text with a line for each, as older clients send them."""
    return tuple(uri for text in params.texts(key) for uri in text.split())


async def _entity(request: web.Request, app: App) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/Application/"""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes,
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": app.redirect_uris,
        "vapid_key": (await request.app[PUSH_KEYS].get()).public,
    }
