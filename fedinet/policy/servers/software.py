"""What other servers say of themselves in NodeInfo. Pure; every byte of it is hostile.

Source: https://nodeinfo.diaspora.software/protocol.html and its schemas 1.0 to 2.1.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from fedinet.vocab.activity import Document, as_document, listed
from fedinet.vocab.values import count, web_url

_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_VERSIONS: Final = ("2.1", "2.0", "1.1", "1.0")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NUMBERS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}")
_MAX_VERSION: Final = 100
_MAX_LINKS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What a server says it runs. Unknown: empty, or None."""

    name: str = ""
    """In small letters."""
    version: str = ""
    accounts: int | None = None


def numbers_of(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, to be compared: ``4.2.1+glitch`` -> (4, 2, 1).

    Empty where it begins with none. Noughts at the end count for nothing: 4.2.0 is 4.2.
    """
    found = _NUMBERS.match(version.removeprefix("v"))
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def link_of(well_known: Document) -> str | None:
    """Where ``/.well-known/nodeinfo`` leads to: the newest schema that we read."""
    links: dict[str, str] = {}
    for member in islice(listed(well_known.get("links")), _MAX_LINKS):
        link = as_document(member) or {}
        rel, href = link.get("rel"), web_url(link.get("href"))
        if isinstance(rel, str) and href is not None:
            links.setdefault(rel.removeprefix(_SCHEMA), href)
    return next((links[version] for version in _VERSIONS if version in links), None)


def read_software(document: Document) -> Software:
    """Read a NodeInfo document. What is nonsense in it counts as unknown."""
    software = as_document(document.get("software")) or {}
    users = as_document((as_document(document.get("usage")) or {}).get("users")) or {}
    name, version = software.get("name"), software.get("version")
    name = name.strip().lower() if isinstance(name, str) else ""
    version = version.strip() if isinstance(version, str) else ""
    return Software(
        name=name if _NAME.fullmatch(name) else "",
        version=version[:_MAX_VERSION] if version.isprintable() else "",
        accounts=count(users.get("total")),
    )
