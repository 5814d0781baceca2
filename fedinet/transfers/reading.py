"""Reading Mastodon's CSV files, as it writes them or a spreadsheet has saved them since. Pure.

Source: Mastodon 4.2-4.7 ``app/models/form/import.rb``, ``app/models/export.rb``
"""

import csv
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from fedinet.actors.jrd import read_handle
from fedinet.follows.languages import read_languages
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.tables import FORMULA, UnreadableList, check_lines, read_table
from fedinet.kernel.uris import domain, origin_of
from fedinet.lists.model import MAX_LISTS, check_title
from fedinet.transfers.model import FILES, MAX_ROWS, Kind, Reading, Reason, Row

_MAX_RAW: Final = 2500
_NO: Final = frozenset({"", "0", "f", "false", "off", "no"})
_HEADS: Final[Mapping[str, str]] = {
    "account address": "handle",
    "show boosts": "boosts",
    "notify on new posts": "notify",
    "languages": "languages",
    "hide notifications": "hide",
    "list name": "title",
    "#domain": "domain",
    "domain": "domain",
    "#uri": "uri",
    "uri": "uri",
}
_WITHOUT_HEAD: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.FOLLOWS: ("handle", "boosts", "notify", "languages"),
    Kind.LISTS: ("title", "handle"),
    Kind.BLOCKS: ("handle",),
    Kind.MUTES: ("handle", "hide"),
    Kind.SERVERS: ("domain",),
    Kind.BOOKMARKS: ("uri",),
}
Cells = Mapping[str, str]


class UnknownKind(UnreadableList):
    """Nobody said what the lines are, and they do not say it themselves."""


def read_import(
    text: str,
    *,
    kind: Kind | None = None,
    file_name: str = "",
    ours: Collection[Domain],
    username: str,
) -> Reading:
    """Read the lines of a file, each with what is wrong with it.

    ``kind`` None: the first line, the file's name or the cells tell. ``ours``, ``username``: who
    brings it, for whom some lines make no sense.

    Raises:
        UnreadableList: nothing in it, too much, followers, or (``UnknownKind``) nobody knows what.
    """
    uris = text.lstrip("\ufeff \r\n\t\"'").lower().startswith(("http", "#uri"))
    table = read_table(text, most=MAX_ROWS, delimiter="," if uris else None)
    head = _head(table.rows[0][1]) if table.rows else ()
    rows = table.rows[1:] if head else table.rows
    if not rows and not table.broken:
        raise UnreadableList.saying(N_("There is nothing in this file."))
    check_lines(len(rows) + len(table.broken), MAX_ROWS)
    kind = kind or _by_head(head) or _by_name(file_name) or _by_cells([row for _, row in rows])
    places = head or _WITHOUT_HEAD[kind]
    read: list[Row] = [
        Row(line=line, raw=_raw([raw]), reason=Reason.BROKEN) for line, raw in table.broken
    ]
    for line, row in rows:
        cells = {name: _cell(cell) for name, cell in zip(places, row, strict=False)}
        read.append(_READERS[kind](Row(line=line, raw=_raw(row)), cells))
    read.sort(key=lambda row: row.line)
    own = frozenset(f"{username}@{one}".lower() for one in ours)
    return Reading(kind, tuple(_sensible(kind, read, frozenset(ours), own)))


def _sensible(
    kind: Kind, rows: Sequence[Row], ours: frozenset[Domain], own: frozenset[str]
) -> list[Row]:
    """Mark what is twice, too much, or about oneself."""
    seen: set[tuple[str, str]] = set()
    titles: set[str] = set()
    read: list[Row] = []
    for row in rows:
        reason = row.reason
        if reason is None and row.key in seen:
            reason = Reason.TWICE
        elif reason is None and kind is Kind.SERVERS and row.target in ours:
            reason = Reason.OURS
        elif reason is None and kind is not Kind.LISTS and row.target in own:
            reason = Reason.YOURSELF
        elif reason is None and row.title and len(titles | {row.title}) > MAX_LISTS:
            reason = Reason.TOO_MANY
        if reason is None:
            seen.add(row.key)
            titles.add(row.title)
        read.append(replace(row, reason=reason))
    return read


