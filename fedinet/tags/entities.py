"""Hashtags as apps know them. How often one was used is counted for nobody.

Source: https://docs.joinmastodon.org/entities/Tag/
"""

from datetime import UTC, datetime
from typing import Final

from fedinet.kernel.names import NodeUris

_DAYS: Final = 7
_DAY_S: Final = 24 * 3600


def tag_entity(name: str, uris: NodeUris, *, following: bool, featuring: bool) -> dict[str, object]:
    """``name``: normalised. A reader who is nobody follows and features none."""
    return {
        "id": name,
        "name": name,
        "url": uris.tag_page(name),
        "history": _not_counted(datetime.now(UTC)),
        "following": following,
        "featuring": featuring,
    }


def _not_counted(now: datetime) -> list[dict[str, str]]:
    """Nothing for today and the six days before: apps draw a line through seven of them."""
    today = int(now.timestamp()) // _DAY_S
    return [
        {"day": str((today - ago) * _DAY_S), "uses": "0", "accounts": "0"} for ago in range(_DAYS)
    ]
