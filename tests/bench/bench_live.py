"""Pages that stay open: 500 streams of ``/live``, what they take while nothing happens, and a post.

Five hundred members, one page each, all of whom follow the one who writes. The node runs in
processes of its own; the pages are here. What is promised (exit code 1 when it is broken):

- while nothing happens they take at most 20 ms of CPU a second more than no page at all;
- each hears of each post, and one more page that is told costs at most a tenth of one that asks
  (``GET /live`` without a stream), which is measured in the same run;
- the last of them hears of a post, at the median, in a tenth of the time that 500 such questions
  take one after the other.

CPU is that of all processes of the node with PostgreSQL. Takes half a minute.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic

import asyncpg
import bench_inbox as inbox
import psutil
from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from fedinet.db.embedded import Postgres
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.http.tokens import create_token
from fedinet.kernel.ids import AccountId
from fedinet.kernel.uris import origin_of

PAGES, POSTS, QUESTIONS = 500, 8, 200
IDLE_S, SETTLE_S, PATIENCE_S = 5.0, 0.7, 20.0
MOST_IDLE_MS, MOST_OF_A_QUESTION = 20.0, 0.1

_MEMBERS = """
    WITH made AS (
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url,
                            followers_uri, handle_checked_at)
        SELECT $1 || '/users/m' || n, $1, 'm' || n, $2, true, 'Person', $1 || '/@m' || n,
               $1 || '/users/m' || n || '/inbox', $1 || '/users/m' || n || '/followers', now()
          FROM generate_series(0, $3::integer) AS n
        RETURNING id)
    INSERT INTO accounts (actor_id, password_hash) SELECT id, 'x' FROM made
"""
_FOLLOWS = """
    INSERT INTO follows (follower_id, target_id, state, uri, accepted_at)
    SELECT f.id, t.id, 'accepted', f.uri || '#follow', now()
      FROM actors f, actors t
     WHERE t.username = 'm0' AND f.username <> 'm0' AND f.is_local AND t.is_local
       AND f.username ~ '^m[0-9]+$'
