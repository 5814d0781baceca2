"""Work on the media store that a steward asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.health.store import measure_storage
from fedinet.kernel.errors import Malformed
from fedinet.media.remote_store import delete_old

MAKE_ROOM: Final = "media.make_room"
_CHUNK: Final = 500


async def make_room(pool: Pool, payload: Mapping[str, object]) -> None:
    """Throw away copies that nobody looked at for so many days, and count anew. Idempotent.

    Their files go with the next upkeep, unless a backup runs.

    Raises:
        Malformed: not a payload of this job.
    """
    days = payload.get("days")
    if not isinstance(days, int) or days < 0:
        raise Malformed(f"{MAKE_ROOM} with {payload}")
    gone = _CHUNK
    while gone == _CHUNK:
        async with transaction(pool) as tx:
            gone = await delete_old(tx, timedelta(days=days), limit=_CHUNK)
    async with transaction(pool) as tx:
        await measure_storage(tx, datetime.now(UTC).date())
