"""The stewards' page on what lies here: what it takes, how long it stays, and making room."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.health.chart import chart
from fedinet.health.findings import COPY, STORAGE
from fedinet.health.store import ByDay, list_counts
from fedinet.http.admission import free_bytes, may_write_in
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import POOL, SETTINGS
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_
from fedinet.media.jobs import MAKE_ROOM
from fedinet.media.upkeep import UNUSED_FOR
from fedinet.queue.jobs import enqueue_job

routes = web.RouteTableDef()

PAGE: Final = "/admin/media"
_KINDS: Final = (
    ("image", N_("Pictures")),
    ("video", N_("Films")),
    ("audio", N_("Sounds")),
    ("faces", N_("Pictures of people")),
    ("unpublished", N_("Not published yet")),
)
"""Rows of the table: what members brought, and beside it what was copied of the same kind."""
_FOR: Final = (0, 7, 14)
"""Days without a look, after which a steward may throw copies away."""
_DAYS: Final = 30


@routes.get(PAGE)
async def show_media(request: web.Request) -> web.Response:
    """What lies here by kind, of whom, for how long; counted every hour."""
    require_steward(request)
    settings, today = request.app[SETTINGS], datetime.now(UTC).date()
    days = [today - timedelta(days=ago) for ago in range(_DAYS - 1, -1, -1)]
    async with request.app[POOL].acquire() as conn:
        found = await list_counts(conn, days[0], ("storage", "files", "file_bytes"))
    storage = found.get("storage", {})
    numbers, sizes = (_newest(found.get(what, {})) for what in ("files", "file_bytes"))
    return render(
        request,
        "media/desk.html",
        rows=[
            (words, _of(numbers, sizes, kind), _of(numbers, sizes, f"{COPY}{kind}"))
            for kind, words in _KINDS
            if kind in numbers
        ],
        space=_newest(storage),
        chart_=chart("space", N_("What lies here, by day"), days, STORAGE, storage, bytes=True),
        free=free_bytes(settings.data),
        store=settings.media_store,
        keeps_files=settings.media_store is not None or may_write_in(settings.media),
        folder=settings.media,
        cache_bytes=settings.media_cache_bytes,
        cache_days=settings.media_cache_days,
        unused_days=UNUSED_FOR.days,
        choices=_FOR,
        asked="asked" in request.query,
    )


@routes.post(PAGE)
async def ask_for_room(request: web.Request) -> web.Response:
    """Promise that copies go that nobody looked at for so long."""
    require_administrator(request)
    days = (await read_form(request)).integer("days")
    if days not in _FOR:
        raise Unprocessable(f"no such number of days: {days}")
    async with transaction(request.app[POOL]) as tx:
        await enqueue_job(tx, MAKE_ROOM, {"days": days}, unique_key=str(days))
    return see_other(f"{PAGE}?asked=1")


def _newest(counts: ByDay) -> dict[str, int]:
    """The counts of the last day that has any, by kind."""
    last = max((day for day, _ in counts), default=None)
    return {kind: number for (day, kind), number in counts.items() if day == last}


def _of(numbers: Mapping[str, int], sizes: Mapping[str, int], kind: str) -> tuple[int, int]:
    return numbers.get(kind, 0), sizes.get(kind, 0)
