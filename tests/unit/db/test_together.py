"""Questions that come while one is asked go together, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from fedinet.db.together import Together


class Asked:
    """Answers with the square, once it may; ``turns`` are the questions of each statement."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.may = asyncio.Event()

    async def __call__(self, questions: Sequence[int]) -> list[int]:
        self.turns.append(list(questions))
        await self.may.wait()
        if 1300 in questions:
            raise ValueError("no such")
        return [number * number for number in questions]


async def test_who_comes_meanwhile_goes_into_the_next() -> None:
    asked = Asked()
    together: Together[int, int] = Together(asked)
    first = asyncio.create_task(together.ask(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(together.ask(number)) for number in range(2, 80)]
    await asyncio.sleep(0)
    asked.may.set()

    assert await first == 1
    assert await asyncio.gather(*later) == [number * number for number in range(2, 80)]
    assert [len(turn) for turn in asked.turns] == [1, 64, 14]
    assert await together.ask(9) == 81


async def test_a_failure_is_told_to_all_of_that_turn_and_to_no_other() -> None:
    asked = Asked()
    asked.may.set()
    together: Together[int, int] = Together(asked)

    answers = await asyncio.gather(*map(together.ask, (12, 1300)), return_exceptions=True)

    assert [str(answer) for answer in answers] == ["no such", "no such"]
    assert await together.ask(3) == 9


async def test_who_has_gone_keeps_nobody_from_an_answer() -> None:
    asked = Asked()
    together: Together[int, int] = Together(asked)
    gone, stays = [asyncio.create_task(together.ask(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    asked.may.set()

    assert await stays == 9
    with pytest.raises(asyncio.CancelledError):
        await gone
