"""What joining by a link asks the application for. ``fedinet.app`` fills it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from aiohttp import web

from fedinet.db.query import Pool, Tx
from fedinet.invitations.model import Expected
from fedinet.kernel.errors import Gone


class NoRoom(Gone):
    """The community has as many members as it wants, or places are kept for others."""

    public = "There is no room at the moment"


class TakePlace(Protocol):
    """Lets in who holds a link, in the transaction that joins; raises ``NoRoom`` where it must.

    Returns the address that they confirmed when they asked to join; "": none.
    """

    async def __call__(self, tx: Tx, token: str, *, now: datetime) -> str: ...


class HasPlace(Protocol):
    """Whether who holds a link would find room at this moment."""

    async def __call__(self, conn: Pool, token: str, *, now: datetime) -> bool: ...


class FindExpected(Protocol):
    """Who asked to join, and was sent this link when the stewards said yes."""

    async def __call__(self, conn: Pool, token: str, *, now: datetime) -> Expected | None: ...


Elsewhere: TypeAlias = Callable[[web.Request], Awaitable[Sequence[object]]]

TAKE_PLACE: web.AppKey[TakePlace] = web.AppKey("take_place")
"""``joining.places.take_place``."""
HAS_PLACE: web.AppKey[HasPlace] = web.AppKey("has_place")
"""``joining.places.is_open``."""
FIND_EXPECTED: web.AppKey[FindExpected] = web.AppKey("find_expected")
"""``joining.places_store.find_expected``."""
ELSEWHERE: web.AppKey[Elsewhere] = web.AppKey("elsewhere")
"""``joining.context.elsewhere``: what ``joining/_elsewhere.html`` shows."""
