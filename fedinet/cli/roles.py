"""One process of one role: answering requests, or doing the work behind them.

``web`` and ``work`` run them one by one, for several machines on one
``DATABASE_URL``; ``serve`` forks the same functions.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final

import click
import uvloop
from aiohttp import web as aiohttp_web

from fedinet import log
from fedinet.app import make_web_app, run_worker
from fedinet.cli.files import raise_file_limit
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.migrate import pending
from fedinet.http.admission import MOST_LINE
from fedinet.http.operations import metrics_app
from fedinet.services import Services, open_services
from fedinet.settings import Settings

_DRAIN_S: Final = 20.0
_BACKLOG: Final = 1024

Ready = Callable[[], None]


def in_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run one role to its end, on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def run_web(
    settings: Settings, listening: socket.socket, stop: asyncio.Event, *, ready: Ready
) -> None:
    """Answer requests on an open socket until ``stop``; then finish those under way."""
    async with open_services(settings, "web") as services, _metrics(services):
        runner = aiohttp_web.AppRunner(
            make_web_app(services),
            access_log=None,
            shutdown_timeout=_DRAIN_S,
            max_line_size=MOST_LINE,
        )
        await runner.setup()
        try:
            await aiohttp_web.SockSite(runner, listening, backlog=_BACKLOG).start()
            ready()
            await stop.wait()
        finally:
            await runner.cleanup()


async def run_work(settings: Settings, stop: asyncio.Event, *, ready: Ready) -> None:
    """Do the work that waits until ``stop``; then finish what is under way."""
    async with open_services(settings, "worker") as services, _metrics(services):
        ready()
        loops = asyncio.create_task(run_worker(services, stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((loops, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not loops.done():
            await asyncio.wait((loops,), timeout=_DRAIN_S)
        stopping.cancel()
        loops.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loops


def stop_on_signals(stop: asyncio.Event, *numbers: signal.Signals) -> None:
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def listening_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """Open the port; ``shared`` lets other processes of ours open it too (SO_REUSEPORT).

    Raises:
        Refused: another program has it, or it is not ours to open.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(
            (host, port), family=family, backlog=_BACKLOG, reuse_port=shared
        )
    except OSError as error:
        raise Refused(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. "
            "Choose another with --listen HOST:PORT."
        ) from error


@contextlib.asynccontextmanager
async def _metrics(services: Services) -> AsyncGenerator[None]:
    """Serve the metrics on their own port; whichever process answers, knows of all."""
    address = services.settings.metrics_listen
    if address is None:
        yield
        return
    host, _, port = address.rpartition(":")
    runner = aiohttp_web.AppRunner(metrics_app(services.pool), access_log=None)
    await runner.setup()
    try:
        await aiohttp_web.TCPSite(runner, host, int(port), reuse_port=True).start()
        yield
    finally:
        await runner.cleanup()


@click.command()
@speaks(settings=True)
def web(flags: Flags) -> Result:
    """Answer requests, in this one process. Needs DATABASE_URL and `fedinet migrate`."""
    settings = _external(flags)
    with listening_socket(settings.listen_host, settings.listen_port, shared=True) as listening:

        async def main() -> None:
            stop = asyncio.Event()
            stop_on_signals(stop, signal.SIGTERM, signal.SIGINT)
            await _check_schema(settings)
            await run_web(settings, listening, stop, ready=lambda: None)

        in_loop(main())
    return Result("")


@click.command()
@speaks(settings=True)
def work(flags: Flags) -> Result:
    """Do the work behind the requests, in this one process. Needs DATABASE_URL."""
    settings = _external(flags)

    async def main() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop, signal.SIGTERM, signal.SIGINT)
        await _check_schema(settings)
        await run_work(settings, stop, ready=lambda: None)

    in_loop(main())
    return Result("")


def _external(flags: Flags) -> Settings:
    settings = settings_of(flags)
    if settings.database_url is None:
        raise Refused(
            "Set DATABASE_URL: the embedded PostgreSQL belongs to `fedinet serve`, which runs "
            "web and worker processes itself."
        )
    log.configure(as_json=settings.log_json)
    raise_file_limit()
    return settings


async def _check_schema(settings: Settings) -> None:
    """Refuse to run on an older schema; a newer one is fine (rolling upgrades)."""
    async with open_services(settings, "command") as services, services.pool.acquire() as conn:
        missing = await pending(conn)
    if missing:
        raise Refused("The database is of an older release. Run `fedinet migrate` first.")
