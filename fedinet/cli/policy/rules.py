"""``fedinet policy``: who may federate with us, and how, as a file in git or from a terminal."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click
import msgspec

from fedinet.cli.policy.allies import allies
from fedinet.cli.policy.cases import explain, held
from fedinet.cli.policy.consent import YES, consent
from fedinet.cli.policy.files import documents_of, export, import_list, ours_of, read_text, steward
from fedinet.cli.policy.floods import alerts, panic
from fedinet.cli.policy.impact import impact_facts, impact_of, impact_words
from fedinet.cli.policy.list_words import list_lines
from fedinet.cli.policy.lists import GONE, activate, lists
from fedinet.cli.policy.log import log
from fedinet.cli.policy.publish import publish
from fedinet.cli.policy.server import server
from fedinet.cli.policy.simulate import simulate
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, refusal, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import commands, store
from fedinet.policy.audit_store import (
    AuditRow,
    Filter,
    as_data,
    check_chain,
    list_audit,
    list_of_version,
)
from fedinet.policy.document import RuleDocument
from fedinet.policy.file.document import PolicyDocument
from fedinet.policy.file.toml import Plan, check_file, plan, read_file
from fedinet.policy.impact.preview import Change, of_plan
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.document import Farewell
from fedinet.policy.matching import parents
from fedinet.policy.model import Mode
from fedinet.services import Services

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_REASON = click.option("--reason", default="", help="Why, for the audit")


@click.group()
def policy() -> None:
    """Rules for other servers: planned, applied, explained, undone."""


@policy.command("plan")
@_FILE
@speaks()
def plan_command(flags: Flags, *, file: Path) -> Result:
    """Say what applying FILE would change, and what that would do. Changes nothing.

    Exit code 0 where the file can be applied, 2 where not.
    """

    async def work(services: Services) -> Result:
        told, changes = await _told(services, file, "Would change")
        if changes.is_empty:
            return told
        foresight = await impact_of(services, of_plan(changes))
        text = "\n".join([told.text, "", *impact_words(foresight)])
        return Result(text, {**told.facts, "impact": impact_facts(foresight)})

    return _compared(lambda: on_node(flags, work))


@policy.command()
@_FILE
@speaks()
def diff(flags: Flags, *, file: Path) -> Result:
    """Compare FILE with what holds now: exit code 0 they agree, 1 they differ, 2 it is bad."""

    async def work(services: Services) -> Result:
        told, _ = await _told(services, file, "Differs")
        return Result(told.text, told.facts, code=0 if told.facts["agrees"] else 1)

    return _compared(lambda: on_node(flags, work))


@policy.command()
@_FILE
@_REASON
@YES
@GONE
@speaks()
def apply(flags: Flags, *, file: Path, reason: str, yes: bool, rules_of_gone: str | None) -> Result:
    """Make FILE hold: its rules and mode, and none of the stewards' own besides.

    A file with one wrong line changes nothing. Rules of lists and allies stay.
    """
    wanted = read_file(read_text(file))

    async def work(services: Services) -> Result:
        _, shown = await _told(services, file, "Would change")
        await consent(services, of_plan(shown), yes=yes)
        async with transaction(services.pool) as tx:
            await store.lock_policy(tx)
            changes = await _planned(tx, wanted)
            if not yes and changes != shown:
                raise Refused("Somebody else has changed the policy meanwhile. Try again.")
            version = await commands.apply_plan(
                tx,
                changes,
                ours=ours_of(services),
                by=steward(reason),
                farewell=None if rules_of_gone is None else Farewell(rules_of_gone),
            )
        return Result(_words("Changed", changes), {**_facts(changes), "version": version})

    return on_node(flags, work)


@policy.command("mode")
@click.argument("mode", type=click.Choice([mode.value for mode in Mode]), required=False)
@_REASON
@click.option("--preview", "only_preview", is_flag=True, help="Say what it would do, and stop")
@YES
@speaks()
def mode_command(
    flags: Flags, *, mode: str | None, reason: str, only_preview: bool, yes: bool
) -> Result:
    """Say, or switch, what holds for servers that no rule is about."""

    async def work(services: Services) -> Result:
        if mode is not None and only_preview:
            told = await impact_of(services, Change(mode=Mode(mode)))
            return Result("\n".join(impact_words(told)), {"impact": impact_facts(told)})
        if mode is not None:
            await consent(services, Change(mode=Mode(mode)), yes=yes)
        async with transaction(services.pool) as tx:
            if mode is not None:
                await commands.switch_mode(tx, Mode(mode), by=steward(reason))
            standing = await store.read_standing(tx)
        return Result(f"The mode is {standing.mode}.", {"mode": standing.mode.value})

    return on_node(flags, work)


@policy.command("list")
@click.option("--domain", help="Only rules about this server or a domain above it")
@speaks()
def list_command(flags: Flags, *, domain: str | None) -> Result:
    """List the rules, drafts too."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            if domain is None:
                rules = await store.all_rules(conn)
            else:
                rules = await store.list_rules_about(conn, list(parents(domain_of(domain))))
        lines = [_line(rule.document) for rule in rules]
        facts = {"rules": [msgspec.to_builtins(rule.document) for rule in rules]}
        return Result("\n".join(lines) or "There is no rule.", facts)

    return on_node(flags, work)


@policy.command("remove")
@click.argument("key", nargs=-1, required=True)
@_REASON
@YES
@speaks()
def remove(flags: Flags, *, key: tuple[str, ...], reason: str, yes: bool) -> Result:
    """Remove rules by their keys. What they froze comes back."""

    async def work(services: Services) -> Result:
        await consent(services, Change(remove=key), yes=yes)
        async with transaction(services.pool) as tx:
            version = await commands.remove_rules(tx, key, by=steward(reason))
        return Result(f"Removed {len(key)} rules.", {"removed": list(key), "version": version})

    return on_node(flags, work)


