"""The erasure journal: ids of what is gone for good, or stopped, in files outside of every backup.

One file for each month and machine, ``2026-11-3f2a9c.journal``, one line for each erasure:
time, kind, key, and a mark that only the holder of ``secret.key`` can make. Lines are only
ever added and are on the disk before the database forgets them. There is nothing in it but
numbers, names of files, and keyed hashes.
"""

import contextlib
import fcntl
import os
import re
import shutil
import socket
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from fedinet.node.secrets import SecretBox

FOLDER: Final = "journal"
ENDING: Final = ".journal"
MARGIN: Final = timedelta(days=31)
"""So much longer than the oldest backup it is kept."""
_NAME: Final = re.compile(r"(\d{4}-\d{2})-[0-9a-f]{6}\.journal")
_LINE: Final = re.compile(r"(\S{20,40}) ([a-z]{1,20}) (\S{1,200}) ([0-9a-f]{16})")
_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_MOST_BYTES: Final = 1 << 30


class Erased(StrEnum):
    """What is gone. Source: the same words in ``0079e_wishes_to_leave_after_a_restore.sql``."""

    ACCOUNT = "account"
    """Key: the number of the actor."""
    POST = "post"
    """Key: its number. Posts of others too, which their authors deleted."""
    FILE = "file"
    """Key: its name, which is random."""
    ADDRESS = "address"
    """Key: the number of the actor and the keyed hash of their old e-mail address."""
    TOKEN = "token"  # noqa: S105  # the word for it
    """Key: its number."""
    REQUEST = "request"
    """To join. Key: its number."""
    STOP = "stop"
    """An address is not written to any more. Key: its keyed hash, the topic (or nothing), why."""
    UNSTOP = "unstop"
    """It is written to again. Key: its keyed hash and the topic. The last of both counts."""
    CREDENTIALS = "credentials"
    """Somebody has another password, or turned the second step on or off. Key: as of ACCOUNT."""
    PASSKEY = "passkey"
    """It opens nothing any more. Key: its number."""
    LEAVE = "leave"
    """Somebody asked to leave. Key: as of ACCOUNT."""
    STAY = "stay"
    """They stay after all. The last of both counts."""
    CODE = "code"
    """A recovery code that was used or replaced. Key: its keyed hash."""


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    at: datetime
    kind: Erased
    key: str


class Journal:
    """The journal of one data folder. Several processes may append at once."""

    def __init__(self, folder: Path, box: SecretBox) -> None:
        self.folder = folder
        self._box = box
        seed = f"{socket.gethostname()}\0{folder.absolute()}"
        self._machine = sha256(seed.encode()).hexdigest()[:6]

    def append(self, erasures: Iterable[Erasure]) -> None:
        """Add lines; they are on the disk when this returns. Raises ``OSError``."""
        by_month: dict[str, list[str]] = {}
        for one in erasures:
            by_month.setdefault(f"{one.at.astimezone(UTC):%Y-%m}", []).append(self._line(one))
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for month, lines in by_month.items():
            with _alone(self.folder / f"{month}-{self._machine}{ENDING}") as descriptor:
                # A machine that stopped in the middle of a line left it without an end.
                start = "" if _ends_well(descriptor) else "\n"
                _write_all(descriptor, (start + "".join(lines)).encode())
                os.fsync(descriptor)

    def read(self) -> tuple[list[Erasure], int]:
        """All of it, oldest first; and how many lines are not ours or damaged."""
        found: set[Erasure] = set()
        damaged = 0
        for path in files_of(self.folder):
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    one = self._read_line(line.rstrip("\n"))
                    if one is not None:
                        found.add(one)
                    damaged += one is None and bool(line.strip())
        return sorted(found), damaged

    def prune(self, before: datetime) -> None:
        """Delete files whose whole month is past."""
        for path in files_of(self.folder):
            if path.name[:7] < f"{before:%Y-%m}":
                path.unlink(missing_ok=True)

    def mark_of(self, digest: str) -> str:
        """The keyed hash of an address, of whose digest alone one could guess it."""
        return self._box.lasting_tag(f"journal address {digest}")

    def _line(self, one: Erasure) -> str:
        text = f"{one.at.astimezone(UTC).strftime(_FORMAT)} {one.kind} {one.key}"
        return f"{text} {self._sum(text)}\n"

    def _read_line(self, line: str) -> Erasure | None:
        found = _LINE.fullmatch(line)
        if found is None or found[2] not in set(Erased):
            return None
        if self._sum(f"{found[1]} {found[2]} {found[3]}") != found[4]:
            return None
        try:
            at = datetime.strptime(found[1], _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            return None
        return Erasure(at, Erased(found[2]), found[3])

    def _sum(self, text: str) -> str:
        return self._box.lasting_tag(f"journal {text}")[:16]


def is_journal(name: str) -> bool:
    """Tell whether a file is called as ours are."""
    return _NAME.fullmatch(name) is not None


def files_of(folder: Path) -> list[Path]:
    """The files of a journal, by month; what else lies there is left alone."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if is_journal(path.name) and path.is_file() and path.stat().st_size < _MOST_BYTES
    )


def take_over(source: Path, target: Path) -> None:
    """Copy the files of another journal; of two copies of one file the longer is newer."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in files_of(source):
        there = target / path.name
        if there.exists() and there.stat().st_size >= path.stat().st_size:
            continue
        draft = target / f".{path.name}.part"
        shutil.copyfile(path, draft)
        draft.chmod(0o600)
        draft.replace(there)


@contextlib.contextmanager
def _alone(path: Path) -> Generator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, raw: bytes) -> None:
    """Write to the last byte: on a disk that is nearly full one call takes a part, and says so."""
    left = memoryview(raw)
    while left:
        left = left[os.write(descriptor, left) :]


def _ends_well(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
