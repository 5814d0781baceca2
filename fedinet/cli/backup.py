"""``fedinet backup``: a whole node in one file, now or each night, and whether it can be read."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

import click

from fedinet.backups.journal import FOLDER as JOURNAL
from fedinet.backups.journal import is_journal
from fedinet.backups.model import Run, RunKind, newest
from fedinet.backups.packing import pack
from fedinet.backups.passphrase import (
    FILE,
    LEAST,
    VARIABLE,
    ensure_passphrase,
    is_given_from_outside,
    mark_of,
    read_passphrase,
    replace_passphrase,
)
from fedinet.backups.places import PART, Folder, open_place, place_name
from fedinet.backups.store import list_runs, list_wanted, save_kept, want
from fedinet.backups.verifying import read_back
from fedinet.backups.work import Worker
from fedinet.cli.default_group import DefaultGroup
from fedinet.cli.folder import configuration, database
from fedinet.cli.progress import progress
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.pool import transaction
from fedinet.services import Services

_POLITENESS: Final = 10
"""How much the process that works beside a serving node steps back (see nice(2))."""
_LISTED: Final = 50


@click.group(cls=DefaultGroup, default="to")
def backup() -> None:
    """Backups of the whole node: `fedinet backup FILE`, or one of these."""


@backup.command("to")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--passphrase-stdin", is_flag=True, help=f"Encrypt it (or set {VARIABLE})")
@speaks()
def to_file(flags: Flags, *, file: Path, passphrase_stdin: bool) -> Result:
    """Write database, media, keys and configuration to FILE. The node may go on running."""
    settings = settings_of(flags)
    passphrase = passphrase_of(from_stdin=passphrase_stdin)
    if str(file) in backup.commands:
        raise Refused(f"Write the word first: `fedinet backup {file} …`, then the options.")
    if not file.suffix and file == Path(file.name):
        said = f"There is no command `fedinet backup {file}`, and a file needs an ending"
        raise Refused(f"{said}: {file}.fedinet, for instance.")
    if file.exists():
        raise Refused(f"{file} exists already. Choose another name.")
    draft = file.with_name(f".{file.name}{PART}")
    with database(settings) as running:
        text = configuration(settings)
        packed = pack(running, draft, passphrase, configuration=text, progress=progress)
    draft.replace(file)
    warning = "" if passphrase else " It is not encrypted: whoever reads it, reads everything."
    if settings.media_store is not None:
        warning += f" Pictures and films are in {settings.media_store}, and not in this file."
    return Result(
        f"Wrote {file} ({packed.size / 1e6:.1f} MB, {packed.media_files} media files).{warning}",
        {
            "file": str(file),
            "bytes": packed.size,
            "media_files": packed.media_files,
            "encrypted": bool(passphrase),
        },
    )


@backup.command("now")
@speaks()
def make_now(flags: Flags) -> Result:
    """Make one now, where the nightly ones are kept, encrypted."""
    [made] = _carry_out(flags, RunKind.MAKE)
    text = f"Wrote {made.file} to {made.place} ({made.size / 1e6:.1f} MB)."
    return Result(text, {"file": made.file, "place": made.place, "bytes": made.size})


@backup.command("verify")
@click.argument("file", default="latest")
@click.option("--passphrase-stdin", is_flag=True, help=f"Not the node's own (or set {VARIABLE})")
@speaks()
def verify(flags: Flags, *, file: str, passphrase_stdin: bool) -> Result:
    """Read FILE back into a scratch database, look at everything, and throw that away.

    `latest` is the newest of the nightly ones.
    """
    if file == "latest":
        [run] = _carry_out(flags, RunKind.VERIFY)
        return _whole(run.file, members=run.members, posts=run.posts, files=run.media_files)
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        raise Refused(f"There is no {path}.")
    settings = settings_of(flags)
    passphrase = passphrase_of(from_stdin=passphrase_stdin)
    if passphrase is None and (settings.data / FILE).exists():
        passphrase = read_passphrase(settings.data)
    found = read_back(
        settings, Folder(path.parent), path.name, passphrase, database_bytes=0, progress=progress
    )
    content = found.content
    return _whole(str(path), members=content.members, posts=content.posts, files=found.files)


@backup.command("list")
@speaks()
def show_list(flags: Flags) -> Result:
    """List what was made and read back, newest first."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            runs = await list_runs(conn, limit=_LISTED)
        lines = [f"{run.wanted_at:%Y-%m-%d %H:%M}  {_line(run)}" for run in runs]
        facts = {"place": place_name(services.settings), "runs": [_facts(run) for run in runs]}
        return Result("\n".join(lines) or "There was never a backup.", facts)

    return on_node(flags, work)


