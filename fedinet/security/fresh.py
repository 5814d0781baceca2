"""Who changes how one signs in proves again that it is them: a browser may be left open."""

from datetime import datetime
from urllib.parse import quote

from aiohttp import web

from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.redirects import see_other
from fedinet.http.sessions import is_fresh
from fedinet.security.model import FRESH


async def ask_again(request: web.Request, there: str, *, now: datetime) -> web.Response | None:
    """Lead to the password and back to ``there``; None where it was given a short while ago."""
    if await is_fresh(request.app[POOL], current_session(request), since=now - FRESH):
        return None
    return see_other(f"/settings/again?next={quote(there, safe='/')}")
