"""Where files lie: a folder of ours, or any S3-compatible store. By names that say nothing.

A name is 32 hexadecimal digits and an ending; ``r-`` before it marks a copy of
somebody else's file, which lies apart and is in no backup.
"""

import asyncio
import contextlib
import io
import logging
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import IO, Final, Protocol

from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.kernel.problems import N_
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

CHUNK: Final = 256 * 1024
CACHED: Final = "r-"
"""Before the names of copies."""
_PART: Final = ".part"
_NOT_KEPT: Final = N_("The server cannot keep files now. Tell those who look after it")
_STALE_S: Final = 24 * 3600


class FileStore(Protocol):
    """What the rest asks of a store."""

    def path_of(self, name: str) -> Path | None:
        """Where a file lies on this machine; None: it does not, ``read`` it."""
        ...

    async def put(self, name: str, source: IO[bytes], media_type: str) -> None:
        """Store a file from its present position on, whole or not at all.

        Raises:
            Overloaded: not possible now.
        """
        ...

    async def size(self, name: str) -> int:
        """Raises ``NotFound`` where there is none."""
        ...

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from ``start`` to before ``end``."""
        ...

    async def delete(self, names: Iterable[str]) -> None:
        """Delete what is there; what is not is fine."""
        ...


def new_name(ending: str, *, cached: bool = False) -> str:
    """Make up a name that nobody has."""
    return f"{CACHED if cached else ''}{secrets.token_hex(16)}.{ending}"


def open_files(settings: Settings) -> FileStore:
    """The store that the settings name."""
    if settings.media_store is None:
        return LocalFiles(settings.media, settings.data / "cache")
    from fedinet.media.s3 import S3Files  # 20 MB that a node without it keeps

    return S3Files(settings)


class LocalFiles:
    """In the data folder: ours below ``media``, copies below ``cache``."""

    def __init__(self, own: Path, cached: Path) -> None:
        self._own = own
        self._cached = cached

    def path_of(self, name: str) -> Path | None:
        bare = name.removeprefix(CACHED)
        return (self._own if bare == name else self._cached) / bare[:2] / bare

    async def put(self, name: str, source: IO[bytes], media_type: str) -> None:  # noqa: ARG002  # the row knows it
        try:
            await asyncio.to_thread(self._write, name, source)
        except OSError as error:
            logger.error("media.cannot_write name=%s why=%s", name, error)  # noqa: TRY400  # the why is enough
            raise Overloaded(f"cannot write {name}: {error}", public=_NOT_KEPT) from error

    async def size(self, name: str) -> int:
        try:
            return (await asyncio.to_thread(self._path(name).stat)).st_size
        except OSError as error:
            raise NotFound(f"no file {name}") from error

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with self._path(name).open("rb") as file:
            file.seek(start)
            while start < end:
                piece = await asyncio.to_thread(file.read, min(CHUNK, end - start))
                if not piece:
                    return
                start += len(piece)
                yield piece

    async def delete(self, names: Iterable[str]) -> None:
        wanted = list(names)

        def unlink() -> None:
            for name in wanted:
                self._path(name).unlink(missing_ok=True)

        await asyncio.to_thread(unlink)

    def sweep(self) -> None:
        """Delete what a killed process left half written a day ago or more."""
        before = time.time() - _STALE_S
        for root in (self._own, self._cached):
            for path in root.glob(f"*/*{_PART}"):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()

    def _path(self, name: str) -> Path:
        path = self.path_of(name)
        assert path is not None  # noqa: S101  # of this store it never is
        return path

    def _write(self, name: str, source: IO[bytes]) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}{_PART}")
        try:
            with draft.open("xb") as target:
                shutil.copyfileobj(source, target, CHUNK)
                target.flush()
                os.fsync(target.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)


async def check_writable(files: FileStore) -> None:
    """Write, read and delete a small file.

    Raises:
        Overloaded: one of these is not possible; the text says which and why.
    """
    name, word = new_name("check", cached=True), b"fedinet"
    await files.put(name, io.BytesIO(word), "application/octet-stream")
    try:
        found = b"".join([piece async for piece in files.read(name, 0, len(word))])
    finally:
        await files.delete([name])
    if found != word:
        raise Overloaded("the media store gave back something else than was written")
