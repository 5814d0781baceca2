"""``fedinet policy panic`` and ``alerts``: a flood, from a terminal."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from fedinet.cli.policy.files import steward
from fedinet.cli.policy.impact import impact_facts, impact_of, impact_words
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.policy.floods import panic as switch
from fedinet.policy.floods.alerts import put_away
from fedinet.policy.floods.alerts_store import Alert, list_alerts, list_open_alerts
from fedinet.policy.floods.panic import LONGEST, Panic
from fedinet.services import Services

_HOURS: Final = re.compile(r"([1-9][0-9]{0,2})([hd])")
_REASON: Final = click.option("--reason", default="", help="Why, for the audit")


@click.command()
@click.argument("what", type=click.Choice(["on", "off", "status"]), default="status")
@click.option("--for", "period", default="24h", show_default=True, help="Such as 6h or 3d")
@click.option("--preview", "only_preview", is_flag=True, help="Say what it would do, and stop")
@_REASON
@speaks()
def panic(flags: Flags, *, what: str, period: str, only_preview: bool, reason: str) -> Result:
    """Look first at all that strangers write to members, for a time; or say whether it is so.

    It ends by itself. What people take back, and those whom members know, it never touches.
    """
    now = datetime.now(UTC)
    until = switch.end_after(_hours(period), now) if what == "on" else None

    async def work(services: Services) -> Result:
        if only_preview and what != "status":
            impact = await impact_of(services, switch.change_of(until))
            return Result("\n".join(impact_words(impact)), {"impact": impact_facts(impact)})
        async with transaction(services.pool) as tx:
            if until is not None:
                await switch.pull(tx, until=until, by=steward(reason))
            elif what == "off":
                await switch.lift(tx, by=steward(reason))
            found = await switch.find_panic(tx, now)
        return _told(found)

    return on_node(flags, work)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that are over, too")
@click.option("--seen", type=int, help="Put the alert with this number away")
@speaks()
def alerts(flags: Flags, *, everything: bool, seen: int | None) -> Result:
    """List what looks like a flood just now."""

    async def work(services: Services) -> Result:
        now = datetime.now(UTC)
        async with transaction(services.pool) as tx:
            if seen is not None:
                ended = await put_away(tx, seen, by="command line", now=now)
                if ended is None:
                    raise Refused(f"There is no open alert {seen}.")
            found = await (list_alerts(tx) if everything else list_open_alerts(tx))
        lines = [_line(alert) for alert in found]
        return Result(
            "\n".join(lines) or "Nothing looks like a flood.",
            {"alerts": [_facts(alert) for alert in found]},
        )

    return on_node(flags, work)


def _hours(period: str) -> int:
    match = _HOURS.fullmatch(period)
    if match is None:
        raise click.BadParameter("Say how long like 6h or 3d.", param_hint="--for")
    hours = int(match[1]) * (24 if match[2] == "d" else 1)
    if not 1 <= hours <= LONGEST // timedelta(hours=1):
        raise click.BadParameter("From one hour to seven days.", param_hint="--for")
    return hours


def _told(found: Panic | None) -> Result:
    if found is None:
        return Result("The panic switch is off.", {"panic": False})
    text = f"The panic switch is on until {found.until:%Y-%m-%d %H:%M} UTC ({found.by})."
    return Result(text, {"panic": True, "until": found.until, "by": found.by})


def _line(alert: Alert) -> str:
    over = f", over since {alert.ended_at:%Y-%m-%d %H:%M}" if alert.ended_at else ""
    about = f" {alert.subject}" if alert.subject else ""
    return (
        f"{alert.id}  {alert.raised_at:%Y-%m-%d %H:%M}  {alert.kind}{about}: {alert.count} in an "
        f"hour from {alert.sources} servers, such as {', '.join(alert.examples)}{over}"
    )


def _facts(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "kind": alert.kind.value,
        "subject": alert.subject,
        "raised_at": alert.raised_at,
        "seen_at": alert.seen_at,
        "ended_at": alert.ended_at,
        "ended_by": alert.ended_by,
        "count": alert.count,
        "sources": alert.sources,
        "examples": list(alert.examples),
    }
