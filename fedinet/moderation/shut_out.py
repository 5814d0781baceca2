"""Who is suspended proves who they are, and gets a pass: to read why, to ask, to take their data.

The pass is a signed cookie for half an hour. It is no session: nothing else asks for it. A new
password or the end of the suspension makes it void.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.accounts.model import Account
from fedinet.accounts.store import find_account, find_sign_in
from fedinet.db.pool import transaction
from fedinet.http.context import BOX, POOL, URIS
from fedinet.http.cookies import drop_cookie, read_cookie, set_cookie, shut_out_cookie
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unauthenticated
from fedinet.kernel.ids import AccountId
from fedinet.security.store import has_totp

HERE: Final = "/shut-out"
LIVES: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ShutOutPass:
    """Whose it is; ``is_whole``: they gave their second step too, or have none."""

    account: Account
    is_whole: bool


async def show_out(
    request: web.Request, account_id: AccountId, *, is_whole: bool, now: datetime
) -> web.Response:
    """Lead who is suspended to why, with a pass. ``is_whole``: nothing is left to be proven."""
    if not is_whole:
        async with transaction(request.app[POOL]) as tx:
            is_whole = not await has_totp(tx, account_id)
    response = see_other(HERE)
    marked = await _find(request, account_id)
    if marked is not None:
        until = int((now + LIVES).timestamp())
        value = f"{account_id}.{until}.{is_whole:d}"
        tag = _tag(request, value, marked[1])
        origin = request.app[URIS].origin
        name, age_s = shut_out_cookie(origin), int(LIVES.total_seconds())
        set_cookie(response, origin, name, f"{value}.{tag}", max_age_s=age_s)
    return response


def end_pass(request: web.Request, response: web.StreamResponse) -> None:
    origin = request.app[URIS].origin
    drop_cookie(response, origin, shut_out_cookie(origin))


async def find_pass(request: web.Request) -> ShutOutPass | None:
    """The pass of this browser; None: none, too old, not ours, or not suspended any more."""
    cookie = read_cookie(request, shut_out_cookie(request.app[URIS].origin)) or ""
    value, _, tag = cookie.rpartition(".")
    parts = value.split(".")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 18 for part in parts):
        return None
    number, until, whole = (int(part) for part in parts)
    if until <= datetime.now(UTC).timestamp():
        return None
    found = await _find(request, AccountId(number))
    if found is None or not hmac.compare_digest(_tag(request, value, found[1]), tag):
        return None
    return ShutOutPass(found[0], is_whole=bool(whole))


async def require_whole_pass(request: web.Request) -> ShutOutPass:
    """Raises ``Unauthenticated`` for whoever has no pass, or has not proven all of it."""
    found = await find_pass(request)
    if found is None or not found.is_whole:
        raise Unauthenticated("no pass of who is suspended")
    return found


async def _find(request: web.Request, account_id: AccountId) -> tuple[Account, str] | None:
    """Whose account it is while it is suspended, and what marks their password."""
    account = await find_account(request.app[POOL], account_id)
    found = None if account is None else await find_sign_in(request.app[POOL], account.username)
    if found is None or found.account.id != account_id or not found.is_suspended:
        return None
    return found.account, sha256(found.password_hash.encode()).hexdigest()


def _tag(request: web.Request, value: str, mark: str) -> str:
    return request.app[BOX].tag(f"shut out:{value}:{mark}")
