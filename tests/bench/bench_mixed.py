"""The inbox under what servers really send, and as its posts become many.

60 % Create, 20 % Announce, 10 % Like, 5 % Update, 4 % Delete and 1 % Undo, whole path:
receive, verify, log, worker, handler, 20 home rows for each Create and Announce.

What is promised (exit code 1 when it is broken), median of the rounds: at most 2.5 ms of CPU
for each activity, all processes of ``fedinet serve`` and PostgreSQL counted, and no more than
a quarter above that of 10 thousand stored posts with 100 thousand. ``--full`` goes on to 2 million,
which takes some minutes. What was measured last: docs/speed.md.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic

import asyncpg
import bench_inbox as inbox
import psutil

from fedinet.db.embedded import Postgres
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey, generate_rsa
from fedinet.signing.message import Outgoing, sha256_of

PER_ROUND = inbox.PER_ROUND
ROUNDS = 4
MOST_CPU_MS = 2.5
MOST_GROWTH = 1.25
SIZES = (10_000, 100_000)
FULL = (10_000, 100_000, 2_000_000)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MIX = ("Create",) * 60 + ("Announce",) * 20 + ("Like",) * 10 + ("Update",) * 5
MIX = (*MIX, *("Delete",) * 4, "Undo")

# What autovacuum does within a minute: a node never runs long on tables it knows nothing of.
_ANALYZE = "ANALYZE posts, post_tags, boosts, likes, home, notifications, activities, inbox_items"
_SEED = """
    INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, kind, html, language,
                       root_id, published_at)
    SELECT made.id, a.uri || '/statuses/s' || n, a.uri || '/statuses/s' || n, a.id, false,
           'everyone', 'Note', repeat('<p>What was written some time ago, and why.</p>', 8), 'en',
           made.id, now() - interval '1 day' - n * interval '1 second'
      FROM generate_series($1::bigint, $2::bigint) AS n
      JOIN unnest($3::text[]) WITH ORDINALITY AS writer (uri, place)
           ON writer.place = n % cardinality($3::text[]) + 1
      JOIN actors a ON a.uri = writer.uri
     CROSS JOIN LATERAL (
           SELECT (extract(epoch FROM now() - interval '1 day') * 1000)::bigint * 65536
                  - n * 65536 * 1000 + n % 65536 AS id) AS made
"""

_COUNTED = """
    INSERT INTO stored_posts (author_id, posts, with_files)
    SELECT author_id, count(*), 0 FROM posts WHERE NOT is_local GROUP BY author_id
        ON CONFLICT (author_id) DO UPDATE SET posts = excluded.posts
