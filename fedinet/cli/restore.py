"""``fedinet restore``: a node out of one file, into an empty folder.

A restored node is paused, because two live copies of one node corrupt what other
servers know of it (TRAPS 13).
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import cast

import asyncpg
import click

from fedinet.backups.packing import opened
from fedinet.backups.passphrase import VARIABLE, keep_passphrase
from fedinet.cli.backup import passphrase_of
from fedinet.cli.folder import CONFIGURATION, database, prepare
from fedinet.cli.progress import progress
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.dump import load
from fedinet.db.pool import open_pool
from fedinet.mail.upkeep import close_waiting
from fedinet.node.archive import DUMP, MEDIA, Header, unpack
from fedinet.node.secrets import KEY_FILE
from fedinet.node.store import pause
from fedinet.settings import Settings, data_folder


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--passphrase-stdin", is_flag=True, help=f"It is encrypted (or set {VARIABLE})")
@speaks()
def restore(flags: Flags, *, file: Path, passphrase_stdin: bool) -> Result:
    """Unpack FILE into an empty data folder. The node stays paused until `fedinet resume`."""
    data = data_folder(flags, os.environ)
    if data.exists() and any(data.iterdir()):
        raise Refused(f"{data} is not empty. Restore into a new folder.")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        header = _restore(flags, data, file, passphrase_of(from_stdin=passphrase_stdin))
    except BaseException:
        _empty(data)
        raise
    text = (
        f"Restored {header.origin} as of {header.made_at} into {data}. It is paused: it sends "
        "nothing and answers 503 to other servers. Make sure that the old copy will never run "
        "again, then `fedinet resume`."
    )
    return Result(text, {"origin": header.origin, "made_at": header.made_at, "paused": True})


def _restore(flags: Flags, data: Path, file: Path, passphrase: str | None) -> Header:
    staging = data / ".restore"
    staging.mkdir(mode=0o700)
    with file.open("rb") as source, progress(file.stat().st_size, "Unpacking") as told:
        header = unpack(opened(source, passphrase), staging, told=told)
    for name in (KEY_FILE, CONFIGURATION, MEDIA):
        if (staging / name).exists():
            (staging / name).rename(data / name)
    with database(settings_of(flags), create=True) as running:
        url = cast(str, running.direct_database_url or running.database_url)
        major = asyncio.run(_empty_server(url))
        load(url, staging / DUMP, server_major=major, dump_major=header.postgres)
        asyncio.run(_pause(running))
    shutil.rmtree(staging)
    if passphrase is not None:
        keep_passphrase(data, passphrase)  # of which somebody has a copy
    return header


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


async def _pause(settings: Settings) -> None:
    """Pause first: nothing of this release may run before it. Mail that waited has been sent."""
    url = cast(str, settings.direct_database_url or settings.database_url)
    conn = await asyncpg.connect(url)
    try:
        async with conn.transaction():
            await pause(conn)
    finally:
        await conn.close()
    await prepare(settings)
    async with open_pool(url, size=1, name="fedinet restore") as pool:
        await close_waiting(pool)


def _empty(folder: Path) -> None:
    """Leave nothing of an attempt that failed; the folder was empty before."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
