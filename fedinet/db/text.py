"""Text that PostgreSQL can hold. Pure."""

from typing import Final

MAX_REASON: Final = 500


def storable_reason(reason: str) -> str:
    """Cut a reason of failure, and take out what no ``text`` column holds.

    It often quotes strangers: NUL goes, half a surrogate pair becomes ``?``.
    """
    return reason[:MAX_REASON].replace("\0", "").encode("utf-8", "replace").decode()
