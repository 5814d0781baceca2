"""Telling the first in line that there is room, as soon as somebody made some."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.joining.letters import Post
from fedinet.joining.places import fill_room
from fedinet.queue.jobs import enqueue_job

FILL_ROOM: Final = "joining.fill_room"
"""Job without payload."""


async def promise_to_fill(tx: Tx) -> None:
    """Promise to look who is next once ``tx`` has committed."""
    await enqueue_job(tx, FILL_ROOM, {})


async def fill(pool: Pool, post: Post, _payload: Mapping[str, object]) -> None:
    """Invite the first in line while there is room."""
    async with transaction(pool) as tx:
        await fill_room(tx, post=post, now=datetime.now(UTC))
