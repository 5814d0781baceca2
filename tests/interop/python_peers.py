"""Servers built on Python libraries of others, each in a process of its own.

They live in an environment of their own (``tests/interop/python/.venv``), made at
the first need: some of them want older libraries than ours.
"""

import asyncio
import fcntl
import subprocess
import sys
import venv
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp

from tests.integration.processes import PATIENCE_S, free_port

FOLDER = Path(__file__).with_name("python")
ENVIRONMENT = FOLDER / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
_REQUIREMENTS = FOLDER / "requirements.txt"
_INSTALLED = ENVIRONMENT / "installed.txt"


class PythonPeer:
    """A running server with one person. ``actor`` is who that is."""

    def __init__(self, origin: str, actor: str, session: aiohttp.ClientSession) -> None:
        self.origin = origin
        self.actor = actor
        self._session = session

    async def send(self, inbox: str, activity: dict[str, Any]) -> int:
        """Let it deliver an activity, signed; returns the status of the answer."""
        asked = {"inbox": inbox, "activity": activity}
        async with self._session.post(f"{self.origin}/control/send", json=asked) as answer:
            assert answer.status == 200, await answer.text()
            return int(await answer.text())

    async def inbox(self) -> list[dict[str, Any]]:
        """Every activity that it verified, oldest first."""
        async with self._session.get(f"{self.origin}/control/inbox") as answer:
            return await answer.json()

    async def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until its inbox holds an activity like this."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for activity in await self.inbox():
                    if wanted(activity):
                        return activity
                await asyncio.sleep(0.05)


@cache
def why_not() -> str | None:
    """Say why the peers cannot run here, after trying to install them; None where they can."""
    wanted = _REQUIREMENTS.read_text()
    with _REQUIREMENTS.open() as lock:  # two test processes may come here at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _INSTALLED.exists() and _INSTALLED.read_text() == wanted:
            return None
        venv.create(ENVIRONMENT, clear=True)
        # Of what is installed little is imported: that is compiled then.
        options = ["--python", PYTHON, "install", "--no-compile", "--disable-pip-version-check"]
        installed = subprocess.run(
            [sys.executable, "-m", "pip", *options, "--quiet", "-r", _REQUIREMENTS],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if installed.returncode != 0:
            return f"the Python peers cannot be had: {installed.stderr[-300:]}"
        _INSTALLED.write_text(wanted)
        return None


@asynccontextmanager
async def running_peer(script: str, *arguments: str) -> AsyncIterator[PythonPeer]:
    """Run one server on a free loopback port; it stops at the end."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        FOLDER / script,
        str(port),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=sys.stderr if "-s" in sys.argv else subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            ready = await process.stdout.readline()
        assert ready.startswith(b"ready"), f"{script} did not start"
        origin = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            yield PythonPeer(origin, await _actor(session, origin), session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _actor(session: aiohttp.ClientSession, origin: str) -> str:
    """Ask who lives there: the port is open a moment after the process says that it is ready."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with session.get(f"{origin}/control/actor") as answer:
                    return await answer.json()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
