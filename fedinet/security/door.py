"""The one door to a session: whoever is signed in came through here."""

from datetime import datetime

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.browser import begin_session
from fedinet.http.context import BOX, POOL, URIS
from fedinet.http.cookies import drop_cookie, pending_cookie, read_cookie, set_cookie
from fedinet.http.redirects import see_other
from fedinet.kernel.ids import AccountId
from fedinet.security import commands
from fedinet.security.model import PENDING_LIVES, Over, Passed, Wrong
from fedinet.security.pending_store import insert_pending
from fedinet.security.store import has_totp

CODE_PAGE = "/sign-in/code"


async def enter(
    request: web.Request, account_id: AccountId, *, there: str, stay: bool, now: datetime
) -> web.Response:
    """Let in whose password was right; who has a second step is led to it first."""
    origin = request.app[URIS].origin
    async with transaction(request.app[POOL]) as tx:
        if not await has_totp(tx, account_id):
            response = see_other(there)
            await begin_session(request, tx, response, account_id, stay=stay, now=now)
            return response
        token = await insert_pending(tx, account_id, stay=stay, there=there, now=now)
    response = see_other(CODE_PAGE)
    age_s = int(PENDING_LIVES.total_seconds())
    set_cookie(response, origin, pending_cookie(origin), token, max_age_s=age_s)
    return response


async def enter_by_code(request: web.Request, typed: str, *, now: datetime) -> web.Response | None:
    """Let in who gave the password before and a right code now. None: wrong, and not yet over."""
    origin = request.app[URIS].origin
    async with transaction(request.app[POOL]) as tx:
        outcome = await commands.try_code(
            tx, pending_token(request), typed, box=request.app[BOX], now=now
        )
        match outcome:
            case Passed(account_id, stay, there):
                response = see_other(there)
                await begin_session(request, tx, response, account_id, stay=stay, now=now)
            case Over():
                response = see_other("/sign-in?over=1")
            case Wrong():
                return None
    drop_cookie(response, origin, pending_cookie(origin))
    return response


def pending_token(request: web.Request) -> str:
    """The cookie of a browser that waits for its code; ``""`` without one."""
    return read_cookie(request, pending_cookie(request.app[URIS].origin)) or ""
