"""The guest's server: the one built on Fedify that the interoperation tests use.

It exists in a source checkout only, and needs Node.js with npm; its packages
are installed when they are first needed. Without it the demo has one guest less.
"""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

import fedinet
from fedinet.demo.stage import CannotStage, environment, spawn

FOLDER: Final = Path(fedinet.__file__).resolve().parents[1] / "tests" / "interop" / "fedify"
_NODE: Final = FOLDER / "node_modules" / ".bin" / "node"
_INSTALLED: Final = FOLDER / "node_modules" / ".package-lock.json"
"""npm writes it last."""
_INSTALL_S: Final = 600.0
_ANSWER_S: Final = 20.0


def why_not() -> str | None:
    """Say in one line why the guest cannot come; None where they can."""
    if not FOLDER.is_dir():
        return "The guest from another kind of server needs a source checkout, for its server."
    if not _INSTALLED.exists() and shutil.which("npm") is None:
        return "The guest from another kind of server needs Node.js with npm, for its server."
    return None


@asynccontextmanager
async def installation(log: Path) -> AsyncGenerator["asyncio.Task[None]"]:
    """Install the packages of the guest's server beside other work; yields the task that does.

    Its result raises ``CannotStage`` where that fails. Left early, it ends too.
    """
    task = asyncio.create_task(_install(log))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, CannotStage):
            await task


async def _install(log: Path) -> None:
    if _INSTALLED.exists():
        return
    npm = shutil.which("npm")
    assert npm is not None  # noqa: S101  # see `why_not`
    command = (npm, "ci", "--no-audit", "--no-fund")
    child = await spawn("npm", *command, folder=FOLDER, log=log, environ=environment())
    try:
        async with asyncio.timeout(_INSTALL_S):
            await child.process.communicate()
    except TimeoutError:
        pass
    finally:
        await child.stop()
    if child.process.returncode != 0:
        raise CannotStage(f"The guest's server could not be installed; {log} says why.")


class Peer:
    """The running server: its people are at ``/users/NAME`` and do as they are told."""

    def __init__(self, origin: str, http: aiohttp.ClientSession) -> None:
        self.origin = origin
        self._http = http

    def actor(self, name: str) -> str:
        return f"{self.origin}/users/{name}"

    def handle(self, name: str) -> str:
        return f"{name}@{self.origin.removeprefix('http://')}"

    async def introduce(self, name: str, *, shown: str, summary: str) -> None:
        await self._post("profile", {"name": name, "display_name": shown, "summary": summary})

    async def send(self, name: str, to: str, activity: dict[str, object]) -> None:
        """Deliver an activity. ``to``: the URI of an actor, or ``followers``."""
        await self._post("send", {"from": name, "to": to, "activity": activity})

    async def read(self, name: str, uri: str) -> Mapping[str, object]:
        """Fetch a document of another server, signed by one of its people."""
        answer = await self._post("fetch", {"from": name, "url": uri})
        if not answer["ok"]:
            raise CannotStage(f"The guest's server cannot read {uri}: {answer['error']}")
        return answer["document"]

    async def _post(self, control: str, body: dict[str, object]) -> Any:
        async with self._http.post(f"{self.origin}/control/{control}", json=body) as answer:
            if answer.status != 200:
                raise CannotStage(f"The guest's server says {answer.status} to {control}.")
            return await answer.json()


@asynccontextmanager
async def running_peer(port: int, folder: Path) -> AsyncGenerator[Peer]:
    """Run the server on loopback; what it must know next time is kept in ``folder``."""
    token = secrets.token_urlsafe(24)
    child = await spawn(
        "The guest's server",
        *(str(_NODE), "server.mjs", str(port), f"--state={folder / 'guest.json'}"),
        "--until-input-ends",
        folder=FOLDER,
        log=folder / "guest.log",
        environ={**environment(), "CONTROL_TOKEN": token},
    )
    try:
        await child.ready(b"ready")
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=_ANSWER_S),
        ) as http:
            yield Peer(f"http://127.0.0.1:{port}", http)
    finally:
        await child.stop()
