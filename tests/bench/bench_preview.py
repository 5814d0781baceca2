"""What a change would do, counted on 2 million posts and 100 thousand follows.

The promise is two seconds, for one rule, a list of 10,000 servers and a switch of
the mode alike. The floor beside it is one plain count of all posts.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import asyncpg
import psutil

from fedinet.db.embedded import throwaway_server
from fedinet.db.migrate import migrate
from fedinet.db.pool import open_pool
from fedinet.policy.document import RuleDocument
from fedinet.policy.impact.preview import Change
from fedinet.policy.impact.store import preview
from fedinet.policy.model import Effect, Mode
from fedinet.policy.ruleset import compile_rules
from fedinet.posts.upkeep import count_stored_once

PROMISE_S = 2.0
ROUNDS = 5
SEED = (
    """
    INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
    SELECT 'https://here.example/users/m' || n, 'https://here.example', 'm' || n, 'here.example',
           true, 'Person', '', ''
      FROM generate_series(1, 500) AS n
    """,
    """
    INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
    SELECT 'https://s' || n % 10000 || '.example/users/' || n, 'https://s' || n % 10000
           || '.example', 'u' || n, 's' || n % 10000 || '.example', false, 'Person', '', ''
      FROM generate_series(1, 40000) AS n
    """,
    """
    CREATE TABLE them AS SELECT id, row_number() OVER () AS n FROM actors WHERE NOT is_local
    """,
    """
    CREATE TABLE us AS SELECT id, row_number() OVER () AS n FROM actors WHERE is_local
    """,
    """
    INSERT INTO follows (follower_id, target_id, state, uri)
    SELECT CASE way WHEN 0 THEN us.id ELSE them.id END,
           CASE way WHEN 0 THEN them.id ELSE us.id END, 'accepted', ''
      FROM generate_series(1, 50000) AS k
      JOIN us ON us.n = k % 500 + 1
      JOIN them ON them.n = (k::bigint * 7919) % 40000 + 1
     CROSS JOIN generate_series(0, 1) AS way
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                       published_at, attachments)
    SELECT made.id, 'https://x.example/' || k, '', them.id, false, 'everyone',
           repeat('<p>What was written some time ago.</p>', 8), made.id, now(),
           CASE WHEN k % 5 = 0 THEN '[{"url": "https://x.example/a.png"}]'::jsonb ELSE '[]' END
      FROM generate_series(1, 2000000) AS k
      JOIN them ON them.n = (k::bigint * 104729) % 40000 + 1
     CROSS JOIN LATERAL (
           SELECT ((extract(epoch FROM now()) * 1000)::bigint - k * 6000::bigint) * 65536
                  + k % 65536 AS id) AS made
    """,
    """
    INSERT INTO posts (uri, page_url, author_id, is_local, visibility, html, root_id, published_at)
    SELECT 'https://here.example/posts/' || p.id, '', us.id, true, 'everyone', '<p>Yes</p>', p.id,
           now()
      FROM (SELECT id, row_number() OVER () AS n
              FROM (SELECT id FROM posts ORDER BY id DESC LIMIT 20000) AS newest) AS p
      JOIN us ON us.n = p.n % 500 + 1
    """,
    """
    INSERT INTO outgoing (sender_id, body, digest, followers, recipients)
    SELECT us.id, '', '', k % 2 = 0, ARRAY[(SELECT id FROM them WHERE n = 1 + k % 40000)]
      FROM generate_series(1, 10000) AS k JOIN us ON us.n = k % 500 + 1
    """,
)


async def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder,
        throwaway_server(Path(folder)) as url,
    ):
        await migrate(url)
        conn = await asyncpg.connect(url, command_timeout=1800)
        await seed(conn)
        async with open_pool(url, size=2) as pool:
            await count_stored_once(pool)  # the posts came without their triggers
        kept = await measure(conn)
        await conn.close()
    return 0 if kept else 1


async def seed(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("SET LOCAL statement_timeout = 0")
        for statement in SEED:
            await conn.execute(statement)
    await conn.execute("SET statement_timeout = 0")
    await conn.execute("VACUUM ANALYZE")


async def measure(conn: "asyncpg.Connection[asyncpg.Record]") -> bool:
    rules = compile_rules((), mode=Mode.CAUTIOUS)
    cases = {
        "one server": Change(put=refusals(1)),
        "a list of 10,000": Change(put=refusals(10_000)),
        "allies only": Change(mode=Mode.ALLIES),
    }
    database = psutil.Process(await conn.fetchval("SELECT pg_backend_pid()"))
    kept = True
    for words, change in cases.items():
        times: list[float] = []
        busy: list[float] = []
        for _ in range(ROUNDS):
            began, was = perf_counter(), cpu_s(database)
            impact = await preview(conn, rules, change, now=datetime.now(UTC))
            times.append(perf_counter() - began)
            busy.append(cpu_s(database) - was)
        took, whole = median(times), impact.toll()
        kept = kept and took <= PROMISE_S
        print(
            f"{words:<17} {took:6.2f} s (promise {PROMISE_S:g}), CPU {median(busy):.2f} s "
            f"{'kept' if took <= PROMISE_S else 'BROKEN'}   {len(impact.servers)} servers, "
            f"{whole.posts} posts, {whole.follows} follows, {impact.member_count} members, "
            f"{whole.conversations} conversations"
        )
    began = perf_counter()
    await conn.fetchval("SELECT count(*) FROM posts")
    print(f"{'count of posts':<17} {perf_counter() - began:6.2f} s")
    return kept


def cpu_s(database: psutil.Process) -> float:
    """What this process and its connection's have used: what others do at the time stays out."""
    theirs = database.cpu_times()
    return process_time() + theirs.user + theirs.system


def refusals(count: int) -> tuple[RuleDocument, ...]:
    return tuple(
        RuleDocument(
            key=f"s{number}", domains=[f"s{number}.example"], verdict="reject",
            effects=[Effect.FREEZE_FOLLOWS],
        )
        for number in range(count)
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
