"""Rows of ``inbound_*``: seen, queued, logged, refused. SQL lives here only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from fedinet.db.query import Conn, Tx, query
from fedinet.db.text import storable_reason
from fedinet.inbox.model import Arrival, QueuedRow
from fedinet.kernel.ids import ActorId, ActorUri, Domain, ObjectUri

INBOX_CHANNEL = "fedinet_inbox"

_RECORD = query(
    "inbox.record",
    """
    WITH paused AS (
        SELECT EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL) AS yes
    ), arrived AS (
        SELECT *
          FROM unnest($1::text[], $2::bytea[], $3::smallint[], $4::text[], $5::text[],
                      $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[])
               WITH ORDINALITY
               AS a(origin, id_hash, lane, signer_uri, actor_uri,
                    activity_uri, activity_type, body, inbox_of, signature, place)
         WHERE NOT (SELECT yes FROM paused)
    ), fresh AS (
        INSERT INTO inbound_seen (origin, id_hash)
        SELECT origin, id_hash
          FROM arrived
         ORDER BY origin, id_hash
            ON CONFLICT DO NOTHING
        RETURNING origin, id_hash
    ), queued AS (
        INSERT INTO inbound_queue
               (lane, signer_uri, actor_uri, activity_uri, activity_type, body, inbox_of,
                signature)
        SELECT a.lane, a.signer_uri, a.actor_uri, a.activity_uri, a.activity_type, a.body,
               a.inbox_of, a.signature
          FROM arrived a
          JOIN fresh f USING (origin, id_hash)
         ORDER BY a.place
        RETURNING 1
    ), counted AS (
        SELECT count(*) AS fresh FROM queued
    )
    SELECT paused.yes AS paused, counted.fresh,
           CASE WHEN counted.fresh > 0 THEN pg_notify('fedinet_inbox', '') END
      FROM paused, counted
""",
)

_CLAIM = query(
    "inbox.claim",
    """
    SELECT q.id, q.received_at, q.attempts, q.signer_uri, q.actor_uri,
           q.activity_uri, q.activity_type, q.body, q.released, q.inbox_of, q.signature
      FROM (
        SELECT pick.place, pick.at
          FROM unnest($1::smallint[]) AS mine(lane)
         CROSS JOIN LATERAL (
            SELECT w.id, w.ctid AS at, row_number() OVER (ORDER BY w.lane, w.id) AS place
              FROM inbound_queue w
             WHERE w.lane BETWEEN mine.lane AND mine.lane
               AND w.due_at <= now()
               AND w.signer_uri || ' ' || w.actor_uri <> ALL ($3::text[])
               AND NOT EXISTS (
                    SELECT FROM inbound_queue earlier
                     WHERE hashtextextended(earlier.signer_uri || ' ' || earlier.actor_uri, 0)
                           = hashtextextended(w.signer_uri || ' ' || w.actor_uri, 0)
                       AND earlier.signer_uri = w.signer_uri AND earlier.actor_uri = w.actor_uri
                       AND earlier.id + 0 < w.id AND earlier.attempts > 0
                       AND earlier.due_at > now()
                    OFFSET 0)
             ORDER BY w.lane, w.id
             LIMIT $2) AS pick
         ORDER BY pick.place, pick.id
         LIMIT $4) AS chosen
      JOIN inbound_queue q ON q.ctid = chosen.at
     ORDER BY chosen.place, q.id