@policy.command()
@click.option("--version", type=click.IntRange(1), help="Of the audit; without: the last change")
@_REASON
@YES
@speaks()
def undo(flags: Flags, *, version: int | None, reason: str, yes: bool) -> Result:
    """Take a change back, whatever it was."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            last = version or (await store.read_standing(conn)).version
            change = commands.reversal(await list_of_version(conn, last))
        await consent(services, change, yes=yes)
        async with transaction(services.pool) as tx:
            made = await commands.undo_version(tx, last, ours=ours_of(services), by=steward(reason))
            rows = await list_of_version(tx, made)
        now = [
            f"  {row.change.subject}: {'gone' if row.change.after is None else 'as it was before'}"
            for row in rows
        ]
        told = [f"Took the change of version {last} back. Now:", *now]
        return Result("\n".join(told), {"version": made})

    return on_node(flags, work)


@policy.command()
@click.option("--domain", help="Only changes about this server")
@click.option("--by", help="Only changes by them, e.g. @ada")
@click.option("--action", help="Only changes of this kind, e.g. add")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only up to this day")
@click.option("--limit", default=50, type=click.IntRange(1, 100_000), show_default=True)
@click.option("--check", is_flag=True, help="See whether anything was altered afterwards")
@speaks()
def audit(
    flags: Flags,
    *,
    domain: str | None,
    by: str | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    check: bool,
) -> Result:
    """Say who changed what, when and why; newest first."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            broken = await check_chain(conn) if check else None
            wanted = Filter(
                domains=None if domain is None else [domain_of(domain)],
                by=by,
                action=action,
                since=None if since is None else since.replace(tzinfo=UTC),
                until=None if until is None else until.replace(tzinfo=UTC) + timedelta(days=1),
            )
            rows = await list_audit(conn, wanted, limit=limit)
        if broken is not None:
            raise Refused(f"Line {broken} of the audit was altered, or one before it is missing.")
        lines = [
            f"{row.id:>6} {row.at:%Y-%m-%d %H:%M} {row.by_whom}: {row.change.action} "
            f"{_changed(row)}{' (' + row.reason + ')' if row.reason else ''}"
            for row in rows
        ]
        if check:
            lines.insert(0, "Nothing in the audit was altered.")
        return Result(
            "\n".join(lines) or "Nothing was changed yet.",
            {"audit": [as_data(row) for row in rows], "intact": True if check else None},
        )

    return on_node(flags, work)


policy.add_command(explain)
policy.add_command(publish)
policy.add_command(activate)
policy.add_command(lists)
policy.add_command(simulate)
policy.add_command(log)
policy.add_command(export)
policy.add_command(import_list)
policy.add_command(held)
policy.add_command(server)
policy.add_command(panic)
policy.add_command(alerts)
policy.add_command(allies)


def _compared(compare: Callable[[], Result]) -> Result:
    """Give a file that cannot be compared a code of its own: 1 says that it differs."""
    try:
        return compare()
    except FedinetError as error:
        return replace(refusal(error), code=2)


async def _told(services: Services, file: Path, verb: str) -> tuple[Result, Plan]:
    text = read_text(file)
    wanted = read_file(text)
    check_file(text, wanted, ours_of(services))
    async with services.pool.acquire() as conn:
        changes = await _planned(conn, wanted)
    return Result(_words(verb, changes), _facts(changes)), changes


def _changed(row: AuditRow) -> str:
    """What a line of the audit is about: a rule's key, or the mode with both its values."""
    if row.change.subject not in (commands.MODE, commands.PUBLISH):
        return row.change.subject
    values = [row.change.before, row.change.after]
    return " -> ".join(str(msgspec.json.decode(value)) for value in values if value is not None)


async def _planned(conn: Conn, wanted: PolicyDocument) -> Plan:
    return plan(
        await documents_of(conn),
        (await store.read_standing(conn)).mode,
        wanted,
        {one.name: one.document for one in await lists_store.all_lists(conn)},
        await lists_store.read_together(conn),
    )


def _words(verb: str, changes: Plan) -> str:
    if changes.is_empty:
        return "The file and the node agree."
    lines = [f"{verb}:"]
    if changes.mode is not None:
        lines.append(f"  ~ mode {changes.mode[0]} -> {changes.mode[1]}")
    lines += list_lines(changes)
    lines += [f"  + {_line(document)}" for document in changes.added]
    lines += [f"  ~ {_line(before)}\n    {_line(after)}" for before, after in changes.changed]
    lines += [f"  - {_line(document)}" for document in changes.removed]
    return "\n".join(lines)


def _line(document: RuleDocument) -> str:
    about = msgspec.to_builtins(document)
    shown = {key: value for key, value in about.items() if key not in ("key", "draft", "source")}
    state = " (draft)" if document.draft else ""
    return f"{document.key}{state}: " + ", ".join(f"{key} {_plain(shown[key])}" for key in shown)


def _plain(value: object) -> str:
    return " ".join(map(str, cast(list[object], value))) if isinstance(value, list) else str(value)


def _facts(changes: Plan) -> Mapping[str, object]:
    return {
        "agrees": changes.is_empty,
        "mode": None if changes.mode is None else list(changes.mode),
        "lists": [one.name for one in changes.lists],
        "added": [rule.key for rule in changes.added],
        "changed": [rule.key for _, rule in changes.changed],
        "removed": [rule.key for rule in changes.removed],
    }
