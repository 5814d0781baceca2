"""What apps send to the OAuth addresses, read and checked: registrations, requests, credentials."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_plus

from aiohttp import web

from fedinet.http.context import POOL
from fedinet.http.params import Params
from fedinet.http.tokens import allows, check_scopes
from fedinet.kernel.errors import Unprocessable
from fedinet.oauth import store
from fedinet.oauth.client_documents import find_documented_app
from fedinet.oauth.model import (
    MAX_NAME,
    MAX_REDIRECTS,
    MAX_STATE,
    App,
    Asked,
    NewApp,
    OAuthRefused,
    check_challenge,
    check_redirect_uri,
    is_registered,
)
from fedinet.vocab.values import web_url

_MAX_CLIENT_ID: Final = 2000


class NoSuchApp(OAuthRefused):
    """Nobody knows this app, or not at this address: the member is told, and led nowhere."""


def read_registration(
    *, name: str, website: str | None, redirect_uris: tuple[str, ...], scopes: str
) -> NewApp:
    """Check what an app says of itself.

    Raises:
        Unprocessable: no name, no or an unsafe redirect address, unknown scopes.
    """
    shown = " ".join("".join(ch if ch.isprintable() else " " for ch in name).split())
    if not shown:
        raise Unprocessable("app without a name", public="Application name can't be blank")
    if not 0 < len(redirect_uris) <= MAX_REDIRECTS:
        raise Unprocessable("redirect_uris", public="Redirect URI can't be blank")
    return NewApp(
        name=shown[:MAX_NAME],
        website=web_url(website),
        redirect_uris=tuple(map(check_redirect_uri, redirect_uris)),
        scopes=check_scopes(scopes),
    )


async def read_asked(request: web.Request, params: Mapping[str, str]) -> Asked:
    """Read a request for a member's permission.

    Raises:
        NoSuchApp: the app or its address is unknown: nothing may be sent there.
        AskedWrongly: anything else; the app is told.
    """
    app = await _app(request, params.get("client_id", ""))
    redirect_uri = params.get("redirect_uri", "")
    if not redirect_uri and len(app.redirect_uris) == 1:
        redirect_uri = app.redirect_uris[0]
    if not is_registered(redirect_uri, app.redirect_uris):
        raise NoSuchApp("invalid_request", "The app did not register this redirect_uri")
    state = params.get("state")
    try:
        return _asked(app, redirect_uri, state, params)
    except OAuthRefused as error:
        raise AskedWrongly(error, redirect_uri, state) from error


class AskedWrongly(OAuthRefused):
    """A known app asks for what cannot be given; it hears so at its own address."""

    def __init__(self, error: OAuthRefused, redirect_uri: str, state: str | None) -> None:
        super().__init__(error.code, error.public)
        self.redirect_uri = redirect_uri
        self.state = state


def _asked(app: App, redirect_uri: str, state: str | None, params: Mapping[str, str]) -> Asked:
    if params.get("response_type") != "code":
        raise OAuthRefused("unsupported_response_type", "response_type has to be code")
    if params.get("request") or params.get("request_uri"):
        raise OAuthRefused("request_not_supported", "Request objects are not understood here")
    if params.get("response_mode", "query") not in ("", "query"):
        raise OAuthRefused("invalid_request", "response_mode has to be query")
    if state is not None and len(state) > MAX_STATE:
        raise OAuthRefused("invalid_request", "state is too long")
    return Asked(
        app=app,
        redirect_uri=redirect_uri,
        scopes=read_scopes(params.get("scope", ""), app),
        state=state,
        challenge=check_challenge(
            params.get("code_challenge"),
            params.get("code_challenge_method"),
            required=app.is_public,
        ),
    )


def read_scopes(raw: str, app: App) -> tuple[str, ...]:
    """Read what an app asks for; nothing said is ``read``, as far as it registered that.

    Raises:
        OAuthRefused: a scope that does not exist, or that the app did not register.
    """
    try:
        scopes = check_scopes(raw) if raw.strip() else _usual(app)
    except Unprocessable as error:
        raise OAuthRefused("invalid_scope", error.public) from error
    beyond = [scope for scope in scopes if not allows(app.scopes, scope)]
    if beyond:
        raise OAuthRefused("invalid_scope", f"The app did not register {' '.join(beyond)}")
    return scopes


def _usual(app: App) -> tuple[str, ...]:
    return ("read",) if "read" in app.scopes else app.scopes


async def _app(request: web.Request, client_id: str) -> App:
    if not client_id or len(client_id) > _MAX_CLIENT_ID:
        raise NoSuchApp("invalid_client", "The app is not known here")
    if client_id.startswith(("https://", "http://")):
        return await find_documented_app(request, client_id, now=datetime.now(UTC))
    found = None
    if "\0" not in client_id:
        found = await store.find_app(request.app[POOL], client_id)
    if found is None:
        raise NoSuchApp("invalid_client", "The app is not known here")
    return found[0]


async def require_app(request: web.Request, params: Params) -> App:
    """The app that speaks, by HTTP Basic or by ``client_id`` and ``client_secret`` of the body.

    Raises:
        OAuthRefused: ``invalid_client``.
    """
    client_id, secret = _basic(request.headers.get("Authorization", "")) or (
        params.text("client_id"),
        params.text("client_secret"),
    )
    usable = 0 < len(client_id) <= _MAX_CLIENT_ID and len(secret) <= 200
    app = None
    if usable and "\0" not in client_id:
        app = await store.find_app_with_secret(request.app[POOL], client_id, secret)
    if app is None:
        raise OAuthRefused(
            "invalid_client", "The app is not known here, or its secret is wrong", status=401
        )
    return app


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
