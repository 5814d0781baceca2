"""How many answers are kept, and how long. Whether they hold: integration/test_ready_answers."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from fedinet.http import ready
from fedinet.http.ready import LOOK, Look, Met, ReadyAnswers
from fedinet.kernel.ids import ActorId


async def _ask(kept: ReadyAnswers, address: str) -> None:
    request = make_mocked_request("GET", address)
    request[LOOK] = Look(b"hash", None, holds=True, snapshot="1:1:")

    async def anew(_: Met) -> web.Response:
        return web.Response(body=b"[]")

    await kept.answer(request, ActorId(1), anew)


def _how_many(kept: ReadyAnswers, most: int) -> int:
    requests = [make_mocked_request("GET", f"/home?max_id={n}") for n in range(most)]
    return sum(kept.find(b"hash", request) is not None for request in requests)


async def test_many_empty_pages_take_no_more_memory_than_long_ones() -> None:
    kept = ReadyAnswers(most_bytes=20_000)
    for number in range(100):
        await _ask(kept, f"/home?max_id={number}")
    assert 1 < _how_many(kept, 100) < 10


async def test_one_that_is_larger_than_all_is_not_kept() -> None:
    kept = ReadyAnswers(most_bytes=1)
    await _ask(kept, "/home?max_id=0")
    assert _how_many(kept, 1) == 0


async def test_what_is_too_old_goes_when_another_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = ReadyAnswers(), 1000.0
    monkeypatch.setattr(ready, "monotonic", lambda: now)
    for number in range(3):
        await _ask(kept, f"/home?max_id={number}")
    now += 31
    await _ask(kept, "/home?max_id=3")
    now -= 31  # seen from then, those would still be young enough
    assert _how_many(kept, 4) == 1
