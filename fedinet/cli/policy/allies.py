"""``fedinet policy allies``: communities that name each other, from a terminal."""

from datetime import UTC, datetime

import click

from fedinet.allies import commands
from fedinet.allies.model import Ally
from fedinet.allies.store import find_ally, list_allies
from fedinet.cli.policy.files import steward
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.kernel.uris import domain as domain_of
from fedinet.services import Services

_REASON = click.option("--reason", default="", help="Why, for the audit")


@click.group()
def allies() -> None:
    """Communities on fedinet that name each other."""


@allies.command("list")
@speaks()
def list_command(flags: Flags) -> Result:
    """List who is an ally, who asks, whom we asked, and what ended."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            known = await list_allies(tx)
        now = datetime.now(UTC)
        lines = [_line(ally, now) for ally in known] or ["There is none."]
        return Result("\n".join(lines), {"allies": [_facts(ally, now) for ally in known]})

    return on_node(flags, work)


def _decide(flags: Flags, domain: str, reason: str, *, is_asked: bool = False) -> Result:
    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            known = await find_ally(tx, domain_of(domain))
            if is_asked and (known is None or not known.they_name_us(datetime.now(UTC))):
                raise Refused(f"{domain} does not ask to be an ally.")
            ally = await commands.propose(tx, services.uris, domain_of(domain), by=steward(reason))
        now = datetime.now(UTC)
        return Result(_line(ally, now), _facts(ally, now))

    return on_node(flags, work)


@allies.command()
@click.argument("domain")
@_REASON
@speaks()
def propose(flags: Flags, *, domain: str, reason: str) -> Result:
    """Name a community as an ally, and ask it to name us. Again: renew our word for a year."""
    return _decide(flags, domain, reason)


@allies.command()
@click.argument("domain")
@_REASON
@speaks()
def accept(flags: Flags, *, domain: str, reason: str) -> Result:
    """Say yes to a community that asks, or to the new key of its node."""
    return _decide(flags, domain, reason, is_asked=True)


@allies.command()
@click.argument("domain")
@_REASON
@speaks()
def end(flags: Flags, *, domain: str, reason: str) -> Result:
    """End an alliance for both, take a question back, or say no to one."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            ally = await commands.end(tx, services.uris, domain_of(domain), by=steward(reason))
        now = datetime.now(UTC)
        return Result(_line(ally, now), _facts(ally, now))

    return on_node(flags, work)


def _line(ally: Ally, now: datetime) -> str:
    until = "" if ally.mutual_until is None else f", our word until {ally.our_until:%Y-%m-%d}"
    trouble = f" ({ally.trouble})" if ally.trouble else ""
    renew = ", renew it soon" if ally.ends_soon(now) else ""
    return f"{ally.domain}: {ally.standing(now)}{until}{renew}{trouble}"


def _facts(ally: Ally, now: datetime) -> dict[str, object]:
    return {
        "domain": ally.domain,
        "standing": ally.standing(now).value,
        "our_until": ally.our_until,
        "their_until": ally.their_until,
        "ends_soon": ally.ends_soon(now),
        "trouble": ally.trouble,
        "takes_rules": ally.takes_rules,
    }
