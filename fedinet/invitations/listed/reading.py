"""Reading a membership list as a spreadsheet saves it, or as somebody pastes it. Pure.

Columns in any order, with or without a first line that names them. What cannot be used is told
by its line.
"""

import csv
import re
from collections.abc import Sequence
from io import StringIO
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
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.tables import FORMULA, UnreadableList, check_lines, decode_table, read_table
from fedinet.mail.model import check_email

_SHOWN: Final = 60
_WITH_NAME: Final = re.compile(r"(.*)<\s*([^<>]*?)\s*>")


def decode_list(raw: bytes) -> str:
    """Read the bytes of a file as text, whichever program wrote it.

    Raises:
        UnreadableList: too large, a spreadsheet itself, or no text.
    """
    return decode_table(raw, max_bytes=MAX_BYTES)


def read_list(text: str) -> Reading:
    """Read people, one a line, and tell which lines cannot be used.

    Raises:
        UnreadableList: nobody in it, or too many.
    """
    table = read_table(text, most=MAX_PEOPLE)
    told = N_("A quotation mark is not closed, or stands in the middle.")
    bad = [BadLine(n, _shown([raw]), Problem("line", told)) for n, raw in table.broken]
    rows = table.rows
    headed = by_head(rows[0][1]) if rows else None
    if headed is not None:
        rows = rows[1:]
    check_lines(len(rows) + len(table.broken), MAX_PEOPLE)
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
        raise UnreadableList.saying(N_("There is nobody in this list."))
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
    if name.startswith(FORMULA):
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


def _shown(row: Sequence[str]) -> str:
    return tidy(" ".join(row))[:_SHOWN]
