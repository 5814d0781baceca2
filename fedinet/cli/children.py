"""Forked processes of one node: started, watched, started again, drained.

Forked after everything is imported, so that they share memory. A child ends
when its parent does, however that happens: it watches a pipe whose other end
only the parent holds.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from fedinet.cli.roles import in_loop

logger = logging.getLogger(__name__)

_FIRST_REST_S: Final = 0.1
_LONGEST_REST_S: Final = 30.0
_STEADY_S: Final = 10.0
"""A child that lived so long had a good start; its next death counts as the first."""

Main = Callable[[asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]]
"""The body of a child: runs until the event, calls the function once it is ready."""


@dataclass(slots=True)
class Child:
    """A place for one process; ``pid`` is None while it rests between two lives."""

    name: str
    main: Main
    pid: int | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = 0


@dataclass(slots=True)
class Children:
    """All children of this process, and nothing else's: every wait names its pid.

    ``in_child`` closes what only the parent may hold, such as the owner's lock.
    """

    in_child: Callable[[], None]
    _places: list[Child] = field(default_factory=list[Child])
    _life: tuple[int, int] = field(default_factory=os.pipe)
    _ready: tuple[int, int] = field(default_factory=os.pipe)

    def add(self, name: str, main: Main) -> None:
        self._places.append(Child(name, main))

    @property
    def ready_descriptor(self) -> int:
        """Readable: one byte for each child that has become ready."""
        return self._ready[0]

    @property
    def alive(self) -> list[Child]:
        return [child for child in self._places if child.pid is not None]

    def start_due(self, now: float) -> None:
        for child in self._places:
            if child.pid is None and child.due_at <= now:
                self._fork(child, now)

    def next_due(self) -> float | None:
        return min((child.due_at for child in self._places if child.pid is None), default=None)

    def reap(self, now: float, *, expected: bool = False) -> None:
        """Notice who has died, and when each may start again; ``expected`` deaths are no news."""
        for child in self.alive:
            assert child.pid is not None  # noqa: S101  # `alive` has only those
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            child.pid = None
            child.failures = 1 if now - child.started_at > _STEADY_S else child.failures + 1
            rest = min(_LONGEST_REST_S, _FIRST_REST_S * 2 ** (child.failures - 1))
            child.due_at = now + rest
            code = os.waitstatus_to_exitcode(status)
            if not expected:
                logger.warning("child.died name=%s code=%d again_in_s=%.1f", child.name, code, rest)

    def tell(self, number: signal.Signals) -> None:
        for child in self.alive:
            assert child.pid is not None  # noqa: S101  # `alive` has only those
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)

    def _fork(self, child: Child, now: float) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._live(child)
        child.pid, child.started_at = pid, now

    def _live(self, child: Child) -> None:
        """Be the child. Never returns; nothing of the parent's clean-up runs here."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(self._life[1])
            os.close(self._ready[0])
            self.in_child()
            _take_name(child.name)
            in_loop(self._run(child.main))
            code = 0
        except BaseException:
            logger.exception("child.failed name=%s", child.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    async def _run(self, main: Main) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_reader(self._life[0], self._parent_ended, stop)
        await main(stop, self._tell_ready)

    def _tell_ready(self) -> None:
        os.write(self._ready[1], b"r")
        os.close(self._ready[1])

    def _parent_ended(self, stop: asyncio.Event) -> None:
        """The pipe has nothing to read but its end."""
        asyncio.get_running_loop().remove_reader(self._life[0])
        stop.set()


def _take_name(name: str) -> None:
    """Be told apart from one's parent by ``ps`` and ``top``, where the system is Linux."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def seconds_until(due: float | None, *, at_most: float) -> float:
    """How long to sleep before something is due."""
    return at_most if due is None else max(0.0, min(at_most, due - monotonic()))
