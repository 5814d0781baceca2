"""Rules tried on what came in: the log, some at a time, through ``policy.simulation``."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from fedinet.db.query import Conn, Pool
from fedinet.inbox.log_store import (
    LogCounts,
    Logged,
    count_log,
    count_refused,
    find_log_start,
    list_answered,
    list_public_texts,
    walk_log,
)
from fedinet.inbox.receive import DROPPED
from fedinet.markup.sanitise import plain_text
from fedinet.policy.ask import POLICY
from fedinet.policy.envelope import MAX_TEXT
from fedinet.policy.impact.preview import Change, after
from fedinet.policy.model import Mode
from fedinet.policy.past.simulation import Changed, Record, Simulation
from fedinet.policy.ruleset import Ruleset, compile_rules

Told = Callable[[int], object]
"""Hears how many more are done."""

_CHUNK: Final = 1000
_AT_DOOR: Final = (POLICY, "over_rate", DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What there was in a time. ``refused``, ``refusers``: at the door, counted only.

    ``since`` is later than what was asked for where there was too much.
    """

    since: datetime
    until: datetime
    counts: LogCounts
    refused: int
    refusing: int


def simulation_of(rules: Ruleset, change: Change | None, *, is_replay: bool = False) -> Simulation:
    """Compare ``rules``, those of now, with what a change would make of them.

    Without a change they are compared with what was decided then. Nothing was decided
    on a replay: an open node without rules stands for that.
    """
    if change is not None:
        return Simulation(after(rules, change), rules)
    return Simulation(rules, compile_rules((), mode=Mode.OPEN) if is_replay else None)


async def measure(
    pool: Pool, *, days: timedelta, now: datetime, most: int | None = None
) -> Traffic:
    """See how much came in; ``most``: no more than so many, the newest."""
    since = now - days
    async with pool.acquire() as conn:
        if most is not None:
            since = await find_log_start(conn, since=since, most=most)
        counts = await count_log(conn, since=since, until=now)
        refused, hosts = await count_refused(conn, since, _AT_DOOR)
    return Traffic(since=since, until=now, counts=counts, refused=refused, refusing=hosts)


async def try_on_log(
    pool: Pool, simulation: Simulation, traffic: Traffic, told: Told = lambda _: None
) -> None:
    """Decide on all that came in that time. Holds one connection, and no transaction."""
    async with pool.acquire() as conn:
        async for rows in walk_log(conn, since=traffic.since, until=traffic.until):
            records = [_record(row) for row in rows if row.is_simulable]
            if simulation.asks_words:
                records = await _with_texts(conn, records)
            changed = await asyncio.to_thread(simulation.decide, records)
            simulation.show(await _with_answers(conn, changed))
            told(len(rows))


async def try_on_records(
    simulation: Simulation, records: Iterable[Record], told: Told = lambda _: None
) -> None:
    """Decide on all records of a replay."""
    rest: Iterator[Record] = iter(records)
    while some := list(islice(rest, _CHUNK)):
        simulation.show(await asyncio.to_thread(simulation.decide, some))
        told(len(some))


def _record(row: Logged) -> Record:
    assert row.seen is not None  # noqa: S101  # is_simulable
    return Record(
        seen=row.seen,
        number=row.id,
        activity_uri=row.activity_uri,
        object_uri=row.object_uri,
    )


async def _with_texts(conn: Conn, records: Sequence[Record]) -> list[Record]:
    """Add the words of what everybody may read, where it still stands."""
    uris = {one.object_uri for one in records if one.object_uri and one.seen.parts[0].is_public}
    texts = await list_public_texts(conn, uris)
    return [
        one if html is None else replace(one, text=plain_text(html[:MAX_TEXT]))
        for one in records
        for html in (texts.get(one.object_uri or ""),)
    ]


async def _with_answers(conn: Conn, changed: Sequence[Changed]) -> list[Changed]:
    """Mark what members answered, thanked or shared, of what would fare worse."""
    uris = {one.record.object_uri for one in changed if one.is_stricter and one.record.object_uri}
    answered = await list_answered(conn, uris) if uris else frozenset[str]()
    return [replace(one, is_answered=one.record.object_uri in answered) for one in changed]
