"""Rows of ``activities`` and ``inbox_items``: what was done, and whom it reached.

Envelopes only. Of what others sent references are kept, never a body (TRAPS 12);
objects are read from their own tables, behind the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import msgspec

from fedinet.audiences.gate import keeps_server_away
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.inbox.reached import Received
from fedinet.kernel.ids import ActorId
from fedinet.vocab.activity import Document

_COLUMNS = "a.id, a.uri, a.actor_id, a.kind, a.object_uri, a.is_public, a.envelope"

# What one of ours did, and a row for each of our people whom it reaches; blocks subtract.
_KEEP_OWN = query(
    "inbox.keep_own_activity",
    """
    WITH kept AS (
        INSERT INTO activities (uri, actor_id, is_local, kind, object_uri, is_public, envelope)
        VALUES ($1, $2, true, $3, $4, $5, $6::jsonb)
            ON CONFLICT (uri) DO UPDATE SET envelope = activities.envelope
        RETURNING id
    )
    INSERT INTO inbox_items (owner_id, activity_id)
    SELECT reached.id, kept.id
      FROM kept,
           (SELECT a.id FROM actors a WHERE a.id = ANY ($7::bigint[]) AND a.is_local
             UNION
            SELECT f.follower_id
              FROM follows f JOIN actors a ON a.id = f.follower_id AND a.is_local
             WHERE $8 AND f.target_id = $2 AND f.state = 'accepted') AS reached
     WHERE reached.id <> $2
       AND NOT EXISTS (SELECT FROM blocks b
                        WHERE (b.actor_id = reached.id AND b.target_id = $2)
                           OR (b.actor_id = $2 AND b.target_id = reached.id))
       AND NOT"""
    + keeps_server_away("reached.id", "$2::bigint")
    + """
        ON CONFLICT DO NOTHING
""",
)

# One statement for a batch: new activities, and a row for each member whom one reaches. Members are
# reached by name, as who wrote or is what it is about, or because they follow who did it.
_RECORD = query(
    "inbox.record_received",
    """
    WITH given AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[],
                             $6::boolean[], $7::jsonb[], $8::text[])
               AS g (uri, actor_uri, kind, object_uri, is_public, is_for_all, envelope, named)
    ), reached AS (
        SELECT g.uri, who.id AS actor_id, owner.id AS owner_id
          FROM given g
          JOIN actors who ON who.uri = g.actor_uri
         CROSS JOIN LATERAL (
            SELECT a.id FROM actors a
             WHERE a.uri = ANY (string_to_array(g.named, ' ')) AND a.is_local
             UNION
            SELECT p.author_id FROM posts p
             WHERE p.uri = ANY (string_to_array(g.named, ' ')) AND p.is_local
             UNION  -- who did, or asked for, what it answers
            SELECT own.actor_id FROM activities own
             WHERE own.uri = ANY (string_to_array(g.named, ' ')) AND own.is_local
             UNION
            SELECT asked.follower_id
              FROM follows asked JOIN actors a ON a.id = asked.follower_id AND a.is_local
             WHERE asked.uri = ANY (string_to_array(g.named, ' '))
             UNION
            SELECT f.follower_id
              FROM follows f JOIN actors a ON a.id = f.follower_id AND a.is_local
             WHERE f.target_id = who.id AND f.state = 'accepted'
               AND (g.is_for_all OR who.followers_uri = ANY (string_to_array(g.named, ' ')))
         ) AS owner
    ), kept AS (
        INSERT INTO activities (uri, actor_id, is_local, kind, object_uri, is_public, envelope)
        SELECT DISTINCT ON (g.uri)
               g.uri, who.id, false, g.kind, g.object_uri, g.is_public, g.envelope
          FROM given g
          JOIN actors who ON who.uri = g.actor_uri
         WHERE EXISTS (SELECT FROM reached r WHERE r.uri = g.uri)
            ON CONFLICT (uri) DO NOTHING
        RETURNING id, uri
    )
    INSERT INTO inbox_items (owner_id, activity_id)
    SELECT DISTINCT r.owner_id, k.id
      FROM kept k
      JOIN reached r ON r.uri = k.uri
     WHERE r.owner_id <> r.actor_id
        ON CONFLICT DO NOTHING
