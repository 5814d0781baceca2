"""Rows of ``markers``: how far each member has read. SQL lives here only."""

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.notifications.model import Marker, Timeline

_LIST = query(
    "notifications.list_markers",
    "SELECT timeline, last_read, version, updated_at FROM markers WHERE owner_id = $1",
)

_UPSERT = query(
    "notifications.upsert_marker",
    """
    INSERT INTO markers AS m (owner_id, timeline, last_read)
    VALUES ($1, $2, $3)
    ON CONFLICT (owner_id, timeline) DO UPDATE
       SET last_read = excluded.last_read, version = m.version + 1, updated_at = now()
    RETURNING last_read, version, updated_at
""",
)

_READ_UP_TO = query(
    "notifications.read_up_to",
    """
    INSERT INTO markers AS m (owner_id, timeline, last_read)
    VALUES ($1, 'notifications', $2)
    ON CONFLICT (owner_id, timeline) DO UPDATE
       SET last_read = excluded.last_read, version = m.version + 1, updated_at = now()
     WHERE m.last_read < excluded.last_read
""",
)


async def list_markers(conn: Conn, owner_id: ActorId) -> dict[Timeline, Marker]:
    rows = await conn.fetch(_LIST, owner_id)
    return {
        Timeline(row["timeline"]): Marker(row["last_read"], row["version"], row["updated_at"])
        for row in rows
    }


async def set_marker(tx: Tx, owner_id: ActorId, timeline: Timeline, last_read: int) -> Marker:
    """Remember how far somebody has read, further or less far: an app knows what was shown."""
    row = await tx.fetchrow(_UPSERT, owner_id, timeline, last_read)
    assert row is not None  # noqa: S101  # RETURNING of an upsert
    return Marker(row["last_read"], row["version"], row["updated_at"])


async def mark_read_up_to(tx: Tx, owner_id: ActorId, last_read: int) -> None:
    """What a page showed has been seen; what came since has not. Never goes back."""
    await tx.execute(_READ_UP_TO, owner_id, last_read)
