"""Rows of ``policy_sightings``: what the detectors count, for two hours. SQL lives here only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.policy.floods.detectors import FRESH, LOOKED_BACK, Sighting, Total, bucket_of
from fedinet.policy.model import AlertKind

MAX_SUBJECTS: Final = 1000
_EXAMPLES: Final = 5

_SEE = query(
    "policy.see",
    """
    INSERT INTO policy_sightings (kind, subject, bucket, source, count)
    SELECT s.kind, s.subject, $1, s.source, count(*)
      FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS s (kind, subject, source, actor_uri, origin)
      LEFT JOIN actors a ON a.uri = s.actor_uri
     WHERE CASE s.kind
           WHEN 'mention_wave' THEN a.id IS NULL OR (a.id >= $7
                AND NOT EXISTS (SELECT FROM follows f JOIN actors me
                                    ON me.id = f.follower_id AND me.is_local
                                 WHERE f.target_id = a.id AND f.state = 'accepted')
                AND NOT EXISTS (SELECT FROM follows f JOIN actors me
                                    ON me.id = f.target_id AND me.is_local
                                 WHERE f.follower_id = a.id AND f.state = 'accepted'))
           WHEN 'new_servers' THEN NOT EXISTS (
                SELECT FROM actors older WHERE older.origin = s.origin AND older.id < $8)
           ELSE true END
     GROUP BY s.kind, s.subject, s.source
     ORDER BY s.kind, s.subject, s.source
        ON CONFLICT (kind, subject, bucket, source) DO UPDATE
       SET count = policy_sightings.count + excluded.count
""",
)

_TOTALS = query(
    "policy.count_sightings",
    """
    SELECT kind, subject, sum(count)::integer AS count, count(DISTINCT source)::integer AS sources,
           (array_agg(DISTINCT source))[1:$3] AS examples
      FROM policy_sightings
     WHERE bucket >= $1
     GROUP BY kind, subject
    HAVING sum(count) >= 10
     ORDER BY 3 DESC
     LIMIT $2
""",
)

_PRUNE = query("policy.prune_sightings", "DELETE FROM policy_sightings WHERE bucket < $1")


async def see(tx: Tx, seen: Sequence[tuple[Sighting, str]], now: datetime) -> None:
    """Count sightings, each with the origin of its sender; those of people we know are left out.

    Rows are taken in one order, so that two workers wait for each other and do not deadlock.
    """
    await tx.execute(
        _SEE,
        bucket_of(now),
        [one.kind.value for one, _ in seen],
        [one.subject for one, _ in seen],
        [one.source for one, _ in seen],
        [one.actor for one, _ in seen],
        [origin for _, origin in seen],
        _first_id(now - FRESH),
        _first_id(now - LOOKED_BACK),
    )


async def count_sightings(conn: Conn, now: datetime) -> list[Total]:
    """Add up the last hour, by kind and subject; the most first."""
    since = bucket_of(now - LOOKED_BACK)
    return [
        Total(
            AlertKind(row["kind"]),
            row["subject"],
            row["count"],
            row["sources"],
            tuple(row["examples"]),
        )
        for row in await conn.fetch(_TOTALS, since, MAX_SUBJECTS, _EXAMPLES)
    ]


async def prune_sightings(tx: Tx, now: datetime) -> None:
    await tx.execute(_PRUNE, bucket_of(now - LOOKED_BACK - timedelta(hours=1)))


def _first_id(moment: datetime) -> int:
    """The smallest id that a row made at this moment can have."""
    return int(moment.timestamp() * 1000) << 16
