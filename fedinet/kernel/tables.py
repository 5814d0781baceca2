"""Tables that people bring: CSV as any program saves it, or as somebody pastes it. Pure.

Comma, semicolon or tab; UTF-8 with or without its mark, UTF-16 or Windows-1252. A line that
cannot be divided spoils no other, and is told by its number.
Source: RFC 4180; what spreadsheets save.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_

FORMULA: Final = ("=", "+", "@", "|", "-")
"""What spreadsheets take for a formula when they open a list of ours again. Source: OWASP."""
_DELIMITERS: Final = "\t;,"
_LOOKED_AT: Final = 20
"""Lines of which the delimiter is guessed."""
_MOST_LINES_OF_ONE: Final = 10
"""A quotation mark that nobody closes spoils so many lines at most."""
_LINE_ENDS: Final = re.compile(r"\r\n|\r|\n")
_SEPARATOR_SAID: Final = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)


class UnreadableList(Unprocessable):
    """A list of which nothing can be used. ``public`` says what to do."""

    @classmethod
    def saying(cls, told: str, **values: int) -> "UnreadableList":
        return cls(f"unreadable list: {told}", public=told, values=values)


@dataclass(frozen=True, slots=True)
class Table:
    """Lines by their numbers: divided into cells, and those that could not be."""

    rows: list[tuple[int, list[str]]]
    broken: list[tuple[int, str]]


def decode_table(raw: bytes, *, max_bytes: int) -> str:
    """Read the bytes of a file as text, whichever program wrote it.

    Raises:
        UnreadableList: too large, a spreadsheet itself, or no text.
    """
    if len(raw) > max_bytes:
        raise UnreadableList.saying(
            N_("The list is larger than %(most)d kB. Divide it."), most=max_bytes // 1000
        )
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise UnreadableList.saying(
            N_("This is a spreadsheet. In your program, save it as CSV first.")
        )
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableList.saying(N_("This file is no text. In your program, save the list as CSV."))


def read_table(text: str, *, most: int, delimiter: str | None = None) -> Table:
    """Divide a text into lines of cells; empty ones are left out.

    ``delimiter``: where it is known; else the first lines tell.

    Raises:
        UnreadableList: more than ``most`` lines, and one that may name the columns.
    """
    lines = _LINE_ENDS.split(text.removeprefix("\ufeff"))
    start, between = 0, delimiter or _delimiter(lines)
    if said := _SEPARATOR_SAID.fullmatch(lines[0]):
        start, between = 1, said[1]
    table = Table([], [])
    while start < len(lines):
        if not lines[start].strip(" \t,;\"'"):
            start += 1
            continue
        reader = csv.reader(_from(lines, start), delimiter=between, strict=True)
        try:
            table.rows.append((start + 1, next(reader)))
            start += reader.line_num
        except csv.Error:
            table.broken.append((start + 1, lines[start]))
            start += 1
        check_lines(len(table.rows) + len(table.broken) - 1, most)
    return table


def check_lines(lines: int, most: int) -> None:
    """Refuse a list of too many lines; those who know whether one names columns ask again.

    Raises:
        UnreadableList: it has more.
    """
    if lines > most:
        told = N_("The list has more than %(most)d lines. Divide it.")
        raise UnreadableList.saying(told, most=most)


def _from(lines: Sequence[str], start: int) -> Iterator[str]:
    return (lines[n] + "\n" for n in range(start, min(len(lines), start + _MOST_LINES_OF_ONE)))


def _delimiter(lines: Sequence[str]) -> str:
    """The one that most of the first lines agree on; a comma where there is none.

    Source: Excel saves semicolons where the decimal sign is a comma, Google and pasting give tabs.
    """
    filled = list(islice((line for line in lines if line.strip()), _LOOKED_AT))
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        counts = Counter(_width(line, delimiter) for line in filled)
        agreed = max((times for cells, times in counts.items() if cells > 1), default=0)
        if agreed > most:
            best, most = delimiter, agreed
    return best


def _width(line: str, delimiter: str) -> int:
    """Into how many cells a line would be divided; none where it cannot be: a cell is too long."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0
