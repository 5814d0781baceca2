"""Starts the Fedify server of ``tests/interop/fedify`` and talks to its control address."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.integration.processes import free_port
from tests.interop.npm import why_missing

FOLDER = Path(__file__).with_name("fedify")
NODE = FOLDER / "node_modules" / ".bin" / "node"


class FedifyPeer:
    """A running server that others wrote: people at ``/users/NAME``."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self.origin = origin
        self._session = session

    def actor(self, name: str) -> str:
        return f"{self.origin}/users/{name}"

    async def inbox(self) -> list[dict[str, Any]]:
        """Every activity it verified and understood, oldest first."""
        return await self._get("/control/inbox")

    async def followers(self, name: str) -> list[str]:
        return await self._get(f"/control/followers?name={name}")

    async def send(
        self,
        name: str,
        to: str,
        activity: dict[str, Any],
        *,
        shared: bool = False,
        served: bool = True,
    ) -> None:
        """Deliver an activity signed by one of its people. ``to``: actor URI or ``followers``.

        ``served=False``: its object is not to be had at its own address.
        """
        wanted = {
            "from": name,
            "to": to,
            "activity": activity,
            "shared": shared,
            "served": served,
        }
        await self._post("/control/send", wanted)

    async def fetch(self, name: str, url: str) -> dict[str, Any]:
        """A signed GET: ``{"ok": true, "document": …}`` or ``{"ok": false, "error": …}``."""
        return await self._post("/control/fetch", {"from": name, "url": url})

    async def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until its inbox holds an activity like this, at most 20 seconds."""
        async with asyncio.timeout(20):
            while True:
                for activity in await self.inbox():
                    if wanted(activity):
                        return activity
                await asyncio.sleep(0.05)

    async def _get(self, path: str) -> Any:
        async with self._session.get(self.origin + path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        async with self._session.post(self.origin + path, json=body) as answer:
            if answer.status != 200:
                raise AssertionError(f"the peer says {answer.status}: {await answer.text()}")
            return await answer.json()


def why_not() -> str | None:
    """Say why the peer cannot run here, after trying to install it; None where it can."""
    return why_missing(FOLDER)


@asynccontextmanager
async def running_peer(*arguments: str) -> AsyncIterator[FedifyPeer]:
    """Run one server on a free loopback port; it stops at the end."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        "server.mjs",
        str(port),
        *arguments,
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            assert process.stdout is not None
            ready = await process.stdout.readline()
        assert ready.startswith(b"ready"), "the peer did not start"
        async with aiohttp.ClientSession() as session:
            yield FedifyPeer(f"http://127.0.0.1:{port}", session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
