"""Where backups lie: a folder. Files come whole or not at all, and only their owner reads them."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import IO, Final, Protocol

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


def place_name(settings: Settings) -> str:
    """Where backups go, as people call it."""
    return settings.backup_store or str(settings.data / _DEFAULT)


def open_place(settings: Settings) -> Place:
    """The place that the settings name; ``backups`` in the data folder without them."""
    return Folder(Path(place_name(settings)).expanduser().absolute())


def sweep(folder: Path) -> None:
    """Delete what a killed process left half written. Only for the one who may write."""
    for path in folder.glob(f".*{PART}"):
        path.unlink(missing_ok=True)
