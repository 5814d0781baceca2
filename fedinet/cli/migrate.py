"""``fedinet migrate``: the schema of this release, before web and work start on it."""

import asyncio

import click

from fedinet.cli.folder import database, prepare, remember
from fedinet.cli.terms import Flags, Result, settings_of, speaks


@click.command()
@speaks(settings=True)
def migrate(flags: Flags) -> Result:
    """Bring the database to this release and pin it to the origin. Repeatable."""
    settings = settings_of(flags)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database(settings, create=True) as with_database:
        node, applied = asyncio.run(prepare(with_database))
    remember(settings)
    did = f"Applied {', '.join(applied)}." if applied else "Nothing to apply."
    return Result(
        f"{did} The database belongs to {node.origin}.",
        {"applied": applied, "origin": str(node.origin)},
    )
