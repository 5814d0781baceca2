"""How a long text begins, where there is no room for all of it. Pure."""

from typing import Final

_LONGEST_WORD: Final = 40
"""Characters. What has no blank for longer is of a script without them, or an address."""


def beginning_of(text: str, most: int) -> str:
    """As many whole words as ``most`` characters have room for, and a sign that there is more."""
    end = text.rfind(" ", max(0, most - _LONGEST_WORD), most + 1)
    return f"{text[: end if end > 0 else most]} …"
