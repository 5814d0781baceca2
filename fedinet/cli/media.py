"""``fedinet admin media``: what pictures and films take, and throwing copies away."""

from datetime import timedelta

import click

from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.db.pool import transaction
from fedinet.media import remote_store
from fedinet.media.store import read_usage
from fedinet.media.upkeep import upkeep_once
from fedinet.services import Services

_CHUNK = 500


@click.group()
def media() -> None:
    """Pictures, films and sounds."""


@media.command()
@speaks()
def usage(flags: Flags) -> Result:
    """Say how much members uploaded, and how much is kept of other servers."""

    async def work(services: Services) -> Result:
        files, size, unused = await read_usage(services.pool)
        copies, copied = await remote_store.copies_usage(services.pool)
        facts = {
            "files": files,
            "bytes": size,
            "unpublished": unused,
            "copies": copies,
            "copied_bytes": copied,
        }
        text = (
            f"{files} files of members, {size / 1e6:.1f} MB; {unused} of them not published yet.\n"
            f"{copies} copies from other servers, {copied / 1e6:.1f} MB."
        )
        return Result(text, facts)

    return on_node(flags, work)


@media.command()
@click.option("--days", default=0, type=click.IntRange(0, 3650), show_default=True)
@speaks()
def clean(flags: Flags, *, days: int) -> Result:
    """Delete copies that nobody looked at for so long. They are fetched again when needed."""

    async def work(services: Services) -> Result:
        gone = 0
        while True:
            async with transaction(services.pool) as tx:
                count = await remote_store.delete_old(tx, timedelta(days=days), limit=_CHUNK)
            gone += count
            if not count:
                break
        while await upkeep_once(services.pool, services.library.files, services.settings):
            pass
        return Result(f"Deleted {gone} copies.", {"copies": gone})

    return on_node(flags, work)
