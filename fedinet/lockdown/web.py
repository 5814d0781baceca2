"""The owners' page for when something went wrong: lock, look at what happened, lift."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.agents import browser_name
from fedinet.http.auth import require_owner
from fedinet.http.browser import current_session
from fedinet.http.context import NODE, POOL, SETTINGS
from fedinet.http.fresh import ask_again
from fedinet.http.locked import PAGE
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.lockdown import commands, store
from fedinet.lockdown.model import (
    MAX_REASON,
    MOST_LINES,
    ROTATIONS,
    SHOWN_FOR,
    Happened,
    Line,
)
from fedinet.mail.model import MailKind
from fedinet.mail.words import LETTERS
from fedinet.node.store import find_lockdown

routes = web.RouteTableDef()

_KINDS: Final = frozenset(MailKind)
_WRITTEN: Final = frozenset(
    {
        *(Happened.APP, Happened.PASSKEY, Happened.ACCOUNT, Happened.INVITATION),
        Happened.BACKUP,
    }
)
"""Details that people have written, or read as they are."""


@routes.get(PAGE)
async def show_lockdown(request: web.Request) -> web.Response:
    """Whether it is locked, the switch, and what the records hold of the last days."""
    require_owner(request)
    now = datetime.now(UTC)
    asked = await ask_again(request, PAGE, now=now)
    if asked is not None:
        return asked
    async with request.app[POOL].acquire() as conn:
        lockdown = await find_lockdown(conn)
        lines = await store.report(conn, now - SHOWN_FOR, limit=MOST_LINES)
    response = render(
        request,
        "lockdown/lockdown.html",
        lockdown=lockdown,
        lines=[(line, _gist(line), _subject(line)) for line in lines],
        days=SHOWN_FOR.days,
        most=MOST_LINES,
        rotations=ROTATIONS.items(),
        most_reason=MAX_REASON,
        command="fedinet admin lockdown link",
        secret_command="fedinet admin lockdown start --rotate secret",  # noqa: S106  # a command
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _gist(line: Line) -> str:
    """What a line says in somebody's words; ``""``: it has to be told word for word."""
    if line.what is Happened.SESSION:
        return browser_name(line.detail)
    return line.detail if line.what in _WRITTEN else ""


def _subject(line: Line) -> str:
    """What a member was told about their sign-in, as the key of a text; ``""`` for other lines."""
    kind = line.detail.partition(",")[0]
    is_told = line.what is Happened.SECURITY and kind in _KINDS
    return LETTERS[MailKind(kind)].subject if is_told else ""


@routes.post(PAGE)
async def switch(request: web.Request) -> web.Response:
    """Lock it down, or lift that. The owner who does it stays signed in here."""
    owner = require_owner(request)
    asked = await ask_again(request, PAGE, now=datetime.now(UTC))
    if asked is not None:
        return asked
    fields = await read_form(request)
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "lock":
                await commands.lock_down(
                    tx,
                    by=f"@{owner.username}",
                    reason=fields.text("reason"),
                    rotate=[one for one in ROTATIONS if fields.flag(one)],
                    data=request.app[SETTINGS].data,
                    but_not=current_session(request),
                )
            case "lift":
                await commands.lift(tx, by=f"@{owner.username}")
            case other:
                raise Unprocessable(f"no such act on a lockdown: {other[:40]!r}")
    request.app[NODE].forget()
    return see_other(PAGE)
