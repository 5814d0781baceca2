"""Where pictures stand inside of a text: ``<img data-file="name">``, and nothing else. Pure.

Shown as it is, it shows nothing; a page puts the file of that name there.
"""

import re
from typing import Final

_PLACE: Final = re.compile(r"<img(?: lang=\"[^\"<>]*\"| data-file=\"([^\"<>]*)\")*>")


def parts_of(html: str) -> list[str]:
    """Split clean HTML at its pictures: text, name of a file, text and so on."""
    return [part or "" for part in _PLACE.split(html)]


def without_places(html: str) -> str:
    """Return clean HTML without the places of pictures."""
    return _PLACE.sub("", html) if "<img" in html else html
