"""Undos that arrive before what they undo. Rows of ``early_undos``; SQL lives here only.

Deliveries of one server may overtake each other when one of them is retried. A
Like whose Undo was here first must not stay for ever. The memory is spent by
the one activity it was kept for: servers that reuse the id of a Follow can
follow again.

Source: Mastodon's ``delete_arrived_first?``, which remembers for six hours too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId

KEPT: Final = timedelta(hours=6)

_REMEMBER = query(
    "inbox.remember_early_undo",
    """
    WITH old AS (
        DELETE FROM early_undos
         WHERE ctid IN (
            SELECT ctid FROM early_undos WHERE undone_at < $3 LIMIT 100 FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO early_undos (actor_id, uri, undone_at)
    VALUES ($1, $2, $4)
    ON CONFLICT (actor_id, uri) DO UPDATE SET undone_at = excluded.undone_at
""",
)

_SPEND = query(
    "inbox.spend_early_undos",
    """
    DELETE FROM early_undos e
     USING unnest($1::bigint[], $2::text[]) AS came (actor_id, uri)
     WHERE e.actor_id = came.actor_id AND e.uri = came.uri
     RETURNING e.actor_id, e.uri, e.undone_at >= $3 AS is_fresh
""",
)


async def remember_early_undo(tx: Tx, actor_id: ActorId, uri: str, now: datetime) -> None:
    """Note that ``uri`` was undone by its author although it has not come yet."""
    await tx.execute(_REMEMBER, actor_id, uri, now - KEPT, now)


async def spend_early_undos(
    tx: Tx, came: Sequence[tuple[ActorId, str]], now: datetime
) -> frozenset[tuple[ActorId, str]]:
    """Return which of these (author, activity id) were undone before they came, once each."""
    if not came:
        return frozenset()
    rows = await tx.fetch(_SPEND, [who for who, _ in came], [uri for _, uri in came], now - KEPT)
    return frozenset((ActorId(row["actor_id"]), row["uri"]) for row in rows if row["is_fresh"])
