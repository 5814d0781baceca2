"""``fedinet policy simulate``: what other rules would have made of what came in."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from fedinet.cli.policy.files import documents_of, read_text
from fedinet.cli.progress import progress
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.inbox.trying import Traffic, measure, simulation_of, try_on_log, try_on_records
from fedinet.kernel.errors import Malformed
from fedinet.policy import store
from fedinet.policy.document import duration
from fedinet.policy.file.toml import plan, read_file
from fedinet.policy.impact.preview import Change, in_force, of_plan
from fedinet.policy.model import Mode
from fedinet.policy.past.replay import count_records, read_replay, records, shipped
from fedinet.policy.past.simulation import Changed, Fate, Outcome
from fedinet.services import Services

DIFFERS = 1
"""Exit code with ``--check``: something would have fared otherwise."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--against", default="7d", show_default=True, help="How far back: 12h, 7d, 14d")
@click.option("--replay", help="Instead of the log: the name of a replay, a file, or list")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="With this mode")
@click.option("--drafts", is_flag=True, help="With all drafts in force")
@click.option("--check", is_flag=True, help="Exit with 1 where anything would fare otherwise")
@speaks()
def simulate(  # options of a command
    flags: Flags,
    *,
    file: Path | None,
    against: str,
    replay: str | None,
    mode: str | None,
    drafts: bool,
    check: bool,
) -> Result:
    """Decide again what came in, by the rules of FILE, another mode, or the drafts.

    Changes nothing. What would be is compared with what the rules of now make of it;
    without FILE, mode and drafts, the rules of now with what was decided then.
    """
    if replay == "list":
        return _list_replays()
    span = _span(against)

    async def work(services: Services) -> Result:
        change = await _change(services, file, mode, drafts=drafts)
        rules = await services.policy.current.rules()
        if replay is not None:
            simulation = simulation_of(rules, change, is_replay=True)
            raw = read_replay(replay)
            with progress(count_records(raw), "Simulating") as told:
                await try_on_records(simulation, records(raw), told)
            return _result(simulation.outcome(), None, check=check)
        simulation = simulation_of(rules, change)
        traffic = await measure(services.pool, days=span, now=datetime.now(UTC))
        with progress(traffic.counts.total, "Simulating") as told:
            await try_on_log(services.pool, simulation, traffic, told)
        return _result(simulation.outcome(), traffic, check=check)

    return on_node(flags, work)


async def _change(
    services: Services, file: Path | None, mode: str | None, *, drafts: bool
) -> Change | None:
    """What is to be tried; None where nothing is given."""
    if file is None and mode is None and not drafts:
        return None
    change = Change()
    async with services.pool.acquire() as conn:
        documents = await documents_of(conn)
        standing = await store.read_standing(conn)
    if file is not None:
        change = of_plan(plan(documents, standing.mode, read_file(read_text(file))))
    put = change.put
    if drafts:
        put = (*put, *in_force(one for one in documents.values() if one.draft))
    return Change(put=put, remove=change.remove, mode=change.mode if mode is None else Mode(mode))


def _span(raw: str) -> timedelta:
    try:
        return duration(raw)
    except Malformed as error:
        raise click.UsageError("Say how far back as 12h or 7d.") from error


def _list_replays() -> Result:
    found = shipped()
    lines = [f"{one.name}\n  {one.about}" for one in found]
    return Result("\n".join(lines), {"replays": [asdict(one) for one in found]})


def _result(outcome: Outcome, traffic: Traffic | None, *, check: bool) -> Result:
    code = DIFFERS if check and outcome.changed else 0
    return Result("\n".join(_words(outcome, traffic)), _facts(outcome, traffic), code=code)


def _words(outcome: Outcome, traffic: Traffic | None) -> list[str]:
    first, last = outcome.first, outcome.last
    span = "" if first is None else f", {first:%d %b %H:%M} to {last:%d %b %H:%M}"
    lines = [f"Decided again: {outcome.total}{span}.", *_matrix(outcome)]
    lines.append(f"{outcome.changed} would fare otherwise, {outcome.stricter} of them worse.")
    if outcome.stricter:
        lines.append(
            f"Of those, {outcome.followed} come from people whom members follow, and "
            f"{outcome.answered} were answered, thanked or shared by members."
        )
    if outcome.wordless:
        lines.append(
            f"Rules about words, subjects or links could not be asked about {outcome.wordless}: "
            "words are not kept, and read only where a public post still stands."
        )
    for label, fates in sorted(outcome.labels.items()):
        lines.append(f"  {label}: " + ", ".join(f"{fates[f]} {f}" for f in Fate if f in fates))
    if outcome.servers:
        lines.append(f"Servers ({outcome.server_count}), the most first:")
        lines += [f"  {d}: {one.stricter} worse, {one.milder} better" for d, one in outcome.servers]
    lines += ["Examples:", *map(_example, outcome.examples)] if outcome.examples else []
    return lines if traffic is None else [*lines, *_left_out(traffic)]


def _matrix(outcome: Outcome) -> list[str]:
    """Rows: what it is by the old rules; columns: by the new ones."""
    used = [fate for fate in Fate if any(fate in cell for cell in outcome.cells)]
    lines = [f"  {'was | would be':<16}" + "".join(f"{fate:>10}" for fate in used)]
    for old in used:
        counts = [outcome.cells.get((old, new), 0) for new in used]
        if any(counts):
            lines.append(f"  {old:<16}" + "".join(f"{count:>10}" for count in counts))
    return lines if used else []


def _example(one: Changed) -> str:
    envelope = one.record.seen.envelope
    marks = " (followed)" * one.is_followed + " (answered)" * one.is_answered
    number = f"#{one.record.number} " if one.record.number else ""
    return (
        f"  {number}{envelope.activity} {envelope.object} of {envelope.actor}: "
        f"{one.old} -> {one.new}, {one.by}{marks}"
    )


def _left_out(traffic: Traffic) -> list[str]:
    counts = traffic.counts
    return [
        f"Left out: {counts.unasked} that ended before policy was asked, {counts.released} that a "
        "steward has let in.",
        f"Refused at the door: {traffic.refused} requests of {traffic.refusing} servers. They are "
        "counted only: nobody knows what they were, so no rule can be tried on them.",
    ]


def _facts(outcome: Outcome, traffic: Traffic | None) -> Mapping[str, object]:
    facts: dict[str, object] = {
        "total": outcome.total,
        "changed": outcome.changed,
        "stricter": outcome.stricter,
        "followed": outcome.followed,
        "answered": outcome.answered,
        "wordless": outcome.wordless,
        "first": outcome.first,
        "last": outcome.last,
        "matrix": [
            {"old": old, "new": new, "count": count}
            for (old, new), count in sorted(outcome.cells.items())
        ],
        "labels": outcome.labels,
        "servers": [{"domain": d, **asdict(one)} for d, one in outcome.servers],
        "server_count": outcome.server_count,
        "examples": [
            {
                "id": one.record.number or None,
                "activity": one.record.seen.envelope.activity,
                "actor": one.record.seen.envelope.actor,
                "old": one.old,
                "new": one.new,
                "rule": one.by,
                "followed": one.is_followed,
                "answered": one.is_answered,
            }
            for one in outcome.examples
        ],
    }
    if traffic is not None:
        facts |= {
            "since": traffic.since,
            "until": traffic.until,
            "logged": traffic.counts.total,
            "unasked": traffic.counts.unasked,
            "released": traffic.counts.released,
            "refused_at_door": traffic.refused,
            "refused_hosts": traffic.refusing,
        }
    return facts
