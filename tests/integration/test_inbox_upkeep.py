"""The inbox's tables stay small, and the log has a place for every day."""

from datetime import UTC, date, datetime, timedelta

from fedinet.db.query import Pool
from fedinet.inbox.refusals import MAX_HOSTS_A_DAY, Refusals
from fedinet.inbox.upkeep import keep_up_once

TODAY = datetime.now(UTC).date()


async def test_there_are_partitions_for_today_and_a_week_ahead(pool: Pool) -> None:
    await keep_up_once(pool, TODAY, log_days=14)
    days = [TODAY + timedelta(days=n) for n in range(8)]
    assert await partitions(pool) == [f"inbound_log_{day:%Y%m%d}" for day in days]


async def test_doing_it_again_changes_nothing(pool: Pool) -> None:
    await keep_up_once(pool, TODAY, log_days=14)
    assert await keep_up_once(pool, TODAY, log_days=14) == 0


async def test_rows_that_found_no_partition_move_to_their_day(pool: Pool) -> None:
    await log(pool, TODAY)
    await keep_up_once(pool, TODAY, log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM ONLY inbound_log_default") == 0
    assert await pool.fetchval("SELECT tableoid::regclass::text FROM inbound_log") == (
        f"inbound_log_{TODAY:%Y%m%d}"
    )


async def test_a_day_is_dropped_after_two_weeks_and_not_before(pool: Pool) -> None:
    await keep_up_once(pool, TODAY, log_days=14)
    await log(pool, TODAY)
    await keep_up_once(pool, TODAY + timedelta(days=14), log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM inbound_log") == 1
    await keep_up_once(pool, TODAY + timedelta(days=15), log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM inbound_log") == 0


async def test_the_log_works_after_weeks_without_upkeep(pool: Pool) -> None:
    await keep_up_once(pool, TODAY - timedelta(days=60), log_days=14)
    await log(pool, TODAY)
    await log(pool, TODAY - timedelta(days=20))
    await keep_up_once(pool, TODAY, log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM inbound_log") == 1


async def test_ids_are_forgotten_after_a_week(pool: Pool) -> None:
    for hours in (1, 24 * 6, 24 * 8):
        await pool.execute(
            "INSERT INTO inbound_seen VALUES ('https://b.example', $1, now() - $2::interval)",
            bytes([hours % 250]),
            timedelta(hours=hours),
        )
    await keep_up_once(pool, TODAY, log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM inbound_seen") == 2


async def test_refusals_are_counted_by_day_host_and_reason(pool: Pool) -> None:
    refusals = Refusals()
    for reason in ("too_old", "too_old", "wrong_key"):
        refusals.count("b.example", reason)
    assert await refusals.flush(pool, TODAY) == 3
    refusals.count("b.example", "too_old")
    await refusals.flush(pool, TODAY)
    assert await counts(pool, TODAY) == {("b.example", "too_old"): 3, ("b.example", "wrong_key"): 1}


async def test_invented_hosts_do_not_fill_the_table(pool: Pool) -> None:
    refusals = Refusals()
    for n in range(MAX_HOSTS_A_DAY + 500):
        refusals.count(f"h{n}.example", "unknown_key")
        if n % 700 == 0:
            await refusals.flush(pool, TODAY)
    await refusals.flush(pool, TODAY)
    counted = await counts(pool, TODAY)
    assert len(counted) <= MAX_HOSTS_A_DAY + 1
    assert sum(counted.values()) == MAX_HOSTS_A_DAY + 500


async def test_old_refusals_are_forgotten(pool: Pool) -> None:
    refusals = Refusals()
    refusals.count("b.example", "too_old")
    await refusals.flush(pool, TODAY - timedelta(days=91))
    await keep_up_once(pool, TODAY, log_days=14)
    assert await pool.fetchval("SELECT count(*) FROM inbound_refusals") == 0


async def partitions(pool: Pool) -> list[str]:
    rows = await pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent = 'inbound_log'::regclass"
    )
    return sorted(row["name"] for row in rows if row["name"] != "inbound_log_default")


async def log(pool: Pool, day: date) -> None:
    await pool.execute(
        """
        INSERT INTO inbound_log (id, received_at, signer_uri, actor_uri, activity_type,
                                 object_type, outcome, size_bytes)
        VALUES (1, $1, 's', 'a', 'Like', '?', 'applied', 2)
        """,
        datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )


async def counts(pool: Pool, day: date) -> dict[tuple[str, str], int]:
    rows = await pool.fetch("SELECT host, reason, count FROM inbound_refusals WHERE day = $1", day)
    return {(row["host"], row["reason"]): row["count"] for row in rows}
