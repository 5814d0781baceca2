"""The stewards' page on mail: where it goes, and what is stuck."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.http.auth import require_steward
from fedinet.http.context import POOL, SETTINGS
from fedinet.http.pages import render
from fedinet.mail import store
from fedinet.mail.model import KEPT
from fedinet.mail.transports import open_transport
from fedinet.mail.words import subject_of

routes = web.RouteTableDef()

_SHOWN: Final = 50


@routes.get("/admin/mail")
async def show_mail(request: web.Request) -> web.Response:
    """Addresses are not shown: stewards know members by name."""
    require_steward(request)
    async with request.app[POOL].acquire() as conn:
        state = await store.read_state(conn, since=datetime.now(UTC) - KEPT)
        stuck = await store.list_troubled(conn, limit=_SHOWN)
    return render(
        request,
        "mail/mail.html",
        way=open_transport(request.app[SETTINGS]),
        state=state,
        stuck=[(one, subject_of(one.kind)) for one in stuck],
        days=KEPT.days,
    )
