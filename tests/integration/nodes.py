"""Real nodes in the test's own process: own database, own port on loopback, real HTTP.

``start_node`` (a fixture) makes as many as a test needs; they federate with
each other over 127.0.0.1. No worker loops run: ``drain`` does all the work that
is due, on all nodes of the test, until there is none left.
"""

import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiohttp import ClientSession, DummyCookieJar, web

from fedinet.actors.keys import ensure_node_actor
from fedinet.app import Step, make_web_app, worker_steps
from fedinet.db.query import Pool
from fedinet.http.admission import MOST_LINE
from fedinet.http.ready import READY
from fedinet.node.secrets import open_box
from fedinet.node.store import finish_setup, pin_node
from fedinet.services import Services, open_services
from fedinet.settings import load
from tests.contract.judge import check_answers, judge_answers
from tests.contract.ready import CheckedAnswers
from tests.contract.sent import judge_streams

_MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNode:
    """A node that answers at ``origin``."""

    origin: str
    services: Services
    app: web.Application
    http: ClientSession
    """For asking it as a stranger: no cookies are kept, redirects are followed only if asked."""
    wrong: list[str]
    """Answers and events not as in schemas/openapi.yaml, or kept too long; none may be left."""
    peers: "list[RunningNode]"
    """All nodes of this test, this one too."""

    @property
    def pool(self) -> Pool:
        return self.services.pool

    @property
    def domain(self) -> str:
        """What stands in handles: ``127.0.0.1:PORT``."""
        return self.services.settings.account_domain

    async def work(self) -> int:
        """One round of everything that is due on this node; returns how much was done."""
        return sum([await step() for step in self.steps])

    @property
    def steps(self) -> Sequence[Step]:
        return worker_steps(self.services)

    async def drain(self) -> None:
        """Work on all nodes of the test until nothing is due anywhere."""
        for _ in range(_MOST_ROUNDS):
            if not sum([await node.work() for node in self.peers]):
                return
        raise AssertionError(f"still busy after {_MOST_ROUNDS} rounds")


@asynccontextmanager
async def running_node(
    database_url: str,
    data: Path,
    *,
    peers: list[RunningNode],
    set_up: bool = True,
    host: str = "127.0.0.1",
    port: int = 0,
    **flags: object,
) -> AsyncGenerator[RunningNode]:
    """Start a node on a migrated database; ``flags`` are settings by name.

    ``port``: where a node that is set up already answers; 0: any.

    Its mode is open, unlike that of a node that somebody has set up: strangers speak at once.
    """
    listening = socket.create_server(("127.0.0.1", port))
    origin = f"http://{host}:{listening.getsockname()[1]}"
    given = {
        "data": str(data),
        "origin": origin,
        "database_url": database_url,
        "allow_private_networks": "127.0.0.0/8",
        "min_free_mb": 16,
        "api_requests": 1_000_000,
        "time_zone": "UTC",  # whatever that of this machine is
        **flags,
    }
    settings = load(given, {})
    open_box(data)
    conn = await asyncpg.connect(database_url)
    async with conn.transaction():
        await pin_node(conn, settings)
        if set_up:
            await finish_setup(
                conn, name="Test community", purpose="To be tested", language="en", hue=200
            )
    await conn.close()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, "web"))
        await ensure_node_actor(services.pool, settings, services.box)
        app = make_web_app(services)
        wrong: list[str] = []
        judge_answers(app, wrong)
        app[READY] = CheckedAnswers(services.pool, wrong)
        judge_streams(app, wrong)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, max_line_size=MOST_LINE)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listening).start()
        http = await stack.enter_async_context(
            ClientSession(origin, cookie_jar=DummyCookieJar(), auto_decompress=True)
        )
        node = RunningNode(
            origin=origin, services=services, app=app, http=http, wrong=wrong, peers=peers
        )
        peers.append(node)
        yield node
        check_answers(wrong)
