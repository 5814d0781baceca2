"""What apps ask most, on a whole node: home, a new post, and streams that stay open.

Twenty members follow each other and fifty people elsewhere with 2,000 posts. They post in turns,
since each may ask only so often. CPU is that of all processes of ``fedinet serve`` and
PostgreSQL. What is promised (exit code 1 when it is broken):

- a home of 20 full statuses costs at most 0.40 ms, p99 under 40 ms at 32 connections;
- a new post costs at most 4 ms with all the work it queues, and is answered within 10 ms (p50);
- 500 open sockets take at most 40 MB more, and a post is at all of them within 100 ms (p50);
- 2,000 idle sockets are all kept, and the node answers beside them.

The client runs beside the node and uses the same cores. ``--large`` asks for the same of a home
among 2 million posts and 100 thousand people elsewhere, 2,000 of them followed (takes minutes).
"""

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import asyncpg
import bench_inbox as inbox
import psutil
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector
from bench_idle import pss
from bench_mixed import store_posts

from fedinet.db.embedded import Postgres
from fedinet.http.tokens import create_token
from fedinet.kernel.ids import AccountId
from fedinet.signing.keys import generate_rsa

FOLLOWED, POSTS = 50, 2_000
LARGE_FOLLOWED, LARGE_PEOPLE, LARGE_POSTS = 2_000, 100_000, 2_000_000
CONNECTIONS, REQUESTS, NEW_POSTS = 32, 2_000, 600
SOCKETS, TOLD = 500, 15
IDLE, IDLE_MEMBERS = 2_000, 80
MOST = {
    "home, CPU ms": 0.40,
    "home, p99 ms": 40.0,
    "post, CPU ms": 4.0,
    "post, p50 ms": 10.0,
    "500 sockets, MB": 40.0,
    "post to screen, p50 ms": 100.0,
    "idle sockets lost": 0.0,
}

_PEOPLE = """
    INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url,
                        followers_uri, fetched_at, handle_checked_at)
    SELECT o || '/users/p', o, 'p', 's' || n || '.example', false, 'Person', o || '/users/p',
           o || '/inbox', o || '/followers', now(), now()
      FROM generate_series(1, $1::integer) AS n
     CROSS JOIN LATERAL (SELECT 'https://s' || n || '.example' AS o) AS made
"""
_MORE_MEMBERS = """
    WITH made AS (
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
        SELECT $1 || '/users/i' || n, $1, 'i' || n, $2, true, 'Person', $1 || '/users/i' || n,
               $1 || '/users/i' || n || '/inbox'
          FROM generate_series(1, $3::integer) AS n
        RETURNING id)
    INSERT INTO accounts (actor_id, password_hash) SELECT id, 'x' FROM made RETURNING id
"""
_FOLLOW = """
    INSERT INTO follows (follower_id, target_id, state, uri, accepted_at)
    SELECT m.id, t.id, 'accepted', m.uri || '#' || t.id, now()
      FROM actors m
      JOIN accounts ON accounts.actor_id = m.id
     CROSS JOIN (SELECT id FROM actors WHERE uri = ANY ($1::text[])) AS t
     WHERE m.id <> t.id
    ON CONFLICT DO NOTHING
"""
_HOMES = """
    INSERT INTO home (owner_id, item_id, post_id)
    SELECT m.actor_id, p.id, p.id
      FROM accounts m
     CROSS JOIN (SELECT p.id FROM posts p JOIN actors a ON a.id = p.author_id
                  WHERE a.uri = ANY ($1::text[]) ORDER BY p.id DESC LIMIT 400) AS p
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Bench:
    origin: str
    node: psutil.Process
    postmaster: psutil.Process
    conn: "asyncpg.Connection[asyncpg.Record]"
    http: ClientSession
    url: str
    tokens: Sequence[str]

    def cpu(self) -> float:
        """Seconds of the node and its PostgreSQL, however they are related."""
        seen = {one.pid: one for one in (self.node, *self.node.children(recursive=True))}
        total = inbox.tree_cpu(self.node)
        return total if self.postmaster.pid in seen else total + inbox.tree_cpu(self.postmaster)

    def memory(self) -> float:
        """MB of the node's processes; those of PostgreSQL do not know of sockets."""
        return sum(_own_memory(self.node))

    async def home(self) -> dict[str, float]:
        took: list[float] = []
        left = iter(range(REQUESTS))
        read: dict[int, bytes] = {}

        async def ask(number: int) -> None:
            member = number % len(self.tokens)
            headers = _bearer(self.tokens[member])
            for _ in left:
                begun = perf_counter()
                async with self.http.get("/api/v1/timelines/home", headers=headers) as answer:
                    body = await answer.read()
                took.append(perf_counter() - begun)
                if read.get(member) != body:  # to read each answer takes longer than to make it
                    if answer.status != 200 or len(json.loads(body)) != 20:
                        raise RuntimeError(f"{answer.status}: {body[:200]!r}")
                    read[member] = body

        for round_of in (CONNECTIONS * 4, REQUESTS):  # the first one warms up
            left = iter(range(round_of))
            took.clear()
            before = self.cpu()
            await asyncio.gather(*map(ask, range(CONNECTIONS)))
            spent = self.cpu() - before
        return {
            "home, CPU ms": spent / REQUESTS * 1e3,
            "home, p99 ms": quantiles(took, n=100)[98] * 1e3,
        }

    async def post(self) -> dict[str, float]:
        took: list[float] = []
        writers = itertools.cycle(self.tokens)
        for round_of in (100, NEW_POSTS):  # the first one makes plans and opens connections
            took.clear()
            before = self.cpu()
            for number, token in zip(range(round_of), writers, strict=False):
                took.append((await self.publish(f"Bread is ready, {number}", token))[0])
            await self.settled()
            spent = self.cpu() - before
        return {"post, CPU ms": spent / NEW_POSTS * 1e3, "post, p50 ms": median(took) * 1e3}

    async def publish(self, text: str, token: str = "") -> tuple[float, str]:
        """Seconds until the answer, and the id of the new post; by the first member."""
        begun = perf_counter()
        words = {"status": text, "visibility": "public"}
        async with self.http.post(
            "/api/v1/statuses", json=words, headers=_bearer(token or self.tokens[0])
        ) as answer:
            written = await answer.json()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {written}")
        return perf_counter() - begun, written["id"]

    async def settled(self) -> None:
        while await self.conn.fetchval(  # noqa: ASYNC110  # other processes work
            "SELECT EXISTS (SELECT FROM signals)"
        ):
            await asyncio.sleep(0.1)  # each look is PostgreSQL's work, too

    async def streams(self) -> dict[str, float]:
        before = self.memory()
        turns = itertools.islice(itertools.cycle(self.tokens), SOCKETS)
        sockets = [await self._listen(token) for token in turns]
        await asyncio.sleep(1)
        more = self.memory() - before
        took: list[float] = []
        for number in range(TOLD):
            begun = perf_counter()
            told = [asyncio.create_task(_told(socket, begun)) for socket in sockets]
            await self.publish(f"Butter is here, {number}")
            took.extend(await asyncio.gather(*told))
        for socket in sockets:
            await socket.close()
        return {"500 sockets, MB": more, "post to screen, p50 ms": median(took) * 1e3}

    async def idle(self) -> dict[str, float]:
        """2,000 sockets of members whom nobody tells anything."""
        domain = self.origin.removeprefix("http://")
        rows = await self.conn.fetch(_MORE_MEMBERS, self.origin, domain, IDLE_MEMBERS)
        tokens = await tokens_of(self.url, [row["id"] for row in rows])
        before = self.memory()
        turns = itertools.islice(itertools.cycle(tokens), IDLE)
        sockets = [await self._listen(token) for token in turns]
        await asyncio.sleep(2)
        more = self.memory() - before
        open_now = sum(not socket.closed for socket in sockets)
        async with self.http.get(
            "/api/v1/timelines/home", headers=_bearer(self.tokens[0])
        ) as answer:
            status = answer.status
        for socket in sockets:
            await socket.close()
        print(f"  {IDLE} idle sockets take {more:.1f} MB more")
        return {"idle sockets lost": IDLE - open_now + (status != 200)}

    async def _listen(self, token: str) -> ClientWebSocketResponse:
        return await self.http.ws_connect(
            "/api/v1/streaming?stream=user", headers=_bearer(token), compress=0
        )