@backup.command("passphrase")
@click.option("--kept", is_flag=True, help="Say that you keep a copy elsewhere: the warning ends")
@click.option("--new", "is_new", is_flag=True, help="Make another; older backups keep the old one")
@speaks()
def show_passphrase(flags: Flags, *, kept: bool, is_new: bool) -> Result:
    """Print the passphrase of the nightly backups. Without it nobody reads them, you neither."""
    settings = settings_of(flags)
    if not settings.data.exists():
        raise Refused(f"There is no node in {settings.data}. Start one with `fedinet serve`.")
    if is_new and is_given_from_outside():
        raise Refused(f"It comes from {VARIABLE}: change it there.")
    found = replace_passphrase(settings.data) if is_new else ensure_passphrase(settings.data)
    if kept:

        async def work(services: Services) -> None:
            async with transaction(services.pool) as tx:
                await save_kept(tx, mark_of(found), by="")

        on_node(flags, work)
    note = "" if kept else "\nKeep a copy away from this machine, then say so with --kept."
    return Result(f"{found}{note}", {"passphrase": found, "kept": kept})


@backup.command("fetch")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@speaks(settings=True)
def fetch(flags: Flags, *, name: str, folder: Path) -> Result:
    """Copy backup NAME (or `latest`) and the journal beside it into FOLDER, to be restored."""
    settings = settings_of(flags)
    place = open_place(settings)
    chosen = newest(place.names(), settings.account_domain) if name == "latest" else name
    if chosen is None:
        raise Refused(f"There is no backup of {settings.account_domain} in {place.name}.")
    target = folder / Path(chosen).name
    if target.exists():
        raise Refused(f"{target} exists already.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}{PART}")
    with (
        place.open(chosen) as (source, size),
        progress(size, "Copying") as told,
        draft.open("wb") as file,
    ):
        draft.chmod(0o600)
        while piece := source.read(1 << 20):
            file.write(piece)
            told(len(piece))
    draft.replace(target)
    journal = folder / JOURNAL
    names = [one for one in place.beside(JOURNAL) if is_journal(one)]
    for one in names:
        journal.mkdir(exist_ok=True, mode=0o700)
        (journal / one).write_bytes(place.read_beside(JOURNAL, one))
    text = f"Copied {target} ({size / 1e6:.1f} MB). Now: fedinet restore {target}"
    return Result(text, {"file": str(target), "bytes": size, "journal": len(names)})


@backup.command("work", hidden=True)
@speaks(settings=True)
def work_off(flags: Flags) -> Result:
    """Do what is wanted, as the process that the worker starts."""
    os.nice(_POLITENESS)
    signal.signal(signal.SIGTERM, _leave)  # whoever stops us wants nothing left behind
    settings = settings_of(flags)
    with database(settings) as running:
        ended = Worker(running, configuration=configuration(settings)).work_off()
    return Result("", {"ended": ended})


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as by an error: what is half written is deleted, a scratch database stops."""
    sys.exit(128 + number)


def _carry_out(flags: Flags, kind: RunKind, *, file: str = "") -> list[Run]:
    """Want something and do it here and now; whatever else is wanted is done with it.

    Raises:
        Refused: it is under way already, or it failed.
    """
    settings = settings_of(flags)

    async def ask(services: Services) -> None:
        async with transaction(services.pool) as tx:
            if not await want(tx, kind, file=file) and any(
                run.kind is kind and run.started_at for run in await list_wanted(tx)
            ):
                raise Refused("One is under way already. See `fedinet backup list`.")

    async def look(services: Services) -> list[Run]:
        async with services.pool.acquire() as conn:
            return [run for run in await list_runs(conn, limit=_LISTED) if run.id in ended]

    on_node(flags, ask)
    with database(settings) as running:
        ended = Worker(running, configuration=configuration(settings)).work_off()
    runs = [run for run in on_node(flags, look) if run.kind is kind]
    if not runs or runs[0].failed:
        raise Refused(runs[0].why if runs else "Another process does it. See the list.")
    return runs[:1]


def _whole(file: str, *, members: int, posts: int, files: int) -> Result:
    counted = {"member": members, "post": posts, "file": files}
    parts = [f"{number} {name}{'' if number == 1 else 's'}" for name, number in counted.items()]
    text = f"{file} can be read: {', '.join(parts)}, all there."
    return Result(text, {"file": file, "members": members, "posts": posts, "files": files})


def passphrase_of(*, from_stdin: bool) -> str | None:
    """Read it from standard input or the environment, never from the command line."""
    if not from_stdin:
        return os.environ.get(VARIABLE) or None
    text = sys.stdin.readline().rstrip("\n")
    if len(text) < LEAST:
        raise Refused(f"A passphrase has at least {LEAST} characters.")
    return text


def _line(run: Run) -> str:
    what = "backup" if run.kind is RunKind.MAKE else "read back"
    if run.ended_at is None:
        return f"{what}: under way" if run.started_at else f"{what}: waits"
    if run.failed:
        return f"{what}: failed: {run.why}"
    gone = ", not there any more" if run.gone_at else ""
    return f"{what}: {run.file} ({run.size / 1e6:.1f} MB{gone})"


def _facts(run: Run) -> dict[str, object]:
    return {
        "id": str(run.id),
        "kind": run.kind.value,
        "wanted_at": run.wanted_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "failed": run.failed,
        "why": run.why,
        "place": run.place,
        "file": run.file,
        "bytes": run.size,
        "gone": run.gone_at is not None,
    }
