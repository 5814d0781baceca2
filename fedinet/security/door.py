"""The one door to a session: whoever is signed in came through here."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.model import Account
from fedinet.accounts.sign_in import check_not_shut_out
from fedinet.accounts.store import find_account, find_sign_in
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.browser import begin_session, this_browser
from fedinet.http.context import BOX, NODE, POOL, URIS
from fedinet.http.cookies import (
    drop_cookie,
    pending_cookie,
    read_cookie,
    set_cookie,
)
from fedinet.http.limits import Limit, count_attempt, forgive_attempt
from fedinet.http.locked import LockedDown
from fedinet.http.redirects import see_other
from fedinet.kernel.ids import AccountId
from fedinet.mail.model import MailKind
from fedinet.security import commands
from fedinet.security.model import PENDING_LIVES, Over, Passed, Wrong
from fedinet.security.notices import tell, tell_of_sign_in
from fedinet.security.passkey_commands import use_passkey
from fedinet.security.passkeys import Site
from fedinet.security.pending_store import delete_pending, find_pending, insert_pending
from fedinet.security.store import has_totp

CODE_PAGE = "/sign-in/code"
CODES_BY_ACCOUNT: Final = Limit("second-step", 20, timedelta(hours=1))
"""Each guess is right once in 300,000; who guesses so many times knows the password already."""


async def enter(
    request: web.Request, account_id: AccountId, *, there: str, stay: bool, now: datetime
) -> web.Response:
    """Let in whose password or mailed link was right; a second step comes first, where it is."""
    origin = request.app[URIS].origin
    async with transaction(request.app[POOL]) as tx:
        if not await has_totp(tx, account_id):
            response = see_other(there)
            await _begin(request, tx, response, account_id, stay=stay, now=now)
            return response
        token = await insert_pending(tx, account_id, stay=stay, there=there, now=now)
    response = see_other(CODE_PAGE)
    age_s = int(PENDING_LIVES.total_seconds())
    set_cookie(response, origin, pending_cookie(origin), token, max_age_s=age_s)
    return response


async def enter_by_code(request: web.Request, typed: str, *, now: datetime) -> web.Response | None:
    """Let in who gave the password before and a right code now. None: wrong, and not yet over.

    Raises:
        TooManyRequests: too many wrong ones, after however many right passwords.
    """
    origin, pool, token = request.app[URIS].origin, request.app[POOL], pending_token(request)
    pending = await find_pending(pool, token, now=now)
    if pending is not None:
        await count_attempt(pool, CODES_BY_ACCOUNT, str(pending.account_id), now=now)
    async with transaction(pool) as tx:
        outcome = await commands.try_code(tx, token, typed, box=request.app[BOX], now=now)
        match outcome:
            case Passed(account_id, stay, there, by_paper):
                response = see_other(there)
                await _begin(request, tx, response, account_id, stay=stay, now=now)
                if by_paper:
                    await tell(request, tx, account_id, MailKind.RECOVERY_CODE_USED, now=now)
            case Over():
                response = see_other("/sign-in?over=1")
            case Wrong():
                return None
    if isinstance(outcome, Passed):
        await forgive_attempt(pool, CODES_BY_ACCOUNT, str(outcome.account_id), now=now)
    drop_cookie(response, origin, pending_cookie(origin))
    return response


async def enter_by_passkey(
    request: web.Request, answer: str, *, there: str, stay: bool, now: datetime
) -> web.Response | None:
    """Let in whose passkey answers: alone, or after the password where that was given. None: no.

    Raises:
        ShutOut: theirs, and the stewards have suspended them.
    """
    origin = request.app[URIS].origin
    token = pending_token(request)
    pending = await find_pending(request.app[POOL], token, now=now)
    site = await site_of(request)
    async with transaction(request.app[POOL]) as tx:
        passkey = await use_passkey(
            tx,
            answer,
            after_password_of=None if pending is None else pending.account_id,
            browser=this_browser(request),
            site=site,
            now=now,
        )
    found = None if passkey is None else await find_open(request, passkey.account_id)
    if found is None:
        return None
    if pending is not None:
        there, stay = pending.there, pending.stay
    response = see_other(there)
    async with transaction(request.app[POOL]) as tx:
        await delete_pending(tx, token)
        await _begin(request, tx, response, found.id, stay=stay, now=now)
    drop_cookie(response, origin, pending_cookie(origin))
    return response


async def _begin(
    request: web.Request,
    tx: Tx,
    response: web.StreamResponse,
    account_id: AccountId,
    *,
    stay: bool,
    now: datetime,
    has_machine: bool = False,
) -> None:
    """Begin the session; in a lockdown only for who has the machine itself.

    Raises:
        LockedDown: it is, and they have not.
    """
    if not has_machine and (await request.app[NODE].get()).is_locked:
        raise LockedDown(f"account {account_id} would sign in")
    await begin_session(request, tx, response, account_id, stay=stay, now=now)
    await tell_of_sign_in(request, tx, response, account_id, now=now)


async def let_in(
    request: web.Request,
    tx: Tx,
    response: web.StreamResponse,
    account_id: AccountId,
    *,
    now: datetime,
) -> None:
    """Begin a session without a password: for who has the machine itself."""
    await _begin(request, tx, response, account_id, stay=False, now=now, has_machine=True)


async def find_open(request: web.Request, account_id: AccountId) -> Account | None:
    """The account, unless it is closed. Raises ``ShutOut`` where it is suspended."""
    account = await find_account(request.app[POOL], account_id)
    found = None if account is None else await find_sign_in(request.app[POOL], account.username)
    if found is None or found.account.id != account_id:
        return None
    await check_not_shut_out(request, found)
    return found.account


async def site_of(request: web.Request) -> Site:
    """Whom passkeys are made for here."""
    return Site(request.app[URIS].origin, (await request.app[NODE].get()).name)


def pending_token(request: web.Request) -> str:
    """The cookie of a browser that waits for its code; ``""`` without one."""
    return read_cookie(request, pending_cookie(request.app[URIS].origin)) or ""
