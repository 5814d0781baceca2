"""A node as real processes, started again as a service manager would.

Only processes of this node are ended, each by its id: the one we started, its
children, and the PostgreSQL of its data folder.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

from fedinet.db.embedded import Postgres
from fedinet.db.pool import transaction
from fedinet.kernel.ids import ActorId
from fedinet.node.store import finish_setup
from fedinet.services import Services, open_services
from fedinet.settings import load
from tests.chaos.tap import Tap, tapped
from tests.integration.households import given_account
from tests.integration.processes import Folder, Served, command_of, free_port

PATIENCE_S = 120.0
Victim = Literal["supervisor", "web-1", "worker-1", "postgres", "backend"]
VICTIMS: tuple[Victim, ...] = ("supervisor", "web-1", "worker-1", "postgres", "backend")
_NETWORK = "127.0.0.0/8"


@dataclass
class Town:
    """One node. What others send to it passes its ``tap``."""

    folder: Folder
    tap: Tap
    services: Services
    served: Served

    async def kill(self, victim: Victim) -> None:
        """End one process without warning; return once something is in its place."""
        if victim == "supervisor":
            self.served.process.kill()
            await asyncio.to_thread(self.served.process.wait, PATIENCE_S)
            self.served = await serve(self.folder, self.tap.origin)
            return
        find: Callable[[], list[int]] = {
            "postgres": self._postmaster,
            "backend": self._backends,
        }.get(victim, lambda: self._children(victim))
        await until(lambda: bool(find()), f"{victim} lives")
        killed = find()[0]
        os.kill(killed, signal.SIGKILL)
        await until(lambda: any(pid != killed for pid in find()), f"{victim} is back")

    def _children(self, name: str) -> list[int]:
        return [pid for pid in self.served.children() if name_of(pid) == name]

    def _postmaster(self) -> list[int]:
        pid = self.served.postmaster()
        return [pid] if pid and "postgres" in command_of(pid) else []

    def _backends(self) -> list[int]:
        """Sessions of PostgreSQL, which starts itself anew when one is killed."""
        found: list[int] = []
        for pid in self._postmaster():
            for task in children_of(pid):
                if "fedinet fedinet" in command_of(task):
                    found.append(task)
        return found


@asynccontextmanager
async def town(data: Path) -> AsyncIterator[Town]:
    """Start a node behind a tap, with a community name and nobody in it."""
    async with AsyncExitStack() as stack:
        folder = Folder(data, free_port())
        tap = await stack.enter_async_context(tapped(folder.origin))
        stack.callback(folder.clean_up)
        served = await serve(folder, tap.origin)
        settings = load(
            {
                "data": str(data),
                "origin": tap.origin,
                "database_url": Postgres(data).url,
                "allow_private_networks": _NETWORK,
            },
            {},
        )
        services = await stack.enter_async_context(open_services(settings, "command"))
        async with transaction(services.pool) as tx:
            await finish_setup(tx, name=data.name, purpose="", language="en", hue=200)
        yield Town(folder, tap, services, served)


async def serve(folder: Folder, origin: str) -> Served:
    """Start ``fedinet serve``, again and again until it says that it serves (Restart=always)."""
    deadline = monotonic() + PATIENCE_S
    while True:
        words = ("--origin", origin, "--allow-private-networks", _NETWORK)
        served = folder.serve(*words, ready=False)
        assert served.process.stdout is not None
        served.said = (await asyncio.to_thread(served.process.stdout.readline)).decode()
        if served.said:
            return served
        assert monotonic() < deadline, served.log.read_text()
        await asyncio.sleep(0.2)


async def given_members(place: Town, names: tuple[str, ...]) -> list[ActorId]:
    """Members whom everybody may follow."""
    members = [(await given_account(place, name))[1] for name in names]
    await place.services.pool.execute("UPDATE actors SET approves_followers = false WHERE is_local")
    return members


async def until(fact: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = monotonic() + PATIENCE_S
    while not fact():
        assert monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.02)


def children_of(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def name_of(pid: int) -> str:
    """The name that a process has given itself."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
