"""What the reader's filters leave out of a page: how many, and the way to see which."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from fedinet.timelines.entries import Entry

_SHOWN = "hidden"


@dataclass(frozen=True, slots=True)
class Sifted:
    """The entries of a page. ``hidden``: how many a filter leaves out, or would.

    ``shows_hidden``: they stand in it, folded. ``toggle`` leads to the same page the other way.
    """

    entries: list[Entry]
    hidden: int
    shows_hidden: bool
    toggle: str


def sift(request: web.Request, entries: Sequence[Entry]) -> Sifted:
    """Leave out what filters hide, unless the address asks for it with ``?hidden=1``."""
    hidden = sum(entry.hidden for entry in entries)
    shows = _SHOWN in request.query
    query = {key: value for key, value in request.query.items() if key != _SHOWN}
    toggle = request.rel_url.with_query(query if shows else {**query, _SHOWN: "1"})
    kept = [entry for entry in entries if shows or not entry.hidden]
    return Sifted(kept, hidden, shows, str(toggle))
