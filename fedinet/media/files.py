"""Where files lie: a folder of ours, or any S3-compatible store. By names that say nothing.

A name is 32 hexadecimal digits and an ending; ``r-`` before it marks a copy of
somebody else's file, which lies apart and is in no backup.

The endpoint of a store is the admin's word, like the address of the database:
no request of anybody's ever changes it (TRAPS 16).
"""

import asyncio
import contextlib
import io
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Generator, Iterable
from pathlib import Path
from typing import IO, Final, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.settings import Settings

_CHUNK: Final = 256 * 1024
_CACHED: Final = "r-"
_PART: Final = ".part"
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
    return f"{_CACHED if cached else ''}{secrets.token_hex(16)}.{ending}"


def open_files(settings: Settings) -> FileStore:
    """The store that the settings name."""
    if settings.media_store is None:
        return LocalFiles(settings.media, settings.data / "cache")
    return S3Files(settings)


class LocalFiles:
    """In the data folder: ours below ``media``, copies below ``cache``."""

    def __init__(self, own: Path, cached: Path) -> None:
        self._own = own
        self._cached = cached

    def path_of(self, name: str) -> Path | None:
        bare = name.removeprefix(_CACHED)
        return (self._own if bare == name else self._cached) / bare[:2] / bare

    async def put(self, name: str, source: IO[bytes], media_type: str) -> None:  # noqa: ARG002  # the row knows it
        try:
            await asyncio.to_thread(self._write, name, source)
        except OSError as error:
            raise Overloaded(f"cannot write {name}: {error}") from error

    async def size(self, name: str) -> int:
        try:
            return (await asyncio.to_thread(self._path(name).stat)).st_size
        except OSError as error:
            raise NotFound(f"no file {name}") from error

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with self._path(name).open("rb") as file:
            file.seek(start)
            while start < end:
                piece = await asyncio.to_thread(file.read, min(_CHUNK, end - start))
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
                shutil.copyfileobj(source, target, _CHUNK)
                target.flush()
                os.fsync(target.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)


class S3Files:
    """In a bucket: ours below ``media/``, copies below ``cache/``."""

    def __init__(self, settings: Settings) -> None:
        bucket, _, prefix = (settings.media_store or "").removeprefix("s3://").partition("/")
        endpoint = settings.media_store_endpoint
        given = {
            "region": settings.media_store_region,
            "endpoint": endpoint,
            "access_key_id": settings.media_store_key,
            "secret_access_key": settings.media_store_secret,
        }
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": (endpoint or "").startswith("http://"), "timeout": "60s"},
            retry_config={"max_retries": 3},
            virtual_hosted_style_request=endpoint is None,
            **{name: value for name, value in given.items() if value is not None},  # pyright: ignore[reportArgumentType]
        )

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002  # no file is on this machine
        return None

    async def put(self, name: str, source: IO[bytes], media_type: str) -> None:
        with _explained(f"put {name}"):
            await obstore.put_async(
                self._store, _key(name), source, attributes={"Content-Type": media_type}
            )

    async def size(self, name: str) -> int:
        with _explained(f"head {name}"):
            return (await obstore.head_async(self._store, _key(name)))["size"]

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _explained(f"get {name}"):
            found = await obstore.get_async(
                self._store, _key(name), options={"range": (start, end)}
            )
            async for piece in found.stream(min_chunk_size=_CHUNK):
                yield bytes(piece)

    async def delete(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                with _explained(f"delete {name}"):
                    await obstore.delete_async(self._store, _key(name))
            except NotFound:
                continue


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


@contextlib.contextmanager
def _explained(what: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"media store: {what}: not there") from error
    except (BaseError, OSError) as error:
        raise Overloaded(f"media store: {what}: {str(error)[:500]}") from error


def _key(name: str) -> str:
    bare = name.removeprefix(_CACHED)
    return f"{'media' if bare == name else 'cache'}/{bare}"
