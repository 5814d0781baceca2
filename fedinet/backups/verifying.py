"""Reading a backup back: into a scratch database of its own, looked at, and thrown away.

What a restore would need is tried for real: the passphrase, every checksum, the load into
PostgreSQL, the keys, the newest post, and every file that a post names.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from fedinet.backups.checks_store import Content, find_sealed_key, list_files, read_content
from fedinet.backups.making import check_room, in_silence
from fedinet.backups.packing import Progress, opened
from fedinet.backups.places import Place
from fedinet.backups.scratch import scratch_folder
from fedinet.db.dump import load
from fedinet.db.embedded import throwaway_server
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import N_
from fedinet.media.files import LocalFiles
from fedinet.node.archive import DUMP, MEDIA, Header, unpack
from fedinet.node.secrets import WrongSecretKey, open_box
from fedinet.settings import Settings

_PIECE: Final = 4096


class NotWhole(FedinetError):
    """The file opens, and what is in it is not a whole node."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was found in a backup."""

    header: Header
    size: int
    content: Content
    files: int


def read_back(
    settings: Settings,
    place: Place,
    name: str,
    passphrase: str | None,
    *,
    database_bytes: int,
    progress: Progress = in_silence,
) -> ReadBack:
    """Read a backup as a restore would, and leave nothing behind.

    Raises:
        BadArchive: damaged, another passphrase, of a newer release, or no backup.
        NotWhole: something is missing in it, or it is of another node.
        NoRoom, NoPostgres, NotFound, Overloaded, OSError: as they say.
    """
    with place.open(name) as (source, size):
        check_room(settings, settings.data, (database_bytes, 2 * size))
        with scratch_folder(settings.data) as folder:
            scratch = Path(folder)
            staging = scratch / "node"
            staging.mkdir(mode=0o700)
            with progress(size, "Reading") as told:
                header = unpack(opened(source, passphrase), staging, told=told)
            if header.origin != str(settings.origin):
                raise NotWhole(f"of {header.origin}", public=N_("It is of another community."))
            with throwaway_server(scratch / "database") as url:
                content, files = asyncio.run(_look(url, staging, header))
            if settings.media_store is None:
                _check_files(staging, files)
    return ReadBack(header, size, content, len(files))


async def _look(url: str, staging: Path, header: Header) -> tuple[Content, list[str]]:
    conn = await asyncpg.connect(url)
    try:
        major = conn.get_server_version().major
        await asyncio.to_thread(
            load, url, staging / DUMP, server_major=major, dump_major=header.postgres
        )
        content = await read_content(conn)
        if content.origin != header.origin:
            raise NotWhole("origins differ", public=N_("It is of another community."))
        sealed = await find_sealed_key(conn)
        if sealed is not None:
            key_id, private = sealed
            open_box(staging, create=False).open(private, row=key_id)
        return content, await list_files(conn)
    except asyncpg.PostgresError as error:
        raise NotWhole(repr(error), public=N_("Its database cannot be read.")) from error
    except WrongSecretKey as error:
        text = N_("Its secret.key does not open the keys in its database.")
        raise NotWhole(str(error), public=text) from error
    finally:
        await conn.close()


def _check_files(staging: Path, names: Iterable[str]) -> None:
    """Raises ``NotWhole`` where a file that the database names is not there or empty."""
    store = LocalFiles(staging / MEDIA, staging / MEDIA)
    for name in names:
        path = store.path_of(name)
        if path is None or not path.is_file() or not _starts(path):
            raise NotWhole(f"no {name}", public=N_("A picture or film is missing in it."))


def _starts(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(file.read(_PIECE))
