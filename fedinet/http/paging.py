"""Paging of lists over HTTP: parameters in, ``Link`` header out."""

from collections.abc import Sequence

from aiohttp import web

from fedinet.http.context import URIS
from fedinet.kernel.errors import Malformed
from fedinet.kernel.paging import Page

_CURSORS = ("max_id", "since_id", "min_id")
_NOT_KEPT = frozenset({*_CURSORS, "limit", "access_token"})
_MAX_ID = 2**63 - 1


def read_page(request: web.Request, *, default: int = 20, most: int = 40) -> Page:
    """Read ``limit``, ``max_id``, ``since_id`` and ``min_id`` of the query.

    A limit beyond ``most`` is cut to it, as Mastodon does.

    Raises:
        Malformed: an id that is not a number of ours.
    """
    limit = _number(request, "limit")
    return Page(
        limit=max(1, min(most, default if limit is None else limit)),
        max_id=_number(request, "max_id"),
        since_id=_number(request, "since_id"),
        min_id=_number(request, "min_id"),
    )


def read_before(request: web.Request) -> int | None:
    """Read ``?before=``: the last number of the page before; nonsense is the first page."""
    raw = request.query.get("before", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= 18 else None


def link_header(request: web.Request, page: Page, ids: Sequence[int]) -> dict[str, str]:
    """Make the ``Link`` header for a page whose cursors are ``ids``, newest first.

    ``next`` (older) comes first, as some apps read only the first link; it is
    left out where the page is not full, since nothing follows. Empty: no header.

    Source: https://docs.joinmastodon.org/api/guidelines/#pagination
    """
    if not ids:
        return {}
    links: list[str] = []
    if len(ids) >= page.limit:
        links.append(f'<{_url(request, page, "max_id", ids[-1])}>; rel="next"')
    links.append(f'<{_url(request, page, "min_id", ids[0])}>; rel="prev"')
    return {"Link": ", ".join(links)}


def older_address(request: web.Request, page: Page, ids: Sequence[int]) -> str:
    """Where a list goes on after a page whose cursors are ``ids``; empty: it has ended."""
    if len(ids) < page.limit:
        return ""
    return str(request.rel_url.with_query({"max_id": str(ids[-1])}))


def _url(request: web.Request, page: Page, cursor: str, value: int) -> str:
    kept = [(key, text) for key, text in request.query.items() if key not in _NOT_KEPT]
    query = [*kept, ("limit", str(page.limit)), (cursor, str(value))]
    relative = request.rel_url.with_query(query)
    return f"{request.app[URIS].origin}{relative}"


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None or text == "":
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > _MAX_ID:
        raise Malformed(f"{name} is not an id: {text[:40]!r}", public=f"{name} is not a number")
    return int(text)
