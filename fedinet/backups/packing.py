"""Writing a whole node into one file while it runs, and opening such a file.

Database first, then media: a file that is named in the dump is there. The file appears
under its name only when it is whole and on the disk.
"""

import asyncio
import contextlib
import io
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, TypeAlias, cast

import asyncpg

from fedinet import __version__
from fedinet.backups.passphrase import VARIABLE
from fedinet.backups.scratch import scratch_folder
from fedinet.db.dump import dump
from fedinet.kernel.errors import FedinetError
from fedinet.media.upkeep import hold_files
from fedinet.node.archive import CONFIGURATION, DUMP, FORMAT, MEDIA, ArchiveWriter, Header
from fedinet.node.sealed_stream import MAGIC, OpeningReader, SealingWriter
from fedinet.node.secrets import KEY_FILE
from fedinet.settings import Settings

LAST_BACKUP: Final = ".last-backup"
"""Its time of change is that of the last backup; ``check`` reads it."""

Told: TypeAlias = Callable[[int], object]
Progress: TypeAlias = Callable[[int, str], AbstractContextManager[Told]]
"""Called with the bytes to come and a word for it; gives what hears of each piece."""


class Sealed(FedinetError):
    """The backup is encrypted and nobody gave a passphrase."""


@dataclass(frozen=True, slots=True)
class Packed:
    size: int
    media_files: int


def pack(
    settings: Settings,
    draft: Path,
    passphrase: str | None,
    *,
    configuration: str,
    progress: Progress,
) -> Packed:
    """Write the node to ``draft``, which only we may read. What is half written is deleted.

    ``settings`` has the address of a database that answers; ``configuration`` is what becomes
    ``fedinet.toml`` where there is none in the data folder.

    Raises:
        NoPostgres: no ``pg_dump`` is new enough, or it failed. OSError: the disk.
    """
    with scratch_folder(settings.data) as folder:
        work = Path(folder)
        url = cast(str, settings.direct_database_url or settings.database_url)
        header = asyncio.run(describe(url))
        with asyncio.Runner() as runner, _files_held(runner, url):
            dump(url, work / DUMP, server_major=header.postgres)
            existing = settings.data / CONFIGURATION
            text = existing.read_text() if existing.exists() else configuration
            (work / CONFIGURATION).write_text(text)
            try:
                with _sealing(draft, passphrase) as target:
                    files = _write(target, header, settings, work, progress)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
    (settings.data / LAST_BACKUP).touch()
    return Packed(draft.stat().st_size, files)


async def describe(url: str) -> Header:
    """What a backup made now says of itself."""
    conn = await asyncpg.connect(url)
    try:
        origin = await conn.fetchval("SELECT origin FROM node")
    finally:
        await conn.close()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Header(FORMAT, __version__, origin, conn.get_server_version().major, now)


def opened(source: IO[bytes], passphrase: str | None) -> IO[bytes]:
    """Read a backup from its beginning, decrypted where it is encrypted.

    Raises:
        Sealed: it is encrypted, and no passphrase was given.
        BadArchive: damaged, now or while it is read; or another passphrase.
    """
    start = source.read(len(MAGIC))
    if start != MAGIC:
        return cast(IO[bytes], io.BufferedReader(_Again(start, source)))
    if passphrase is None:
        text = f"This backup is encrypted: use --passphrase-stdin or set {VARIABLE}."
        raise Sealed(text, public=text)
    return cast(IO[bytes], io.BufferedReader(OpeningReader(source, passphrase)))


class _Again(io.RawIOBase):
    """Gives back what was read ahead, then goes on: what comes from a network has no ``seek``."""

    def __init__(self, start: bytes, source: IO[bytes]) -> None:
        self._start = start
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  # collections.abc.Buffer is Python 3.12
        piece = self._start[: len(buffer)] or self._source.read(len(buffer))
        self._start = self._start[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


@contextlib.contextmanager
def _files_held(runner: asyncio.Runner, url: str) -> Generator[None]:
    """Let the node delete no file between the dump and the last file that is packed."""
    conn = runner.run(asyncpg.connect(url))
    try:
        runner.run(hold_files(conn))
        yield
    finally:
        runner.run(conn.close())


def _write(
    target: IO[bytes], header: Header, settings: Settings, work: Path, progress: Progress
) -> int:
    media = [
        path
        for path in sorted(settings.media.rglob("*"))
        if path.is_file() and not path.name.startswith(".")  # half written
    ]
    members = [(DUMP, work / DUMP), (CONFIGURATION, work / CONFIGURATION)]
    members.append((KEY_FILE, settings.data / KEY_FILE))
    members += [(f"{MEDIA}/{path.relative_to(settings.media)}", path) for path in media]
    archive = ArchiveWriter(target, header)
    with progress(sum(path.stat().st_size for _, path in members), "Packing") as told:
        for name, path in members:
            archive.add(name, path, told=told)
    archive.finish()
    return len(media)


@contextlib.contextmanager
def _sealing(draft: Path, passphrase: str | None) -> Generator[IO[bytes]]:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        if passphrase is None:
            yield target
        else:
            with SealingWriter(target, passphrase) as sealing:
                yield cast(IO[bytes], sealing)
        target.flush()
        os.fsync(target.fileno())
