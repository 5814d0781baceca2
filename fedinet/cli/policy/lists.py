"""``fedinet policy lists`` and ``activate``: subscriptions to lists, and drafts put in force."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

import click
import msgspec

from fedinet.cli.policy.consent import YES, consent
from fedinet.cli.policy.files import SEVERITIES, does, ours_of, steward
from fedinet.cli.policy.impact import impact_facts, impact_of, impact_words
from fedinet.cli.policy.list_words import (
    fetched_facts,
    fetched_words,
    is_of,
    merge_facts,
    merge_words,
    overlap_line,
    read_words,
    settings_line,
    state,
    state_facts,
)
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.policy.impact.preview import Change, in_force
from fedinet.policy.lists import activating
from fedinet.policy.lists import commands as list_commands
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.activating import Choice
from fedinet.policy.lists.agreement import overlaps
from fedinet.policy.lists.commands import merged_now
from fedinet.policy.lists.document import Farewell, ListDocument, Retracted, settle_list
from fedinet.policy.lists.formats import Format
from fedinet.policy.lists.jobs import Read, read_now
from fedinet.policy.lists.reading import complaint_of, fetch_list
from fedinet.policy.lists.store import StoredList
from fedinet.services import Services

Command = TypeVar("Command", bound=Callable[..., object])
GONE: Final = click.option(
    "--rules-of-gone",
    "rules_of_gone",
    type=click.Choice([one.value for one in Farewell]),
    default=None,
    help="What becomes of the rules of lists that go",
)
_REASON: Final = click.option("--reason", default="", help="Why, for the audit")
_NAME: Final = click.argument("name")


def _settings(command: Command) -> Command:
    """What a subscription can be told; what is not given stays as it is."""
    options = (
        click.option("--format", type=click.Choice([one.value for one in Format])),
        click.option("--priority", type=click.IntRange(0, 255), help="The lowest speaks first"),
        click.option("--max-severity", type=SEVERITIES),
        click.option("--max-followed-severity", type=SEVERITIES),
        click.option("--drafts/--in-force", "drafts", default=None,
                     help="What becomes of later entries; the first are drafts always"),
        click.option("--retracted", type=click.Choice([one.value for one in Retracted]),
                     help="A rule in force that the list names no more"),
        click.option("--adopt-orphans/--leave-orphans", "adopt_orphans", default=None),
        click.option("--exclude", "excludes", multiple=True, help="It never touches this server"),
        click.option("--max-change", type=click.IntRange(1, 1000), help="In percent at once"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def lists() -> None:
    """Lists of servers that others keep: drafts come of them, every night."""


@lists.command()
@_NAME
@click.argument("url")
@_settings
@_REASON
@speaks()
def add(flags: Flags, *, name: str, url: str, reason: str, **settings: object) -> Result:
    """Subscribe to the list at URL, and read it: what it says becomes drafts."""

    async def work(services: Services) -> Result:
        document = _document(services, {"name": name, "url": url}, settings)
        async with transaction(services.pool) as tx:
            await list_commands.put_seen_list(
                tx, document, seen=0, ours=ours_of(services), by=steward(reason)
            )
        return read_words(name, await _read_now(services, name))

    return on_node(flags, work)


@lists.command()
@_NAME
@click.option("--url")
@_settings
@_REASON
@speaks()
def change(flags: Flags, *, name: str, url: str | None, reason: str, **settings: object) -> Result:
    """Change what is given of a subscription, and read the list anew."""

    async def work(services: Services) -> Result:
        stored = await _stored(services, name)
        known = cast(dict[str, object], msgspec.to_builtins(stored.document))
        document = _document(services, known, {"url": url, **settings})
        async with transaction(services.pool) as tx:
            await list_commands.put_seen_list(
                tx, document, seen=stored.version, ours=ours_of(services), by=steward(reason)
            )
        return read_words(name, await _read_now(services, name))

    return on_node(flags, work)


@lists.command()
@_NAME
@click.argument("url", required=False)
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), default="auto")
@speaks()
def test(flags: Flags, *, name: str, url: str | None, form: str) -> Result:
    """Ask for a list and say what would come of it. Saves nothing; URL tries one that is new."""

    async def work(services: Services) -> Result:
        document = (
            (await _stored(services, name)).document
            if url is None
            else _document(services, {"name": name, "url": url}, {"format": form})
        )
        try:
            fetched = await fetch_list(services.fetcher, document)
        except FedinetError as error:
            raise Refused(complaint_of(error).english) from error
        if fetched is None:
            raise Refused("Its server says that nothing changed, though nobody asked that.")
        async with services.pool.acquire() as conn:
            merged = await merged_now(
                conn,
                ours=ours_of(services),
                now=datetime.now(UTC),
                instead={name: document},
                entries={name: fetched},
            )
        impact = await impact_of(services, Change(put=in_force(merged.put)))
        lines = [*fetched_words(fetched), *merge_words(merged, is_done=False)]
        lines += ["In force the drafts would do this:", *impact_words(impact)]
        facts = {**fetched_facts(fetched), **merge_facts(merged), "impact": impact_facts(impact)}
        return Result("\n".join(lines), facts)

    return on_node(flags, work)


@lists.command()
@_NAME
@click.option("--accept", default="", help="The digest of what has changed too much, to take it")
@speaks()
def fetch(flags: Flags, *, name: str, accept: str) -> Result:
    """Read a list now."""

    async def work(services: Services) -> Result:
        return read_words(name, await _read_now(services, name, accept))

    return on_node(flags, work)


@lists.command()
@_NAME
@click.option("--do", "do_proposals", is_flag=True, help="Do what the list asks of rules in force")
@_REASON
@speaks()
def show(flags: Flags, *, name: str, do_proposals: bool, reason: str) -> Result:
    """Say how a list stands, and what it asks for that needs your word."""

    async def work(services: Services) -> Result:
        stored = await _stored(services, name)
        by = steward(reason)
        async with transaction(services.pool) as tx:
            merged = await merged_now(tx, ours=ours_of(services), now=by.now)
            mine = [one for one in merged.proposals if is_of(one.before.source, one.after, name)]
            if do_proposals:
                keys = {one.before.key for one in mine}
                await list_commands.do_proposals(tx, keys, ours=ours_of(services), by=by)
        lines = [state(stored), settings_line(stored.document)]
        lines += [
            f"  asks: {one.before.domains[0]}: {does(one.before)} -> {does(one.after)}"
            for one in mine
        ]
        if do_proposals:
            lines.append(f"Did what it asks about {len(mine)} rules.")
        facts = {
            **state_facts(stored),
            "list": msgspec.to_builtins(stored.document),
            "proposals": [
                {"rule": one.before.key, "now": does(one.before), "asks": does(one.after)}
                for one in mine
            ],
        }
        return Result("\n".join(lines), facts)

    return on_node(flags, work)


@lists.command("list")
@speaks()
def list_command(flags: Flags) -> Result:
    """List the subscriptions, and how much they have of each other."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            stored = await lists_store.all_lists(conn)
            said = {
                one.name: [item.entry for item in await lists_store.entries_of(conn, one.name)]
                for one in stored
            }
        found = await asyncio.to_thread(overlaps, said)
        lines = [state(one) for one in stored] or ["There is no list."]
        lines += [overlap_line(one) for one in found]
        facts = {
            "lists": [state_facts(one) for one in stored],
            "overlaps": [
                {"one": o.one, "other": o.other, "both": o.both, "share": round(o.share, 3),
                 "copy": o.is_copy}
                for o in found
            ],
        }  # fmt: skip
        return Result("\n".join(lines), facts)

    return on_node(flags, work)


