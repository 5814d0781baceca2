"""Only our own pages may post our forms.

A form carries an HMAC keyed by the browser's cookie (the session's, or a
visitor's before sign-in); nothing is stored. The browser's own word about where
a request comes from (``Origin``, ``Sec-Fetch-Site``) is checked besides. With
``Referrer-Policy: no-referrer`` browsers send ``Origin: null`` from our own
pages, so that null alone is no reason to refuse.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.http.browser import this_browser
from fedinet.http.context import URIS
from fedinet.http.params import read_form
from fedinet.kernel.errors import Forbidden

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
NEW_VISITOR = web.RequestKey("new_visitor", str)
"""Set where a form was made for a browser without a cookie: the answer sets it."""

_GIVEN = web.RequestKey("form_token", str)
_OUR_SITE = frozenset({"same-origin", "none"})


class ForgedForm(Forbidden):
    """A form that we cannot prove to be ours: another site's, or one kept open too long."""

    public = "This form was open for too long, or does not come from this site"


def csrf_token(request: web.Request) -> str:
    """A value for the hidden fields of a page's forms.

    Differs with each answer, so that compression leaks nothing; within a page it is made once.
    """
    given = request.get(_GIVEN)
    if given is None:
        nonce = secrets.token_urlsafe(9)
        given = request[_GIVEN] = f"{nonce}.{_mac(_browser(request), nonce)}"
    return given


async def check_csrf(request: web.Request) -> None:
    """Refuse a posted form that is not from a page of ours in this browser.

    Raises:
        ForgedForm: no, another browser's or a made-up token, or another site says it sent it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OUR_SITE:
        raise ForgedForm(f"form posted from {site}")
    origin = request.headers.get("Origin")
    if origin not in (None, "null", str(request.app[URIS].origin)):
        raise ForgedForm(f"form posted from origin {origin}")
    key = this_browser(request)
    token = request.headers.get(CSRF_HEADER) or (await read_form(request)).text(CSRF_FIELD)
    nonce, _, given = token.partition(".")
    if not key or not hmac.compare_digest(_mac(key, nonce).encode(), given.encode()):
        raise ForgedForm("no valid form token")


def _browser(request: web.Request) -> str:
    """The cookie that names this browser; a new visitor gets one with the answer."""
    known = this_browser(request) or request.get(NEW_VISITOR)
    if known is None:
        known = secrets.token_urlsafe(24)
        request[NEW_VISITOR] = known
    return known


def _mac(key: str, nonce: str) -> str:
    return hmac.new(key.encode(), b"form:" + nonce.encode(), sha256).hexdigest()
