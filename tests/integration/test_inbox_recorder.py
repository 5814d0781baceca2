"""The group commit of the door: durable before acknowledged, one bad row harms no other."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from fedinet.db.query import Pool
from fedinet.inbox import store
from fedinet.inbox.model import Arrival, seen_hash
from fedinet.inbox.record import MAX_WAITING, Recorder
from fedinet.kernel.errors import Malformed, Overloaded
from fedinet.kernel.ids import ActorUri, ObjectUri


async def test_what_is_recorded_is_in_the_queue_in_order_of_arrival(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        await record_all(recorder, [arrival(n) for n in range(300)])
    assert [row["activity_uri"] for row in await queued(pool)] == [uri(n) for n in range(300)]


async def test_what_arrives_during_a_commit_is_one_commit(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        await record_all(recorder, [arrival(n) for n in range(150)])
    commits = await pool.fetchval("SELECT count(DISTINCT xmin::text) FROM inbound_queue")
    assert commits <= 3


async def test_the_same_activity_is_queued_once_however_often_and_wherever_it_comes(
    pool: Pool,
) -> None:
    async with Recorder(pool) as first, Recorder(pool) as second:
        await asyncio.gather(
            record_all(first, [arrival(1) for _ in range(50)]),
            record_all(second, [arrival(1) for _ in range(50)]),
        )
        await first.record(arrival(1))
    assert len(await queued(pool)) == 1


async def test_two_processes_that_record_the_same_things_do_not_deadlock(pool: Pool) -> None:
    there, back = [arrival(n) for n in range(200)], [arrival(n) for n in reversed(range(200))]
    async with Recorder(pool) as first, Recorder(pool) as second:
        await asyncio.gather(record_all(first, there), record_all(second, back))
    assert len(await queued(pool)) == 200


async def test_a_copy_from_another_origin_does_not_block_the_authors_own(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        await recorder.record(arrival(1, signer="https://relay.example/actor"))
        await recorder.record(arrival(1))
    signers = [row["signer_uri"] for row in await queued(pool)]
    assert signers == ["https://relay.example/actor", "https://b.example/users/bob"]


async def test_a_row_that_the_database_refuses_refuses_no_other(pool: Pool) -> None:
    poison = arrival(2, kind="Cre\0ate")
    async with Recorder(pool) as recorder:
        results = await asyncio.gather(
            *(recorder.record(one) for one in (arrival(1), poison, arrival(3))),
            return_exceptions=True,
        )
    assert results[0] is None and results[2] is None
    assert isinstance(results[1], Malformed)
    assert [row["activity_uri"] for row in await queued(pool)] == [uri(1), uri(3)]


async def test_a_paused_node_takes_nothing(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO node (origin, account_domain, paused_at) VALUES ('https://a', 'a', now())"
    )
    async with Recorder(pool) as recorder:
        with pytest.raises(Overloaded):
            await recorder.record(arrival(1))
        await pool.execute("UPDATE node SET paused_at = NULL")
        await recorder.record(arrival(1))
    assert len(await queued(pool)) == 1


async def test_a_fault_of_ours_tells_nobody_that_they_sent_nonsense(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        await pool.execute("ALTER TABLE inbound_queue RENAME TO away")
        with pytest.raises(Overloaded):
            await recorder.record(arrival(1))
        await pool.execute("ALTER TABLE away RENAME TO inbound_queue")
        await recorder.record(arrival(1))
    assert len(await queued(pool)) == 1


async def test_a_database_that_dies_meanwhile_refuses_and_the_recorder_comes_back_with_it(
    pool: Pool,
) -> None:
    async with Recorder(pool) as recorder:
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("LOCK TABLE inbound_seen")
            waiting = asyncio.create_task(recorder.record(arrival(1)))
            await until_blocked(conn)
            await conn.execute(KILL_THE_OTHERS)
            with pytest.raises(Overloaded):
                await waiting
        await recorder.record(arrival(2))
    assert [row["activity_uri"] for row in await queued(pool)] == [uri(2)]


async def test_too_long_a_line_is_refused_at_once(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        results = await asyncio.gather(
            *(recorder.record(arrival(n)) for n in range(MAX_WAITING + 100)),
            return_exceptions=True,
        )
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert 0 < len(refused) <= 100
    assert len(await queued(pool)) == MAX_WAITING + 100 - len(refused)


async def test_closing_refuses_whoever_waits_and_says_so(pool: Pool) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("LOCK TABLE inbound_seen")
        async with Recorder(pool) as recorder:
            waiting = [asyncio.create_task(recorder.record(arrival(n))) for n in range(3)]
            await until_blocked(conn)
            last = asyncio.create_task(recorder.record(arrival(9)))
            await asyncio.sleep(0)
        results = await asyncio.gather(*waiting, last, return_exceptions=True)
    assert all(isinstance(result, Overloaded) for result in results)
    assert await queued(pool) == []


async def test_a_peer_that_hangs_up_loses_nothing(pool: Pool) -> None:
    async with Recorder(pool) as recorder:
        impatient = asyncio.create_task(recorder.record(arrival(1)))
        await asyncio.sleep(0)
        impatient.cancel()
        await recorder.record(arrival(2))
    assert len(await queued(pool)) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(("a", "Like", b"x", b""), ("a", "Like", b"y", b""), True, id="one id"),
        pytest.param(("a", "Like", b"x", b""), ("b", "Like", b"x", b""), False, id="two ids"),
        pytest.param((None, "Like", b"x", b""), (None, "Like", b"x", b"2"), True, id="one body"),
        pytest.param((None, "Like", b"x", b""), (None, "Like", b"y", b""), False, id="two bodies"),
        pytest.param(("a", "Follow", b"x", b"1"), ("a", "Follow", b"x", b"1"), True, id="replayed"),
        pytest.param(
            ("a", "Follow", b"x", b"1"), ("a", "Follow", b"x", b"2"), False, id="followed again"
        ),
        pytest.param(
            ("a", "Reject", b"x", b"1"), ("a", "Reject", b"y", b"2"), False, id="ids that collide"
        ),
    ],
)
def test_what_counts_as_the_same_activity(one: Any, other: Any, same: bool) -> None:
    def key(parts: Any) -> bytes:
        return seen_hash(parts[0], parts[1], body=parts[2], proof=parts[3])

    assert (key(one) == key(other)) is same


KILL_THE_OTHERS = """
    SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def uri(n: int) -> ObjectUri:
    return ObjectUri(f"https://b.example/activities/{n}")


def arrival(n: int, *, signer: str = "https://b.example/users/bob", kind: str = "Like") -> Arrival:
    return Arrival(
        origin=signer.rsplit("/", 1)[0],
        seen_hash=seen_hash(uri(n), kind, body=b"{}", proof=b""),
        signer=ActorUri(signer),
        actor=ActorUri("https://b.example/users/bob"),
        activity_id=uri(n),
        activity_type=kind,
        body=b"{}",
    )


async def record_all(recorder: Recorder, arrivals: list[Arrival]) -> None:
    await asyncio.gather(*(recorder.record(one) for one in arrivals))


async def queued(pool: Pool) -> list[Mapping[str, Any]]:
    rows = await pool.fetch("SELECT activity_uri, signer_uri FROM inbound_queue ORDER BY id")
    return [dict(row) for row in rows]


async def until_blocked(conn: store.Conn) -> None:
    """Wait until the recorder's statement waits for our lock."""
    blocked = """
        SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database()))
    """
    async with asyncio.timeout(20):
        while not await conn.fetchval(blocked):
            pass
