"""Hashtags that a member follows. Pure."""

from typing import Final

from fedinet.kernel.errors import NotFound
from fedinet.markup.names import hashtag

MAX_FOLLOWED: Final = 500


def read_tag(written: str) -> tuple[str, str]:
    """Return (normalised, as written without ``#``).

    Raises:
        NotFound: it is no hashtag, and so no place.
    """
    tag = hashtag(written)
    if tag is None:
        raise NotFound(f"not a hashtag: {written[:60]!r}")
    return tag
