"""What the worker tells every web process, so that these look: ids, never texts."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from fedinet.db.query import Tx, query

STREAM_CHANNEL: Final = "fedinet_stream"
TOLD_CHANNEL: Final = "fedinet_told"
"""Ids of new notifications, between spaces. Sent by the table itself (0029)."""
_MOST_IDS: Final = 300
"""In one payload, which may hold 8,000 bytes."""

_NOTIFY = query("streaming.notify", "SELECT pg_notify($1, $2)")


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that connected apps may have to hear of.

    ``ids``: posts (``published``, ``edited``), boosts (``boosted``), or members
    (``deleted``, in whose home ``post_id`` stood; ``filters``,
    ``merged``), or announcements (``announced``; ``reacted``, with the ``name`` of the emoji).
    """

    kind: Literal[
        "published",
        "edited",
        "boosted",
        "deleted",
        "filters",
        "merged",
        "told",
        "announced",
        "reacted",
    ]
    ids: Sequence[int] = ()
    post_id: int = 0
    name: str = ""


async def tell(tx: Tx, kind: str, ids: Iterable[int], *, post_id: int = 0, name: str = "") -> None:
    """Send a notice when ``tx`` commits, in as many payloads as it takes."""
    every = list(ids)
    for at in range(0, max(1, len(every)), _MOST_IDS):
        part = every[at : at + _MOST_IDS]
        body = {"kind": kind, "ids": part, "post_id": post_id, "name": name}
        await tx.execute(_NOTIFY, STREAM_CHANNEL, msgspec.json.encode(body).decode())


def read_notice(channel: str, payload: str) -> Notice | None:
    """Read a payload; None for the empty one, and for that of another release."""
    if channel == TOLD_CHANNEL:
        return Notice("told", [int(word) for word in payload.split()]) if payload else None
    try:
        return msgspec.json.decode(payload, type=Notice)
    except msgspec.MsgspecError:
        return None
