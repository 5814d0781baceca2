"""``fedinet policy explain`` and ``held``: single cases, why they came out so, and letting in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from fedinet.cli.policy.files import steward
from fedinet.cli.policy.log import (
    as_facts,
    explain_activity,
    explain_number,
    line_of,
    read_activity,
)
from fedinet.cli.policy.words import decided_by, effects_of, explanation_facts, opinions
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.inbox import held as commands
from fedinet.inbox.held_store import HeldItem, list_held, list_known
from fedinet.inbox.log_store import list_logged_by_address
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy.ask import Case
from fedinet.policy.explain import Explanation
from fedinet.policy.inquiry_store import (
    Came,
    Subject,
    cases_of,
    find_subject,
    read_inquiry,
)
from fedinet.policy.lists.store import Listed
from fedinet.policy.signing_up import domain_of_address, explain_sign_up
from fedinet.services import Services


@click.command()
@click.argument("subject")
@click.option("--signup", is_flag=True, help="Ask about joining with an e-mail address there")
@speaks()
def explain(flags: Flags, *, subject: str, signup: bool) -> Result:
    """Say what holds for SUBJECT, and why.

    SUBJECT is a domain; @name@domain; the address of an actor, a post or an activity; a
    number of `policy log` or `policy held list`; or a JSON file with an activity.
    """
    activity = None if signup else read_activity(Path(subject))

    async def work(services: Services) -> Result:
        if signup:
            return await _explain_sign_up(services, subject)
        if subject.isascii() and subject.isdecimal():
            return await explain_number(services, int(subject))
        if activity is not None:
            return await explain_activity(services, activity)
        return await _explain_address(services, subject)

    return on_node(flags, work)


async def _explain_sign_up(services: Services, address: str) -> Result:
    asked, now = domain_of_address(address), datetime.now(UTC)
    told = {"joins": await explain_sign_up(services.policy.current, asked, now=now)}
    subject = Subject(domain=asked, origin="")
    return Result(_words(subject, told), _facts(subject, told, []))


async def _explain_address(services: Services, address: str) -> Result:
    async with services.pool.acquire() as conn:
        subject = await find_subject(conn, address, scheme=services.uris.origin.scheme)
        found = await read_inquiry(conn, subject, address)
        came = await list_logged_by_address(conn, subject.domain, address)
    cases = cases_of(subject, datetime.now(UTC))
    explained = await services.policy.explain(
        [Case(envelope, subject.origin) for envelope in cases.values()]
    )
    told = dict(zip(cases, explained, strict=True))
    lines = [_words(subject, told), *map(_listed_line, found.listed)]
    lines += ["What came of it (explain the number for more):", *map(line_of, came)] if came else []
    facts = {
        **_facts(subject, told, found.last),
        "listed": [_listed_facts(one) for one in found.listed],
        "logged": [as_facts(row) for row in came],
    }
    return Result("\n".join(lines), facts)


@click.group()
def held() -> None:
    """What is kept aside until somebody lets it in."""


@held.command("list")
@click.option("--domain", help="Only of this server")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@speaks()
def list_command(flags: Flags, *, domain: str | None, limit: int) -> Result:
    """List held activities, newest first. Their text stays sealed."""

    async def work(services: Services) -> Result:
        about = None if domain is None else domain_of(domain)
        async with services.pool.acquire() as conn:
            items = await list_held(conn, domain=about, limit=limit)
        lines = [_held_line(item) for item in items]
        return Result("\n".join(lines) or "Nothing is held.", {"held": [asdict(i) for i in items]})

    return on_node(flags, work)


@held.command()
@click.argument("number", nargs=-1, type=int)
@click.option("--domain", help="All that is held of this server")
@click.option("--rule", help="All that the rule of this key held, in force or not")
@click.option("--welcome", is_flag=True, help="With --domain: count the server as met from now on")
@speaks()
def release(
    flags: Flags,
    *,
    number: tuple[int, ...],
    domain: str | None,
    rule: str | None,
    welcome: bool,
) -> Result:
    """Let held activities in, by number, by server, or by the rule that held them."""
    if [bool(number), bool(domain), bool(rule)].count(True) != 1:
        raise click.UsageError("Say which: numbers of the list, or --domain, or --rule.")

    async def work(services: Services) -> Result:
        if domain is not None:
            server, pool, box = domain_of(domain), services.pool, services.box
            if welcome:
                count = await commands.welcome(pool, box, server, by=steward(""))
            else:
                count = await commands.release_server(pool, box, server)
            if not count and not welcome:
                raise Refused(f"Nothing of {domain} is held.")
        elif rule is not None:
            count = await commands.release_rule(services.pool, services.box, rule)
            if not count:
                raise Refused(
                    f"Nothing is held by a rule {rule!r}. See `fedinet policy held list`."
                )
        else:
            async with transaction(services.pool) as tx:
                await _check_held(tx, number)
                count = await commands.release(tx, services.box, number)
        return Result(f"Let {count} in.", {"released": count})

    return on_node(flags, work)


@held.command()
@click.argument("number", nargs=-1, type=int, required=True)
@speaks()
def discard(flags: Flags, *, number: tuple[int, ...]) -> Result:
    """Throw held activities away."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            await _check_held(tx, number)
            count = await commands.discard(tx, number)
        return Result(f"Threw {count} away.", {"discarded": count})

    return on_node(flags, work)