def _with_handle(row: Row, cells: Cells) -> Row:
    try:
        handle = read_handle(cells.get("handle", ""))
    except Malformed:
        return replace(row, reason=Reason.NO_HANDLE)
    return replace(row, target=handle.key, server=handle.domain)


def _follow(row: Row, cells: Cells) -> Row:
    row = replace(
        _with_handle(row, cells),
        boosts=cells.get("boosts", "true").lower() not in _NO,
        notify=cells.get("notify", "").lower() not in _NO,
    )
    try:
        languages = read_languages(cells.get("languages", "").split(","))
    except Unprocessable:
        return replace(row, reason=row.reason or Reason.BAD_LANGUAGE)
    return replace(row, languages=",".join(languages))


def _listed(row: Row, cells: Cells) -> Row:
    row = _with_handle(row, cells)
    try:
        return replace(row, title=check_title(cells.get("title", "")))
    except Unprocessable:
        return replace(row, reason=row.reason or Reason.NO_TITLE)


def _server(row: Row, cells: Cells) -> Row:
    try:
        name = domain(cells.get("domain", "").removeprefix("@"))
    except Malformed:
        return replace(row, reason=Reason.NO_SERVER)
    return replace(row, target=name, server=name)


def _bookmark(row: Row, cells: Cells) -> Row:
    address = cells.get("uri", "")
    try:
        server = origin_of(address).domain
    except Malformed:
        return replace(row, reason=Reason.NO_ADDRESS)
    return replace(row, target=address, server=server)


_READERS: Final[Mapping[Kind, Callable[[Row, Cells], Row]]] = {
    Kind.FOLLOWS: _follow,
    Kind.LISTS: _listed,
    Kind.BLOCKS: _with_handle,
    Kind.MUTES: _with_handle,
    Kind.SERVERS: _server,
    Kind.BOOKMARKS: _bookmark,
}


def _head(row: Sequence[str]) -> Sequence[str]:
    """The columns that a first line names; empty where it names none."""
    names = [_HEADS.get(cell.strip().casefold(), "") for cell in row]
    return names if any(names) else ()


def _by_head(head: Sequence[str]) -> Kind | None:
    """Which kind these columns are of; an address alone is in several."""
    for name, kind in (
        ("title", Kind.LISTS),
        ("hide", Kind.MUTES),
        ("boosts", Kind.FOLLOWS),
        ("notify", Kind.FOLLOWS),
        ("domain", Kind.SERVERS),
        ("uri", Kind.BOOKMARKS),
    ):
        if name in head:
            return kind
    return None


def _by_name(file_name: str) -> Kind | None:
    """Which kind a file's name says, also of a second copy: ``bookmarks (1).csv``.

    Raises:
        UnreadableList: followers; nobody can be made to follow.
    """
    name = file_name.rpartition("/")[2].rpartition("\\")[2].casefold()
    if name.startswith("followers"):
        told = N_(
            "Followers cannot be brought by a file. They come along by themselves when you move."
        )
        raise UnreadableList.saying(told)
    for kind, ours in FILES.items():
        if name.startswith(ours.removesuffix(".csv")):
            return kind
    return None


def _by_cells(rows: Sequence[Sequence[str]]) -> Kind:
    """Which kind these cells can be alone.

    Raises:
        UnknownKind: handles by themselves are in three kinds of files.
    """
    cells = [_cell(cell) for cell in rows[0]] if rows else [""]
    if cells[0].startswith(("http://", "https://")):
        return Kind.BOOKMARKS
    if len(cells) == 2 and "@" in cells[1]:
        return Kind.LISTS
    if len(cells) == 1 and "@" not in cells[0] and "." in cells[0]:
        return Kind.SERVERS
    told = N_("Nothing in this file says what it is. Choose it in the list below, and try again.")
    raise UnknownKind.saying(told)


def _cell(cell: str) -> str:
    """A cell as it was meant: the mark that keeps spreadsheets from computing is no part of it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell


def _raw(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()[:_MAX_RAW]
