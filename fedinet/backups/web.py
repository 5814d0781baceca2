"""The stewards' page on backups: what there is, whether it can be read, and the passphrase."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.backups import store
from fedinet.backups.model import (
    Run,
    RunKind,
    last_slot,
    minute_of,
)
from fedinet.backups.passphrase import (
    ensure_passphrase,
    is_given_from_outside,
    mark_of,
)
from fedinet.backups.places import place_name
from fedinet.backups.upkeep import PAGE
from fedinet.db.pool import transaction
from fedinet.health.findings import is_backup_late
from fedinet.http.auth import require_administrator, require_owner, require_steward
from fedinet.http.context import NODE, POOL, SETTINGS
from fedinet.http.fresh import ask_again
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.node.store import resume
from fedinet.settings import Settings

routes = web.RouteTableDef()

_SHOWN: Final = 30
_PASSPHRASE: Final = f"{PAGE}/passphrase"
_ASKS: Final[Mapping[str, RunKind]] = {"make": RunKind.MAKE, "verify": RunKind.VERIFY}


@routes.get(PAGE)
async def show_backups(request: web.Request) -> web.Response:
    """What was made, and when the next is due. Nothing is given out here."""
    require_steward(request)
    settings = request.app[SETTINGS]
    now = datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        runs = await store.list_runs(conn, limit=_SHOWN)
        kept = await store.find_kept(conn)
    return render(
        request,
        "backups/backups.html",
        runs=[(run, _read_back(run, runs)) for run in runs if run.kind is RunKind.MAKE],
        drills=[run for run in runs if run.kind is RunKind.VERIFY],
        wanted=[run for run in runs if run.ended_at is None],
        standing=standing,
        is_late=is_backup_late(standing.last_at, now),
        next_at=_next(settings, now) if settings.nightly_backups else None,
        days=settings.backup_days,
        place=place_name(settings),
        media_store=settings.media_store,
        is_kept=kept is not None and kept[0] == mark_of(ensure_passphrase(settings.data)),
        asked="asked" in request.query,
    )


@routes.post(PAGE)
async def ask_for_one(request: web.Request) -> web.Response:
    """Want a backup, or that the newest is read back; or go on after a restore.

    What is wanted is done within a minute, beside the node.
    """
    member = require_administrator(request)
    fields = await read_form(request)
    if fields.text("do") == "resume":
        return await _resume(request)
    kind = _ASKS.get(fields.text("do"))
    if kind is None:
        raise Unprocessable(f"no such act on backups: {fields.text('do')[:40]!r}")
    async with transaction(request.app[POOL]) as tx:
        await store.want(tx, kind, asked_by=member.username)
    return see_other(f"{PAGE}?asked=1")


@routes.get(_PASSPHRASE)
async def show_passphrase(request: web.Request) -> web.Response:
    """Show the passphrase until somebody says that they keep a copy; then never again."""
    require_owner(request)
    asked = await ask_again(request, _PASSPHRASE, now=datetime.now(UTC))
    if asked is not None:
        return asked
    passphrase = ensure_passphrase(request.app[SETTINGS].data)
    kept = await store.find_kept(request.app[POOL])
    is_kept = kept is not None and kept[0] == mark_of(passphrase)
    response = render(
        request,
        "backups/passphrase.html",
        passphrase=None if is_kept or is_given_from_outside() else passphrase,
        kept=kept if is_kept else None,
        is_given=is_given_from_outside(),
        command="fedinet backup passphrase",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.post(_PASSPHRASE)
async def keep_passphrase(request: web.Request) -> web.Response:
    """Note who keeps a copy of it elsewhere."""
    owner = require_owner(request)
    asked = await ask_again(request, _PASSPHRASE, now=datetime.now(UTC))
    if asked is not None:
        return asked
    passphrase = ensure_passphrase(request.app[SETTINGS].data)
    async with transaction(request.app[POOL]) as tx:
        await store.save_kept(tx, mark_of(passphrase), by=owner.username)
    return see_other(PAGE)


async def _resume(request: web.Request) -> web.Response:
    """Let a restored node talk to other servers again."""
    require_owner(request)
    asked = await ask_again(request, PAGE, now=datetime.now(UTC))
    if asked is not None:
        return asked
    async with transaction(request.app[POOL]) as tx:
        await resume(tx)
    request.app[NODE].forget()
    return see_other(PAGE)


def _read_back(made: Run, runs: Sequence[Run]) -> Run | None:
    """The last time that this backup was read back."""
    found = (run for run in runs if run.kind is RunKind.VERIFY and run.file == made.file)
    return next((run for run in found if made.file and run.ended_at), None)


def _next(settings: Settings, now: datetime) -> datetime:
    minute = minute_of(str(settings.origin))
    slot = last_slot(now.astimezone(), hour=settings.backup_hour, minute=minute)
    return (slot + timedelta(days=1)).astimezone(UTC)
