"""Page or document? What the reader of an address that is both asks for.

Source: RFC 9110 section 12.5.1; ActivityPub section 3.2.
"""

from collections.abc import Iterator

from aiohttp import web

_DOCUMENT = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_PAGE = frozenset({"text/html", "application/xhtml+xml"})
_MAX_RANGES = 40


def wants_activity(request: web.Request) -> bool:
    """Tell whether the ActivityPub document is asked for rather than the page for people."""
    return prefers_activity(request.headers.get("Accept", ""))


def names_activity(request: web.Request) -> bool:
    """Tell whether a reader of a page's own address asks for the document by name.

    There ``*/*`` means the page: the address is one of people.
    """
    accept = request.headers.get("Accept", "")
    return prefers_activity(accept) and any(kind in _DOCUMENT for kind, _ in _ranges(accept))


def prefers_activity(accept: str) -> bool:
    """Decide on a raw ``Accept`` value.

    The document wins where it is named with at least the page's weight, and
    where neither is named: a server that says ``*/*`` is a server.
    """
    document, page = 0.0, 0.0
    for media_range, weight in _ranges(accept):
        if media_range in _DOCUMENT:
            document = max(document, weight)
        elif media_range in _PAGE:
            page = max(page, weight)
    return document >= page if document > 0 else page == 0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for member in accept.split(",", _MAX_RANGES)[:_MAX_RANGES]:
        media_range, *parameters = member.split(";")
        yield media_range.strip().lower(), _weight(parameters)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value.strip()), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
