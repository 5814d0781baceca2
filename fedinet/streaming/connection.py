"""One app that listens: its subscriptions, and what waits to be written to it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.streaming.model import Stream, Told

_MOST_WAITING: Final = 200
"""Events; an app that reads so slowly is let go, and reads its timelines again."""
_MOST_REMEMBERED: Final = 500
MOST_STREAMS: Final = 50
"""Subscriptions of one connection."""


@dataclass(eq=False, slots=True)
class Connection:
    """A WebSocket or a stream of server-sent events. ``request`` renders for its member."""

    request: web.Request
    member: Member
    token_id: int
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
