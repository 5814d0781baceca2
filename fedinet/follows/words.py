"""What somebody says of themselves, in one line for lists of people. Pure."""

from functools import lru_cache
from typing import Final

from fedinet.actors.model import Actor
from fedinet.markup.sanitise import plain_text

_MOST: Final = 120


def in_short(actor: Actor) -> str:
    """The first line of their profile, without markup; ``""`` where it says nothing."""
    return _first_line(actor.summary_html)


@lru_cache(maxsize=2048)
def _first_line(html: str) -> str:
    line = plain_text(html).partition("\n")[0].strip()
    return line if len(line) <= _MOST else line[:_MOST].rpartition(" ")[0] + " …"
