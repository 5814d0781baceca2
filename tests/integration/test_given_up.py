"""Jobs and signals that were given up: tried again in small steps, forgotten after a month."""

from fedinet.db.batches import BATCH
from fedinet.db.query import Pool
from fedinet.queue.dead_letters import prune_failed, retry_failed

MANY = BATCH + 5


async def test_all_is_tried_again_some_at_a_time_and_of_each_key_once(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO jobs (kind, payload, failed_at, attempts)"
        " SELECT 'fetch', '{}', now(), 8 FROM generate_series(1, $1::integer)",
        MANY,
    )
    await pool.execute(
        "INSERT INTO jobs (kind, payload, unique_key, failed_at) VALUES"
        " ('fetch', '1', 'a', now()), ('fetch', '2', 'a', now()), ('fetch', '3', 'b', now()),"
        " ('fetch', '4', 'b', NULL), ('other', '5', 'b', now())"
    )
    await pool.execute(
        "INSERT INTO signals (kind, body, failed_at)"
        " SELECT 'Rang', '{}', now() FROM generate_series(1, $1::integer)",
        MANY,
    )

    assert await retry_failed(pool) == (MANY + 2, MANY)

    rows = await pool.fetch("SELECT payload::text FROM jobs WHERE failed_at IS NOT NULL ORDER BY 1")
    assert [row[0] for row in rows] == ["1", "3"], "another of their key is alive"
    assert await pool.fetchval("SELECT max(attempts) FROM jobs") == 0
    for table in ("jobs", "signals"):
        sql = f"SELECT max(n) FROM (SELECT count(*) AS n FROM {table} GROUP BY xmin::text) AS steps"  # noqa: S608
        assert await pool.fetchval(sql) <= BATCH, table
    assert await retry_failed(pool) == (0, 0)


async def test_what_was_given_up_a_month_ago_is_forgotten_but_not_what_is_owed(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO jobs (kind, payload, due_at, failed_at)"
        " SELECT kind, '{}', now() - interval '40 days', now() - since::interval"
        "   FROM unnest('{fetch,fetch,erase,fetch}'::text[],"
        "               '{31 days,29 days,31 days,NULL}'::text[]) AS given (kind, since)"
    )
    await pool.execute(
        "INSERT INTO signals (kind, body, due_at, failed_at)"
        " SELECT 'Rang', '{}', now() - interval '40 days', now() - since::interval"
        "   FROM unnest('{31 days,29 days,NULL}'::text[]) AS given (since)"
    )

    assert await prune_failed(pool, owed={"erase"}) == 2

    left = "SELECT kind, (now() - failed_at) > interval '30 days' AS old FROM jobs ORDER BY 1, 2"
    assert [tuple(row) for row in await pool.fetch(left)] == [
        ("erase", True),
        ("fetch", False),
        ("fetch", None),
    ]
    assert await pool.fetchval("SELECT count(*) FROM signals") == 2
