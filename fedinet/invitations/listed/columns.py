"""What the columns of a membership list are called, and the words that stand in them. Pure.

English and Dutch, as Excel, LibreOffice, Google and membership programs write them.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.accounts.model import Role


class Column(StrEnum):
    """What a column is about."""

    NAME = "name"
    GIVEN = "given"
    BETWEEN = "between"
    FAMILY = "family"
    ADDRESS = "address"
    ROLE = "role"
    LANGUAGE = "language"


_CALLED: Final[Mapping[Column, str]] = {
    Column.NAME: "name fullname displayname naam volledigenaam lid member",
    Column.GIVEN: "firstname givenname forename voornaam roepnaam",
    Column.BETWEEN: "middlename infix tussenvoegsel tussenvoegsels voorvoegsel",
    Column.FAMILY: "lastname familyname surname achternaam familienaam",
    Column.ADDRESS: "email emailaddress mail mailaddress address emailadres mailadres e1value"
    " primaryemail",
    Column.ROLE: "role rol function functie",
    Column.LANGUAGE: "language lang locale taal voorkeurstaal",
}
_HEADS: Final = {word: column for column, words in _CALLED.items() for word in words.split()}

ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "": "member",
        "member": "member",
        "lid": "member",
        "moderator": "moderator",
        "toezichthouder": "moderator",
        "admin": "admin",
        "administrator": "admin",
        "hoofdbeheerder": "admin",
        "owner": "owner",
        "eigenaar": "owner",
    }
)
_LANGUAGES: Final[Mapping[str, str]] = {
    "en": "en eng english engels",
    "nl": "nl nld dut dutch nederlands vlaams flemish",
}
_SPOKEN: Final = {word: code for code, words in _LANGUAGES.items() for word in words.split()}
_LANGUAGE_TAG: Final = re.compile(r"([a-z]{2,3})[-_][a-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a line what stands; an address always has a place."""

    of: Mapping[Column, int]

    def cell(self, row: Sequence[str], column: Column) -> str:
        """What stands there, without space around it; empty where the line ends before."""
        place = self.of.get(column, len(row))
        return row[place].strip() if place < len(row) else ""

    def name(self, row: Sequence[str]) -> str:
        """The whole name, also where it is divided."""
        parts = (Column.GIVEN, Column.BETWEEN, Column.FAMILY)
        whole = self.cell(row, Column.NAME)
        return whole or " ".join(filter(None, (self.cell(row, part) for part in parts)))


def by_head(row: Sequence[str]) -> Places | None:
    """Read a first line that names the columns. None: it does not, or not that of addresses."""
    if any("@" in cell for cell in row):
        return None
    found: dict[Column, int] = {}
    for place, cell in enumerate(row):
        column = _HEADS.get(_bare(cell))
        if column is not None:
            found.setdefault(column, place)
    return Places(found) if Column.ADDRESS in found else None


def by_content(rows: Sequence[Sequence[str]]) -> Places:
    """Guess the columns of a list without a first line that names them, by what stands in them."""
    width = max((len(row) for row in rows), default=0)
    columns = [[row[n].strip() for row in rows if n < len(row)] for n in range(width)]
    by_addresses = [sum("@" in cell for cell in cells) for cells in columns]
    found = {Column.ADDRESS: by_addresses.index(max(by_addresses)) if by_addresses else 0}
    for place, cells in enumerate(columns):
        said = [cell for cell in cells if cell]
        if place in found.values() or not said:
            continue
        if all(cell.casefold() in ROLES for cell in said):
            found.setdefault(Column.ROLE, place)
        elif all(language_of(cell) is not None for cell in said):
            found.setdefault(Column.LANGUAGE, place)
        else:
            found.setdefault(Column.NAME, place)
    return Places(found)


def language_of(cell: str) -> str | None:
    """The language that a word or a tag such as ``nl-BE`` names, of those that pages have."""
    word = cell.casefold()
    tag = _LANGUAGE_TAG.fullmatch(word)
    return _SPOKEN.get(tag[1] if tag else word)


def _bare(cell: str) -> str:
    folded = unicodedata.normalize("NFKD", cell.casefold())
    return "".join(ch for ch in folded if ch.isalnum())
