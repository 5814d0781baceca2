"""Who opens a door for others, or for good, proves again that it is them.

A browser may be left open. The page that asks is in security/web.py; a form that it comes
between goes on afterwards at its ``/resume``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME, form_to_resume
from fedinet.http.sessions import is_fresh

FRESH: Final = timedelta(minutes=15)
"""How long a browser that proved whose it is may do such things."""


async def ask_again(request: web.Request, there: str, *, now: datetime) -> web.Response | None:
    """Lead to the password and back to ``there``; None where it was given a short while ago.

    A form whose page can go on with it takes its fields along; one without any is asked anew.
    """
    if await is_fresh(request.app[POOL], current_session(request), since=now - FRESH):
        return None
    form = await form_to_resume(request)
    if form is None or not form.fields:
        return see_other(f"/settings/again?next={quote(there, safe='/')}")
    path, asked, query = there.partition("?")
    return again_page(request, EMPTY_FORM, path + RESUME + asked + query, form.fields)


def again_page(
    request: web.Request,
    form: Form,
    there: str,
    carried: Iterable[tuple[str, str]] = (),
    *,
    status: int = 200,
) -> web.Response:
    """Ask for the password, on the way to ``there``; ``carried``: what a form there begins with."""
    return render(
        request, "security/again.html", status=status, form=form, there=there, carried=carried
    )
