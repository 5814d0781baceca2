"""What may become an emoji of the community. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from fedinet.kernel.problems import N_, Problem
from fedinet.markup.names import clean_name

MAX_BYTES: Final = 256 * 1024
MAX_CATEGORY: Final = 50
MAX_SIDE: Final = 256
"""Pixels of one that moves; a still picture is made smaller than that."""
FORMATS: Final = ("png", "gif", "webp")
_SHORTCODE: Final = re.compile(r"[A-Za-z0-9_]{2,30}")
_MOST_TIMES: Final = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is to be written, and where it stands in pickers."""

    shortcode: str
    category: str


def read_wish(shortcode: str, category: str) -> tuple[Wish, list[Problem]]:
    """Read what a steward typed; colons around the shortcode are fine."""
    typed = shortcode.strip()
    bare = typed[1:-1] if len(typed) > 1 and typed[0] == typed[-1] == ":" else typed
    problems: list[Problem] = []
    if _SHORTCODE.fullmatch(bare) is None:
        text = N_("Please use 2 to 30 letters from a to z, digits or underscores.")
        problems.append(Problem("shortcode", text))
    return Wish(bare, read_category(category)), problems


def read_category(typed: str) -> str:
    """A category in one line; ``""``: in none."""
    return clean_name(typed, max_length=MAX_CATEGORY)


def check_shape(width: int, height: int) -> list[Problem]:
    """Say what is wrong with the shape of a picture. Pixels."""
    if max(width, height) > _MOST_TIMES * min(width, height):
        return [Problem("picture", N_("This picture is too long and thin. A square does best."))]
    if max(width, height) > MAX_SIDE:
        text = N_("A picture that moves may have %(side)d pixels on a side at most.")
        return [Problem("picture", text, {"side": MAX_SIDE})]
    return []
