"""Pictures that stand inside of HTML. Pure.

Blogs and forums send them in no other way. They are files of a post for us, as any
other, and come through us; where they stand in a text is written into it.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Final

from fedinet.vocab.values import web_url

MAX_PICTURES: Final = 16
_MAX_HTML: Final = 100_000
_PICTURE: Final = re.compile(r"<img\s([^<>]{1,4000})>", re.IGNORECASE)
_VALUE: Final = re.compile(
    r"([a-z-]{1,20})\s{0,3}=\s{0,3}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))", re.IGNORECASE
)
_EMOJI: Final = re.compile(r":[\w-]{1,60}:")
_TINY: Final = 32


def pictures_in(html: str) -> Iterator[tuple[str, str]]:
    """Yield (URL, description) of each picture, without emoji and what is too small to be seen."""
    if "<img" not in html and "<IMG" not in html:
        return
    tags = islice(_PICTURE.finditer(html[:_MAX_HTML]), MAX_PICTURES)
    for values in (_values(tag[1]) for tag in tags):
        url, description = web_url(values.get("src")), values.get("alt", "")
        if url is not None and not _is_small(values, description):
            yield url, description


def with_places(html: str, names: Mapping[str, str]) -> str:
    """Write into HTML where pictures stand: ``<img data-file="…">``, by the name of their URL.

    Nothing of what others said of them is left; those without a name stay as they are.
    """
    if "<img" not in html and "<IMG" not in html:
        return html

    def placed(tag: re.Match[str]) -> str:
        url = web_url(_values(tag[1]).get("src"))
        name = None if url is None else names.get(url)
        return tag[0] if name is None else f'<img data-file="{name}">'

    return _PICTURE.sub(placed, html)


def _values(text: str) -> dict[str, str]:
    found = ((match[1].lower(), match[2] or match[3] or match[4] or "")
             for match in _VALUE.finditer(text))  # fmt: skip
    return {name: unescape(value) for name, value in found}


def _is_small(values: dict[str, str], description: str) -> bool:
    sizes = (values.get("width", ""), values.get("height", ""))
    return (
        "emoji" in values.get("class", "").lower()
        or _EMOJI.fullmatch(description) is not None
        or any(size.isdecimal() and int(size[:6]) <= _TINY for size in sizes)
    )
