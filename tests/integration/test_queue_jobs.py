"""Jobs: promised with a transaction, claimed once, tried again, buried with a reason."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.db.query import Pool
from fedinet.kernel.errors import Malformed, Overloaded, RemoteUnavailable
from fedinet.queue.jobs import LEASE_S, MAX_ATTEMPTS, Job, enqueue_job, run_jobs, run_jobs_once


async def test_a_job_runs_once_with_its_payload(pool: Pool) -> None:
    seen: list[Mapping[str, object]] = []
    await given_job(pool, {"uri": "https://b.example/1"})

    assert await run_jobs_once(pool, {"fetch": remembering(seen)}) == 1

    assert seen == [{"uri": "https://b.example/1"}]
    assert await run_jobs_once(pool, {"fetch": remembering(seen)}) == 0
    assert await count(pool) == 0


async def test_a_job_of_a_rolled_back_transaction_never_was(pool: Pool) -> None:
    with pytest.raises(Malformed):
        async with pool.acquire() as conn, conn.transaction():
            await enqueue_job(conn, "fetch", {})
            raise Malformed("no")
    assert await count(pool) == 0


async def test_an_unfinished_job_is_not_promised_twice_under_one_key(pool: Pool) -> None:
    await given_job(pool, {"n": 1}, unique_key="b.example")
    await given_job(pool, {"n": 2}, unique_key="b.example")
    await given_job(pool, {"n": 3}, unique_key="c.example")
    assert await count(pool) == 2


async def test_a_job_is_not_run_before_it_is_due(pool: Pool) -> None:
    await given_job(pool, {}, due_at=datetime.now(UTC) + timedelta(hours=1))
    assert await run_jobs_once(pool, {"fetch": remembering([])}) == 0


async def test_a_job_of_an_unknown_kind_stays_for_a_process_that_knows_it(pool: Pool) -> None:
    await given_job(pool, {})
    assert await run_jobs_once(pool, {"other": remembering([])}) == 0
    assert await count(pool) == 1


async def test_a_failed_job_is_tried_again_later_and_says_why(pool: Pool) -> None:
    await given_job(pool, {})
    await run_jobs_once(pool, {"fetch": failing(RemoteUnavailable("b.example is silent"))})

    row = await the_job(pool)
    assert row["last_error"] == "RemoteUnavailable: b.example is silent"
    assert row["attempts"] == 1 and row["failed_at"] is None
    assert row["due_at"] > datetime.now(UTC) + timedelta(seconds=5)


async def test_a_job_that_can_never_succeed_is_buried_at_once(pool: Pool) -> None:
    await given_job(pool, {})
    await run_jobs_once(pool, {"fetch": failing(Malformed("no such address"))})
    assert (await the_job(pool))["failed_at"] is not None


async def test_a_job_is_given_up_after_its_last_attempt(pool: Pool) -> None:
    await given_job(pool, {})
    for _ in range(MAX_ATTEMPTS):
        await make_due(pool)
        assert await run_jobs_once(pool, {"fetch": failing(ValueError("a bug"))}) == 1
    row = await the_job(pool)
    assert row["failed_at"] is not None and row["last_error"] == "ValueError: a bug"
    await make_due(pool)
    assert await run_jobs_once(pool, {"fetch": failing(ValueError("a bug"))}) == 0


async def test_a_buried_job_does_not_block_its_key(pool: Pool) -> None:
    await given_job(pool, {}, unique_key="b.example")
    await run_jobs_once(pool, {"fetch": failing(Malformed("no"))})
    await given_job(pool, {}, unique_key="b.example")
    assert await count(pool) == 2


async def test_a_job_whose_process_died_is_run_again_after_the_lease(pool: Pool) -> None:
    await given_job(pool, {})

    async def dying(_pool: Pool, _payload: Mapping[str, object]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run_jobs_once(pool, {"fetch": dying})
    assert await run_jobs_once(pool, {"fetch": remembering([])}) == 0
    assert (await the_job(pool))["due_at"] > datetime.now(UTC) + timedelta(seconds=LEASE_S - 30)

    await make_due(pool)
    assert await run_jobs_once(pool, {"fetch": remembering([])}) == 1
    assert await count(pool) == 0


async def test_a_job_that_kills_its_process_each_time_is_buried(pool: Pool) -> None:
    await given_job(pool, {})
    await pool.execute("UPDATE jobs SET attempts = $1", MAX_ATTEMPTS)
    ran: list[Mapping[str, object]] = []
    await run_jobs_once(pool, {"fetch": remembering(ran)})
    assert ran == []
    assert (await the_job(pool))["last_error"] == "its process died each time"


async def test_who_comes_back_after_the_lease_cannot_end_the_job_of_another(pool: Pool) -> None:
    await given_job(pool, {})

    async def overtaken(pool: Pool, _payload: Mapping[str, object]) -> None:
        await pool.execute("UPDATE jobs SET attempts = attempts + 1")

    await run_jobs_once(pool, {"fetch": overtaken})
    assert await count(pool) == 1


async def test_two_processes_never_run_one_job_both(pool: Pool) -> None:
    seen: list[Mapping[str, object]] = []
    for n in range(20):
        await given_job(pool, {"n": n})
    await asyncio.gather(*(run_jobs_once(pool, {"fetch": remembering(seen)}) for _ in range(4)))
    assert sorted(str(payload["n"]) for payload in seen) == sorted(str(n) for n in range(20))


async def test_the_loop_runs_what_comes_while_a_slow_job_holds_its_place(pool: Pool) -> None:
    stop, slow, fast = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def wait(_pool: Pool, payload: Mapping[str, object]) -> None:
        if payload["slow"]:
            await slow.wait()
        else:
            fast.set()

    await given_job(pool, {"slow": True})
    wake = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(run_jobs(pool, {"fetch": wait}, stop, wake=wake))
        await given_job(pool, {"slow": False})
        wake.set()
        await fast.wait()
        slow.set()
        while await count(pool):
            pass
        stop.set()


async def test_slow_kinds_hold_few_places_however_many_wait(pool: Pool) -> None:
    stop, slow, fast = asyncio.Event(), asyncio.Event(), asyncio.Event()
    held: list[int] = []

    async def wait(_pool: Pool, _payload: Mapping[str, object]) -> None:
        held.append(len(held))
        await slow.wait()

    async def run(_pool: Pool, _payload: Mapping[str, object]) -> None:
        fast.set()

    for _ in range(10):
        await given_job(pool, {}, kind="slow")
    await given_job(pool, {})
    jobs = {"slow": wait, "fetch": run}
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(run_jobs(pool, jobs, stop, wake=asyncio.Event(), slow={"slow": 2}))
        await fast.wait()
        assert held == [0, 1]
        slow.set()
        while await count(pool):
            pass
        stop.set()
    assert len(held) == 10


async def test_the_loop_survives_a_job_that_meets_a_dead_database(pool: Pool) -> None:
    await given_job(pool, {})
    assert await run_jobs_once(pool, {"fetch": failing(Overloaded("gone"))}) == 1
    assert (await the_job(pool))["last_error"] == "Overloaded: gone"


async def test_a_reason_that_no_column_holds_is_kept_in_part(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # half a surrogate pair cannot be reported by the runner
    for error in (RemoteUnavailable("a\0b \ud83d" + "x" * 999), Malformed("a\0b \ud83d")):
        await pool.execute("DELETE FROM jobs")
        await given_job(pool, {})
        assert await run_jobs_once(pool, {"fetch": failing(error)}) == 1
        kept = (await the_job(pool))["last_error"]
        assert isinstance(kept, str)
        assert kept.startswith(f"{type(error).__name__}: ab ?")
        assert len(kept) <= 500


def remembering(seen: list[Mapping[str, object]]) -> Job:
    async def job(_pool: Pool, payload: Mapping[str, object]) -> None:
        seen.append(payload)

    return job


def failing(error: Exception) -> Job:
    async def job(_pool: Pool, _payload: Mapping[str, object]) -> None:
        raise error

    return job


async def given_job(
    pool: Pool,
    payload: Mapping[str, object],
    *,
    kind: str = "fetch",
    unique_key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await enqueue_job(conn, kind, payload, unique_key=unique_key, due_at=due_at)


async def make_due(pool: Pool) -> None:
    await pool.execute("UPDATE jobs SET due_at = now()")


async def count(pool: Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM jobs")


async def the_job(pool: Pool) -> Mapping[str, object]:
    [row] = await pool.fetch("SELECT * FROM jobs")
    return dict(row)
