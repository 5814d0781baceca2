"""Reading a membership list as a spreadsheet saves it, or as somebody pastes it. Pure.

Comma, semicolon or tab; UTF-8 with or without its mark, UTF-16 or Windows-1252; columns in any
order, with or without a first line that names them. What cannot be used is told by its line.
Source: RFC 4180; what these programs save.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Final

from fedinet.accounts.model import MAX_NAME, tidy
from fedinet.invitations.listed.columns import (
    ROLES,
    Column,
    Places,
    by_content,
    by_head,
    language_of,
)
from fedinet.invitations.listed.model import MAX_BYTES, MAX_PEOPLE, BadLine, Guest, Reading
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.mail.model import check_email

_DELIMITERS: Final = "\t;,"
_LOOKED_AT: Final = 20
"""Lines of which the delimiter is guessed."""
_MOST_LINES_OF_ONE: Final = 10
"""A quotation mark that nobody closes spoils so many lines at most."""
_SHOWN: Final = 60
_LINE_ENDS: Final = re.compile(r"\r\n|\r|\n")
_SEPARATOR_SAID: Final = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)
_WITH_NAME: Final = re.compile(r"(.*)<\s*([^<>]*?)\s*>")
_FORMULA: Final = ("=", "+", "@", "|", "-")
"""What spreadsheets take for a formula when they open a list of ours again. Source: OWASP."""

_Row = tuple[int, list[str]]


class UnreadableList(Unprocessable):
    """A list of which nothing can be used. ``public`` says what to do."""


def decode_list(raw: bytes) -> str:
    """Read the bytes of a file as text, whichever program wrote it.

    Raises:
        UnreadableList: too large, a spreadsheet itself, or no text.
    """
    if len(raw) > MAX_BYTES:
        raise _unreadable(
            N_("The list is larger than %(most)d kB. Divide it."), most=MAX_BYTES // 1000
        )
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise _unreadable(N_("This is a spreadsheet. In your program, save it as CSV first."))
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(N_("This file is no text. In your program, save the list as CSV."))


def read_list(text: str) -> Reading:
    """Read people, one a line, and tell which lines cannot be used.

    Raises:
        UnreadableList: nobody in it, or too many.
    """
    rows, bad = _rows(text)
    headed = by_head(rows[0][1]) if rows else None
    if headed is not None:
        rows = rows[1:]
    places = headed or by_content([row for _, row in rows])
    guests: list[Guest] = []
    first: dict[str, int] = {}
    for line, row in rows:
        if headed is None and sum("@" in cell for cell in row) > 1:
            read = Problem("email", N_("Two addresses in one line. Give each a line of its own."))
        else:
            read = _guest(line, row, places)
        if isinstance(read, Guest) and (before := first.setdefault(read.key, line)) != line:
            read = Problem("email", N_("The same address as on line %(line)d."), {"line": before})
        if isinstance(read, Problem):
            bad.append(BadLine(line, _shown(row), read))
        else:
            guests.append(read)
    if not guests and not bad:
        raise _unreadable(N_("There is nobody in this list."))
    return Reading(tuple(guests), tuple(sorted(bad, key=lambda one: one.line)))


def write_list(guests: Sequence[Guest]) -> str:
    """Write people as a list that ``read_list`` reads as the same: what a form carries."""
    text = StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(("name", "e-mail", "role", "language"))
    for guest in guests:
        writer.writerow((guest.name, guest.address, guest.role, guest.language or ""))
    return text.getvalue()


def _guest(line: int, row: Sequence[str], places: Places) -> Guest | Problem:
    name, address = places.name(row), places.cell(row, Column.ADDRESS)
    with_name = _WITH_NAME.fullmatch(address)
    if with_name:
        name, address = name or with_name[1].strip(" \"'"), with_name[2]
    address = address.removeprefix("mailto:")
    if not address:
        return Problem("email", N_("There is no e-mail address."))
    if problems := check_email(address):
        return problems[0]
    name = tidy(name)
    if name.startswith(_FORMULA):
        return Problem("name", N_("The name begins as a formula does. Write it as a name."))
    if len(name) > MAX_NAME:
        return Problem(
            "name", N_("The name has more than %(most)d characters."), {"most": MAX_NAME}
        )
    role = ROLES.get(places.cell(row, Column.ROLE).casefold())
    if role is None:
        said = N_(
            "This role is not known. Write member, moderator, administrator or owner, or nothing."
        )
        return Problem("role", said)
    spoken = places.cell(row, Column.LANGUAGE)
    language = language_of(spoken)
    if spoken and language is None:
        said = N_("Pages have no such language. Write en or nl, or nothing.")
        return Problem("language", said)
    return Guest(line=line, name=name, address=address, role=role, language=language)


def _rows(text: str) -> tuple[list[_Row], list[BadLine]]:
    """Divide a text into lines of cells, each with its number; empty ones are left out.

    Raises:
        UnreadableList: too many.
    """
    lines = _LINE_ENDS.split(text.removeprefix("\ufeff"))
    start, delimiter = 0, _delimiter(lines)
    if said := _SEPARATOR_SAID.fullmatch(lines[0]):
        start, delimiter = 1, said[1]
    rows: list[_Row] = []
    bad: list[BadLine] = []
    while start < len(lines):
        if not lines[start].strip(" \t,;\"'"):
            start += 1
            continue
        reader = csv.reader(_from(lines, start), delimiter=delimiter, strict=True)
        try:
            rows.append((start + 1, next(reader)))
            start += reader.line_num
        except csv.Error:
            told = N_("A quotation mark is not closed, or stands in the middle.")
            bad.append(BadLine(start + 1, _shown([lines[start]]), Problem("line", told)))
            start += 1
        if len(rows) + len(bad) > MAX_PEOPLE + 1:  # one may name the columns
            raise _unreadable(
                N_("The list has more than %(most)d lines. Divide it."), most=MAX_PEOPLE
            )
    return rows, bad


def _from(lines: Sequence[str], start: int) -> Iterator[str]:
    return (lines[n] + "\n" for n in range(start, min(len(lines), start + _MOST_LINES_OF_ONE)))


def _delimiter(lines: Sequence[str]) -> str:
    """The one that most of the first lines agree on; a comma where there is none.

    Source: Excel saves semicolons where the decimal sign is a comma, Google and pasting give tabs.
    """
    filled = list(islice((line for line in lines if line.strip()), _LOOKED_AT))
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        counts = Counter(len(next(csv.reader([line], delimiter=delimiter))) for line in filled)
        agreed = max((times for cells, times in counts.items() if cells > 1), default=0)
        if agreed > most:
            best, most = delimiter, agreed
    return best


def _shown(row: Sequence[str]) -> str:
    return tidy(" ".join(row))[:_SHOWN]


def _unreadable(told: str, **values: int) -> UnreadableList:
    return UnreadableList(f"unreadable list: {told}", public=told, values=values)
