"""Services become an application: the web side, and the worker side.

What they are made of is in ``wiring``; here is only how it runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from fedinet.http import assets, operations
from fedinet.http.admission import admit
from fedinet.http.assets import Assets
from fedinet.http.context import ASSETS, NODE, PAGES, POOL, SETTINGS, URIS
from fedinet.http.middleware import MIDDLEWARES
from fedinet.http.node import CurrentNode
from fedinet.http.pages import Pages
from fedinet.queue.effects import run_signals, run_signals_once
from fedinet.queue.jobs import JOBS_CHANNEL, Job, run_jobs, run_jobs_once
from fedinet.queue.signals import SIGNALS_CHANNEL
from fedinet.wiring import EFFECTS, JOBS, ROUTES, Services

MAX_BODY_BYTES = 1024 * 1024
"""Of any request. Surfaces that take less say so themselves."""

Step = Callable[[], Awaitable[int]]


def make_web_app(services: Services) -> web.Application:
    """Assemble the whole web side; needs no worker to answer."""
    app = web.Application(middlewares=[*MIDDLEWARES, admit], client_max_size=MAX_BODY_BYTES)
    app[SETTINGS] = services.settings
    app[URIS] = services.uris
    app[POOL] = services.pool
    app[NODE] = CurrentNode(services.pool)
    app[ASSETS] = Assets()
    app[PAGES] = Pages(app[ASSETS])
    for routes in (operations.routes, assets.routes, *ROUTES):
        app.router.add_routes(routes)
    return app


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Run every loop until ``stop`` is set; each ends its present step first."""
    pool = services.pool
    async with asyncio.TaskGroup() as loops:
        loops.create_task(run_signals(pool, EFFECTS, stop, wake=_wake(services, SIGNALS_CHANNEL)))
        loops.create_task(run_jobs(pool, _jobs(services), stop, wake=_wake(services, JOBS_CHANNEL)))


def worker_steps(services: Services) -> tuple[Step, ...]:
    """The same work, one round at a time, in the order in which it flows. For tests."""
    return (
        partial(run_signals_once, services.pool, EFFECTS),
        partial(run_jobs_once, services.pool, _jobs(services)),
    )


def _wake(services: Services, channel: str) -> asyncio.Event:
    event = asyncio.Event()
    services.listener.on(channel, lambda _: event.set())
    return event


def _jobs(services: Services) -> dict[str, Job]:
    """Give the jobs what they need besides the pool that every job is called with."""

    def bound(kind: str) -> Job:
        return lambda _pool, payload: JOBS[kind](services, payload)

    return {kind: bound(kind) for kind in JOBS}
