"""Signals: stored with the facts, told once to every effect, in batches where that works."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from fedinet.db.query import Pool, Tx
from fedinet.queue.effects import MAX_ATTEMPTS, run_signals, run_signals_once
from fedinet.queue.signals import announce, signal


@signal
@dataclass(frozen=True, slots=True)
class BellRang:
    number: int


@signal
@dataclass(frozen=True, slots=True)
class DoorKnocked:
    number: int


class Ear:
    """An effect that remembers what it was told, and may refuse some numbers."""

    def __init__(self, *refuses: int) -> None:
        self.calls: list[list[int]] = []
        self._refuses = set(refuses)

    async def __call__(self, tx: Tx, facts: Sequence[BellRang]) -> None:
        numbers = [fact.number for fact in facts]
        await tx.execute("SELECT pg_notify('heard', '')")
        if self._refuses & set(numbers):
            raise ValueError("not this one")
        self.calls.append(numbers)

    @property
    def heard(self) -> list[int]:
        return [number for call in self.calls for number in call]


async def test_an_effect_hears_all_of_its_kind_at_once_and_in_order(pool: Pool) -> None:
    await given(pool, BellRang(1), DoorKnocked(9), BellRang(2), BellRang(3))
    rang, knocked = Ear(), Ear()
    assert await run_signals_once(pool, {BellRang: (rang,), DoorKnocked: (knocked,)}) == 4
    assert rang.calls == [[1, 2, 3]] and knocked.calls == [[9]]
    assert await left(pool) == []


async def test_every_effect_of_a_kind_hears_it(pool: Pool) -> None:
    await given(pool, BellRang(1))
    first, second = Ear(), Ear()
    await run_signals_once(pool, {BellRang: (first, second)})
    assert first.heard == second.heard == [1]


async def test_what_tells_a_few_is_not_planned_each_time_and_what_tells_many_is(pool: Pool) -> None:
    modes: list[str] = []

    async def asks(tx: Tx, _facts: Sequence[object]) -> None:
        modes.append(await tx.fetchval("SHOW plan_cache_mode"))

    for few_or_many in (1, 17):
        await given(pool, *map(BellRang, range(few_or_many)))
        await run_signals_once(pool, {BellRang: (asks,)})
    assert modes == ["force_generic_plan", "auto"]
    assert await pool.fetchval("SHOW plan_cache_mode") == "auto"


async def test_a_reason_that_no_column_holds_is_kept_in_part(pool: Pool) -> None:
    async def fails(_tx: Tx, _facts: Sequence[object]) -> None:
        raise ValueError("a\0b \ud83d" + "x" * 999)

    await given(pool, BellRang(1))
    assert await run_signals_once(pool, {BellRang: (fails,)}) == 1
    kept = await pool.fetchval("SELECT last_error FROM signals")
    assert kept.startswith("ValueError: ab ?x")
    assert len(kept) <= 500


async def test_a_signal_without_effects_does_not_pile_up(pool: Pool) -> None:
    await given(pool, BellRang(1))
    await run_signals_once(pool, {})
    assert await left(pool) == []


async def test_a_signal_of_another_release_stays(pool: Pool) -> None:
    await pool.execute("INSERT INTO signals (kind, body) VALUES ('FromTheFuture', '{}')")
    assert await run_signals_once(pool, {}) == 0
    assert await left(pool) == ["FromTheFuture"]


async def test_one_bad_signal_holds_up_no_other(pool: Pool) -> None:
    await given(pool, BellRang(1), BellRang(2), BellRang(3))
    ear = Ear(2)
    await run_signals_once(pool, {BellRang: (ear,)})
    assert ear.heard == [1, 3]
    [row] = await pool.fetch("SELECT attempts, last_error, due_at > now() AS later FROM signals")
    assert dict(row) == {"attempts": 1, "last_error": "ValueError: not this one", "later": True}


async def test_a_signal_that_cannot_be_read_holds_up_no_other(pool: Pool) -> None:
    await pool.execute("INSERT INTO signals (kind, body) VALUES ('BellRang', '{\"no\": 1}')")
    await given(pool, BellRang(2))
    ear = Ear()
    await run_signals_once(pool, {BellRang: (ear,)})
    assert ear.heard == [2]
    [error] = [row["last_error"] for row in await pool.fetch("SELECT last_error FROM signals")]
    assert error.startswith("ValidationError: ")


async def test_a_broken_effect_does_not_silence_the_others(pool: Pool) -> None:
    await given(pool, BellRang(2))
    broken, sound = Ear(2), Ear()
    await run_signals_once(pool, {BellRang: (broken, sound)})
    assert 2 in sound.heard


async def test_what_a_failing_effect_wrote_is_undone(pool: Pool) -> None:
    await given(pool, BellRang(1))

    async def write_and_fail(tx: Tx, _facts: Sequence[object]) -> None:
        await tx.execute("INSERT INTO handle_lookups (handle) VALUES ('x@b.example')")
        raise ValueError("after writing")

    await run_signals_once(pool, {BellRang: (write_and_fail,)})
    assert await pool.fetchval("SELECT count(*) FROM handle_lookups") == 0


async def test_a_signal_is_given_up_after_its_last_attempt(pool: Pool) -> None:
    await given(pool, BellRang(2))
    for _ in range(MAX_ATTEMPTS):
        await pool.execute("UPDATE signals SET due_at = now()")
        assert await run_signals_once(pool, {BellRang: (Ear(2),)}) == 1
    await pool.execute("UPDATE signals SET due_at = now()")
    assert await run_signals_once(pool, {BellRang: (Ear(2),)}) == 0
    assert await pool.fetchval("SELECT failed_at IS NOT NULL FROM signals")


async def test_two_workers_tell_each_signal_once(pool: Pool) -> None:
    await given(pool, *(BellRang(n) for n in range(50)))
    ear = Ear()
    effects = {BellRang: (ear,)}
    await asyncio.gather(*(run_signals_once(pool, effects, limit=10) for _ in range(5)))
    while await run_signals_once(pool, effects):
        pass
    assert sorted(ear.heard) == list(range(50))


async def test_nothing_is_announced_when_the_transaction_fails(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no"):
        async with pool.acquire() as conn, conn.transaction():
            await announce(conn, BellRang(1))
            raise ValueError("no")
    assert await left(pool) == []


async def test_the_loop_is_woken_and_stopped(pool: Pool) -> None:
    stop, wake, heard = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def effect(_tx: Tx, _facts: Sequence[object]) -> None:
        heard.set()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(run_signals(pool, {BellRang: (effect,)}, stop, wake=wake))
        await given(pool, BellRang(1))
        wake.set()
        await heard.wait()
        stop.set()


async def given(pool: Pool, *facts: object) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await announce(conn, *facts)


async def left(pool: Pool) -> list[str]:
    return [row["kind"] for row in await pool.fetch("SELECT kind FROM signals ORDER BY id")]