""",
)

# A process plans the claim while the queue is empty, and keeps the plan when it is deep. So it is
# written that only one index fits each part, however small the table seems: OFFSET 0 keeps the
# condition from becoming a join, and neither ``lane BETWEEN`` nor ``id + 0`` is served by the key.
_BY_INDEX = query("inbox.claim_by_index", "SET LOCAL enable_seqscan = off")

_FINISH = query(
    "inbox.finish",
    """
    WITH gone AS (
        DELETE FROM inbound_queue
         WHERE id = ANY ($1::bigint[])
        RETURNING id, received_at, signer_uri, actor_uri, activity_uri, activity_type,
                  octet_length(body) AS size_bytes
    )
    INSERT INTO inbound_log
           (id, received_at, signer_uri, actor_uri, activity_uri, activity_type, domain,
            object_type, object_uri, outcome, reason, size_bytes, seen)
    SELECT id, received_at, signer_uri, actor_uri, activity_uri, activity_type, d.domain,
           d.object_type, d.object_uri, d.outcome, d.reason, size_bytes, d.seen
      FROM gone
      JOIN unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::jsonb[])
           AS d(id, domain, object_type, object_uri, outcome, reason, seen) USING (id)
""",
)

_POSTPONE = query(
    "inbox.postpone",
    """
    UPDATE inbound_queue
       SET attempts = attempts + 1,
           due_at = now() + make_interval(secs => $2),
           last_error = $3
     WHERE id = $1
""",
)

_FIND_SENDERS = query(
    "inbox.find_senders",
    """
    SELECT uri, id, is_local, suspended_at IS NOT NULL AS is_suspended,
           gone_at IS NOT NULL AS is_gone
      FROM actors
     WHERE uri = ANY ($1::text[])
""",
)

_IS_KNOWN = query("inbox.is_known", "SELECT EXISTS (SELECT FROM actors WHERE uri = $1)")

_HAS_MEMBER = query(
    "inbox.has_member",
    """
    SELECT EXISTS (
        SELECT FROM actors
         WHERE is_local AND lower(username) = lower($1) AND gone_at IS NULL)
""",
)

_COUNT_REFUSALS = query(
    "inbox.count_refusals",
    """
    INSERT INTO inbound_refusals (day, host, reason, count)
    SELECT $1, r.host, r.reason, r.count
      FROM unnest($2::text[], $3::text[], $4::integer[]) AS r(host, reason, count)
     ORDER BY r.host, r.reason
        ON CONFLICT (day, host, reason)
        DO UPDATE SET count = inbound_refusals.count + excluded.count
""",
)

_TEND_LOG = query("inbox.tend_log", "SELECT tend_inbound_log($1, $2, $3)")

_PRUNE_SEEN = query(
    "inbox.prune_seen",
    """
    DELETE FROM inbound_seen
     WHERE ctid = ANY (ARRAY(
        SELECT ctid
          FROM inbound_seen
         WHERE seen_at < now() - make_interval(days => $1)
         ORDER BY seen_at
         LIMIT $2))
