"""Questions that are asked at once, put to the database as one.

While a statement is under way, further questions wait for it and go into the next one together.
Nobody waits for a clock, and every answer is read after its question was asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

_MOST_AT_ONCE: Final = 64

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """``ask_all`` gets questions and returns their answers in the same order."""

    def __init__(
        self, ask_all: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]]
    ) -> None:
        self._ask_all = ask_all
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """Raises what the statement raises: for all that went together."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_waiting())
        return await answer

    async def _ask_waiting(self) -> None:
        try:
            while self._waiting:
                turn = self._waiting[:_MOST_AT_ONCE]
                del self._waiting[:_MOST_AT_ONCE]
                await self._ask_these(turn)
        finally:
            self._asking = None

    async def _ask_these(self, turn: Sequence[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._ask_all([question for question, _ in turn])
        except Exception as error:  # each who asked is told, and raises it
            for _, answer in turn:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), found in zip(turn, answers, strict=True):
            if not answer.done():  # who asked may be gone
                answer.set_result(found)
