"""The stewards' page of how the server is: what is wrong, and figures over time."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet import __version__
from fedinet.desk.model import OF_THE_SERVER
from fedinet.desk.store import list_open
from fedinet.health import store
from fedinet.health.chart import Chart, chart
from fedinet.health.findings import ACTIVE, DELIVERIES, INBOUND, STORAGE
from fedinet.health.reading import read_state
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.kernel.problems import N_

routes = web.RouteTableDef()
_SHOWN: Final = ("deliveries", "inbound", "storage", "active")
_DAYS: Final = 30
_WEEKS: Final = 26


@routes.get("/admin/health")
async def show_health(request: web.Request) -> web.Response:
    """What needs a steward, and how much went out, came in, lies here and was here."""
    require_steward(request)
    today = datetime.now(UTC).date()
    async with request.app[POOL].acquire() as conn:
        told = await list_open(conn, kinds=OF_THE_SERVER)
        state, lines = await read_state(request, conn, told)
        counts = await store.list_counts(conn, today - timedelta(weeks=_WEEKS + 1), _SHOWN)
    return render(
        request,
        "health/health.html",
        state=state,
        lines=lines,
        version=__version__,
        charts=_charts(today, counts),
        kept_days=store.KEPT.days,
    )


def _charts(today: date, counts: store.Counts) -> list[Chart]:
    days = [today - timedelta(days=ago) for ago in range(_DAYS - 1, -1, -1)]
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in range(_WEEKS - 1, -1, -1)]

    def of(what: str) -> store.ByDay:
        return counts.get(what, {})

    return [
        chart("out", N_("What we sent, by day"), days, DELIVERIES, of("deliveries")),
        chart("in", N_("What came in, by day"), days, INBOUND, of("inbound")),
        chart("space", N_("What lies here, by day"), days, STORAGE, of("storage"), bytes=True),
        chart("active", N_("Members who were here, by week"), weeks, ACTIVE, of("active")),
    ]
