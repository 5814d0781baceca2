"""Activities of ours, read again by their id."""

from dataclasses import dataclass

from fedinet.db.query import Conn, Pool, query
from fedinet.kernel.ids import ObjectUri

_FIND = query(
    "outbox.find_activity",
    """
    SELECT o.body, a.gone_at IS NOT NULL AS is_gone, a.suspended_at IS NOT NULL AS is_suspended
      FROM outgoing o
      JOIN actors a ON a.id = o.sender_id
     WHERE o.activity_uri = $1
     ORDER BY o.id DESC
     LIMIT 1
""",
)


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """The bytes that were sent, and what has become of their sender."""

    body: bytes
    sender_is_gone: bool
    sender_is_suspended: bool


async def find_activity(conn: Conn | Pool, uri: ObjectUri) -> StoredActivity | None:
    row = await conn.fetchrow(_FIND, uri)
    if row is None:
        return None
    return StoredActivity(row["body"], row["is_gone"], row["is_suspended"])
