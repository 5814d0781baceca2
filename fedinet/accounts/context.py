"""What the pages of accounts ask the application for, put together."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web

from fedinet.accounts.commands import House
from fedinet.db.query import Pool
from fedinet.http.context import BOX, SETTINGS, URIS
from fedinet.kernel.ids import AccountId, ActorId

WHY_SHUT_OUT: web.AppKey[Callable[[Pool, ActorId], Awaitable[str]]] = web.AppKey("why_shut_out")
"""Why the stewards suspended a member, as they told them; ``""`` where they gave no reason."""


class ShowOut(Protocol):
    """Leads who is suspended to a page of their own. ``is_whole``: no second step is left."""

    async def __call__(
        self, request: web.Request, account_id: AccountId, *, is_whole: bool, now: datetime
    ) -> web.Response: ...


SHOW_OUT: web.AppKey[ShowOut] = web.AppKey("show_out")
"""``moderation.shut_out.show_out``."""

ASKING: web.AppKey[Callable[[Pool], Awaitable[bool]]] = web.AppKey("asking")
"""``joining.ways_store.is_asking``: whether strangers may ask to join."""


def house(request: web.Request) -> House:
    """What a new actor needs to know of this node."""
    app = request.app
    return House(uris=app[URIS], account_domain=app[SETTINGS].account_domain, box=app[BOX])


class Enter(Protocol):
    """The one door: lets somebody in whose password was right, or asks for the second step."""

    async def __call__(
        self,
        request: web.Request,
        account_id: AccountId,
        *,
        there: str,
        stay: bool,
        now: datetime,
    ) -> web.Response: ...


ENTER: web.AppKey[Enter] = web.AppKey("enter")
"""``security.door.enter``. No page begins a session by itself."""
