"""Delivery of one post to 500 followers on 500 hosts that each answer after 100 ms.

What is promised (exit code 1 when it is broken), medians of interleaved rounds:

- at least 500 deliveries a second, from the commit to the last answer;
- at most 1.3 ms of CPU for each, the worker and PostgreSQL together;
- 100 more hosts that never answer, met for the first time in every round, make
  the healthy ones take at most 1.15 times as long.

Every connection is new: the hosts close theirs after the answer. The RSA-2048
signature is measured alone beside it, as the floor. The other servers (one
process, raw protocol) are not counted; they use the same cores.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, process_time

import asyncpg
import psutil

from fedinet.actors.keys import create_local_actor
from fedinet.db.embedded import Postgres
from fedinet.db.migrate import migrate
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.uris import origin_of
from fedinet.node.secrets import open_box
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.signing.keys import generate_rsa, sign

HEALTHY = 500
SILENT = 100
ROUNDS = 14
ORIGIN = "http://127.0.0.1:1"
HERE = Path(__file__).parent

LEAST_RATE = 500.0
MOST_CPU_MS = 1.3
MOST_SLOWDOWN = 1.15


@dataclass(frozen=True, slots=True)
class Round:
    """One post, delivered to every healthy host."""

    seconds: float
    worker_ms: float
    """CPU per delivery."""
    database_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.worker_ms + self.database_ms


class Sink:
    """The other servers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "delivery_sink.py"), "--closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._line().split()[1])

    def expect(self, count: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"expect {count}\n")
        self._process.stdin.flush()
        assert self._line() == "ready"

    def done_at(self) -> float:
        return float(self._line().split()[1])

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data = Path(folder)
        postgres = Postgres(data)
        postgres.start()
        try:
            await migrate(postgres.url)
            async with measured(postgres.url, data) as (alone, crowded):
                return report(alone, crowded)
        finally:
            postgres.stop()


@asynccontextmanager
async def measured(url: str, data: Path) -> AsyncIterator[tuple[Sequence[Round], Sequence[Round]]]:
    sink = Sink()
    worker = started_worker(url, data)
    conn = await asyncpg.connect(url)
    try:
        senders = await given_senders(conn, data, sink.port)
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "ready"
        counted = await counted_processes(conn, worker.pid)
        alone: list[Round] = []
        crowded: list[Round] = []
        await one_round(conn, sink, counted, senders[0])  # opens the keys, warms caches
        for number in range(ROUNDS):
            turns = [(alone, senders[0]), (crowded, senders[1 + number])]
            for rounds, sender in turns if number % 2 else reversed(turns):
                rounds.append(await one_round(conn, sink, counted, sender))
        yield alone, crowded
    finally:
        await conn.close()
        worker.terminate()
        worker.communicate()
        sink.close()


def started_worker(url: str, data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "delivery_worker.py"), url, str(data), ORIGIN],
        stdout=subprocess.PIPE,
        text=True,
    )


async def one_round(
    conn: asyncpg.Connection, sink: Sink, counted: Sequence[psutil.Process], sender: ActorId
) -> Round:
    sink.expect(HEALTHY)
    before = [cpu_of(process) for process in counted]
    begun = monotonic()
    async with conn.transaction():
        await enqueue(conn, sender, Audience(followers=True), note())
    seconds = await asyncio.wait_for(asyncio.to_thread(sink.done_at), 60) - begun
    await asyncio.sleep(0.5)  # the last results are written
    worker, database = (
        (cpu_of(process) - was) * 1000 / HEALTHY
        for process, was in zip(counted, before, strict=True)
    )
    return Round(seconds, worker, database)


