"""Two nodes talk while their processes are killed, one at a time: nothing is lost or doubled.

Each node is a real ``fedinet serve`` with its own PostgreSQL; deaths are SIGKILL.
Which process dies after how many activities, and who does what, follow a seed;
how far everything else has come by then is chance.

    FEDINET_CHAOS_ACTIVITIES   in each direction; 200
    FEDINET_CHAOS_DEATHS       of each kind of process on each node; 1
    FEDINET_CHAOS_SEED         1

A long run: ``FEDINET_CHAOS_ACTIVITIES=5000 FEDINET_CHAOS_DEATHS=10 make test T=tests/chaos``.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import commands as follows
from fedinet.outbox.run import PER_VISIT
from tests.chaos import reckoning
from tests.chaos.life import Journal, Life
from tests.chaos.town import VICTIMS, Town, Victim, given_members, town, until

ACTIVITIES = int(os.environ.get("FEDINET_CHAOS_ACTIVITIES", "200"))
DEATHS = int(os.environ.get("FEDINET_CHAOS_DEATHS", "1"))
SEED = int(os.environ.get("FEDINET_CHAOS_SEED", "1"))
_NAMES = ("ada", "bo", "cleo")
_LONGEST_PAUSE_S = 0.05
_QUIET_WITHIN_S = 300.0
"""A lease that a dead process held, twice, and what waits behind it; not a speed promise."""
_ANSWERS = {202, 503}
_OVERTAKEN = {
    "already_known",
    "deleted",
    "no_change",
    "not_newer",
    "nothing_changed",
    "unknown_object",
    "unknown_reaction",
}
"""Why an activity may change nothing: its post was deleted, or fetched, a moment before."""


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[list[Town]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(town(tmp_path / name)) for name in ("north", "south")
        ]


async def test_whatever_dies_nothing_is_lost_or_doubled(towns: list[Town]) -> None:
    random = Random(SEED)  # noqa: S311  # a plan, not a secret
    lives = [
        Life(place.services, Random(f"{SEED} {number}"), await given_members(place, _NAMES))  # noqa: S311
        for number, place in enumerate(towns)
    ]
    await _follow_each_other(lives)
    await _quiet(towns)

    deaths = _plan(random, towns)
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life.go_on(ACTIVITIES, longest_pause_s=_LONGEST_PAUSE_S))
        group.create_task(_kill_one_by_one(towns, deaths))
    await _quiet(towns)

    north, south = towns
    await _agree(north, south)
    await _agree(south, north)
    for place, life in zip(towns, lives, strict=True):
        pool = place.services.pool
        _kept(life.journal, await reckoning.sources(pool))
        assert await reckoning.given_up(pool) == []
        assert await reckoning.disorder(pool) == []
        assert {reason for _, reason in await reckoning.dropped(pool)} <= _OVERTAKEN
        assert set(place.tap.answers) <= _ANSWERS
        assert sum(place.tap.repeated.values()) <= PER_VISIT * len(deaths)


def _plan(random: Random, towns: Sequence[Town]) -> list[tuple[int, Town, Victim]]:
    """Who dies, and after how many activities of both sides."""
    deaths = [(place, victim) for place in towns for victim in VICTIMS for _ in range(DEATHS)]
    random.shuffle(deaths)
    moments = sorted(random.sample(range(2 * ACTIVITIES), len(deaths)))
    return [(at, *death) for at, death in zip(moments, deaths, strict=True)]


async def _kill_one_by_one(
    towns: Sequence[Town], deaths: Sequence[tuple[int, Town, Victim]]
) -> None:
    for at, place, victim in deaths:
        await until(lambda at=at: _arrived(towns) >= at, f"{at} activities")
        await place.kill(victim)


def _arrived(towns: Sequence[Town]) -> int:
    return sum(len(place.tap.accepted) for place in towns)


async def _follow_each_other(lives: Sequence[Life]) -> None:
    """Everybody follows everybody else, on both sides."""
    for life in lives:
        everybody = [
            await life.services.actors.get(other.services.uris.actor(name))
            for other in lives
            for name in _NAMES
        ]
        async with transaction(life.services.pool) as tx:
            for member in life.members:
                me = await get_actor(tx, member)
                for them in everybody:
                    if them.uri != me.uri:
                        await follows.follow(tx, me, them, now=datetime.now(UTC))


async def _quiet(towns: Sequence[Town]) -> None:
    """Wait until both nodes are idle, twice in a row."""
    deadline, quiet = monotonic() + _QUIET_WITHIN_S, 0
    while quiet < 2:
        waiting = [await reckoning.unfinished(place.services.pool) for place in towns]
        quiet = 0 if any(waiting) else quiet + 1
        assert monotonic() < deadline, f"still waiting: {waiting}"
        await asyncio.sleep(0.2)


async def _agree(here: Town, there: Town) -> None:
    """What was done here is there, as it is here, and nothing else."""
    mine, theirs = here.services.pool, there.services.pool
    originals = await reckoning.posts(mine, local=True)
    assert await reckoning.posts(theirs, local=False) == originals
    assert await reckoning.likes(theirs, local=False) == await reckoning.likes(mine, local=True)
    assert await reckoning.boosts(theirs, local=False) == await reckoning.boosts(mine, local=True)


def _kept(journal: Journal, sources: Mapping[str, str]) -> None:
    """What commands have promised is so."""
    assert not journal.deleted & sources.keys()
    for uri, texts in journal.texts.items():
        if uri in sources:
            assert sources[uri] in texts
        else:
            assert uri in journal.perhaps_deleted
