"""LISTEN on one direct connection per process, and a tick where that does not work.

Notices wake loops and drop cached copies; nothing depends on one arriving.
Every callback also runs once after each (re)connection and on every tick, with
an empty payload: "look for yourself".
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Self, TypeAlias

import asyncpg

from fedinet.db.pool import FAULTS, SETTINGS

logger = logging.getLogger(__name__)

Callback: TypeAlias = Callable[[str], None]
"""Takes the payload; an empty one means "something may have changed". Must not block."""

_RETRY_S = 1.0
_TICK_S = 1.0
"""How often callbacks run while there is no connection."""


class Listener:
    """Calls back on NOTIFY. ``async with Listener(url) as listener: listener.on(...)``."""

    def __init__(self, url: str, *, name: str = "fedinet listen") -> None:
        self._url = url
        self._name = name
        self._callbacks: dict[str, list[Callback]] = {}
        self._conn: asyncpg.Connection[asyncpg.Record] | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self._conn is not None and not self._conn.is_closed()

    def on(self, channel: str, callback: Callback) -> None:
        """Register; several callbacks may share a channel."""
        self._callbacks.setdefault(channel, []).append(callback)
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="listener")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._close()

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except FAULTS as error:
                logger.warning("listen.lost reason=%r", error)
            await self._close()
            self._tell_all()
            await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        """Stay connected until the connection is lost; LISTEN to channels as they are added."""
        settings = {**SETTINGS, "application_name": self._name}
        conn = await asyncpg.connect(
            self._url, timeout=10, command_timeout=10, server_settings=settings
        )
        self._conn = conn
        lost = asyncio.Event()
        conn.add_termination_listener(lambda _conn: lost.set())
        listening: set[str] = set()
        while not lost.is_set():
            self._changed.clear()
            for channel in self._callbacks.keys() - listening:
                await conn.add_listener(channel, self._notified)
                listening.add(channel)
                self._tell(channel, "")
            await _first(lost, self._changed)

    def _notified(self, _conn: Any, _pid: int, channel: str, payload: object) -> None:
        self._tell(channel, str(payload))

    def _tell(self, channel: str, payload: str) -> None:
        for callback in self._callbacks.get(channel, ()):
            callback(payload)

    def _tell_all(self) -> None:
        for channel in self._callbacks:
            self._tell(channel, "")

    async def _close(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None and not conn.is_closed():
            conn.terminate()


async def _first(*events: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
