"""Sending somebody the link that confirms an address, and how often: nobody’s mailbox is filled."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.addresses import ask_to_confirm
from fedinet.accounts.model import Account
from fedinet.db.pool import transaction
from fedinet.http.context import BOX, POOL
from fedinet.http.limits import Limit, count_attempt

_BY_ACCOUNT: Final = Limit("confirm-email", 5, timedelta(hours=1))
_TO_ADDRESS: Final = Limit("confirm-email-to", 10, timedelta(days=1))
"""By whatever account. Counted under a tag: the address itself stands nowhere."""


async def ask(request: web.Request, me: Account, email: str, *, now: datetime) -> None:
    """Promise the link, within the limits.

    Raises:
        TooManyRequests: enough, for this member or this address.
    """
    pool, box = request.app[POOL], request.app[BOX]
    await count_attempt(pool, _BY_ACCOUNT, str(me.id), now=now)
    await count_attempt(pool, _TO_ADDRESS, box.tag(email.lower()), now=now)
    async with transaction(pool) as tx:
        await ask_to_confirm(tx, me.mailbox(email), box=box, now=now)