"""


@dataclass
class Page:
    """One open page: counts the posts that it is told of."""

    lines: asyncio.StreamReader
    held: asyncio.StreamWriter
    """Closes with the last who holds it."""
    heard: asyncio.Semaphore

    async def listen(self) -> None:
        while line := await self.lines.readline():
            if line == b"event: update\n":
                self.heard.release()


@dataclass(frozen=True)
class Bench:
    http: ClientSession
    node: psutil.Process
    token: str

    async def idle(self) -> float:
        """Milliseconds of CPU a second."""
        before = inbox.tree_cpu(self.node)
        await asyncio.sleep(IDLE_S)
        return (inbox.tree_cpu(self.node) - before) / IDLE_S * 1e3

    async def question(self, cookie: str) -> tuple[float, float]:
        """CPU, and seconds of one after the other, of a page that asks what came."""
        before, began = inbox.tree_cpu(self.node), monotonic()
        for _ in range(QUESTIONS):
            async with self.http.get("/live?since=0", headers={"Cookie": cookie}) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"/live: {answer.status}")
                await answer.read()
        took = (monotonic() - began) / QUESTIONS
        return (inbox.tree_cpu(self.node) - before) / QUESTIONS * 1e3, took

    async def post(self, heard: asyncio.Semaphore, listening: int) -> tuple[float, float]:
        """CPU of a post with all that it starts, and seconds until the last page heard of it."""
        before, began = inbox.tree_cpu(self.node), monotonic()
        said = {"status": "Bread is ready", "visibility": "private"}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.post("/api/v1/statuses", json=said, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(await answer.text())
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(listening):
                await heard.acquire()
        took = monotonic() - began
        await asyncio.sleep(SETTLE_S)
        return (inbox.tree_cpu(self.node) - before) * 1e3, took


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data, port = Path(folder), inbox.free_port()
        with inbox.serving(data, port) as node:
            cookies, token = await given_members(data, port)
            async with AsyncExitStack() as stack:
                http = await stack.enter_async_context(
                    ClientSession(
                        f"http://127.0.0.1:{port}",
                        cookie_jar=DummyCookieJar(),
                        connector=TCPConnector(limit=4),
                    )
                )
                return await measure(Bench(http, node, token), port, cookies)


async def measure(bench: Bench, port: int, cookies: Sequence[str]) -> int:
    heard = asyncio.Semaphore(0)
    await bench.post(heard, 0)
    idle_alone = await bench.idle()
    alone = [await bench.post(heard, 0) for _ in range(POSTS)]
    question_ms, question_s = await bench.question(cookies[0])
    async with asyncio.TaskGroup() as listening:
        pages = [await opened(port, cookie, heard) for cookie in cookies]
        tasks = [listening.create_task(page.listen()) for page in pages]
        await bench.post(heard, PAGES)
        idle_open = await bench.idle()
        told = [await bench.post(heard, PAGES) for _ in range(POSTS)]
        for task in tasks:
            task.cancel()
    told_ms = median(cpu for cpu, _ in told) - median(cpu for cpu, _ in alone)
    return report(
        (idle_alone, idle_open), told_ms / PAGES, median(took for _, took in told),
        (question_ms, question_s),
    )  # fmt: skip


async def opened(port: int, cookie: str, heard: asyncio.Semaphore) -> Page:
    lines, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
    writer.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())
    status = await lines.readline()
    if b" 200 " not in status:
        raise RuntimeError(status.decode())
    return Page(lines, writer, heard)


async def given_members(data: Path, port: int) -> tuple[list[str], str]:
    """A cookie of each reader, and the token of who writes."""
    origin, now = origin_of(f"http://127.0.0.1:{port}"), datetime.now(UTC)
    conn = await asyncpg.connect(Postgres(data).url)
    try:
        await conn.execute("UPDATE node SET set_up_at = now()")
        await conn.execute(_MEMBERS, f"http://127.0.0.1:{port}", f"127.0.0.1:{port}", PAGES)
        await conn.execute(_FOLLOWS)
        accounts = await conn.fetch(
            "SELECT c.id FROM accounts c JOIN actors a ON a.id = c.actor_id"
            " ORDER BY a.username <> 'm0'"
        )
        await conn.execute("ANALYZE")
        writer, *readers = [AccountId(row["id"]) for row in accounts]
        async with conn.transaction():
            token = await create_token(conn, writer, ["read", "write"], "Bench")
            cookies = [
                await open_session(conn, one, stay=True, user_agent="bench", now=now)
                for one in readers
            ]
    finally:
        await conn.close()
    return [f"{session_cookie(origin)}={cookie}" for cookie in cookies], token


def report(
    idle: tuple[float, float], told_ms: float, last_s: float, question: tuple[float, float]
) -> int:
    more, share = idle[1] - idle[0], told_ms / question[0]
    late_s = MOST_OF_A_QUESTION * PAGES * question[1]
    kept = (more <= MOST_IDLE_MS, share <= MOST_OF_A_QUESTION, last_s <= late_s)
    print(f"{PAGES} open pages")
    print(f"  idle         {idle[0]:8.1f} ms/s with none, {idle[1]:.1f} with all")
    print(f"               {more:8.1f} ms/s more, at most {MOST_IDLE_MS:g}: {verdict(kept[0])}")
    print(f"  to ask       {question[0]:8.3f} ms CPU, {question[1] * 1e3:.2f} ms")
    print(f"  to be told   {told_ms:8.3f} ms CPU for each page and post")
    print(
        f"               {share:8.2f} of asking, at most {MOST_OF_A_QUESTION}: {verdict(kept[1])}"
    )
    print(
        f"  the last one {last_s * 1e3:8.0f} ms after the post was sent, at most"
        f" {late_s * 1e3:.0f}: {verdict(kept[2])}"
    )
    return int(not all(kept))


def verdict(kept: bool) -> str:
    return "kept" if kept else "BROKEN"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