""",
)

_LIST_INBOX = query(
    "inbox.list_inbox",
    f"""
    SELECT {_COLUMNS}
      FROM inbox_items i
      JOIN activities a ON a.id = i.activity_id
      JOIN actors who ON who.id = a.actor_id
     WHERE i.owner_id = $1 AND ($2::bigint IS NULL OR i.activity_id < $2)
       AND who.suspended_at IS NULL
       AND NOT EXISTS (SELECT FROM blocks b
                        WHERE (b.actor_id = $1 AND b.target_id = a.actor_id)
                           OR (b.actor_id = a.actor_id AND b.target_id = $1))
       AND NOT"""
    + keeps_server_away("$1::bigint", "a.actor_id")
    + """
     ORDER BY i.activity_id DESC
     LIMIT $3
""",
)

_COUNT_INBOX = query(
    "inbox.count_inbox",
    "SELECT count(*) FROM (SELECT FROM inbox_items WHERE owner_id = $1 LIMIT 10000) AS counted",
)

_LIST_PUBLIC = query(
    "inbox.list_public",
    f"""
    SELECT {_COLUMNS}
      FROM activities a
      JOIN actors who ON who.id = a.actor_id
     WHERE a.is_public AND ($1::bigint IS NULL OR a.id < $1)
       AND who.suspended_at IS NULL AND who.gone_at IS NULL
     ORDER BY a.id DESC
     LIMIT $2
""",
)

_LIST_OWN = query(
    "inbox.list_own_activities",
    f"""
    SELECT {_COLUMNS}
      FROM activities a
     WHERE a.actor_id = $1 AND a.is_local AND a.kind <> 'Create'
       AND ($2 OR a.is_public)
       AND ($3::bigint IS NULL OR a.id < $3)
     ORDER BY a.id DESC
     LIMIT $4
""",
)

_COUNT_OWN = query(
    "inbox.count_own_activities",
    """
    SELECT count(*)
      FROM activities a
     WHERE a.actor_id = $1 AND a.is_local AND a.kind <> 'Create' AND ($2 OR a.is_public)
""",
)

# Who did it, whom it reached, and everybody where it is public.
_FIND = query(
    "inbox.find_activity",
    f"""
    SELECT {_COLUMNS}, who.gone_at IS NOT NULL AS is_gone
      FROM activities a
      JOIN actors who ON who.id = a.actor_id
     WHERE a.uri = $1 AND who.suspended_at IS NULL
       AND (a.is_public OR a.actor_id = $2
            OR EXISTS (SELECT FROM inbox_items i
                        WHERE i.owner_id = $2 AND i.activity_id = a.id))
""",
)

_FIND_OWN = query(
    "inbox.find_own_activity",
    f"""
    SELECT {_COLUMNS}
      FROM activities a
     WHERE a.uri = $1 AND a.actor_id = $2 AND a.is_local
