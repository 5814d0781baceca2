"""The pages that people live in, on a whole node: what they weigh, and what they cost.

Twenty members follow each other and fifty people elsewhere with 2,000 posts, answer each other,
write letters, report, and have met other servers. What is promised (exit code 1 when it is broken):

- the first visit to a page takes at most 60 KB over the wire with everything it needs but
  pictures of people and of posts; each later one 20 KB;
- the home costs at most 8 ms of CPU, PostgreSQL included;
- no page costs PostgreSQL more than 2 ms.

CPU is the median of rounds, in what the scheduler counted: nanoseconds. What else runs on the same
cores lengthens it. How many statements a page takes is counted by a test, not here
(``test_dutch_pages.py``). ``--large`` asks for the same among 2 million posts and 100 thousand
people elsewhere, 2,000 of them followed (takes minutes).
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import asyncpg
import bench_client as client
import bench_inbox as inbox
import psutil
from aiohttp import ClientSession, DummyCookieJar

from fedinet.db.embedded import Postgres
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.kernel.ids import AccountId
from fedinet.kernel.uris import origin_of

KB = 1000
MOST_FIRST, MOST_LATER = 60 * KB, 20 * KB
MOST_HOME_MS, MOST_DATABASE_MS = 8.0, 2.0
ROUNDS, REQUESTS, AT_ONCE = 7, 60, 2
ANSWERS, LETTERS, SERVERS = 20, 15, 60
_NEEDED = re.compile(
    r'(?:<link rel="(?:stylesheet|icon|manifest)"|<script)[^>]*?(?:href|src)="([^"]+)"'
)
_SPRITE = re.compile(r'<use href="([^"#]+)')

_GIVEN_SERVERS = """
    INSERT INTO policy_servers (domain, met_at, software, version, accounts)
    SELECT 's' || n || '.example', now(), 'mastodon', '4.6.5', 1000 + n
      FROM generate_series(1, $1::integer) AS n
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Cost:
    """Of one page: bytes over the wire, and CPU milliseconds of ours and of PostgreSQL."""

    first: int
    later: int
    own_ms: float
    database_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.own_ms + self.database_ms


@dataclass(frozen=True)
class Bench:
    http: ClientSession
    node: psutil.Process
    postmaster: psutil.Process

    async def cost(self, path: str) -> Cost:
        later, html = await self.weight(path)
        needed = {*_NEEDED.findall(html), *_SPRITE.findall(html)}
        first = later + sum([(await self.weight(one))[0] for one in sorted(needed)])
        await self.ask(path, REQUESTS)
        rounds = [await self.round(path) for _ in range(ROUNDS)]
        return Cost(first, later, median(own for own, _ in rounds), median(db for _, db in rounds))

    async def weight(self, path: str) -> tuple[int, str]:
        """Bytes of an answer with its headers, and its text."""
        headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
        async with self.http.get(path, headers=headers) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {text[:300]}")
            head = sum(len(name) + len(value) + 4 for name, value in answer.raw_headers)
            body = int(answer.headers["Content-Length"])
        return head + body, text

    async def round(self, path: str) -> tuple[float, float]:
        """CPU milliseconds of a request: of our processes, and of PostgreSQL."""
        before = self.cpu()
        await self.ask(path, REQUESTS)
        own, database = (now - was for now, was in zip(self.cpu(), before, strict=True))
        return own / REQUESTS * 1e3, database / REQUESTS * 1e3

    def cpu(self) -> tuple[float, float]:
        database = inbox.tree_cpu(self.postmaster)
        below = {one.pid for one in self.node.children(recursive=True)}
        total = inbox.tree_cpu(self.node)
        return (total - database if self.postmaster.pid in below else total), database

    async def ask(self, path: str, times: int) -> None:
        left = iter(range(times))

        async def one_after_the_other() -> None:
            for _ in left:
                await self.weight(path)

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


