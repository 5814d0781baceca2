"""The ways out: an SMTP server, or, where none is set, a folder of .eml files or the console."""

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from fedinet.kernel.errors import RemoteUnavailable
from fedinet.mail.smtp import Smtp
from fedinet.settings import Settings


class Transport(Protocol):
    """One way for messages to leave."""

    @property
    def leaves(self) -> bool:
        """Whether messages reach people, and do not lie with us."""
        ...

    @property
    def place(self) -> str:
        """Where messages go, as a steward would say it."""
        ...

    async def send(self, message: EmailMessage, *, name: str, returns_to: str = "") -> None:
        """Send one message. ``name`` is its own, the same each time.

        ``returns_to``: where a report comes that it did not arrive; ``""``: to the sender.

        Raises:
            RefusedForGood: the server will never take it.
            RemoteUnavailable: not now; try again later.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """One ``.eml`` file for each message, readable by the node's user alone."""

    path: Path

    @property
    def leaves(self) -> bool:
        return False

    @property
    def place(self) -> str:
        return str(self.path)

    async def send(self, message: EmailMessage, *, name: str, returns_to: str = "") -> None:
        del returns_to  # nothing leaves
        try:
            await asyncio.to_thread(self._write, message.as_bytes(), f"{name}.eml")
        except OSError as error:
            raise RemoteUnavailable(f"{self.path}: {error.strerror}") from error

    def _write(self, body: bytes, name: str) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.path / f".{name}.new"
        with open(  # Path.open takes no opener
            unfinished, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)
        ) as file:
            file.write(body)
            os.fsync(file.fileno())
        unfinished.replace(self.path / name)

    async def forget(self, *, before: datetime) -> None:
        """Delete what was written before: most of it holds links that opened something."""
        await asyncio.to_thread(self._forget, before.timestamp())

    def _forget(self, before: float) -> None:
        for file in self.path.glob("*.eml"):
            if file.stat().st_mtime < before:
                file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Console:
    """Written to the output of the worker: for development."""

    @property
    def leaves(self) -> bool:
        return False

    @property
    def place(self) -> str:
        return "the console"

    async def send(self, message: EmailMessage, *, name: str, returns_to: str = "") -> None:
        del name, returns_to  # nothing leaves
        sys.stdout.write(f"{message.as_string()}\n")
        sys.stdout.flush()


def open_transport(settings: Settings) -> Transport:
    """The way out that the settings name. Opens nothing yet."""
    if settings.smtp_host is not None:
        return Smtp(settings)
    if settings.mail_to_console:
        return Console()
    return Folder(settings.data / "mail")
