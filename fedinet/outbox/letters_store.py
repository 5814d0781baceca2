"""Dead letters: deliveries that were given up, kept for a month, retried on request."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import Domain, InboxUrl
from fedinet.outbox.hosts_store import announce_due, try_hosts, wake_hosts
from fedinet.outbox.model import DeadLetter, Delivery
from fedinet.outbox.queue_store import delivery_keys

_BURY = query(
    "outbox.bury_deliveries",
    """
    WITH given_up AS (
        DELETE FROM deliveries d
         USING unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
               AS buried (host, outgoing_id, inbox_url, reason, error)
         WHERE d.host = buried.host AND d.outgoing_id = buried.outgoing_id
           AND d.inbox_url = buried.inbox_url
        RETURNING d.host, d.inbox_url, d.outgoing_id, d.sender_id, d.attempts,
                  buried.reason, buried.error
    )
    INSERT INTO dead_letters
        (host, inbox_url, outgoing_id, sender_id, attempts, reason, last_error)
    SELECT host, inbox_url, outgoing_id, sender_id, attempts + 1, reason, error
      FROM given_up
        ON CONFLICT (outgoing_id, inbox_url) DO UPDATE
       SET attempts = EXCLUDED.attempts, reason = EXCLUDED.reason,
           last_error = EXCLUDED.last_error, buried_at = now()
""",
)

# Healthy hosts bury their own at the next attempt; what waits for a host that fails is never tried.
_BURY_EXPIRED = query(
    "outbox.bury_expired",
    """
    WITH given_up AS (
        DELETE FROM deliveries d
         USING (
            SELECT late.host, late.outgoing_id, late.inbox_url, h.last_error
              FROM outbound_hosts h
              JOIN deliveries late ON late.host = h.host AND late.expires_at < now()
             WHERE (h.failures > 0 OR h.dead_at IS NOT NULL)
               AND (h.leased_until IS NULL OR h.leased_until < now())
             LIMIT $1
         ) AS late
         WHERE d.host = late.host AND d.outgoing_id = late.outgoing_id
           AND d.inbox_url = late.inbox_url
        RETURNING d.host, d.inbox_url, d.outgoing_id, d.sender_id, d.attempts,
                  coalesce(d.last_error, late.last_error) AS last_error
    ), buried AS (
        INSERT INTO dead_letters
            (host, inbox_url, outgoing_id, sender_id, attempts, reason, last_error)
        SELECT host, inbox_url, outgoing_id, sender_id, attempts, 'expired', last_error
          FROM given_up
            ON CONFLICT (outgoing_id, inbox_url) DO NOTHING
    )
    SELECT host, count(*) AS number FROM given_up GROUP BY host
""",
)

_LIST = query(
    "outbox.list_dead_letters",
    """
    SELECT l.id, l.host, l.inbox_url, l.outgoing_id, o.activity_uri, l.attempts, l.reason,
           l.last_error, l.buried_at
      FROM dead_letters l
      JOIN outgoing o ON o.id = l.outgoing_id
     WHERE ($1::text IS NULL OR l.host = $1)
       AND ($2::bigint IS NULL OR l.id < $2)
     ORDER BY l.id DESC
     LIMIT $3
""",
)

_RETRY = query(
    "outbox.retry_dead_letters",
    """
    WITH risen AS (
        DELETE FROM dead_letters
         WHERE id = ANY (ARRAY(
            SELECT id
              FROM dead_letters
             WHERE ($1::text IS NULL OR host = $1)
               AND ($2::bigint[] IS NULL OR id = ANY ($2))
             ORDER BY id
             LIMIT $3
               FOR UPDATE SKIP LOCKED))
        RETURNING host, outgoing_id, inbox_url, sender_id
    ), written AS (
        INSERT INTO deliveries (host, outgoing_id, inbox_url, sender_id, expires_at)
        SELECT host, outgoing_id, inbox_url, sender_id, now() + $4::interval
          FROM risen
            ON CONFLICT DO NOTHING
    )
    SELECT host, count(*) AS letters FROM risen GROUP BY host
""",
)

_PRUNE_LETTERS = query(
    "outbox.prune_dead_letters",
    """
    WITH old AS (
        SELECT id FROM dead_letters WHERE buried_at < now() - $1::interval LIMIT $2
    ), pruned AS (
        DELETE FROM dead_letters WHERE id IN (SELECT id FROM old) RETURNING id
    )
    SELECT count(*) FROM pruned
""",
)

_PRUNE_OUTGOING = query(
    "outbox.prune_outgoing",
    """
    WITH old AS (
        SELECT id
          FROM outgoing o
         WHERE o.created_at < now() - $1::interval
           AND o.fanned_out_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM deliveries d WHERE d.outgoing_id = o.id)
           AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.outgoing_id = o.id)
         ORDER BY o.created_at
         LIMIT $2
    ), pruned AS (
        DELETE FROM outgoing WHERE id IN (SELECT id FROM old) RETURNING id
    )
    SELECT count(*) FROM pruned
""",
)


async def bury(tx: Tx, buried: Sequence[tuple[Delivery, str, str]]) -> None:
    """Turn deliveries into dead letters: (delivery, reason word, last error)."""
    await tx.execute(
        _BURY,
        *delivery_keys([delivery for delivery, _, _ in buried]),
        [reason for _, reason, _ in buried],
        [error for _, _, error in buried],
    )


async def bury_expired(tx: Tx, limit: int) -> Mapping[Domain, int]:
    """Give up what has waited too long for hosts that fail or were given up. How many, by host."""
    return {Domain(row["host"]): row["number"] for row in await tx.fetch(_BURY_EXPIRED, limit)}


async def list_dead_letters(
    conn: Conn | Pool, *, host: Domain | None = None, before: int | None = None, limit: int = 40
) -> list[DeadLetter]:
    """Page through dead letters, newest first. ``before``: the id where the last page ended."""
    return [_letter(row) for row in await conn.fetch(_LIST, host, before, limit)]


async def retry_dead_letters(
    tx: Tx,
    *,
    host: Domain | None = None,
    ids: Sequence[int] | None = None,
    kept_for: timedelta,
    limit: int,
) -> int:
    """Put dead letters back into the queue, oldest first, and try their hosts at once.

    Returns how many; fewer than ``limit`` means that there are no more.
    """
    rows = await tx.fetch(_RETRY, host, ids, limit, kept_for)
    hosts = [Domain(row["host"]) for row in rows]
    if hosts:
        await wake_hosts(tx, hosts)
        await try_hosts(tx, hosts)
        await announce_due(tx)
    return sum(row["letters"] for row in rows)


async def prune_dead_letters(tx: Tx, kept_for: timedelta, limit: int) -> int:
    return await tx.fetchval(_PRUNE_LETTERS, kept_for, limit)


async def prune_outgoing(tx: Tx, kept_for: timedelta, limit: int) -> int:
    """Forget activities that are old and delivered, or given up and forgotten everywhere."""
    return await tx.fetchval(_PRUNE_OUTGOING, kept_for, limit)


def _letter(row: asyncpg.Record) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        host=Domain(row["host"]),
        inbox=InboxUrl(row["inbox_url"]),
        outgoing_id=row["outgoing_id"],
        activity_uri=row["activity_uri"],
        attempts=row["attempts"],
        reason=row["reason"],
        last_error=row["last_error"],
        buried_at=row["buried_at"],
    )
