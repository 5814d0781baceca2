"""Who opens a door for others, or for good, proves again that it is them.

A browser may be left open. The page that asks is security/web.py.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.redirects import see_other
from fedinet.http.sessions import is_fresh

FRESH: Final = timedelta(minutes=15)
"""How long a browser that proved whose it is may do such things."""


async def ask_again(request: web.Request, there: str, *, now: datetime) -> web.Response | None:
    """Lead to the password and back to ``there``; None where it was given a short while ago."""
    if await is_fresh(request.app[POOL], current_session(request), since=now - FRESH):
        return None
    return see_other(f"/settings/again?next={quote(there, safe='/')}")
