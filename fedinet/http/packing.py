"""Pages and feeds over the wire: packed, and not sent again to a visitor who has them.

A page may hold what its reader alone may know beside words of the address that asked for it. Who
makes a member's browser ask again and again, and sees how long the answers are, could read such
secrets out of packed pages. So a member's page, and what else nobody may keep, is packed only where
the browser says that it asked by itself or from a page of ours; form tokens differ each time
besides (``csrf.py``).

Source: https://www.breachattack.com/, https://www.w3.org/TR/fetch-metadata/
"""

import gzip
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from fedinet.http.auth import member

_PACKED: Final = frozenset({"text/html", "application/rss+xml", "application/atom+xml"})
_LEVEL: Final = 5
"""More gains a hundredth, and costs half as much again."""
_SMALL: Final = 500
_OWN_PAGES: Final = frozenset({"same-origin", "none"})


def send_little(request: web.Request, response: web.Response) -> web.Response:
    """The answer, packed where that is safe; 304 for a visitor's page that stays as it is.

    Call it when all headers are set. What is for a member is kept by no browser
    (``headers.py``), so there is nothing to compare.
    """
    body = response.body
    if response.content_type not in _PACKED or not isinstance(body, bytes):
        return response
    _vary(response)
    if response.headers.get(hdrs.CACHE_CONTROL) == "no-cache" and response.status == 200:
        tag = sha256(body).hexdigest()[:32]
        response.headers.setdefault(hdrs.ETAG, f'W/"{tag}"')
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return _unchanged(response)
    if len(body) >= _SMALL and _may_pack(request, response):
        response.body = gzip.compress(body, _LEVEL, mtime=0)
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    return response


def unpacks(request: web.Request) -> bool:
    """Tell whether whoever asks takes gzip."""
    for wish in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        coding, _, weight = wish.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _may_pack(request: web.Request, response: web.Response) -> bool:
    is_for_all = response.headers.get(hdrs.CACHE_CONTROL) != "no-store" and member(request) is None
    is_safe = is_for_all or request.headers.get("Sec-Fetch-Site") in _OWN_PAGES
    return is_safe and unpacks(request)


def _vary(response: web.Response) -> None:
    known = response.headers.get(hdrs.VARY, "")
    if hdrs.ACCEPT_ENCODING not in known:
        response.headers[hdrs.VARY] = f"{known}, {hdrs.ACCEPT_ENCODING}".removeprefix(", ")


def _unchanged(response: web.Response) -> web.Response:
    """Without the headers that describe the body (RFC 9110 section 15.4.5)."""
    headers = response.headers.copy()
    for name in (hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH):
        headers.popall(name, None)
    return web.Response(status=304, headers=headers)
