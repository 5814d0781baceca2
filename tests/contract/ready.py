"""Hold kept answers against what reading anew says: each time one is given, in every test."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from fedinet.db.changes import still_holds
from fedinet.db.query import Pool
from fedinet.http.ready import LOOK, Met, ReadyAnswers
from fedinet.kernel.ids import ActorId

_COUNTED_EACH_MINUTE: Final = frozenset(
    {"followers_count", "following_count", "statuses_count", "last_status_at"}
)
_HOLDS: Final = "SELECT " + still_holds("$1", "$2::text")


class CheckedAnswers(ReadyAnswers):
    """``given``: how many came from memory. ``wrong``: those that were not what is true now."""

    def __init__(self, pool: Pool, wrong: list[str]) -> None:
        super().__init__()
        self.given = 0
        self._pool = pool
        self._wrong = wrong

    async def answer(
        self,
        request: web.Request,
        reader: ActorId,
        anew: Callable[[Met], Awaitable[web.Response]],
    ) -> web.Response:
        response = await super().answer(request, reader, anew)
        look = request.get(LOOK)
        if look is not None and look.ready is not None and look.holds:
            self.given += 1
            differs = _differences(_read(response), _read(await anew(Met(reader))))
            if differs and await self._pool.fetchval(
                _HOLDS, look.ready.snapshot, look.ready.about
            ):  # else it changed since it was asked for
                self._wrong.append(f"{request.rel_url} was kept too long: {'; '.join(differs)}")
        return response


def _read(response: web.Response) -> list[Any]:
    assert isinstance(response.body, bytes)
    return [dict(response.headers), _without_counts(msgspec.json.decode(response.body))]


def _without_counts(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_counts(v) for k, v in value.items() if k not in _COUNTED_EACH_MINUTE}
    return [_without_counts(one) for one in value] if isinstance(value, list) else value


def _differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two values differ, as paths."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [d for key in one for d in _differences(one[key], other[key], f"{at}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [d for n, (a, b) in pairs for d in _differences(a, b, f"{at}[{n}]")]
    return [] if one == other else [f"{at}: {one!r}, and anew {other!r}"[:300]]
