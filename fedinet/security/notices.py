"""Members hear of what decides who can sign in as them: on the pages, and by mail."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.notices import tell_member
from fedinet.accounts.store import get_account
from fedinet.db.query import Tx
from fedinet.http.agents import browser_name
from fedinet.http.clients import client_address, network_of
from fedinet.http.context import URIS
from fedinet.http.cookies import browser_cookie, read_cookie, set_cookie
from fedinet.kernel.ids import AccountId
from fedinet.mail.model import MailKind
from fedinet.security.notices_store import insert_notice, remember_browser

_JUST_JOINED: Final = timedelta(minutes=10)
_COOKIE_LIVES_S: Final = 400 * 86_400
"""As long as browsers keep any cookie."""
_ASKS: Final = frozenset(
    {MailKind.NEW_SIGN_IN, MailKind.PASSWORD_CHANGED, MailKind.RECOVERY_CODE_USED}
)


async def tell(
    request: web.Request, tx: Tx, account_id: AccountId, kind: MailKind, *, now: datetime
) -> None:
    """Tell a member what this browser just did, by mail too."""
    await note(request, tx, account_id, kind, now=now)
    await tell_member(tx, account_id, kind, now=now, facts={"browser": _browser(request)})


async def note(
    request: web.Request, tx: Tx, account_id: AccountId, kind: MailKind, *, now: datetime
) -> None:
    """Keep it for the pages alone, where the mail is written by what causes it."""
    await insert_notice(
        tx,
        account_id,
        kind,
        browser=_browser(request),
        network=network_of(client_address(request)),
        now=now,
        asks=kind in _ASKS,
    )


async def tell_of_sign_in(
    request: web.Request,
    tx: Tx,
    response: web.StreamResponse,
    account_id: AccountId,
    *,
    now: datetime,
) -> None:
    """Tell a member where this browser never signed them in before, unless they just joined."""
    origin = request.app[URIS].origin
    name = browser_cookie(origin)
    browser = read_cookie(request, name) or secrets.token_urlsafe(24)
    set_cookie(response, origin, name, browser, max_age_s=_COOKIE_LIVES_S)
    is_new = await remember_browser(tx, account_id, browser, now=now)
    if is_new and now - (await get_account(tx, account_id)).created_at > _JUST_JOINED:
        await tell(request, tx, account_id, MailKind.NEW_SIGN_IN, now=now)


def _browser(request: web.Request) -> str:
    return browser_name(request.headers.get("User-Agent", ""))
