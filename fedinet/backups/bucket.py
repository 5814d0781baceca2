"""Backups in a bucket of an S3-compatible store. The endpoint is the admin's word (TRAPS 16).

A file is written here first and then sent, in parts; it appears under its name only whole.
"""

import contextlib
import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import obstore
from obstore.exceptions import BaseError

from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.kernel.problems import N_
from fedinet.media.s3 import Bucketed, open_bucket
from fedinet.settings import Settings

if TYPE_CHECKING:
    from obstore import ObjectMeta

_CHUNK: Final = 4 * 1024 * 1024
_NO_ANSWER: Final = N_(
    "The store for backups does not answer, or refuses us. The log says what it said."
)
_NOT_WHOLE: Final = N_("The store for backups holds less than was sent.")


class Bucket:
    """A ``Place``."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.name = settings.backup_store or ""
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store = open_bucket(
            Bucketed(
                self.name,
                endpoint=settings.backup_store_endpoint,
                region=settings.backup_store_region,
                key=settings.backup_store_key,
                secret=settings.backup_store_secret,
            )
        )

    def take_in(self, draft: Path, name: str) -> None:
        size = draft.stat().st_size
        with _explained(f"put {name}"):
            obstore.put(self._store, name, draft)
            there = obstore.head(self._store, name)["size"]
        if there != size:
            self.delete(name)
            raise Overloaded(f"backup store: {name}: {there} of {size} bytes", public=_NOT_WHOLE)
        draft.unlink()

    def names(self) -> list[str]:
        return [one["path"] for one in self._list("")]

    @contextlib.contextmanager
    def open(self, name: str) -> Generator[tuple[IO[bytes], int]]:
        with _explained(f"get {name}"):
            found = obstore.get(self._store, name)
            size = found.meta["size"]
            pieces = (bytes(piece) for piece in found.stream(min_chunk_size=_CHUNK))
        yield cast(IO[bytes], io.BufferedReader(_Arriving(name, pieces), _CHUNK)), size

    def delete(self, name: str) -> None:
        with contextlib.suppress(NotFound), _explained(f"delete {name}"):
            obstore.delete(self._store, name)

    def beside(self, folder: str) -> Mapping[str, int]:
        found = self._list(f"{folder}/")
        return {one["path"].rpartition("/")[2]: one["size"] for one in found}

    def _list(self, prefix: str) -> "Sequence[ObjectMeta]":
        """What lies there, and not in folders below it."""
        with _explained(f"list {prefix}"):
            return obstore.list_with_delimiter(self._store, prefix or None)["objects"]  # pyright: ignore[reportUnknownMemberType]  # an overload for arrow, which is not installed

    def put_beside(self, folder: str, path: Path) -> None:
        with _explained(f"put {folder}/{path.name}"):
            obstore.put(self._store, f"{folder}/{path.name}", path.read_bytes())

    def read_beside(self, folder: str, name: str) -> bytes:
        with _explained(f"get {folder}/{name}"):
            return bytes(obstore.get(self._store, f"{folder}/{name}").bytes())


class _Arriving(io.RawIOBase):
    """Reads what comes piece by piece from the store."""

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self._name = name
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  # collections.abc.Buffer is Python 3.12
        if not self._held:
            with _explained(f"get {self._name}"):
                self._held = memoryview(next(self._pieces, b""))
        taken = min(len(buffer), len(self._held))
        buffer[:taken] = self._held[:taken]
        self._held = self._held[taken:]
        return taken


@contextlib.contextmanager
def _explained(what: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"backup store: {what}: not there", public=_NO_ANSWER) from error
    except (BaseError, OSError) as error:
        raise Overloaded(f"backup store: {what}: {str(error)[:500]}", public=_NO_ANSWER) from error
