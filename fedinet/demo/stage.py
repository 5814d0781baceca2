"""Real nodes as child processes: one PostgreSQL for all, one ``fedinet serve`` each.

Each node has a data folder of its own, so that every other command works on it
while the demo runs. Children are in sessions of their own: Ctrl-C reaches the
demo alone, which then stops them in order; where the demo is killed they end
by themselves.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from fedinet.db.embedded import Postgres
from fedinet.kernel.errors import FedinetError
from fedinet.settings import Settings, load

_READY_S: Final = 90.0
_STOP_S: Final = 40.0
_LOOPBACK: Final = "127.0.0.0/8,::1/128"
_TUNING: Final = {"max_connections": "140", "synchronous_commit": "off"}
"""A demo may lose its last half second in a power cut; it starts and plays faster for it."""


class CannotStage(FedinetError):
    """The demo cannot run here and now; ``public`` says what to do about it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, public=text)


@dataclass(frozen=True, slots=True)
class House:
    """Where one node lives."""

    key: str
    folder: Path
    port: int

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def settings(self, database_url: str) -> Settings:
        return load(self.facts(database_url), {})

    def facts(self, database_url: str) -> dict[str, str]:
        """Its settings by name, as flags or in ``fedinet.toml``."""
        return {
            "data": str(self.folder),
            "origin": self.origin,
            "listen": f"127.0.0.1:{self.port}",
            "allow_private_networks": _LOOPBACK,
            "database_url": database_url,
            "min_free_mb": "16",
        }


def refuse_busy(ports: Sequence[int]) -> None:
    """Make sure that the ports are free, before anything is started.

    Raises:
        CannotStage: another program has one of them.
    """
    for port in ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            raise CannotStage(
                f"Port {port} is taken: {os.strerror(error.errno or 0)}. Stop the program that "
                "uses it, or choose the first of the ports with --port (a demo that was made "
                "with other ports needs --fresh too)."
            ) from error


@asynccontextmanager
async def database_server(folder: Path, houses: Sequence[House]) -> AsyncGenerator[dict[str, str]]:
    """Run PostgreSQL for all nodes; yields the database URL of each, by key.

    The caller holds the folder's ``OwnerLock``.
    """
    postgres = Postgres(folder, tuning=_TUNING)
    starting = asyncio.create_task(asyncio.to_thread(postgres.start))
    try:
        await asyncio.shield(starting)
        urls: dict[str, str] = {}
        conn = await asyncpg.connect(postgres.url)
        try:
            for house in houses:
                urls[house.key] = await _database(conn, postgres.url, house.key)
        finally:
            await conn.close()
        yield urls
    finally:
        with contextlib.suppress(FedinetError):  # it was raised above, or somebody asked to stop
            await starting
        await asyncio.to_thread(postgres.stop)


def end_leftover(folder: Path) -> None:
    """Stop the PostgreSQL of a demo that was killed, before its folder is cleared."""
    if (folder / "pg" / "postmaster.pid").exists():
        postgres = Postgres(folder, tuning=_TUNING)
        postgres.start()
        postgres.stop()


async def _database(conn: "asyncpg.Connection[asyncpg.Record]", url: str, name: str) -> str:
    """Make the database of one node. ``name`` is a key of ours: letters only."""
    known = await conn.fetchval("SELECT true FROM pg_database WHERE datname = $1", name)
    if not known:
        await conn.execute(f'CREATE DATABASE "{name}"')
    return url.replace("/fedinet?", f"/{name}?")


@asynccontextmanager
async def running_nodes(
    houses: Sequence[House], urls: dict[str, str]
) -> AsyncGenerator[tuple["Child", ...]]:
    """Run all nodes; yields when each of them answers."""
    children: list[Child] = []
    try:
        for house in houses:
            children.append(await _start(house, urls[house.key]))
        await asyncio.gather(*(child.ready(b"fedinet serves") for child in children))
        yield tuple(children)
    finally:
        await asyncio.gather(*(child.stop() for child in children))


@dataclass(frozen=True, slots=True)
class Child:
    """A process of the stage."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def ready(self, word: bytes) -> None:
        """Wait until it says so on standard output, then let it talk to nobody.

        Raises:
            CannotStage: it ended, or says nothing for too long.
        """
        assert self.process.stdout is not None  # noqa: S101  # made with a pipe
        try:
            async with asyncio.timeout(_READY_S):
                said = await self.process.stdout.readline()
        except TimeoutError:
            said = b""
        if word not in said:
            tail = self.log.read_text(errors="replace")[-800:].strip()
            raise CannotStage(f"{self.name} did not start. The end of {self.log}:\n{tail}")

    async def stop(self) -> None:
        """Ask it to stop, wait for it, and insist."""
        for number, patience_s in ((signal.SIGTERM, _STOP_S), (signal.SIGKILL, _STOP_S)):
            if self.process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self.process.wait()


async def spawn(
    name: str, *command: str, folder: Path, log: Path, environ: dict[str, str]
) -> Child:
    """Start a process of the stage; what it says on standard error goes to ``log``.

    Its standard input says nothing and ends when we do, however that happens.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return Child(name, process, log)


def environment() -> dict[str, str]:
    """Ours without settings of other nodes."""
    own = ("DATABASE_URL", "JOURNAL_STREAM", "PROMETHEUS_MULTIPROC_DIR")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FEDINET_") and name not in own
    }


async def _start(house: House, url: str) -> Child:
    house.folder.mkdir(mode=0o700, exist_ok=True)
    facts = {name: value for name, value in house.facts(url).items() if name != "data"}
    lines = ["# A node of `fedinet demo`, which runs its PostgreSQL.\n"]
    lines += [f'{name} = "{value}"\n' for name, value in facts.items()]
    (house.folder / "fedinet.toml").write_text("".join(lines))
    command = (sys.executable, "-m", "fedinet", "serve", "--data", str(house.folder))
    return await spawn(
        f"The node at {house.origin}",
        *command,
        "--no-setup-link",
        "--with-parent",
        folder=Path.cwd(),
        log=house.folder / "serve.log",
        environ=environment(),
    )
