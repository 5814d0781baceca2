"""``fedinet restore``: a node out of one file, into an empty folder.

A restored node is paused, because two live copies of one node corrupt what other
servers know of it (TRAPS 13).
"""

import asyncio
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast

import asyncpg
import click

from fedinet.backups.journal import FOLDER as JOURNAL
from fedinet.backups.journal import files_of, take_over
from fedinet.backups.journal_upkeep import journal_of
from fedinet.backups.packing import opened
from fedinet.backups.passphrase import VARIABLE, keep_passphrase
from fedinet.backups.replaying import Replayed, replay
from fedinet.cli.backup import passphrase_of
from fedinet.cli.folder import CONFIGURATION, database, prepare
from fedinet.cli.progress import progress
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.dump import load
from fedinet.db.pool import open_pool
from fedinet.mail.upkeep import close_waiting
from fedinet.media.files import open_files
from fedinet.media.upkeep import upkeep_once
from fedinet.node.archive import DUMP, MEDIA, Header, unpack
from fedinet.node.secrets import KEY_FILE, open_box
from fedinet.node.store import pause
from fedinet.settings import Settings, data_folder

_AS_OF_THAT_DAY: Final = (
    "\nRoles, suspensions and rules are those of that day, too: look at /admin/people first."
)


@dataclass(frozen=True, slots=True)
class _Restored:
    header: Header
    replayed: Replayed
    journals: tuple[Path, ...]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--passphrase-stdin", is_flag=True, help=f"It is encrypted (or set {VARIABLE})")
@click.option(
    "--journal",
    "given",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the erasure journal, where it is not beside FILE; may be repeated",
)
@speaks()
def restore(flags: Flags, *, file: Path, passphrase_stdin: bool, given: tuple[Path, ...]) -> Result:
    """Unpack FILE into an empty data folder. The node stays paused until `fedinet resume`.

    What was erased since FILE was made is erased again, by the journal that lies beside it.
    """
    data = data_folder(flags, os.environ)
    if data.exists() and any(data.iterdir()):
        raise Refused(f"{data} is not empty. Restore into a new folder.")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    journals = given or _journals_near(file)
    try:
        passphrase = passphrase_of(from_stdin=passphrase_stdin)
        done = _restore(flags, data, file, passphrase, journals)
    except BaseException:
        _empty(data)
        raise
    header = done.header
    text = (
        f"Restored {header.origin} as of {header.made_at} into {data}. {_told(done)}\n"
        "It is paused: it sends nothing and answers 503 to other servers. Make sure that the old "
        "copy will never run again, then `fedinet resume`."
    )
    text += _AS_OF_THAT_DAY + _choosing(done.replayed.choosing)
    facts = {"origin": header.origin, "made_at": header.made_at, "paused": True}
    facts |= {"erased": dict(done.replayed.counts), "journal": [str(one) for one in done.journals]}
    facts |= {"choosing": list(done.replayed.choosing)}
    return Result(text, facts)


def _told(done: _Restored) -> str:
    """What is said of the journal."""
    if not done.journals:
        return (
            "There was no erasure journal beside it. If anything was deleted since then, it is "
            "back: restore again with --journal, or tell those whom it concerns. Passwords are "
            "those of that day, too."
        )
    counts = ", ".join(f"{count} {kind}" for kind, count in done.replayed.counts.items())
    text = f"Erased again, by the journal: {counts or 'nothing'}."
    if done.replayed.damaged:
        text += f" {done.replayed.damaged} of its lines are damaged or of another community."
    return text


def _choosing(names: tuple[str, ...]) -> str:
    """What is said of those whose password ended."""
    if not names:
        return ""
    return (
        f"\nTheir passwords or second steps changed after that, so they choose anew: "
        f"{', '.join(f'@{name}' for name in names)}. Who has an address does it by “Forgotten "
        "your password?”; for others there is `fedinet admin account password`. An owner gets in "
        "by `fedinet admin lockdown link`."
    )


def _journals_near(file: Path) -> tuple[Path, ...]:
    """Where the journal of a backup lies: beside the copy, or in the data folder it came from."""
    folder = file.absolute().parent
    near = (folder / JOURNAL, folder.parent / JOURNAL)
    return tuple(path for path in near if files_of(path))


def _restore(
    flags: Flags, data: Path, file: Path, passphrase: str | None, journals: tuple[Path, ...]
) -> _Restored:
    staging = data / ".restore"
    staging.mkdir(mode=0o700)
    with file.open("rb") as source, progress(file.stat().st_size, "Unpacking") as told:
        header = unpack(opened(source, passphrase), staging, told=told)
    for name in (KEY_FILE, CONFIGURATION, MEDIA):
        if (staging / name).exists():
            (staging / name).rename(data / name)
    for folder in journals:
        take_over(folder, data / JOURNAL)
    with database(settings_of(flags), create=True) as running:
        url = cast(str, running.direct_database_url or running.database_url)
        major = asyncio.run(_empty_server(url))
        load(url, staging / DUMP, server_major=major, dump_major=header.postgres)
        replayed = asyncio.run(_make_safe(running, header))
    shutil.rmtree(staging)
    if passphrase is not None:
        keep_passphrase(data, passphrase)  # of which somebody has a copy
    return _Restored(header, replayed, journals)


async def _empty_server(url: str) -> int:
    """The major version of a server whose database holds nothing yet.

    Raises:
        Refused: it holds a node.
    """
    conn = await asyncpg.connect(url)
    try:
        taken = await conn.fetchval("SELECT to_regclass('node') IS NOT NULL")
    finally:
        await conn.close()
    if taken:
        raise Refused("The database is not empty. Restore into a new one.")
    return conn.get_server_version().major


async def _make_safe(settings: Settings, header: Header) -> Replayed:
    """Pause first: nothing of this release may run before it. Mail that waited has been sent.

    Then what is in the journal is erased again, and everybody signs in anew.
    """
    url = cast(str, settings.direct_database_url or settings.database_url)
    conn = await asyncpg.connect(url)
    try:
        async with conn.transaction():
            await pause(conn)
    finally:
        await conn.close()
    await prepare(settings)
    journal = journal_of(settings, open_box(settings.data, create=False))
    async with open_pool(url, size=2, name="fedinet restore") as pool:
        await close_waiting(pool)
        replayed = await replay(pool, journal, datetime.fromisoformat(header.made_at))
        if settings.media_store is None:
            while await upkeep_once(pool, open_files(settings), settings):
                continue
    return replayed


def _empty(folder: Path) -> None:
    """Leave nothing of an attempt that failed; the folder was empty before."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
