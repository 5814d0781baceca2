"""Headers of every answer: what a browser may do with it, and who may keep it.

No inline scripts or styles anywhere, nothing from other hosts; a script only where it is named.
Source:
https://www.w3.org/TR/CSP3/, TRAPS 24 and 31.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from fedinet.http.auth import is_signed, member
from fedinet.http.context import ASSETS, URIS
from fedinet.http.surfaces import Surface, surface_of

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'none'",
        "object-src 'none'",
        "frame-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_NO_PAGE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Of what is no page and may be opened as one all the same: feeds, pictures, documents."""
_WITHOUT_SCRIPTS: Final = ("/admin", "/settings", "/oauth/", "/sign-in", "/setup")
"""Where keys and passwords are typed and roles are used, no script runs but passkeys."""
_PAGE_AND_DOCUMENT: Final = (
    "Accept, Accept-Language, Authorization, Cookie, Signature, Signature-Input"
)
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Link, Location, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-Request-Id, Mastodon-Async-Refresh"
    ),
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "7200",
}


def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete an answer that is not sent yet. What the handler set stays."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.app[URIS].origin.scheme == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.content_type == "text/html":
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    elif response.status != HTTPStatus.NOT_MODIFIED:  # whose headers replace those of the page
        headers.setdefault("Content-Security-Policy", _NO_PAGE_POLICY)
    if needs_cors(request.path):
        headers.update(_CORS)
    headers.setdefault("Vary", _vary(request.path))
    headers.setdefault("Cache-Control", _caching(request))


def with_script(request: web.Request, response: web.Response, name: str) -> web.Response:
    """Let one file of ours run on this page, e.g. ``passkeys.js``, and nothing else."""
    source = f"{request.app[URIS].origin}{request.app[ASSETS].url(name)}"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "script-src 'none'", f"script-src {source}"
    )
    return response


def runs_scripts(request: web.Request) -> bool:
    """Tell whether our scripts make this page nicer: for members, away from keys and roles."""
    return member(request) is not None and not request.path.startswith(_WITHOUT_SCRIPTS)


def with_our_scripts(request: web.Request, response: web.Response) -> web.Response:
    """Let the scripts of ``/assets/`` run on this page, and nothing else."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "script-src 'none'", f"script-src {request.app[URIS].origin}/assets/"
    )
    return response


def preflight() -> web.Response:
    """Answer a browser app that asks whether it may call the API. It may: tokens, no cookies."""
    return web.Response(status=204, headers={**_CORS, **_PREFLIGHT})


def needs_cors(path: str) -> bool:
    """Tell whether apps in browsers read this address. Never a page: those know cookies.

    Documents too, for ActivityPub clients: ``*`` lets no browser send cookies along.
    """
    return surface_of(path) in (Surface.API, Surface.FEDERATION)


def _vary(path: str) -> str:
    match surface_of(path):
        case Surface.API:
            return "Authorization"
        case Surface.FEDERATION:
            return _PAGE_AND_DOCUMENT
        case _ if path.startswith("/@"):
            return _PAGE_AND_DOCUMENT
        case _:
            return "Accept-Language, Cookie"


def _caching(request: web.Request) -> str:
    """What is for one reader alone is kept by nobody; the rest may be asked for again."""
    if member(request) is not None or is_signed(request) or request.method == "POST":
        return "no-store"
    return "no-cache"