def _own_memory(node: psutil.Process) -> Iterator[float]:
    for one in (node, *node.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # one that ended meanwhile has none
            if "postgres" not in one.name():
                yield pss(one)


async def _told(socket: ClientWebSocketResponse, begun: float) -> float:
    """Seconds until this app has the new post."""
    while json.loads((await socket.receive(timeout=30)).data)["event"] != "update":
        pass
    return perf_counter() - begun


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def main(*, large: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data, port = Path(folder), inbox.free_port()
        origin = f"http://127.0.0.1:{port}"
        with inbox.serving(data, port) as node:
            url = Postgres(data).url
            conn = await asyncpg.connect(url, command_timeout=1800)
            tokens = await given_life(conn, url, port, large=large)
            postmaster = psutil.Process(await conn.fetchval("SELECT pg_backend_pid()")).parent()
            assert postmaster is not None
            async with ClientSession(origin, connector=TCPConnector(limit=0)) as http:
                bench = Bench(origin, node, postmaster, conn, http, url, tokens)
                found = await bench.home()
                if not large:
                    found |= await bench.post()
                    found |= await bench.streams()
                    found |= await bench.idle()
            await conn.close()
    return report(found)


async def given_life(
    conn: "asyncpg.Connection[asyncpg.Record]", url: str, port: int, *, large: bool
) -> list[str]:
    """Members, whom they follow, and posts; returns a token of each member."""
    key = inbox.sender(0, [generate_rsa()])
    await inbox.given_community(conn, port, [key])
    people, posts = (LARGE_PEOPLE, LARGE_POSTS) if large else (FOLLOWED, POSTS)
    await conn.execute(_PEOPLE, people)
    uris = [f"https://s{number}.example/users/p" for number in range(1, people + 1)]
    followed = uris[: LARGE_FOLLOWED if large else FOLLOWED]
    members = [f"http://127.0.0.1:{port}/users/m{number}" for number in range(inbox.MEMBERS)]
    await conn.execute(_FOLLOW, [*followed, *members])
    await store_posts(conn, uris, 1, posts)
    await conn.execute(_HOMES, followed)
    await conn.execute("VACUUM ANALYZE")  # what autovacuum does within a minute
    accounts = await conn.fetch(
        "SELECT m.id FROM accounts m JOIN actors a ON a.id = m.actor_id ORDER BY a.uri <> $1, m.id",
        members[0],
    )
    return await tokens_of(url, [account["id"] for account in accounts])


async def tokens_of(url: str, accounts: Sequence[AccountId]) -> list[str]:
    async with asyncpg.create_pool(url, min_size=1) as pool:
        return [
            await create_token(pool, account, ["read", "write"], "Bench") for account in accounts
        ]


def report(found: dict[str, float]) -> int:
    broken = 0
    for name, value in found.items():
        kept = value <= MOST[name]
        broken += not kept
        print(
            f"  {name:<24} {value:8.2f} of at most {MOST[name]:g}: {'kept' if kept else 'BROKEN'}"
        )
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(large="--large" in sys.argv[1:])))
