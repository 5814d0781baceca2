"""``fedinet policy log``, and ``explain`` for one activity: of the log, held, or in a file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from fedinet.cli.policy.words import (
    decided_by,
    effects_of,
    explanation_facts,
    known_facts,
    opinions,
)
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.inbox.explaining import Account, account_of, explain_body
from fedinet.inbox.limits import MAX_BODY
from fedinet.inbox.log_store import OUTCOMES, Logged, OutcomeWord, find_logged, list_log
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy.past.seen import Seen
from fedinet.services import Services


@click.command("log")
@click.option("--domain", help="Only of this server")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only what ended so")
@click.option("--before", type=int, help="Go on after this number, the last one shown")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@speaks()
def log(
    flags: Flags, *, domain: str | None, outcome: OutcomeWord | None, before: int | None, limit: int
) -> Result:
    """Say what came in, newest first, and what became of it. There are no words in it."""

    async def work(services: Services) -> Result:
        about = None if domain is None else domain_of(domain)
        async with services.pool.acquire() as conn:
            last = None if before is None else await find_logged(conn, before)
            if before is not None and last is None:
                raise Refused(f"There is no number {before} in the log.")
            rows = await list_log(
                conn,
                domain=about,
                outcome=outcome,
                before=None if last is None else (last.received_at, last.id),
                limit=limit,
            )
        lines = [line_of(row) for row in rows]
        return Result("\n".join(lines) or "Nothing came in.", {"log": [as_facts(r) for r in rows]})

    return on_node(flags, work)


async def explain_number(services: Services, number: int) -> Result:
    """Explain what has this number in the log; what is held has the same."""
    async with services.pool.acquire() as conn:
        logged = await find_logged(conn, number)
        if logged is None:
            raise Refused(
                f"There is no number {number} in the log, which goes back 14 days. "
                "Ask for the address of its actor instead."
            )
        account = await account_of(conn, logged, await services.policy.current.rules())
    return Result("\n".join(_told(account)), account_facts(account))


def read_activity(file: Path) -> bytes | None:
    """Read a file that holds an activity; None for what is no such file.

    Raises:
        Refused: it is larger than an inbox takes.
    """
    if file.suffix not in (".json", ".jsonld") or not file.is_file():
        return None
    if file.stat().st_size > MAX_BODY:
        raise Refused(f"{file} is larger than an inbox takes.")
    return file.read_bytes()


async def explain_activity(services: Services, raw: bytes) -> Result:
    """Say what would be decided on an activity, as JSON, if it came in now.

    Raises:
        Malformed: no inbox would read it.
    """
    activity, told = await explain_body(services.policy, raw, now=datetime.now(UTC))
    lines = [f"{activity.type} {activity.object_type} of {activity.actor}, if it came in now:"]
    verdict = told.decision.verdict.name.lower()
    lines.append(f"  {verdict}, {decided_by(told.decision)}{effects_of(told)}")
    return Result("\n".join([*lines, *opinions(told)]), explanation_facts(told))


def account_facts(account: Account) -> Mapping[str, object]:
    """One logged activity for scripts: what was decided, on what, and what would be now."""
    return {
        **as_facts(account.logged),
        "rules_changed": account.have_rules_changed,
        "then": None if account.then is None else explanation_facts(account.then),
        "now": None if account.now is None else explanation_facts(account.now),
    }


def as_facts(row: Logged) -> Mapping[str, object]:
    return {
        "id": row.id,
        "received_at": row.received_at,
        "domain": row.domain,
        "actor": row.actor_uri,
        "activity": row.activity_type,
        "activity_uri": row.activity_uri,
        "object": row.object_type,
        "object_uri": row.object_uri,
        "outcome": row.outcome,
        "reason": row.reason,
        "decision": None if row.seen is None else row.seen.verdict.name.lower(),
        "rule": None if row.seen is None else row.seen.by,
        "effects": [] if row.seen is None else sorted(row.seen.effects),
    }


def line_of(row: Logged) -> str:
    """One activity of the log on one line."""
    by = "" if row.seen is None else row.seen.by
    what = row.activity_uri or row.object_uri or ""
    return (
        f"{row.id}  {row.received_at:%Y-%m-%d %H:%M}  {row.outcome} {row.reason or by}  "
        f"{row.activity_type} {row.object_type}  {row.actor_uri}  {what}"
    )


def _told(account: Account) -> list[str]:
    logged, seen = account.logged, account.logged.seen
    lines = [line_of(logged)]
    if seen is None:
        return [*lines, "It ended before policy was asked, or before the log kept what it saw."]
    if logged.is_released:
        lines.append("A steward let it in: policy was not asked again.")
        held = account.held
        return lines if held is None else [*lines, f"It had waited: {line_of(held)}"]
    lines.append(f"Then: {_decision(seen)}.")
    lines += [f"  {name}: {value}" for name, value in known_facts(seen.facts).items() if value]
    if account.then is None:
        lines.append("Too much has changed since to say what each other rule said then.")
    else:
        lines += opinions(account.then)
    if account.have_rules_changed and account.now is not None:
        decision = account.now.decision
        told = decision.verdict.name.lower()
        by = f"{decided_by(decision)}{effects_of(account.now)}"
        lines.append(f"The rules have changed. Now: {told}, {by}.")
        lines += opinions(account.now)
    return lines


def _decision(seen: Seen) -> str:
    effects = " + " + ", ".join(sorted(seen.effects)) if seen.effects else ""
    return f"{seen.verdict.name.lower()}, {seen.by}{effects}"