""",
)

_DELETE_OWN = query(
    "inbox.delete_own_activity",
    "DELETE FROM activities WHERE id = $1 AND is_local",
)

_PRUNE = query(
    "inbox.prune_received",
    """
    WITH old AS (
        SELECT id FROM activities
         WHERE NOT is_local
           AND id < (floor(extract(epoch FROM now() - $1::interval) * 1000)::bigint << 16)
         ORDER BY id
         LIMIT $2
    ), items AS (
        DELETE FROM inbox_items WHERE activity_id IN (SELECT id FROM old)
    ), gone AS (
        DELETE FROM activities WHERE id IN (SELECT id FROM old) RETURNING id
    )
    SELECT count(*) FROM gone
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One activity as it is kept."""

    id: int
    uri: str | None
    actor_id: ActorId
    kind: str
    object_uri: str | None
    is_public: bool
    envelope: Document


async def keep_own(
    tx: Tx,
    *,
    uri: str,
    actor_id: ActorId,
    kind: str,
    object_uri: str | None,
    is_public: bool,
    envelope: Document,
    named: Sequence[ActorId],
    to_followers: bool,
) -> None:
    """Keep what one of ours did, and put it into the inboxes of our people whom it reaches.

    The same URI again keeps the first. Blocks subtract.
    """
    encoded = msgspec.json.encode(envelope).decode()
    await tx.execute(
        _KEEP_OWN,
        uri,
        actor_id,
        kind,
        object_uri,
        is_public,
        encoded,
        list(named),
        to_followers,
    )


async def record_received(tx: Tx, received: Sequence[Received]) -> None:
    """Keep the envelopes of a batch, once each, for those of ours whom they reach."""
    await tx.execute(
        _RECORD,
        [one.uri for one in received],
        [one.actor_uri for one in received],
        [one.kind for one in received],
        [one.object_uri for one in received],
        [one.is_public for one in received],
        [one.is_for_all for one in received],
        [msgspec.json.encode(one.envelope).decode() for one in received],
        [" ".join(one.named) for one in received],
    )


async def list_inbox(
    conn: Conn | Pool, owner_id: ActorId, *, before: int | None, limit: int
) -> list[Kept]:
    """What reached somebody, newest first; nothing of whom they blocked since."""
    return [_kept(row) for row in await conn.fetch(_LIST_INBOX, owner_id, before, limit)]


async def count_inbox(conn: Conn | Pool, owner_id: ActorId) -> int:
    """Counted as far as ten thousand."""
    return int(await conn.fetchval(_COUNT_INBOX, owner_id) or 0)


async def list_public(conn: Conn | Pool, *, before: int | None, limit: int) -> list[Kept]:
    return [_kept(row) for row in await conn.fetch(_LIST_PUBLIC, before, limit)]


async def list_own(
    conn: Conn | Pool, actor_id: ActorId, *, everything: bool, before: int | None, limit: int
) -> list[Kept]:
    """What somebody did besides writing, newest first: all of it, or what is public."""
    rows = await conn.fetch(_LIST_OWN, actor_id, everything, before, limit)
    return [_kept(row) for row in rows]


async def count_own(conn: Conn | Pool, actor_id: ActorId, *, everything: bool) -> int:
    return int(await conn.fetchval(_COUNT_OWN, actor_id, everything) or 0)


async def find_activity(
    conn: Conn | Pool, uri: str, viewer_id: ActorId | None
) -> tuple[Kept, bool] | None:
    """Read an activity that the viewer may see, and whether who did it has left."""
    row = await conn.fetchrow(_FIND, uri, viewer_id)
    return None if row is None else (_kept(row), row["is_gone"])


async def find_own(conn: Conn | Pool, uri: str, actor_id: ActorId) -> Kept | None:
    """Read what this very actor did."""
    row = await conn.fetchrow(_FIND_OWN, uri, actor_id)
    return None if row is None else _kept(row)


async def delete_own(tx: Tx, activity_id: int) -> None:
    await tx.execute(_DELETE_OWN, activity_id)


async def prune_received(tx: Tx, *, days_kept: int, limit: int) -> int:
    """Forget what others did long ago. Returns how many."""
    return int(await tx.fetchval(_PRUNE, timedelta(days=days_kept), limit) or 0)


def _kept(row: asyncpg.Record) -> Kept:
    envelope: Mapping[str, object] = msgspec.json.decode(row["envelope"])
    return Kept(
        id=row["id"],
        uri=row["uri"],
        actor_id=ActorId(row["actor_id"]),
        kind=row["kind"],
        object_uri=row["object_uri"],
        is_public=row["is_public"],
        envelope=envelope,
    )
