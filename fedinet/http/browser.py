"""A browser signs in or out: the session's row and its cookie change together."""

from datetime import datetime

from aiohttp import web

from fedinet.db.query import Tx
from fedinet.http.auth import member
from fedinet.http.clients import client_address, network_of
from fedinet.http.context import POOL, URIS
from fedinet.http.cookies import (
    drop_cookie,
    read_cookie,
    session_cookie,
    set_cookie,
    visitor_cookie,
)
from fedinet.http.sessions import LONG, close_session, open_session
from fedinet.kernel.ids import AccountId


async def begin_session(
    request: web.Request,
    tx: Tx,
    response: web.StreamResponse,
    account_id: AccountId,
    *,
    stay: bool,
    now: datetime,
) -> None:
    """Sign a browser in. Always under a new name: one that somebody planted is worth nothing.

    The session it had before ends. Without ``stay`` the cookie goes when the browser closes.
    """
    origin = request.app[URIS].origin
    before = read_cookie(request, session_cookie(origin))
    if before is not None:
        await close_session(tx, before)
    agent = request.headers.get("User-Agent", "")
    network = network_of(client_address(request))
    token = await open_session(
        tx, account_id, stay=stay, user_agent=agent, now=now, network=network
    )
    age_s = int(LONG.total_seconds()) if stay else None
    set_cookie(response, origin, session_cookie(origin), token, max_age_s=age_s)
    drop_cookie(response, origin, visitor_cookie(origin))


async def end_session(request: web.Request, response: web.StreamResponse) -> None:
    """Sign a browser out, here and in the browser. Harmless where nobody is signed in."""
    origin = request.app[URIS].origin
    token = read_cookie(request, session_cookie(origin))
    if token is not None:
        await close_session(request.app[POOL], token)
    drop_cookie(response, origin, session_cookie(origin))
    drop_cookie(response, origin, visitor_cookie(origin))
    response.headers["Clear-Site-Data"] = '"storage"'  # drafts, in every window: compose.js


def this_browser(request: web.Request) -> str:
    """The cookie that names this browser, signed in or not; ``""``: it has none yet."""
    if member(request) is not None:
        return current_session(request)
    return read_cookie(request, visitor_cookie(request.app[URIS].origin)) or ""


def current_session(request: web.Request) -> str:
    """The cookie's value of this browser's session; ``""`` without one."""
    return read_cookie(request, session_cookie(request.app[URIS].origin)) or ""
