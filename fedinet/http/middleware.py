"""What happens to every request, in order: id and log, headers, host, errors, who, form, desk.

``MIDDLEWARES`` is what the application is made with; the first is outermost.
"""

import logging
import re
import secrets
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

from aiohttp import web

from fedinet.desk.store import count_open
from fedinet.http.allowance import spend, tell_what_is_left
from fedinet.http.auth import member, recognise
from fedinet.http.context import NODE, POOL, URIS
from fedinet.http.cookies import set_cookie, visitor_cookie
from fedinet.http.csrf import NEW_VISITOR, check_csrf
from fedinet.http.desk import COUNTS, PANIC
from fedinet.http.errors import Handler, errors, refusal
from fedinet.http.frozen import keep_frozen
from fedinet.http.headers import needs_cors, preflight, set_headers
from fedinet.http.locked import keep_locked
from fedinet.http.multipart import close_files
from fedinet.http.packing import send_little
from fedinet.http.pages import render
from fedinet.http.refused import keep_out_refused
from fedinet.http.resume import only_resumes
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import FedinetError, NotFound, Overloaded
from fedinet.kernel.log import work_id
from fedinet.kernel.problems import N_
from fedinet.policy.floods.panic import find_panic
from fedinet.policy.floods.rules import STRANGERS
from fedinet.settings import is_local_name

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LINK_ALONE: Final = "/unsubscribe"
"""Mail programs POST there by themselves (RFC 8058): the signed link is the permission."""
_OPEN_BEFORE_SET_UP: Final = ("/assets/", "/setup", "/sign-in", "/health", "/metrics")


class WrongHost(FedinetError):
    """A loopback node asked under another name: another site's page that resolves to it."""

    status = 421
    public = "This server answers under one name only"


@web.middleware
async def tracing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and the log one line: never the query, which may hold a secret."""
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    token = work_id.set(request_id)
    started = perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:  # a redirect that a handler raised
        status = error.status
        error.headers["X-Request-Id"] = request_id
        raise
    else:
        if not response.prepared:
            response.headers["X-Request-Id"] = request_id
        return response
    finally:
        close_files(request)
        logger.info(
            "http.request method=%s path=%s status=%d ms=%.1f",
            request.method,
            request.path,
            status,
            (perf_counter() - started) * 1000,
        )
        work_id.reset(token)


@web.middleware
async def completing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the headers every answer carries, and a new visitor's cookie."""
    if request.method == "OPTIONS" and needs_cors(request.path):
        return preflight()
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        _complete(request, redirect)
        raise
    if response.prepared:
        return response
    _complete(request, response)
    return send_little(request, response) if isinstance(response, web.Response) else response


@web.middleware
async def plain_path(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing of ours has NUL in its address, and PostgreSQL takes no text with it."""
    if "\0" in request.path:
        raise NotFound("NUL in the path")
    return await handler(request)


@web.middleware
async def one_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 421 to other names on a loopback origin (DNS rebinding). Source: TRAPS 34."""
    origin = request.app[URIS].origin
    if (
        is_local_name(origin.host)
        and surface_of(request.path) is not Surface.OPERATIONS
        and request.host.lower() != origin.domain
    ):
        return await refusal(request, WrongHost(f"asked as {request.host[:200]!r}"))
    return await handler(request)


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks and count it, and close the house until it is set up."""
    if surface_of(request.path) is Surface.OPERATIONS or request.path.startswith("/assets/"):
        return await handler(request)
    try:
        node = await request.app[NODE].get()
        is_set_up = node.is_set_up
    except NotFound:
        is_set_up = False
    if not is_set_up and not request.path.startswith(_OPEN_BEFORE_SET_UP):
        return _closed(request)
    try:
        await recognise(request, now=datetime.now(UTC))
    finally:  # whoever shows a token that opens nothing has spent one too
        if request.path.startswith("/api/"):
            spend(request)
    return await handler(request)


@web.middleware
async def guard_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check every request that could change something by cookie. Apps and servers have none."""
    if (
        request.method not in _SAFE
        and surface_of(request.path) is Surface.PAGE
        and request.path != _LINK_ALONE
        and not only_resumes(request)
    ):
        await check_csrf(request)
    return await handler(request)


@web.middleware
async def count_desk(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count what waits, for the steward's desk, and see whether the panic switch is on."""
    found = member(request)
    if found is not None and found.is_steward and request.path.startswith("/admin"):
        async with request.app[POOL].acquire() as conn:
            counts = dict(await count_open(conn, STRANGERS))
            switched = counts.pop(STRANGERS, 0)
            panic = await find_panic(conn, datetime.now(UTC)) if switched else None
        request[COUNTS] = counts
        if panic is not None:
            request[PANIC] = panic
    return await handler(request)


MIDDLEWARES: Final = (
    tracing,
    completing,
    errors,
    plain_path,
    one_host,
    identify,
    keep_out_refused,
    keep_locked,
    guard_forms,
    keep_frozen,
    count_desk,
)


def _complete(request: web.Request, response: web.StreamResponse) -> None:
    visitor = request.get(NEW_VISITOR)
    if visitor is not None:
        origin = request.app[URIS].origin
        set_cookie(response, origin, visitor_cookie(origin), visitor)
        response.headers["Cache-Control"] = "no-store"
    set_headers(request, response)
    tell_what_is_left(request, response)


def _closed(request: web.Request) -> web.StreamResponse:
    if surface_of(request.path) is Surface.PAGE:
        response = render(request, "closed.html", status=503)
        response.headers["Retry-After"] = "600"
        return response
    raise Overloaded("not set up yet", public=N_("This server is not open yet"))
