"""Making one backup for the place where they are kept: room first, then the file, then thinning."""

import contextlib
import logging
import shutil
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fedinet.backups.model import file_name, to_thin
from fedinet.backups.packing import Packed, Progress, Told, pack
from fedinet.backups.passphrase import ensure_passphrase
from fedinet.backups.places import PART, Place, sweep
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import N_
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_MIB: Final = 1024 * 1024
_NO_ROOM: Final = N_(
    "There is not enough room for a backup. Make room, or choose another folder with backup_store."
)


class NoRoom(FedinetError):
    """A backup would fill a disk."""


@contextlib.contextmanager
def in_silence(_total: int, _word: str) -> Generator[Told]:
    """A ``Progress`` that nobody watches."""
    yield lambda _count: None


def make(
    settings: Settings,
    place: Place,
    *,
    configuration: str,
    database_bytes: int,
    last_bytes: int | None,
    progress: Progress = in_silence,
) -> tuple[str, Packed]:
    """Make an encrypted backup, take it in, and thin out the older ones. Returns its name.

    Only one process does this at a time: see ``store.may_work``.

    Raises:
        NoRoom: it would leave less free than ``min_free_mb``.
        NoPostgres, NoPassphrase, Overloaded, OSError: as they say.
    """
    sweep(place.folder, settings.account_domain)
    check_room(settings, place.folder, _expected(settings, database_bytes, last_bytes))
    now = datetime.now(UTC)
    name = file_name(settings.account_domain, now)
    draft = place.folder / f".{name}{PART}"
    packed = pack(
        settings,
        draft,
        ensure_passphrase(settings.data),
        configuration=configuration,
        progress=progress,
    )
    try:
        place.take_in(draft, name)
    finally:
        draft.unlink(missing_ok=True)
    for old in to_thin(place.names(), settings.account_domain, now, days=settings.backup_days):
        place.delete(old)
        logger.info("backup.thinned file=%s", old)
    logger.info("backup.made file=%s bytes=%d place=%s", name, packed.size, place.name)
    return name, packed


def check_room(settings: Settings, folder: Path, expected: tuple[int, int]) -> None:
    """Refuse before anything is written. ``expected``: bytes of the dump, and of the file.

    Raises:
        NoRoom: there would be less free than the node needs to go on.
    """
    dump, file = expected
    wanted: dict[int, tuple[Path, int]] = {}
    for where, size in ((settings.data, dump), (folder, file)):
        device = where.stat().st_dev
        _, before = wanted.get(device, (where, 0))
        wanted[device] = (where, before + size)
    for where, size in wanted.values():
        free = shutil.disk_usage(where).free
        if free - size < settings.min_free_bytes:
            text = f"{where}: {free / _MIB:,.0f} MB free, {size / _MIB:,.0f} MB wanted"
            raise NoRoom(text, public=_NO_ROOM)


def _expected(settings: Settings, database: int, last: int | None) -> tuple[int, int]:
    """How many bytes a dump and the whole file may take: rather too many than too few."""
    dump = database // 2  # a dump has no indexes, and is compressed
    if last is not None:
        return dump, last + last // 4 + _MIB
    files = settings.media.rglob("*") if settings.media.exists() else ()
    return dump, dump + sum(path.stat().st_size for path in files if path.is_file())
