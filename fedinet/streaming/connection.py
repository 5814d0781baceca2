"""One app or page that listens: its subscriptions, and what waits to be written to it."""

import asyncio
import contextlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.streaming.model import Stream, Told

_MOST_WAITING: Final = 200
"""Events; an app that reads so slowly is let go, and reads its timelines again."""
_MOST_REMEMBERED: Final = 500
_THUMP_S: Final = 15.0
WRITE_S: Final = 20.0
"""How long an app may take to read one event."""
MOST_STREAMS: Final = 50
"""Subscriptions of one connection."""


@dataclass(eq=False, slots=True)
class Connection:
    """A WebSocket or a stream of server-sent events. ``request`` renders for its member."""

    request: web.Request
    member: Member
    key: int | bytes
    """What lets it listen: the row of its token, or the hash of its page's session."""
    streams: set[Stream] = field(default_factory=set[Stream])
    waiting: asyncio.Queue[Told | None] = field(
        default_factory=lambda: asyncio.Queue[Told | None](_MOST_WAITING)
    )
    is_over: bool = False
    _sent: OrderedDict[tuple[Stream, int], None] = field(
        default_factory=OrderedDict[tuple[Stream, int], None]
    )

    def send(self, told: Told) -> None:
        """Queue an event; where there is no room the connection is over. Never waits."""
        if self.is_over:
            return
        if told.post_id:
            self._sent[told.stream, told.post_id] = None
            while len(self._sent) > _MOST_REMEMBERED:
                self._sent.popitem(last=False)
        try:
            self.waiting.put_nowait(told)
        except asyncio.QueueFull:
            self.end()

    def has_sent(self, stream: Stream, post_id: int) -> bool:
        """Tell whether this stream has carried the post, as far as it is remembered."""
        return (stream, post_id) in self._sent

    def end(self) -> None:
        """Let the app go: what waits is dropped, and its writer ends."""
        self.is_over = True
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


def events_answer(**headers: str) -> web.StreamResponse:
    """An answer of server-sent events, which no proxy may hold back."""
    return web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            **headers,
        }
    )


async def write_events(answer: web.StreamResponse, connection: Connection) -> None:
    """Write what comes, until the connection is over or its reader has gone."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        await answer.write(b":)\n")
        while True:
            try:
                async with asyncio.timeout(_THUMP_S):
                    one = await connection.waiting.get()
            except TimeoutError:
                async with asyncio.timeout(WRITE_S):
                    await answer.write(b":thump\n\n")
                continue
            if one is None:
                return
            async with asyncio.timeout(WRITE_S):
                await answer.write(one.for_events)
