"""``fedinet policy publish``: who may read the rules."""

from datetime import UTC, datetime

import click

from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.db.pool import transaction
from fedinet.policy.commands import Steward
from fedinet.policy.publishing import ShownTo, read_shown_to, show_to
from fedinet.services import Services


@click.command()
@click.argument("to", type=click.Choice([one.value for one in ShownTo]), required=False)
@click.option("--reason", default="", help="Why, for the audit")
@speaks()
def publish(flags: Flags, *, to: str | None, reason: str) -> Result:
    """Say, or choose, who may read the rules: page, everybody, members or nobody.

    On the page /policy everybody or members; with "everybody" also as a list for apps.
    """

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            if to is not None:
                by = Steward(name="command line", now=datetime.now(UTC), reason=reason)
                await show_to(tx, ShownTo(to), by=by)
            shown_to = await read_shown_to(tx)
        return Result(f"The rules are shown to: {shown_to}.", {"shown_to": shown_to.value})

    return on_node(flags, work)
