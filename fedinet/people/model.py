"""Limits of what is kept about people."""

from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_

MAX_NOTE_CHARACTERS: Final = 2000
"""As Mastodon's (``account_note.rb``)."""

KNOWN_TO: Final = 2
"""Somebody elsewhere is suggested from so many members on whom one follows."""


def check_note(text: str) -> str:
    """Return the note as it is kept; empty for none.

    Raises:
        Unprocessable: longer than ``MAX_NOTE_CHARACTERS``.
    """
    text = text.strip()
    if len(text) > MAX_NOTE_CHARACTERS:
        raise Unprocessable(
            f"a note of {len(text)} characters",
            public=N_("A note holds at most %(most)d characters"),
            values={"most": MAX_NOTE_CHARACTERS},
        )
    return text
