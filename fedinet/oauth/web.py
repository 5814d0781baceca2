"""The page on which a member lets an app in, or does not.

Whatever the app says of itself is shown as its own word; only where the answer
goes is certain. What is shown is read anew when the form comes back.

Source: RFC 6749 section 4.1; RFC 9700; docs/traps.md 32.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.fresh import ask_again
from fedinet.http.headers import CONTENT_SECURITY_POLICY
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.oauth import store
from fedinet.oauth.model import (
    Asked,
    answer_address,
    asks_for_sign_in,
    desk_scopes,
    destination,
    form_action,
    is_administrative,
)
from fedinet.oauth.permissions import permissions
from fedinet.oauth.requests import AskedWrongly, NoSuchApp, read_asked

routes = web.RouteTableDef()

_KEPT: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


@routes.get("/oauth/authorize")
async def show_request(request: web.Request) -> web.Response:
    """Say who asks for what, and where the answer goes; to whoever signs in, if the app asks."""
    params = dict(request.query)
    if asks_for_sign_in(params):
        return _sign_in_first(request)
    found = require_member(request)
    try:
        asked = await read_asked(request, params)
    except NoSuchApp as error:
        return _nowhere(request, error)
    except AskedWrongly as error:
        return _wrong(request, error)
    return _page(request, found, asked, params)


@routes.post("/oauth/authorize")
async def answer_request(request: web.Request) -> web.Response:
    """Give the app a code, or tell it no. The stewards' desk asks for a fresh sign-in."""
    found = require_member(request)
    fields = await read_form(request)
    params = {name: fields.text(name) for name in _KEPT if name in fields}
    try:
        asked = await read_asked(request, params)
    except NoSuchApp as error:
        return _nowhere(request, error)
    except AskedWrongly as error:
        return _wrong(request, error)
    if fields.text("do") != "allow":
        return _denied(request, asked)
    granted = _granted(found, asked, agreed_to_desk=fields.flag("desk"))
    if not granted.scopes:
        return _denied(request, asked)
    now = datetime.now(UTC)
    if any(is_administrative(scope) for scope in granted.scopes):
        again = await ask_again(request, f"/oauth/authorize?{urlencode(params)}", now=now)
        if again is not None:
            return again
    async with transaction(request.app[POOL]) as tx:
        code = await store.insert_code(tx, granted, found.account_id, now=now)
    if asked.shows_code:
        return render(request, "oauth/code.html", code=code, app=asked.app)
    return _to_app(request, asked.redirect_uri, code=code, state=asked.state)


def _sign_in_first(request: web.Request) -> web.Response:
    """Lead to sign-in, also who is signed in, and then back to the same request."""
    after = request.rel_url.without_query_params("force_login", "prompt")
    return see_other(f"/sign-in?again=1&next={quote(str(after), safe='/')}")


def _granted(found: Member, asked: Asked, *, agreed_to_desk: bool) -> Asked:
    """What of it is given: the stewards' desk only to stewards' apps, and only if ticked."""
    usual = tuple(scope for scope in asked.scopes if not is_administrative(scope))
    scopes = (*usual, *_desk(found, asked)) if agreed_to_desk else usual
    return Asked(
        app=asked.app,
        redirect_uri=asked.redirect_uri,
        scopes=scopes,
        state=asked.state,
        challenge=asked.challenge,
    )


def _desk(found: Member, asked: Asked) -> tuple[str, ...]:
    if not found.is_steward:
        return ()
    return desk_scopes(asked.scopes, administers=found.may_administer)


def _page(
    request: web.Request, found: Member, asked: Asked, params: Mapping[str, str]
) -> web.Response:
    usual = [scope for scope in asked.scopes if not is_administrative(scope)]
    response = render(
        request,
        "oauth/authorize.html",
        app=asked.app,
        goes_to="" if asked.shows_code else destination(asked.redirect_uri),
        usual=permissions(usual),
        desk=permissions(_desk(found, asked)),
        scopes=usual,
        kept={name: params[name] for name in _KEPT if name in params},
    )
    # Browsers hold a form to its policy on the redirect that answers it, too.
    target = "" if asked.shows_code else f" {form_action(asked.redirect_uri)}"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self'{target}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _denied(request: web.Request, asked: Asked) -> web.Response:
    if asked.shows_code:
        return see_other("/settings/security")
    return _to_app(request, asked.redirect_uri, error="access_denied", state=asked.state)


def _wrong(request: web.Request, error: AskedWrongly) -> web.Response:
    if destination(error.redirect_uri) == "urn:":
        return _nowhere(request, error)
    return _to_app(
        request,
        error.redirect_uri,
        error=error.code,
        error_description=error.public,
        state=error.state,
    )


def _nowhere(request: web.Request, error: NoSuchApp | AskedWrongly) -> web.Response:
    return render(request, "oauth/unknown.html", status=400, why=error.public)


def _to_app(request: web.Request, redirect_uri: str, **answer: str | None) -> web.Response:
    iss = str(request.app[URIS].origin)
    return see_other(answer_address(redirect_uri, **answer, iss=iss))