async def _check_held(tx: Tx, numbers: tuple[int, ...]) -> None:
    """Refuse numbers of which nothing is held: then nothing is done at all."""
    held = await list_known(tx, numbers)
    unknown = [str(number) for number in numbers if number not in held]
    if unknown:
        raise Refused(
            f"Nothing is held under {', '.join(unknown)}. See `fedinet policy held list`."
        )


def _words(subject: Subject, told: Mapping[str, Explanation]) -> str:
    lines = [f"{subject.actor or subject.domain}"]
    for words, explanation in told.items():
        decision = explanation.decision
        lines.append(
            f"  {words:<26} {decision.verdict.name.lower():<7} {decided_by(decision)}"
            f"{effects_of(explanation)}"
        )
    lines += opinions(next(iter(told.values())))
    return "\n".join(lines)


def _facts(
    subject: Subject, told: Mapping[str, Explanation], last: Sequence[Came]
) -> Mapping[str, object]:
    first = next(iter(told.values()))
    return {
        "domain": subject.domain,
        "actor": subject.actor,
        **explanation_facts(first),
        "cases": [
            {
                "case": words,
                "scope": explanation.envelope.scope.value,
                "decision": explanation.decision.verdict.name.lower(),
                "rule": decided_by(explanation.decision),
                "effects": sorted(explanation.decision.effects),
                "effects_by": [rule.key for rule in explanation.added],
            }
            for words, explanation in told.items()
        ],
        "last": [_came_facts(one) for one in last],
    }


def _came_facts(one: Came) -> Mapping[str, object]:
    """Without the number: that is of the log's own lines."""
    return {name: value for name, value in msgspec.structs.asdict(one).items() if name != "id"}


def _listed_line(one: Listed) -> str:
    why = f" ({one.entry.public_comment})" if one.entry.public_comment else ""
    return f"  list {one.list}: {one.entry.domain} {one.entry.severity.word}{why}"


def _listed_facts(one: Listed) -> Mapping[str, object]:
    return {
        "list": one.list,
        "domain": one.entry.domain,
        "severity": one.entry.severity.word,
        "reason": one.entry.public_comment,
        "labels": list(one.entry.labels),
        "since": one.since,
    }


def _held_line(item: HeldItem) -> str:
    what = item.activity_uri or item.object_uri or ""
    return (
        f"{item.id}  {item.held_at:%Y-%m-%d %H:%M}  {item.rule or item.reason}  "
        f"{item.activity_type}  {item.actor_uri}  {what}"
    )
