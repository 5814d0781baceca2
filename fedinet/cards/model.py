"""A card: what a linked page says of itself. Which link of a post gets one. Pure.

Words of strangers: one line each, of bounded length, shown as text and never as HTML.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import Final

import msgspec

from fedinet.audiences.model import Visibility

MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 500
MAX_NAME: Final = 100
MAX_URL: Final = 2048
MAY_ASK: Final = frozenset(
    {Visibility.EVERYONE, Visibility.QUIET, Visibility.ALLIES, Visibility.COMMUNITY}
)
"""Asking a server tells it that somebody here named the page. In a post for fewer people than the
whole community that says something about those few, so nothing is asked."""

_LINK: Final = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"([a-z]+)=\"([^\"]*)\"")
_NOT_PAGES: Final = frozenset({"mention", "hashtag", "u-url", "quote-inline", "attachment"})
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_DIRECTIONS: Final = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """All there is to show of a page. ``image`` is the stranger's address, never a reader's."""

    url: str
    title: str
    description: str = ""
    language: str | None = None
    author: str = ""
    author_url: str = ""
    provider: str = ""
    provider_url: str = ""
    image: str = ""
    image_description: str = ""
    width: int = 0
    height: int = 0
    published_at: str | None = None
    """As apps read times."""


class ShownCard(msgspec.Struct, frozen=True):
    """A card with its row: ``version`` counts what was read of the page."""

    id: int
    version: int
    card: Card


def first_link(html: str, is_ours: Callable[[str], bool]) -> str | None:
    """Find the first address in a post that is a page elsewhere: no mention, no subject, not ours.

    ``html`` came out of the sanitiser.
    """
    for attributes, inside in _LINK.findall(html):
        found = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        url = found.get("href", "")
        text = re.sub(r"<[^>]*>", "", inside).strip()
        is_page = (
            url.startswith(("https://", "http://"))
            and len(url) <= MAX_URL
            and not _NOT_PAGES & set(found.get("class", "").split())
            and "tag" not in found.get("rel", "").split()
            and not text.startswith(("@", "#"))
        )
        if is_page and not is_ours(url):
            return url.partition("#")[0]
    return None


def one_line(text: str, most: int) -> str:
    """Make one bounded line of what a page says: no control characters, no changes of direction."""
    line = " ".join(_DIRECTIONS.sub("", _CONTROLS.sub(" ", text[: most * 20])).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