async def main(*, large: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data, port = Path(folder), inbox.free_port()
        origin = f"http://127.0.0.1:{port}"
        with inbox.serving(data, port) as node:
            url = Postgres(data).url
            conn = await asyncpg.connect(url, command_timeout=1800)
            tokens = await client.given_life(conn, url, port, large=large)
            thread = await given_talk(conn, origin, tokens)
            postmaster = psutil.Process(await conn.fetchval("SELECT pg_backend_pid()")).parent()
            assert postmaster is not None
            cookie = await given_session(conn, origin)
            await conn.close()
            async with ClientSession(
                origin, headers={"Cookie": cookie}, cookie_jar=DummyCookieJar()
            ) as http:
                bench = Bench(http, node, postmaster)
                costs = {path: await bench.cost(path) for path in pages(thread)}
    return report(costs)


def pages(thread: str) -> tuple[str, ...]:
    return (
        *("/", thread, "/@m1", "/community", "/conversations", "/people", "/notifications"),
        *("/search?q=butter", "/write", "/admin", "/admin/reports", "/admin/people"),
        *("/admin/policy/servers",),
    )


async def given_talk(
    conn: "asyncpg.Connection[asyncpg.Record]", origin: str, tokens: Sequence[str]
) -> str:
    """Members talk, by the doors that apps use; returns the page of a conversation."""
    async with ClientSession(origin) as http:

        async def send(number: int, path: str, **words: object) -> dict[str, str]:
            token = tokens[number % len(tokens)]
            headers = {"Authorization": f"Bearer {token}"}
            async with http.post(f"/api/v1/{path}", json=words, headers=headers) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")
                return await answer.json()

        first = await send(0, "statuses", status="Bread is ready. Who brings butter? #bread")
        for number in range(1, ANSWERS + 1):
            text = f"@m0 I have butter, and {number} spoons of jam."
            await send(number, "statuses", status=text, in_reply_to_id=first["id"])
            await send(number, f"statuses/{first['id']}/favourite")
        for number in range(1, LETTERS + 1):
            letter = f"@m0 A word between us, the {number}th."
            await send(number, "statuses", status=letter, visibility="direct")
        people = await conn.fetch("SELECT id FROM actors WHERE NOT is_local ORDER BY id LIMIT 10")
        for number, person in enumerate(people):
            await send(number, "reports", account_id=str(person["id"]), comment="Not kind.")
    await conn.execute(_GIVEN_SERVERS, SERVERS)
    await conn.execute(
        "UPDATE accounts SET role = 'owner' WHERE id = (SELECT min(id) FROM accounts)"
    )
    while await conn.fetchval("SELECT EXISTS (SELECT FROM signals)"):  # noqa: ASYNC110  # others work
        await asyncio.sleep(0.1)
    await conn.execute("VACUUM ANALYZE")  # what autovacuum does within a minute
    return f"/@m0/{first['id']}"


async def given_session(conn: "asyncpg.Connection[asyncpg.Record]", origin: str) -> str:
    """A signed in browser of the owner: the cookie it sends."""
    owner = AccountId(await conn.fetchval("SELECT id FROM accounts WHERE role = 'owner'"))
    value = await open_session(conn, owner, stay=True, user_agent="Bench", now=datetime.now(UTC))
    return f"{session_cookie(origin_of(origin))}={value}"


def report(costs: dict[str, Cost]) -> int:
    broken = 0
    for path, cost in costs.items():
        most = MOST_HOME_MS if path == "/" else None
        faults = [
            name
            for name, is_broken in (
                ("first visit", cost.first > MOST_FIRST),
                ("later visit", cost.later > MOST_LATER),
                ("CPU", most is not None and cost.cpu_ms > most),
                ("PostgreSQL", cost.database_ms > MOST_DATABASE_MS),
            )
            if is_broken
        ]
        broken += len(faults)
        print(
            f"  {re.sub(r'[0-9]{6,}', 'ID', path):<24}"
            f" first {cost.first / KB:5.1f} KB, later {cost.later / KB:5.1f} KB,"
            f" CPU {cost.cpu_ms:5.2f} ms ({cost.own_ms:5.2f} + PostgreSQL {cost.database_ms:4.2f}):"
            f" {'BROKEN: ' + ', '.join(faults) if faults else 'kept'}"
        )
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(large="--large" in sys.argv[1:])))
