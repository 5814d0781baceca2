"""Signatures by the batch, in threads: OpenSSL releases the GIL while it works.

Whatever is asked for while both threads are busy is signed together by the
next one that is free: twenty at most, so that the first answers come soon.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeAlias

from fedinet.kernel.errors import FedinetError, Overloaded
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.claim import Scheme
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing
from fedinet.signing.rfc9421 import sign_rfc9421

_THREADS: Final = 2
_BATCH: Final = 20

Headers: TypeAlias = dict[str, str]
Signed: TypeAlias = Headers | BaseException


@dataclass(frozen=True, slots=True)
class _Order:
    key: SigningKey
    request: Outgoing
    scheme: Scheme
    now: datetime
    ready: "asyncio.Future[Headers]"


class SigningDesk:
    """One per worker process. An async context manager; inside it, ``sign`` may be awaited."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sign")
        self._orders: deque[_Order] = deque()
        self._busy = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def sign(
        self, key: SigningKey, request: Outgoing, scheme: Scheme, now: datetime
    ) -> "asyncio.Future[Headers]":
        """Order the headers of one request."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[Headers] = loop.create_future()
        self._orders.append(_Order(key, request, scheme, now, ready))
        if len(self._orders) == 1:
            loop.call_soon(self._next)
        return ready

    def _next(self) -> None:
        """Give waiting orders to the threads that are free."""
        while self._orders and self._busy < _THREADS:
            batch = [self._orders.popleft() for _ in range(min(_BATCH, len(self._orders)))]
            self._busy += 1
            signing = asyncio.get_running_loop().run_in_executor(self._threads, _sign_all, batch)
            signing.add_done_callback(lambda done, batch=batch: self._deliver(done, batch))

    def _deliver(self, done: "asyncio.Future[list[Signed]]", batch: Sequence[_Order]) -> None:
        self._busy -= 1
        self._next()
        for order, signed in zip(batch, _results(done, len(batch)), strict=True):
            if order.ready.done():  # whoever asked was cancelled
                continue
            if isinstance(signed, BaseException):
                order.ready.set_exception(signed)
            else:
                order.ready.set_result(signed)


def _results(done: "asyncio.Future[list[Signed]]", count: int) -> Sequence[Signed]:
    """What a batch came to; a batch that failed as a whole fails each order."""
    if done.cancelled():
        return [Overloaded("the signing threads are stopping")] * count
    error = done.exception()
    return done.result() if error is None else [error] * count


def _sign_all(batch: Sequence[_Order]) -> list[Signed]:
    return [_sign(order) for order in batch]


def _sign(order: _Order) -> Signed:
    try:
        if order.scheme is Scheme.RFC9421:
            return sign_rfc9421(order.key, order.request, now=order.now)
        return sign_cavage(order.key, order.request, now=order.now)
    except (FedinetError, ValueError) as error:  # an address that cannot be signed for
        return error
