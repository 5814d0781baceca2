"""Answers that are kept in memory and given again as long as nothing in them has changed.

Each time, the database says whether they still hold (``db.changes``), in the statement that looks
for the token. It sees every change that is committed then, so that a kept answer is what reading
anew would give. What changes by the clock alone (the end of a mute or of a poll) shows after half
a minute at most.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from aiohttp import web

from fedinet.db.changes import EVERYTHING, forget_changes, take_snapshot
from fedinet.db.query import Pool
from fedinet.kernel.ids import ActorId
from fedinet.queue.loop import every

_HOLDS_S: Final = 30.0
_FORGET_EVERY_S: Final = 60.0
"""Longer than an answer is kept: what is forgotten stands in no snapshot that is still asked."""
_MOST_BYTES: Final = 32 * 1024 * 1024
_EACH_BYTES: Final = 2048
"""What keeping costs beside the body, numbers and headers, so that empty pages are counted too."""
_LONGEST_ADDRESS: Final = 300

_Key = tuple[bytes, str]
"""A token's hash, so that nobody gets another's answer; and an address with its query."""


class Met:
    """What an answer depends on, as it is put together: on its reader even where it is empty."""

    def __init__(self, reader: ActorId) -> None:
        self.about: set[int] = {EVERYTHING, reader}
        self.may_be_kept = True

    def add(self, *ids: int | None) -> None:
        """Numbers of posts, actors and owners; None is nobody's."""
        self.about.update(number for number in ids if number is not None)


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as it was sent, and what to ask before it is sent again."""

    body: bytes
    headers: Mapping[str, str]
    about: str
    """Numbers, as PostgreSQL writes an array."""
    snapshot: str
    made_at: float

    @property
    def is_old(self) -> bool:
        return monotonic() - self.made_at > _HOLDS_S

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + len(self.about) + len(self.snapshot) + _EACH_BYTES


@dataclass(frozen=True, slots=True)
class Look:
    """What the database said when the token was looked for."""

    token_hash: bytes
    ready: Ready | None
    holds: bool
    snapshot: str


class ReadyAnswers:
    """One per process: the last answers, each for one token and one address."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Key, Ready] = OrderedDict()

    def find(self, token_hash: bytes, request: web.Request) -> Ready | None:
        """What is kept for this request and young enough to be asked about."""
        ready = self._kept.get((token_hash, request.raw_path))
        return None if ready is None or ready.is_old else ready

    async def answer(
        self,
        request: web.Request,
        reader: ActorId,
        anew: Callable[[Met], Awaitable[web.Response]],
    ) -> web.Response:
        """Give the kept answer if it holds; else make it with ``anew``, which fills in ``Met``.

        The caller has checked that this request may read at all, and for whom.
        """
        look = request.get(LOOK)
        if look is not None and look.ready is not None and look.holds:
            return web.Response(body=look.ready.body, headers=look.ready.headers)
        met, made_at = Met(reader), monotonic()
        response = await anew(met)
        if look is not None and met.may_be_kept and len(request.raw_path) <= _LONGEST_ADDRESS:
            assert isinstance(response.body, bytes)  # noqa: S101  # answers of the API are
            about = f"{{{','.join(map(str, met.about))}}}"
            ready = Ready(response.body, dict(response.headers), about, look.snapshot, made_at)
            self._keep((look.token_hash, request.raw_path), ready)
        return response

    def _keep(self, key: _Key, ready: Ready) -> None:
        """Put it last; what is too old to be given, and what is too much, goes from the front."""
        before = self._kept.pop(key, None)
        self._bytes += ready.size - (0 if before is None else before.size)
        self._kept[key] = ready
        while self._kept:
            first = next(iter(self._kept))
            if self._bytes <= self._most_bytes and not self._kept[first].is_old:
                break
            self._bytes -= self._kept.pop(first).size


READY: Final = web.AppKey("ready", ReadyAnswers)
LOOK: Final = web.RequestKey("look", Look)


async def tidy_changes(pool: Pool, stop: asyncio.Event) -> None:
    """Every minute, forget the changes of the minute before it."""
    before = ""

    async def once() -> None:
        nonlocal before
        if before:
            await forget_changes(pool, before)
        before = await take_snapshot(pool)

    await every(_FORGET_EVERY_S, once, stop, name="http.changes")
