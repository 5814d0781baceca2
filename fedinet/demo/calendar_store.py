"""Puts what came to a node while the demo was performed under the days on which it happened.

A node gives what is delivered the number of the moment at which it came, so that nobody misses
it, and lists go by these numbers: days of talk, performed within a minute, would all stand under
today. SQL for the databases of a demo, and for nothing else.
"""

from datetime import datetime
from typing import Final

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import first_id_at

# Numbers change wherever they stand; foreign keys and triggers rest until the commit.
_LET_KEYS_REST: Final = query(
    "demo.let_keys_rest", "SELECT set_config('session_replication_role', 'replica', true)"
)

_LIST_PERFORMED: Final = query(
    "demo.list_performed",
    """
    SELECT stale, new_id(least(at, $2)) AS fresh
      FROM (SELECT id AS stale, published_at AS at
              FROM posts WHERE NOT is_local AND id >= $1
             UNION ALL
            SELECT b.id, p.published_at + interval '7 minutes'
              FROM boosts b JOIN posts p ON p.id = b.post_id WHERE b.id >= $1
             UNION ALL
            SELECT n.id,
                   CASE WHEN n.kind = 'follow_request' THEN $2::timestamptz - interval '19 hours'
                        WHEN p.id IS NULL THEN $2 - interval '5 days'
                        WHEN n.kind = 'boost' THEN p.published_at + interval '7 minutes'
                        WHEN n.kind IN ('like', 'reaction')
                        THEN p.published_at + interval '20 minutes'
                        ELSE p.published_at END
              FROM notifications n LEFT JOIN posts p ON p.id = n.post_id
             WHERE n.id >= $1) AS performed
     ORDER BY at, stale
""",
)

_LIST_PLACES: Final = query(
    "demo.list_places_of_numbers",
    """
    SELECT format(
           'UPDATE %1$s AS t SET %2$I = moved.fresh
              FROM unnest($1::bigint[], $2::bigint[]) AS moved (stale, fresh)
             WHERE t.%2$I = moved.stale', attrelid::regclass, attname) AS statement
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND atttypid = 'bigint'::regtype
       AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
     ORDER BY attrelid, attnum
""",
)

_DATE_BOOSTS: Final = query(
    "demo.date_boosts",
    """
    UPDATE boosts SET created_at = to_timestamp((id >> 16) / 1000.0) WHERE id = ANY($1::bigint[])
""",
)

_DATE_NOTIFICATIONS: Final = query(
    "demo.date_notifications",
    """
    UPDATE notifications
       SET created_at = to_timestamp((id >> 16) / 1000.0) WHERE id = ANY($1::bigint[])
""",
)

# As where they come in order: what stands in a home is not shown there again for being shared.
_SHOW_ONCE: Final = query(
    "demo.show_once",
    """
    DELETE FROM home h
     WHERE h.boost_id = ANY($1::bigint[])
       AND EXISTS (
            SELECT FROM home there
             WHERE there.owner_id = h.owner_id AND there.post_id = h.post_id
               AND there.item_id < h.item_id)
""",
)


async def place_performed(tx: Tx, since: datetime, until: datetime) -> None:
    """Give what came from ``since`` on the day of its story, which ends at ``until``.

    Posts from elsewhere stand where they were published, what was shared a little later, and so
    does what members are told of it. Our own posts have their numbers from the start: these
    are part of their addresses.
    """
    rows = await tx.fetch(_LIST_PERFORMED, first_id_at(since), until)
    stale, fresh = [row["stale"] for row in rows], [row["fresh"] for row in rows]
    await tx.fetchval(_LET_KEYS_REST)
    for place in await tx.fetch(_LIST_PLACES):
        await tx.execute(place["statement"], stale, fresh)
    for statement in (_DATE_BOOSTS, _DATE_NOTIFICATIONS, _SHOW_ONCE):
        await tx.execute(statement, fresh)