"""
_INDEXES = """
    SELECT format('DROP INDEX %I', indexname) AS drop, indexdef AS make
      FROM pg_indexes
     WHERE tablename = 'posts'
       AND indexname NOT IN (SELECT conname FROM pg_constraint)
     UNION ALL
    SELECT 'ALTER TABLE posts DROP CONSTRAINT ' || conname,
           format('ALTER TABLE posts ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
      FROM pg_constraint
     WHERE conrelid = 'posts'::regclass AND contype = 'u'
"""


@dataclass
class Writer:
    """Makes the requests of a round. Each stored post is changed, deleted or shared once.

    What is taken back was liked a round before: connections overtake each other.
    """

    senders: Sequence[SigningKey]
    liked: Sequence[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    free: Iterator[int] = field(default_factory=lambda: count(1))
    """Numbers of stored posts that nobody has touched yet."""
    likes: Iterator[int] = field(default_factory=lambda: count(1))
    liked_now: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    liked_before: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def requests(self, port: int) -> Iterator[bytes]:
        now = datetime.now(UTC)
        self.liked_before, self.liked_now = self.liked_now, {}
        for number in range(PER_ROUND):
            kind = MIX[number * 37 % len(MIX)]
            key, body = self._activity(kind, number)
            request = Outgoing("POST", f"http://127.0.0.1:{port}/inbox", sha256_of(body))
            headers = {
                "User-Agent": "http.rb/5.3.1 (Mastodon/4.6.5; +https://h.example/)",
                "Content-Type": "application/activity+json",
                **sign_cavage(key, request, now=now),
                "Content-Length": str(len(body)),
            }
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            wire = f"POST /inbox HTTP/1.1\r\n{lines}\r\n".encode() + body
            yield len(wire).to_bytes(4)
            yield wire

    def _activity(self, kind: str, number: int) -> tuple[SigningKey, bytes]:
        key = self.senders[number % len(self.senders)]
        actor = inbox.actor_of(key)
        if kind == "Create":
            return key, inbox.create_note(actor)
        number = next(self.numbers)
        if kind == "Like":
            like = next(self.likes)
            key = self.senders[like % len(self.senders)]
            actor = inbox.actor_of(key)
            post = self.liked[(like // len(self.senders) + like) % len(self.liked)]
            self.liked_now[actor] = (f"{actor}#likes/{number}", post)
            return key, _body(kind, actor, number, post, id=f"{actor}#likes/{number}")
        if kind == "Undo" and self.liked_before:
            actor, (uri, post) = self.liked_before.popitem()
            key = next(key for key in self.senders if inbox.actor_of(key) == actor)
            return key, _body(
                kind, actor, number, {"id": uri, "type": "Like", "actor": actor, "object": post}
            )
        stored = next(self.free)
        owner = self.senders[stored % len(self.senders)]
        post = f"{inbox.actor_of(owner)}/statuses/s{stored}"
        if kind == "Announce":
            return key, _body(kind, actor, number, post, to=[PUBLIC], cc=[f"{actor}/followers"])
        if kind in ("Delete", "Undo"):
            return owner, _body(
                "Delete", inbox.actor_of(owner), number, {"id": post, "type": "Tombstone"}
            )
        create = json.loads(inbox.create_note(inbox.actor_of(owner)))
        note = {**create["object"], "id": post, "published": "2026-01-01T00:00:00Z"}
        note["updated"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return owner, _body("Update", inbox.actor_of(owner), number, note)


def _body(kind: str, actor: str, number: int, what: object, **more: object) -> bytes:
    document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor}#{kind.lower()}/{number}",
        "type": kind,
        "actor": actor,
        "object": what,
        **more,
    }
    return json.dumps(document, separators=(",", ":")).encode()


async def main(sizes: Sequence[int]) -> int:
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data = Path(folder)
        keys = [generate_rsa() for _ in range(inbox.KEYS)]
        senders = [inbox.sender(number, keys) for number in range(inbox.SENDERS)]
        port = inbox.free_port()
        with inbox.serving(data, port) as node:
            conn = await asyncpg.connect(Postgres(data).url, command_timeout=1800)
            await inbox.given_community(conn, port, senders)
            writer = Writer(senders, await given_posts_of_members(conn))
            loader = inbox.Loader()
            postmaster = psutil.Process(await conn.fetchval("SELECT pg_backend_pid()")).parent()
            assert postmaster is not None
            bench = Mixed(conn, loader, postmaster, data / "requests", writer)
            curve: dict[int, list[inbox.Round]] = {}
            stored = 0
            for size in sizes:
                await seed(conn, senders, stored, size)
                stored = size
                await bench.run(node, port, senders, waits=True)  # opens connections, warms caches
                await conn.execute(_ANALYZE)
                curve[size] = [
                    await bench.run(node, port, senders, waits=True) for _ in range(ROUNDS)
                ]
                report_size(size, curve[size])
            loader.close()
            await conn.close()
        return conclude(curve)


class Mixed(inbox.Bench):
    """A round of mixed activities; it counts only if none was dropped."""

    def __init__(
        self,
        conn: "asyncpg.Connection[asyncpg.Record]",
        loader: inbox.Loader,
        postmaster: psutil.Process,
        requests: Path,
        writer: Writer,
    ) -> None:
        super().__init__(conn, loader, postmaster, requests)
        self._writer = writer

    def _written(self, _senders: Sequence[SigningKey], port: int) -> bytes:
        return b"".join(self._writer.requests(port))

    async def _check(self, applied: int) -> None:
        found = await self._conn.fetchval(inbox._APPLIED)
        if found != applied:
            reasons = await self._conn.fetch(
                "SELECT activity_type, reason, count(*) FROM inbound_log"
                " WHERE outcome <> 'applied' GROUP BY 1, 2"
            )
            raise RuntimeError(f"applied {found} and not {applied}: {[*map(tuple, reasons)]}")


async def given_posts_of_members(conn: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Fifty posts of each member, to be liked."""
    rows = await conn.fetch(
        """
        INSERT INTO posts (uri, page_url, author_id, is_local, visibility, html, root_id,
                           published_at)
        SELECT a.uri || '/posts/' || n, a.uri, a.id, true, 'everyone', '<p>Ours</p>', 1, now()
          FROM actors a, generate_series(1, 50) AS n
         WHERE a.is_local AND a.username <> 'localhost'
           AND EXISTS (SELECT FROM accounts WHERE actor_id = a.id)
        RETURNING uri
        """
    )
    return [row["uri"] for row in rows]


async def seed(
    conn: "asyncpg.Connection[asyncpg.Record]", senders: Sequence[SigningKey], old: int, new: int
) -> None:
    """Store posts number ``old`` + 1 to ``new``, with a hashtag each."""
    begun = monotonic()
    await store_posts(conn, [inbox.actor_of(key) for key in senders], old + 1, new)
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("SET LOCAL statement_timeout = 0")
        await conn.execute(
            "INSERT INTO post_tags (post_id, tag, name) SELECT id, 'craft', 'Craft' FROM posts"
            " WHERE NOT is_local ON CONFLICT DO NOTHING"
        )
    await conn.execute("SET statement_timeout = 0")
    await conn.execute("VACUUM ANALYZE posts, post_tags")
    await conn.execute("CHECKPOINT")  # the writing of what was stored is no part of what follows
    print(f"-- {new} posts stored in {monotonic() - begun:.0f} s", flush=True)


async def store_posts(
    conn: "asyncpg.Connection[asyncpg.Record]", writers: Sequence[str], first: int, last: int
) -> None:
    """Store posts number ``first`` to ``last`` of actors in turns.

    Quick: without triggers, what they count is counted once, and indexes are made afterwards.
    """
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("SET LOCAL statement_timeout = 0")
        await conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
        indexes = await conn.fetch(_INDEXES)
        for index in indexes:
            await conn.execute(index["drop"])
        await conn.execute(_SEED, first, last, writers)
        await conn.execute(_COUNTED)
        for index in indexes:
            await conn.execute(index["make"])


def report_size(size: int, rounds: Sequence[inbox.Round]) -> None:
    cpu = median(r.cpu_ms for r in rounds)
    print(
        f"{f'CPU ms per activity, {size:>9} posts':<40}{cpu:>6.2f}   <= {MOST_CPU_MS}"
        f"   web+worker, PostgreSQL{inbox._parts(rounds)}"
        f"   {median(r.rate for r in rounds):.0f}/s"
        f"   rounds {' '.join(f'{r.cpu_ms:.2f}' for r in rounds)}",
        flush=True,
    )


def conclude(curve: dict[int, list[inbox.Round]]) -> int:
    medians = {size: median(r.cpu_ms for r in rounds) for size, rounds in curve.items()}
    first, *rest = medians.values()
    growth = max(rest, default=first) / first
    print(f"{'times the cost of the smallest':<40}{growth:>6.2f}   <= {MOST_GROWTH}")
    kept = max(medians.values()) <= MOST_CPU_MS and growth <= MOST_GROWTH
    print("kept" if kept else "BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(FULL if "--full" in sys.argv else SIZES)))
