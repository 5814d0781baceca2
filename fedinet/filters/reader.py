"""The filters of whoever reads a page: they come with the session, so that no list asks."""

from collections.abc import Sequence

from aiohttp import web
from msgspec import json

from fedinet.filters.model import Action, Context, Filter
from fedinet.http.auth import member


def reader_filters(request: web.Request, context: Context) -> list[Filter]:
    """Those that look there, the oldest first; none for a visitor."""
    found = member(request)
    if found is None or not found.filters:
        return []
    return [one for one in json.decode(found.filters, type=list[Filter]) if context in one.contexts]


def leaving_out(filters: Sequence[Filter]) -> list[Filter]:
    """Those that take posts away, and not only fold them."""
    return [one for one in filters if one.action is Action.HIDE]