@lists.command()
@_NAME
@click.option("--rules", type=click.Choice([one.value for one in Farewell]), required=True,
              help="What becomes of its rules")  # fmt: skip
@_REASON
@speaks()
def remove(flags: Flags, *, name: str, rules: str, reason: str) -> Result:
    """End a subscription, and say what becomes of its rules: keep, draft or remove."""

    async def work(services: Services) -> Result:
        await _stored(services, name)
        async with transaction(services.pool) as tx:
            version = await list_commands.end_list(
                tx, name, Farewell(rules), ours=ours_of(services), by=steward(reason)
            )
        return Result(f"Ended the list {name}.", {"removed": name, "version": version})

    return on_node(flags, work)


@lists.command()
@click.option("--threshold", help="How many lists must name a server: 2, or 50%")
@click.option("--exclude", "excludes", multiple=True, help="No list ever touches this server")
@click.option("--include", "includes", multiple=True, help="Lists may touch this one again")
@_REASON
@speaks()
def together(
    flags: Flags,
    *,
    threshold: str | None,
    excludes: tuple[str, ...],
    includes: tuple[str, ...],
    reason: str,
) -> Result:
    """Say, or change, what holds for all lists."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            known = await lists_store.read_together(tx)
            named = [*known.excludes, *excludes]
            wanted = list_commands.together_of(
                threshold or known.threshold, [one for one in named if one not in includes]
            )
            if wanted != known:
                await list_commands.set_together(
                    tx, wanted, ours=ours_of(services), by=steward(reason)
                )
        text = f"Lists that must agree: {wanted.threshold}. Never touched: " + (
            ", ".join(wanted.excludes) or "none"
        )
        return Result(text, {"threshold": wanted.threshold, "excludes": wanted.excludes})

    return on_node(flags, work)


@click.command()
@click.argument("key", nargs=-1)
@click.option("--source", default="", help="All drafts of this source, for example list:NAME")
@click.option("--as-listed", is_flag=True, help="Refuse where members follow somebody, too")
@click.option("--preview", "only_preview", is_flag=True, help="Say what it would do, and stop")
@_REASON
@YES
@speaks()
def activate(
    flags: Flags,
    *,
    key: tuple[str, ...],
    source: str,
    as_listed: bool,
    only_preview: bool,
    reason: str,
    yes: bool,
) -> Result:
    """Put drafts in force: these, or all of a source. What it does is said first.

    What others wrote and members follow is limited for two weeks, unless --as-listed.
    """
    if bool(key) == bool(source):
        raise click.UsageError("Say which: keys of drafts, or --source.")
    choice = Choice(keys=key, source=source, as_listed=as_listed)

    async def work(services: Services) -> Result:
        by = steward(reason)
        async with services.pool.acquire() as conn:
            made = await activating.chosen_drafts(conn, choice, by)
        if not made.rules:
            raise Refused("None of these is a draft. See `fedinet policy list`.")
        impact = await impact_of(services, Change(put=made.rules))
        if not only_preview:
            await consent(services, Change(put=made.rules), yes=yes)
            async with transaction(services.pool) as tx:
                made = await activating.activate(tx, choice, ours=ours_of(services), by=by)
        verb = "Would put" if only_preview else "Put"
        lines = [f"{verb} {len(made.rules)} drafts in force."]
        lines += [f"  {one}: limit, grace 14 days" for one in made.softened]
        if made.left:
            lines.append(f"{made.left} of these are no drafts.")
        facts = {
            "activated": [rule.key for rule in made.rules],
            "softened": list(made.softened),
            "left": made.left,
            "impact": impact_facts(impact),
        }
        return Result("\n".join([*lines, *impact_words(impact)]), facts)

    return on_node(flags, work)


def _document(
    services: Services, known: Mapping[str, object], given: Mapping[str, object]
) -> ListDocument:
    told = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        document = msgspec.convert({**known, **told}, ListDocument)
    except msgspec.ValidationError as error:
        if "$.name" in str(error):
            raise Refused("A name of small letters, digits and hyphens, at most 60.") from error
        raise Refused(f"This cannot be: {error}") from error
    plain = bool(services.settings.allow_private_networks)
    return settle_list(document, may_use_plain_http=plain)


async def _stored(services: Services, name: str) -> StoredList:
    async with services.pool.acquire() as conn:
        stored = await lists_store.find_list(conn, name)
    if stored is None:
        raise NotFound(
            f"no list {name!r}",
            public=f"There is no list {name!r}. A new one is given as NAME URL.",
        )
    return stored


async def _read_now(services: Services, name: str, accept: str = "") -> Read:
    ours = ours_of(services)
    return await read_now(services.pool, services.fetcher, name, ours=ours, accept=accept)
