"""``fedinet serve``: the whole node in one command."""

import logging
import os
import shutil
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import click

from fedinet import log
from fedinet.cli.files import raise_file_limit
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.db.ownership import OwnerLock
from fedinet.settings import Settings

_PATIENCE_S: Final = 60.0


@click.command()
@speaks(settings=True)
@click.option(
    "--setup-link/--no-setup-link",
    default=True,
    help="Print the link that makes the first account (never under systemd's journal)",
)
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when the parent process ends")
def serve(flags: Flags, *, setup_link: bool, with_parent: bool) -> Result:
    """Run a whole node: PostgreSQL (unless DATABASE_URL is set), web and worker processes."""
    settings = settings_of(flags)
    log.configure(as_json=settings.log_json, level=logging.INFO)
    raise_file_limit()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = OwnerLock(settings.data)
    _own(lock, settings.data)
    try:
        _count_together(settings)
        from fedinet.cli.supervisor import Supervisor  # imports the counters

        show_link = setup_link and "JOURNAL_STREAM" not in os.environ
        parent = os.getppid() if with_parent else None
        Supervisor(settings, lock, show_link=show_link, parent=parent).run()
    finally:
        lock.release()
    return Result("")


def _count_together(settings: Settings) -> None:
    """Let all processes of this run add to the same counters. Before these are imported."""
    folder = settings.data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _own(lock: OwnerLock, data: Path) -> None:
    """Become the owner of the folder; a short command that holds it is waited for.

    Raises:
        Refused: another ``serve`` runs here.
    """
    deadline = monotonic() + _PATIENCE_S
    while not lock.try_acquire("serve"):
        owner = lock.owner()
        if monotonic() > deadline or (owner is not None and owner.role == "serve"):
            who = f" (process {owner.pid})" if owner else ""
            raise Refused(
                f"fedinet already serves the data folder {data}{who}. "
                "Stop that one first, or give another --data folder."
            )
        sleep(0.05)
