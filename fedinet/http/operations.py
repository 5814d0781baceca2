"""``/health`` for load balancers and ``/metrics`` for Prometheus.

Metrics are for stewards: on their own port, or behind a token; without either
there is no such address. Counters of all processes of a machine are summed
where ``PROMETHEUS_MULTIPROC_DIR`` is set, which ``serve`` does.
"""

import asyncio
import hmac
import os
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from fedinet.db.pool import FAULTS
from fedinet.db.query import Pool
from fedinet.http.admission import free_bytes
from fedinet.http.context import NODE, POOL, SETTINGS
from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.node.backlog import Backlog, read_backlog

_PATIENCE_S: Final = 2.0

routes = web.RouteTableDef()


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """Answer 200 while requests can be served, 503 while the database or the disk forbids it.

    One word, as Mastodon 4.x says it: ``OK``, else what is the matter.
    """
    settings = request.app[SETTINGS]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await request.app[POOL].fetchval("SELECT 1")
        node = await request.app[NODE].get()
    except (*FAULTS, NotFound):
        return _health("database", status=503)
    if free_bytes(settings.data) < settings.min_free_bytes:
        return _health("disk", status=503)
    return _health("paused" if node.paused else "OK", status=200)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """Show the metrics to whoever has the token.

    Raises:
        NotFound: no or a wrong token, or none is set.
    """
    token = request.app[SETTINGS].metrics_token
    given = request.headers.get("Authorization", "")
    if token is None or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise NotFound("metrics without the token")
    return await _metrics(request.app[POOL])


def metrics_app(pool: Pool) -> web.Application:
    """Make the application for the metrics' own port. Whoever reaches the port may read."""

    async def show(_: web.Request) -> web.Response:
        return await _metrics(pool)

    app = web.Application()
    app.router.add_get("/metrics", show)
    return app


class _Backlog(Collector):
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, value in asdict(self._backlog).items():
            yield GaugeMetricFamily(f"fedinet_backlog_{name}", f"Backlog: {name}", value=value)


async def _metrics(pool: Pool) -> web.Response:
    try:
        async with pool.acquire(timeout=_PATIENCE_S) as conn:
            backlog = await read_backlog(conn)
    except FAULTS as error:
        raise Overloaded(f"no metrics: {error!r}") from error
    waiting = CollectorRegistry()
    waiting.register(_Backlog(backlog))
    counters = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counters = CollectorRegistry()
        MultiProcessCollector(counters)
    body = generate_latest(counters) + generate_latest(waiting)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _health(status_word: str, *, status: int) -> web.Response:
    return web.Response(text=status_word, status=status, headers={"Cache-Control": "no-store"})
