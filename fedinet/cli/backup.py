"""``fedinet backup`` and ``fedinet restore``: a whole node in one file, and back.

Database first, then media: a file that is named in the dump is there. A
restored node is paused, because two live copies of one node corrupt what other
servers know of it (TRAPS 13).
"""

import asyncio
import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, cast

import asyncpg
import click

from fedinet import __version__
from fedinet.cli.folder import CONFIGURATION, configuration, database, prepare
from fedinet.cli.progress import progress
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.dump import dump, load
from fedinet.db.pool import open_pool
from fedinet.mail.upkeep import close_waiting
from fedinet.media.upkeep import hold_files
from fedinet.node.archive import DUMP, FORMAT, MEDIA, ArchiveWriter, Header, unpack
from fedinet.node.sealed_stream import MAGIC, OpeningReader, SealingWriter
from fedinet.node.secrets import KEY_FILE
from fedinet.node.store import pause
from fedinet.settings import Settings, data_folder

LAST_BACKUP: Final = ".last-backup"
"""Its time of change is that of the last backup; ``check`` reads it."""
_PASSPHRASE: Final = "FEDINET_BACKUP_PASSPHRASE"  # noqa: S105  # the name of a variable
Told = Callable[[int], object]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--passphrase-stdin", is_flag=True, help=f"Encrypt it (or set {_PASSPHRASE})")
@speaks()
def backup(flags: Flags, *, file: Path, passphrase_stdin: bool) -> Result:
    """Write database, media, keys and configuration to FILE. The node may go on running."""
    settings = settings_of(flags)
    passphrase = _passphrase(from_stdin=passphrase_stdin)
    if file.exists():
        raise Refused(f"{file} exists already. Choose another name.")
    draft = file.with_name(f".{file.name}.part")
    with database(settings) as running, tempfile.TemporaryDirectory(dir=settings.data) as folder:
        work = Path(folder)
        url = cast(str, running.direct_database_url or running.database_url)
        header = asyncio.run(_describe(url))
        with asyncio.Runner() as runner, _files_held(runner, url):
            dump(url, work / DUMP, server_major=header.postgres)
            (work / CONFIGURATION).write_text(_configuration(settings))
            try:
                with _sealed(draft, passphrase) as target:
                    files = _write(target, header, settings, work)
                draft.replace(file)
            finally:
                draft.unlink(missing_ok=True)
    (settings.data / LAST_BACKUP).touch()
    size = file.stat().st_size
    warning = "" if passphrase else " It is not encrypted: whoever reads it, reads everything."
    if settings.media_store is not None:
        warning += f" Pictures and films are in {settings.media_store}, and not in this file."
    return Result(
        f"Wrote {file} ({size / 1e6:.1f} MB, {files} media files).{warning}",
        {"file": str(file), "bytes": size, "media_files": files, "encrypted": bool(passphrase)},
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--passphrase-stdin", is_flag=True, help=f"It is encrypted (or set {_PASSPHRASE})")
@speaks()
def restore(flags: Flags, *, file: Path, passphrase_stdin: bool) -> Result:
    """Unpack FILE into an empty data folder. The node stays paused until `fedinet resume`."""
    data = data_folder(flags, os.environ)
    if data.exists() and any(data.iterdir()):
        raise Refused(f"{data} is not empty. Restore into a new folder.")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        header = _restore(flags, data, file, _passphrase(from_stdin=passphrase_stdin))
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
        header = unpack(_opened(source, passphrase), staging, told=told)
    for name in (KEY_FILE, CONFIGURATION, MEDIA):
        if (staging / name).exists():
            (staging / name).rename(data / name)
    with database(settings_of(flags), create=True) as running:
        url = cast(str, running.direct_database_url or running.database_url)
        major = asyncio.run(_empty_server(url))
        load(url, staging / DUMP, server_major=major, dump_major=header.postgres)
        asyncio.run(_pause(running))
    shutil.rmtree(staging)
    return header


@contextlib.contextmanager
def _files_held(runner: asyncio.Runner, url: str) -> Generator[None]:
    """Let the node delete no file between the dump and the last file that is packed."""
    conn = runner.run(asyncpg.connect(url))
    try:
        runner.run(hold_files(conn))
        yield
    finally:
        runner.run(conn.close())


async def _describe(url: str) -> Header:
    conn = await asyncpg.connect(url)
    try:
        origin = await conn.fetchval("SELECT origin FROM node")
    finally:
        await conn.close()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Header(FORMAT, __version__, origin, conn.get_server_version().major, now)


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


def _write(target: IO[bytes], header: Header, settings: Settings, work: Path) -> int:
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


def _configuration(settings: Settings) -> str:
    existing = settings.data / CONFIGURATION
    return existing.read_text() if existing.exists() else configuration(settings)


@contextlib.contextmanager
def _sealed(draft: Path, passphrase: str | None) -> Generator[IO[bytes]]:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        if passphrase is None:
            yield target
        else:
            with SealingWriter(target, passphrase) as sealing:
                yield cast(IO[bytes], sealing)
        target.flush()
        os.fsync(target.fileno())


def _opened(source: IO[bytes], passphrase: str | None) -> IO[bytes]:
    if source.read(len(MAGIC)) != MAGIC:
        source.seek(0)
        return source
    if passphrase is None:
        raise Refused(f"This backup is encrypted: use --passphrase-stdin or set {_PASSPHRASE}.")
    return cast(IO[bytes], io.BufferedReader(OpeningReader(source, passphrase)))


def _passphrase(*, from_stdin: bool) -> str | None:
    """Read it from standard input or the environment, never from the command line."""
    if not from_stdin:
        return os.environ.get(_PASSPHRASE) or None
    text = sys.stdin.readline().rstrip("\n")
    if len(text) < 8:
        raise Refused("A passphrase has at least 8 characters.")
    return text


def _empty(folder: Path) -> None:
    """Leave nothing of an attempt that failed; the folder was empty before."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
