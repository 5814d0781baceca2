"""What somebody says of themselves, in one line for lists of people. Pure."""

from functools import lru_cache
from typing import Final

from fedinet.markup.sanitise import plain_text

_MOST: Final = 120


@lru_cache(maxsize=2048)
def in_short(summary_html: str) -> str:
    """The first line of their profile, without markup; ``""`` where it says nothing."""
    line = plain_text(summary_html).partition("\n")[0].strip()
    return line if len(line) <= _MOST else line[:_MOST].rpartition(" ")[0] + " …"
