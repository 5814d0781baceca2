"""The parent of a node's processes.

It owns the folder, PostgreSQL and the open port, forks web and worker
processes, and starts again whatever dies. It runs no event loop and no thread,
so that forking is safe at any time.
"""

import asyncio
import contextlib
import gc
import logging
import os
import select
import signal
import socket
import sys
from dataclasses import replace
from functools import partial
from time import monotonic, sleep
from typing import Final

from fedinet.cli.children import Children, seconds_until
from fedinet.cli.folder import prepare, remember
from fedinet.cli.roles import listening_socket, run_web, run_work
from fedinet.db.embedded import Postgres
from fedinet.db.ownership import OwnerLock
from fedinet.db.pool import open_pool, transaction
from fedinet.kernel.errors import FedinetError
from fedinet.node.store import new_setup_link
from fedinet.services import POOL_SIZE
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_DRAIN_S: Final = 30.0
_WATCH_S: Final = 1.0
_SPARE_CONNECTIONS: Final = 20


class Supervisor:
    """One run of ``serve``. With ``parent`` it stops when that process has ended."""

    def __init__(
        self, settings: Settings, lock: OwnerLock, *, show_link: bool, parent: int | None = None
    ) -> None:
        self._settings = settings
        self._lock = lock
        self._show_link = show_link
        self._parent = parent
        self._sockets = _open_sockets(settings)
        self._postgres = _postgres(settings)
        self._children = Children(in_child=self._forget)
        self._stops = 0
        self._woken = os.pipe()

    def run(self) -> None:
        self._catch_signals()
        try:
            settings = self._start_database()
            link = _make_ready(settings)
            remember(self._settings)
            self._add_children(settings)
            _share_memory()
            self._watch_until_ready()
            if not self._stops:
                _greet(settings, link if self._show_link else None)
            self._watch()
            self._drain()
        finally:
            self._children.tell(signal.SIGKILL)
            if self._postgres is not None:
                self._postgres.stop()

    def _start_database(self) -> Settings:
        if self._postgres is None:
            return self._settings
        self._postgres.start()
        return replace(self._settings, database_url=self._postgres.url, direct_database_url=None)

    def _add_children(self, settings: Settings) -> None:
        for number, listening in enumerate(self._sockets, 1):
            self._children.add(
                f"web-{number}",
                lambda stop, ready, s=listening: run_web(settings, s, stop, ready=ready),
            )
        for number in range(1, settings.workers + 1):
            self._children.add(
                f"worker-{number}", lambda stop, ready: run_work(settings, stop, ready=ready)
            )

    def _forget(self) -> None:
        """In a child: let go of what would outlive the parent."""
        self._lock.forget()
        for descriptor in self._woken:
            os.close(descriptor)

    def _catch_signals(self) -> None:
        for descriptor in self._woken:
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._woken[1], warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, _noticed)

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        self._stops += 1

    def _watch_until_ready(self) -> None:
        waiting = self._settings.web + self._settings.workers
        while waiting > 0 and not self._stops:
            readable = self._tick()
            if self._children.ready_descriptor in readable:
                waiting -= len(os.read(self._children.ready_descriptor, 64))

    def _watch(self) -> None:
        while not self._stops:
            readable = self._tick()
            if self._children.ready_descriptor in readable:
                os.read(self._children.ready_descriptor, 64)

    def _tick(self) -> list[int]:
        """Start what is due, sleep until something happens, see who has died."""
        self._children.start_due(monotonic())
        patience = seconds_until(self._children.next_due(), at_most=_WATCH_S)
        watched = (self._woken[0], self._children.ready_descriptor)
        readable, _, _ = select.select(watched, (), (), patience)
        if self._woken[0] in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken[0], 1024)
        self._children.reap(monotonic())
        if self._parent is not None and os.getppid() != self._parent:
            self._stops += 1
        if self._postgres is not None and not self._postgres.is_running() and not self._stops:
            self._revive(self._postgres)
        return readable

    def _revive(self, postgres: Postgres) -> None:
        logger.warning("postgres.died")
        try:
            postgres.start()
        except FedinetError as error:
            logger.error("postgres.down reason=%s", error)  # noqa: TRY400  # the text says it all
            sleep(_WATCH_S)
        else:
            logger.warning("postgres.back pid=%s", postgres.pid)

    def _drain(self) -> None:
        """Let the children finish; a second signal does not wait."""
        asked = self._stops
        self._children.tell(signal.SIGTERM)
        deadline = monotonic() + _DRAIN_S
        while self._children.alive and monotonic() < deadline and self._stops == asked:
            select.select((self._woken[0],), (), (), 0.05)
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken[0], 1024)
            self._children.reap(monotonic(), expected=True)


def _open_sockets(settings: Settings) -> list[socket.socket]:
    """One per web process, held here: a process that starts again finds its queue."""
    opened = partial(listening_socket, settings.listen_host, settings.listen_port)
    first = opened(shared=False)
    if settings.web == 1:
        return [first]
    first.close()
    return [opened(shared=True) for _ in range(settings.web)]


def _postgres(settings: Settings) -> Postgres | None:
    if settings.database_url is not None:
        return None
    processes = settings.web + settings.workers
    connections = processes * (max(POOL_SIZE.values()) + 2) + _SPARE_CONNECTIONS
    return Postgres(settings.data, tuning={"max_connections": str(max(50, connections))})


def _make_ready(settings: Settings) -> str | None:
    """Migrate, pin, make keys. Returns a set-up link while there is no owner yet."""

    async def main() -> str | None:
        node, _ = await prepare(settings)
        if node.is_set_up:
            return None
        assert settings.database_url is not None  # noqa: S101  # set before
        async with open_pool(settings.database_url, size=1) as pool, transaction(pool) as tx:
            return f"{settings.origin}/setup?token={await new_setup_link(tx)}"

    return asyncio.run(main())


def _noticed(_number: int, _frame: object) -> None:
    """Only wake: without a handler, SIGCHLD would not."""


def _share_memory() -> None:
    """Before forking: what exists now is never looked at by the collector again."""
    gc.collect()
    gc.freeze()


def _greet(settings: Settings, link: str | None) -> None:
    lines = [f"fedinet serves {settings.origin} from {settings.data}. Stop with Ctrl-C."]
    if settings.is_development:
        reach = ", ".join(str(network) for network in settings.allow_private_networks)
        federation = f"federation may reach {reach}" if reach else "no federation"
        lines.append(f"For development: without TLS, {federation}.")
    if link is not None:
        lines.append(f"Name your community and make the first account: {link} (for an hour)")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
