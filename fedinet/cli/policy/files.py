"""``fedinet policy import`` and ``export``: lists of servers in and out, and what both need."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from fedinet.cli.policy.consent import YES, consent
from fedinet.cli.policy.impact import impact_facts, impact_on, impact_words
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.federation.foresight import Foresight
from fedinet.kernel.ids import Domain
from fedinet.policy import store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.file.toml import MAX_FILE_BYTES, write_file
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.entries import (
    GRACE,
    Caps,
    Comparison,
    Difference,
    write_csv,
    write_gotosocial,
    write_plain,
)
from fedinet.policy.lists.formats import Format, Reading, Severity, read_list
from fedinet.policy.lists.importing import Import, bring_in, change_of, lay_beside
from fedinet.services import Services

WRITERS: Final[Mapping[str, Callable[[Iterable[RuleDocument]], str]]] = {
    "mastodon": write_csv,
    "gotosocial": write_gotosocial,
    "plain": write_plain,
}
SEVERITIES: Final = click.Choice([one.word for one in Severity])
_MILDER: Final[Mapping[str, str]] = {"noop": "no rule", "silence": "limit"}
_SHOWN: Final = 50


@click.command()
@click.option("--format", "form", type=click.Choice(["toml", *WRITERS]), default="toml")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Else it is printed"
)
@speaks()
def export(flags: Flags, *, form: str, output: Path | None) -> Result:
    """Write the rules as a policy file, or as a list that others import.

    Lists have the rules in force about whole servers, without what only stewards
    may read: Mastodon's CSV all that Mastodon knows, the others who is refused.
    """

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            documents = (await documents_of(conn)).values()
            mode = (await store.read_standing(conn)).mode
            lists = [one.document for one in await lists_store.all_lists(conn)]
            together = await lists_store.read_together(conn)
        write = WRITERS.get(form)
        text = write_file(documents, mode, lists, together) if write is None else write(documents)
        if output is None:
            return Result(text.rstrip("\n"), {"text": text})
        await asyncio.to_thread(output.write_text, text)
        return Result(f"Wrote {output}.", {"output": str(output), "rules": len(documents)})

    return on_node(flags, work)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--active", is_flag=True, help="In force at once; otherwise as drafts")
@click.option("--theirs", is_flag=True, help="Where the list and our rules differ, take the list's")
@click.option("--skip-bad", is_flag=True, help="Leave out lines that cannot be right")
@click.option("--preview", "only_preview", is_flag=True, help="Say what it would do, and stop")
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), default="auto")
@click.option(
    "--max-followed",
    type=SEVERITIES,
    default="silence",
    show_default=True,
    help="The most where members follow somebody",
)
@click.option("--reason", default="", help="Why, for the audit")
@YES
@speaks()
def import_list(
    flags: Flags,
    *,
    file: Path,
    active: bool,
    theirs: bool,
    skip_bad: bool,
    only_preview: bool,
    form: str,
    max_followed: str,
    reason: str,
    yes: bool,
) -> Result:
    """Take in a list of servers: Mastodon's CSV, GoToSocial's JSON, or one server a line.

    They become drafts, which do nothing until they are put in force. Servers that
    have a rule already keep it, and where the list says something else that is told
    (--theirs takes the list's word). One bad line changes nothing. Where members
    follow somebody, the rule is milder at first, and to be looked at in two weeks.
    """
    read = read_list(read_text(file), Format(form), strict=not skip_bad)
    note = f"Imported from {file.name} on {datetime.now(UTC):%Y-%m-%d}"

    async def work(services: Services) -> Result:
        how = Import(
            caps=Caps(most_followed=Severity[max_followed.upper()]),
            note=note,
            draft=not active,
            ours=ours_of(services),
            now=datetime.now(UTC),
        )
        if active and not only_preview:
            async with transaction(services.pool) as tx:
                found = await lay_beside(tx, read.entries, how)
            taken = found.differing if theirs else ()
            await consent(services, change_of(found.new, taken), yes=yes)
        async with transaction(services.pool) as tx:
            found = await lay_beside(tx, read.entries, how)
            taken = found.differing if theirs else ()
            told = await impact_on(tx, services, change_of(found.new, taken))
            if not only_preview:
                take = None if theirs else frozenset[Domain]()
                await bring_in(tx, read.entries, how, take=take, by=steward(reason or note))
        words = _words(read, found, taken, active=active, is_done=not only_preview,
                       milder=_MILDER.get(max_followed, max_followed))  # fmt: skip
        does = "What they do:" if active else "What they would do in force:"
        text = "\n".join([*words, does, *impact_words(told)])
        return Result(text, _facts(read, found, taken, told))

    return on_node(flags, work)


async def documents_of(conn: Conn) -> Mapping[str, RuleDocument]:
    return {rule.key: rule.document for rule in await store.all_rules(conn)}


def read_text(file: Path) -> str:
    """Read a file that a steward named.

    Raises:
        Refused: there is none, it is too large, or no text.
    """
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    if file.stat().st_size > MAX_FILE_BYTES:
        raise Refused(f"{file} is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not text in UTF-8.") from error


def ours_of(services: Services) -> tuple[Domain, ...]:
    return (services.settings.account_domain, services.uris.origin.domain)


def steward(reason: str) -> Steward:
    return Steward(name="command line", now=datetime.now(UTC), reason=reason)


def does(rule: RuleDocument | None) -> str:
    """What a rule does, in a few words."""
    if rule is None:
        return "nothing"
    return " + ".join([*([rule.verdict] if rule.verdict else []), *sorted(rule.effects)])


def _words(
    read: Reading,
    found: Comparison,
    taken: tuple[Difference, ...],
    *,
    active: bool,
    is_done: bool,
    milder: str,
) -> list[str]:
    kept = len(read.entries) - len(found.new) - len(taken)
    state = "in force" if active else "as drafts"
    verbs = ("Added", "Left") if is_done else ("Would add", "Would leave")
    lines = [f"{verbs[0]} {len(found.new)} rules, {state}. {verbs[1]} {kept} servers as they are."]
    if taken:
        lines.append(f"Took the list's word about {len(taken)} servers that had a rule.")
    elif found.differing:
        lines.append(
            f"{len(found.differing)} servers have a rule that does something else; "
            "--theirs takes the list's word:"
        )
    lines += [
        f"  {one.domain}: ours {does(one.ours)}; theirs {does(one.theirs)}"
        for one in found.differing[:_SHOWN]
    ]
    if len(found.differing) > _SHOWN:
        lines.append(f"  and {len(found.differing) - _SHOWN} more")
    lines += [
        f"  {name}: {milder}, grace {GRACE.days} days, because members follow people there"
        for name in found.softened
    ]
    lines += [f"  {name} is this community itself: left out" for name in found.about_us]
    lines += [f"  line {one.line} cannot be used: {one.text}" for one in read.unread[:20]]
    return lines


def _facts(
    read: Reading, found: Comparison, taken: tuple[Difference, ...], told: Foresight
) -> Mapping[str, object]:
    return {
        "format": read.format.value,
        "added": len(found.new),
        "taken": len(taken),
        "kept": len(read.entries) - len(found.new) - len(taken),
        "differing": [
            {"domain": d.domain, "rule": d.ours.key, "ours": does(d.ours), "theirs": does(d.theirs)}
            for d in found.differing
        ],
        "agreeing": found.agreeing,
        "nothing": found.nothing,
        "softened": list(found.softened),
        "about_us": list(found.about_us),
        "repeats": read.repeats,
        "unread": [{"line": one.line, "text": one.text} for one in read.unread],
        "impact": impact_facts(told),
    }
