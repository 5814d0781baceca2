"""Where backups lie: a folder or a bucket. Files come whole or not at all, and are ours alone."""

import contextlib
import os
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Final, Protocol

from fedinet.backups.model import time_of
from fedinet.kernel.errors import NotFound
from fedinet.settings import Settings

PART: Final = ".part"
_DEFAULT: Final = "backups"


class Place(Protocol):
    """What the rest asks of a place. Every method may raise ``OSError``."""

    @property
    def name(self) -> str:
        """As people call it."""
        ...

    @property
    def folder(self) -> Path:
        """Where a file is written before it is taken in."""
        ...

    def take_in(self, draft: Path, name: str) -> None:
        """Make a file of ``folder`` a backup of this name. The draft is gone then."""
        ...

    def names(self) -> list[str]:
        """All files that are here, of whomever."""
        ...

    def open(self, name: str) -> contextlib.AbstractContextManager[tuple[IO[bytes], int]]:
        """Read a file from its beginning; also says its size in bytes. Raises ``NotFound``."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is fine."""
        ...

    def beside(self, folder: str) -> Mapping[str, int]:
        """Names and sizes of what lies in a folder beside the backups."""
        ...

    def put_beside(self, folder: str, path: Path) -> None:
        """Copy a small file into a folder beside the backups, over an older one."""
        ...

    def read_beside(self, folder: str, name: str) -> bytes:
        """Read a small file from there. Raises ``NotFound``."""
        ...


class Folder:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def name(self) -> str:
        return str(self.folder)

    def take_in(self, draft: Path, name: str) -> None:
        draft.replace(self.folder / name)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def names(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.is_file()]

    @contextlib.contextmanager
    def open(self, name: str) -> Generator[tuple[IO[bytes], int]]:
        path = self.folder / name
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"no {path}", public=f"There is no {path}.") from error
        with file:
            yield file, os.fstat(file.fileno()).st_size

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def beside(self, folder: str) -> Mapping[str, int]:
        there = self.folder / folder
        files = there.iterdir() if there.is_dir() else ()
        return {path.name: path.stat().st_size for path in files if path.is_file()}

    def put_beside(self, folder: str, path: Path) -> None:
        there = self.folder / folder / path.name
        there.parent.mkdir(exist_ok=True, mode=0o700)
        draft = there.with_name(f".{there.name}{PART}")
        shutil.copyfile(path, draft)
        draft.chmod(0o600)
        draft.replace(there)

    def read_beside(self, folder: str, name: str) -> bytes:
        return (self.folder / folder / name).read_bytes()


def place_name(settings: Settings) -> str:
    """Where backups go, as people call it."""
    return settings.backup_store or str(settings.data / _DEFAULT)


def open_place(settings: Settings) -> Place:
    """The place that the settings name; ``backups`` in the data folder without them."""
    if (settings.backup_store or "").startswith("s3://"):
        from fedinet.backups.bucket import Bucket  # 20 MB that a node without it keeps

        return Bucket(settings, settings.data / _DEFAULT)
    return Folder(Path(place_name(settings)))


def sweep(folder: Path, account_domain: str) -> None:
    """Delete what a killed process left of our backups. Only for the one who may write.

    Others may write into the same folder: their files stay.
    """
    for path in folder.glob(f".*{PART}"):
        if time_of(path.name[1:].removesuffix(PART), account_domain) is not None:
            path.unlink(missing_ok=True)
