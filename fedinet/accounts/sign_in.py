"""Is this the right password? One answer, one duration, and a bound on guesses (TRAPS 29, 30)."""

import unicodedata
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts import store
from fedinet.accounts.context import ASKING, WHY_SHUT_OUT
from fedinet.accounts.model import Account
from fedinet.accounts.passwords import PASSWORDS
from fedinet.http.auth import Member
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.headers import with_script
from fedinet.http.limits import Limit, count_attempt, forgive_attempt
from fedinet.http.pages import render
from fedinet.kernel.errors import Forbidden, TooManyRequests
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Invalid, Problem

BY_PAIR: Final = Limit("sign-in", 20, timedelta(minutes=10), is_of_pairs=True)
"""Of one name from one address: a colleague behind the same address still gets in."""
BY_ADDRESS: Final = Limit("sign-in-address", 100, timedelta(minutes=10))
"""Of all names from one address, for who tries one password after another on everybody."""
BY_NAME: Final = Limit("sign-in-name", 200, timedelta(hours=1))
"""More than one address can use up, so that nobody locks another out from one place."""
OF_NAMES: Final = (BY_PAIR, BY_NAME)
"""Limits that shut one person out, and that a steward may open for them."""
_JUST_NOW: Final = timedelta(minutes=10)


class TooManyGuesses(TooManyRequests):
    """More passwords than a limit allows: how many of them were right is not looked at."""

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        said = N_("Too many wrong passwords were tried.")
        super().__init__(detail, retry_after_s=retry_after_s, public=said)


class ShutOut(Forbidden):
    """The right password of somebody whom the stewards have suspended."""

    def __init__(self, account_id: AccountId, reason: str) -> None:
        self.account_id = account_id
        said = N_("The stewards have suspended your account. Write to them if this is a mistake.")
        if reason:
            said = N_("The stewards have suspended your account, and say: %(reason)s")
        super().__init__("suspended", public=said, values={"reason": reason} if reason else {})


async def check_sign_in(
    request: web.Request, login: str, password: str, *, now: datetime
) -> Account | None:
    """Return whose name and password these are, or None; never which of the two is wrong.

    Every guess counts, for the name here, the address and the name; a right
    password takes its own back.

    Raises:
        ShutOut: right, and suspended. Only who knows the password learns it.
        TooManyGuesses: too many of them. TooManyRequests: too many people at the door.
    """
    pool = request.app[POOL]
    name = plain_login(login, request.app[SETTINGS].account_domain)
    address = limit_key(client_address(request))
    counted = ((BY_PAIR, f"{address} {name}"), (BY_ADDRESS, address), (BY_NAME, name))
    try:
        for limit, who in counted:
            await count_attempt(pool, limit, who, now=now)
    except TooManyRequests as error:
        raise TooManyGuesses(str(error), retry_after_s=error.retry_after_s) from error
    found = await store.find_sign_in(pool, name)
    passwords = request.app[PASSWORDS]
    stored = None if found is None else found.password_hash
    if not await passwords.check(password, stored) or found is None:
        return None
    for limit, who in counted:
        await forgive_attempt(pool, limit, who, now=now)
    await check_not_shut_out(request, found)
    if passwords.is_outdated(found.password_hash):
        renewed = await passwords.hash(password)
        await store.renew_hash(pool, found.account.id, found.password_hash, renewed)
    return found.account


async def find_just_made(
    request: web.Request, username: str, password: str, *, now: datetime
) -> Account | None:
    """The account that the same form made a moment ago, where this is its second arrival.

    Raises:
        TooManyRequests: as for every password.
    """
    account = await check_sign_in(request, username, password, now=now)
    return None if account is None or now - account.created_at > _JUST_NOW else account


async def check_not_shut_out(request: web.Request, found: store.SignIn) -> None:
    """Raises ``ShutOut`` for who proved who they are, and whom the stewards have suspended."""
    if found.is_suspended:
        reason = await request.app[WHY_SHUT_OUT](request.app[POOL], found.account.actor_id)
        raise ShutOut(found.account.id, reason)


async def check_own_password(
    request: web.Request, member: Member, password: str, *, field: str = "password", now: datetime
) -> None:
    """Ask a member for the password again, before what cannot be undone. ``field``: of the form.

    Raises:
        Invalid: it is another one.
        TooManyRequests: too many guesses.
    """
    account = await check_sign_in(request, member.username, password, now=now)
    if account is None or account.id != member.account_id:
        raise Invalid(Problem(field, N_("This is not your present password.")))


async def sign_in_page(
    request: web.Request, there: str, form: Form = EMPTY_FORM, *, status: int = 200, wait_s: int = 0
) -> web.Response:
    """Ask for name and password, or a passkey, on the way to ``there``.

    ``wait_s``: for so long no password is looked at.
    """
    page = render(
        request,
        "accounts/sign-in.html",
        status=status,
        form=form,
        there=there,
        wait_s=wait_s,
        over="over" in request.query,
        reset="reset" in request.query,
        asking=await request.app[ASKING](request.app[POOL]),
    )
    if wait_s:
        page.headers["Retry-After"] = str(wait_s)
    return with_script(request, page, "passkeys.js")


def plain_login(raw: str, account_domain: str) -> str:
    """Read ``Ada``, ``@ada``, ``@ada@our.example`` or an e-mail address as it is stored. Pure."""
    text = unicodedata.normalize("NFC", raw).strip()[:254].replace("\0", "").lower()
    return text.removeprefix("@").removesuffix(f"@{account_domain.lower()}")