async def given_senders(conn: asyncpg.Connection, data: Path, port: int) -> list[ActorId]:
    """The first has 500 healthy followers; each of the others 100 silent ones besides."""
    box, uris = open_box(data), NodeUris(origin_of(ORIGIN))
    healthy = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(HEALTHY)]
    senders: list[ActorId] = []
    for number in range(ROUNDS + 1):
        async with conn.transaction():
            actor = await create_local_actor(
                conn,
                uris=uris,
                account_domain=Domain("127.0.0.1:1"),
                username=f"ada{number}",
                kind="Person",
                box=box,
            )
            silent = [f"127.9.{number}.{n + 1}" for n in range(SILENT if number else 0)]
            await follow(conn, actor.id, [*healthy, *silent], port)
        senders.append(actor.id)
    return senders


async def follow(
    conn: asyncpg.Connection, target: ActorId, hosts: Sequence[str], port: int
) -> None:
    origins = [f"http://{host}:{port}" for host in hosts]
    await conn.execute(
        """
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url,
                            shared_inbox_url)
        SELECT o || '/users/bo', o, 'bo', substr(o, 8), false, 'Person', o || '/@bo',
               o || '/users/bo/inbox', o || '/inbox'
          FROM unnest($1::text[]) AS o
            ON CONFLICT DO NOTHING
        """,
        origins,
    )
    await conn.execute(
        """
        INSERT INTO follows (follower_id, target_id, state, uri)
        SELECT id, $2, 'accepted', uri || '#follow' FROM actors WHERE origin = ANY ($1::text[])
        """,
        origins,
        target,
    )


def note() -> dict[str, object]:
    """A post of the usual size, about 3 KB."""
    ada = NodeUris(origin_of(ORIGIN)).actor("ada0")
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": new_activity_uri(ada),
        "type": "Create",
        "actor": ada,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "object": {"type": "Note", "attributedTo": ada, "content": "<p>" + "words " * 450 + "</p>"},
    }


async def counted_processes(conn: asyncpg.Connection, worker: int) -> list[psutil.Process]:
    """The worker, and the server that has all of PostgreSQL below it."""
    await asyncio.sleep(1)  # the pool has opened
    own = psutil.Process(await conn.fetchval("SELECT pg_backend_pid()"))
    postmaster = own.parent()
    assert postmaster is not None
    return [psutil.Process(worker), postmaster]


def cpu_of(process: psutil.Process) -> float:
    """Seconds, of a process and all below it."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def signature_ms(count: int = 1000) -> float:
    """The floor: RSA-2048 alone, in this process."""
    key, text = generate_rsa(), b"x" * 200
    begun = process_time()
    for _ in range(count):
        sign(key, text)
    return (process_time() - begun) * 1000 / count


def report(alone: Sequence[Round], crowded: Sequence[Round]) -> int:
    rate = HEALTHY / median(one.seconds for one in alone)
    cpu = median(one.cpu_ms for one in alone)
    floor = signature_ms()
    slowdown = median(one.seconds for one in crowded) / median(one.seconds for one in alone)
    promises = (
        ("deliveries a second", rate, ">=", LEAST_RATE),
        ("CPU ms per delivery", cpu, "<=", MOST_CPU_MS),
        (f"slowdown by {SILENT} silent hosts", slowdown, "<=", MOST_SLOWDOWN),
    )
    broken = 0
    for name, value, sign_, bound in promises:
        kept = value >= bound if sign_ == ">=" else value <= bound
        broken += not kept
        print(f"{name:<34}{value:>9.2f}   {sign_} {bound:<7g} {'' if kept else 'BROKEN'}")
    print(f"{'RSA-2048 signature alone, ms':<34}{floor:>9.2f}   (floor; {cpu / floor:.1f} times)")
    worker = median(one.worker_ms for one in alone)
    print(f"{'  of which worker, PostgreSQL':<34}{worker:>9.2f}{cpu - worker:>6.2f}")
    print(f"{'seconds, 500 healthy':<34}{_spread(alone)}")
    print(f"{'seconds, with 100 silent':<34}{_spread(crowded)}")
    return 1 if broken else 0


def _spread(rounds: Sequence[Round]) -> str:
    return " ".join(f"{one.seconds:.2f}" for one in rounds)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
