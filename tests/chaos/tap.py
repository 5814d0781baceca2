"""A wire that counts: what one node sends to another passes through here, byte for byte.

Each node's origin is the address of a tap; the node itself listens elsewhere.
A node that is down looks as it would without the tap: the connection ends.
"""

import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, DummyCookieJar, TCPConnector, web
from yarl import URL

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade"})


@dataclass
class Tap:
    """In front of one node. ``accepted`` counts the 202s by activity id."""

    origin: str
    behind: str
    accepted: Counter[str] = field(default_factory=Counter[str])
    answers: Counter[int] = field(default_factory=Counter[int])
    kinds: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def repeated(self) -> dict[str, int]:
        """How often each activity was taken in again after it had been."""
        return {uri: count - 1 for uri, count in self.accepted.items() if count > 1}

    def count(self, body: bytes, status: int) -> None:
        self.answers[status] += 1
        if status == 202:
            activity = json.loads(body)
            self.accepted[activity["id"]] += 1
            self.kinds[activity["id"]] = activity["type"]


@asynccontextmanager
async def tapped(behind: str) -> AsyncIterator[Tap]:
    """Listen on a free port, and pass everything on to ``behind``."""
    listening = socket.create_server(("127.0.0.1", 0))
    tap = Tap(f"http://127.0.0.1:{listening.getsockname()[1]}", behind)
    # A connection for each request: whether one is kept is the node's own affair.
    connector = TCPConnector(limit=0, force_close=True)
    async with ClientSession(
        connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False
    ) as http:

        async def pass_on(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            try:
                async with http.request(
                    request.method,
                    URL(behind + request.raw_path, encoded=True),
                    headers=request.headers,
                    data=body or None,
                    allow_redirects=False,
                    skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                ) as answer:
                    told = await answer.read()
            except (ClientError, OSError) as error:
                if request.transport is not None:
                    request.transport.abort()
                raise web.HTTPBadGateway from error  # nobody hears it
            if request.method == "POST":
                tap.count(body, answer.status)
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in _HOP_BY_HOP | {"content-length"}
            }
            return web.Response(status=answer.status, headers=headers, body=told)

        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield tap
        finally:
            await runner.cleanup()