""",
)

_PRUNE_REFUSALS = query(
    "inbox.prune_refusals", "DELETE FROM inbound_refusals WHERE day < $1::date - $2::integer"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one group commit did. ``fresh``: how many were not known yet."""

    fresh: int
    paused: bool
    """The node was restored and not resumed: nothing was recorded (TRAPS 13)."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What the worker must know of an actor before any handler runs."""

    actor_id: ActorId
    is_local: bool
    is_suspended: bool
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The last word on one row, for the log."""

    row_id: int
    domain: Domain
    object_type: str
    object_uri: str | None
    outcome: str
    reason: str
    seen: str | None
    """What policy saw and decided, as ``policy.seen`` writes it; None where it was not asked."""


async def record(conn: Conn, arrivals: Sequence[Arrival]) -> Recorded:
    """Queue what was not seen before, in order of arrival, as one statement.

    The members have distinct (origin, seen_hash). Keys are inserted sorted:
    two processes that record the same activities wait for each other, and do
    not deadlock.
    """
    row = await conn.fetchrow(
        _RECORD,
        [arrival.origin for arrival in arrivals],
        [arrival.seen_hash for arrival in arrivals],
        [arrival.lane for arrival in arrivals],
        [arrival.signer for arrival in arrivals],
        [arrival.actor for arrival in arrivals],
        [arrival.activity_id for arrival in arrivals],
        [arrival.activity_type for arrival in arrivals],
        [arrival.body for arrival in arrivals],
        [arrival.inbox_of for arrival in arrivals],
        [arrival.signature for arrival in arrivals],
    )
    assert row is not None  # noqa: S101  # two one-row tables have one row
    return Recorded(row["fresh"], row["paused"])


async def claim(
    conn: Conn,
    lanes: Collection[int],
    *,
    depth: int,
    without: Collection[str] = (),
    limit: int,
) -> list[QueuedRow]:
    """List due rows of these lanes, at most ``depth`` of each, fairly: firsts before seconds.

    ``conn`` is in a transaction that does nothing else.
    Takes no lock: whoever holds the lanes is alone with them. The lines in
    ``without``, and those with an earlier row that waits for another try, are
    left out. Rows of one line come in order of arrival.
    """
    await conn.execute(_BY_INDEX)
    rows = await conn.fetch(_CLAIM, list(lanes), depth, list(without), limit)
    return [_queued(row) for row in rows]


async def finish(tx: Tx, finished: Sequence[Finished]) -> int:
    """Move rows from the queue to the log. Returns how many were still in the queue."""
    tag = await tx.execute(
        _FINISH,
        [one.row_id for one in finished],
        [one.domain for one in finished],
        [one.object_type for one in finished],
        [one.object_uri for one in finished],
        [one.outcome for one in finished],
        [one.reason for one in finished],
        [one.seen for one in finished],
    )
    return int(tag.rsplit(" ", 1)[1])


async def postpone(tx: Tx, row_id: int, *, delay_s: float, error: str) -> None:
    """Count one attempt and try again later; the later rows of its line wait with it."""
    await tx.execute(_POSTPONE, row_id, delay_s, storable_reason(error))


async def find_senders(conn: Conn, uris: Collection[str]) -> Mapping[str, Sender]:
    rows = await conn.fetch(_FIND_SENDERS, list(uris))
    return {
        row["uri"]: Sender(ActorId(row["id"]), row["is_local"], row["is_suspended"], row["is_gone"])
        for row in rows
    }


async def is_known(conn: Conn, actor: ActorUri) -> bool:
    return bool(await conn.fetchval(_IS_KNOWN, actor))


async def has_member(conn: Conn, username: str) -> bool:
    return bool(await conn.fetchval(_HAS_MEMBER, username))


async def count_refusals(conn: Conn, day: date, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of a day, by (host, reason)."""
    keys = list(counts)
    hosts, reasons = [host for host, _ in keys], [reason for _, reason in keys]
    await conn.execute(_COUNT_REFUSALS, day, hosts, reasons, [counts[key] for key in keys])


async def tend_log(tx: Tx, today: date, *, days_ahead: int, days_kept: int) -> int:
    """Make the log's partitions of the days ahead and drop old ones. Returns how many changed."""
    return int(await tx.fetchval(_TEND_LOG, today, days_ahead, days_kept) or 0)


async def prune_seen(tx: Tx, *, days_kept: int, limit: int) -> int:
    """Forget the oldest ids, at most ``limit``. Returns how many."""
    return int((await tx.execute(_PRUNE_SEEN, days_kept, limit)).rsplit(" ", 1)[1])


async def prune_refusals(tx: Tx, today: date, *, days_kept: int) -> None:
    await tx.execute(_PRUNE_REFUSALS, today, days_kept)


def _queued(row: asyncpg.Record) -> QueuedRow:
    activity_id: str | None = row["activity_uri"]
    return QueuedRow(
        id=row["id"],
        received_at=row["received_at"],
        attempts=row["attempts"],
        signer=ActorUri(row["signer_uri"]),
        actor=ActorUri(row["actor_uri"]),
        activity_id=None if activity_id is None else ObjectUri(activity_id),
        activity_type=row["activity_type"],
        body=row["body"],
        inbox_of=row["inbox_of"],
        signature=row["signature"],
        is_released=row["released"],
    )
