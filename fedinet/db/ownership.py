"""One owner per data folder: a lock that dies with its process.

The lock is an ``flock`` on ``.owner.lock``; the text in the file only says who
holds it. Forked children must ``forget`` it, else they would keep it alive.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

LOCK_FILE = ".owner.lock"
Role: TypeAlias = Literal["serve", "command"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who says to hold a folder."""

    role: str
    pid: int


class OwnerLock:
    """The right to start, watch and stop the PostgreSQL of a data folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / LOCK_FILE
        self._descriptor: int | None = None

    def try_acquire(self, role: Role) -> bool:
        """Take the lock if nobody has it. Never waits."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{role} {os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def owner(self) -> Owner | None:
        """Read who holds it, as far as the text tells; ``None`` when it says nothing."""
        try:
            role, pid = self._path.read_text().split()
            return Owner(role, int(pid))
        except (OSError, ValueError):
            return None

    def forget(self) -> None:
        """Close it in a forked child, without giving up the parent's lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def release(self) -> None:
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
