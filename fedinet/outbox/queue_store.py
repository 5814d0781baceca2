"""The two-level queue: hosts are leased, then what waits for them is read. SQL of the worker.

Leasing and reading are two statements on purpose: the second sees whatever was
committed before the lease, and whatever comes later marks the leased host as
woken. Nothing falls between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

import asyncpg

from fedinet.db.query import Pool, Tx, query
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl
from fedinet.outbox.model import Content, Delivery, Lease
from fedinet.signing.claim import Scheme

_LEASE_HOSTS = query(
    "outbox.lease_hosts",
    """
    WITH healthy AS (
        SELECT host
          FROM outbound_hosts
         WHERE due_at <= now() AND dead_at IS NULL AND failures = 0
         ORDER BY due_at + CASE WHEN last_success_at IS NULL
                                THEN $4::interval ELSE interval '0' END
         LIMIT $1
           FOR UPDATE SKIP LOCKED
    ), failing AS (
        SELECT host
          FROM outbound_hosts
         WHERE due_at <= now() AND dead_at IS NULL AND failures > 0
         ORDER BY due_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    )
    UPDATE outbound_hosts
       SET due_at = now() + $3::interval,
           leased_at = now(),
           leased_until = now() + $3::interval,
           woken = false
     WHERE host = ANY (ARRAY(SELECT host FROM healthy UNION ALL SELECT host FROM failing))
       AND NOT EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL)
    RETURNING host, leased_at, failures, signature
""",
)

_RENEW = query(
    "outbox.renew_leases",
    """
    WITH held AS MATERIALIZED (
        SELECT h.host
          FROM outbound_hosts h
          JOIN unnest($1::text[], $2::timestamptz[]) AS ours (host, since)
            ON ours.host = h.host AND ours.since = h.leased_at
         ORDER BY h.host
           FOR UPDATE OF h
    )
    UPDATE outbound_hosts h
       SET due_at = now() + $3::interval, leased_until = now() + $3::interval
      FROM held
     WHERE h.host = held.host
    RETURNING h.host
""",
)

_LIST_DUE = query(
    "outbox.list_due_deliveries",
    """
    SELECT due.host, due.outgoing_id, due.inbox_url, due.sender_id, due.attempts, due.expires_at
      FROM unnest($1::text[]) AS leased (host)
     CROSS JOIN LATERAL (
        SELECT d.*
          FROM deliveries d
         WHERE d.host = leased.host
           AND d.due_at <= now()
           AND NOT EXISTS (
                SELECT FROM deliveries held
                 WHERE held.host = d.host
                   AND held.inbox_url = d.inbox_url
                   AND held.sender_id = d.sender_id
                   AND held.outgoing_id < d.outgoing_id
                   AND held.attempts > 0
                   AND held.attempts <= $3
                   AND held.due_at > now())
         ORDER BY d.outgoing_id, d.inbox_url
         LIMIT $2
     ) AS due
""",
)

_FIND_CONTENTS = query(
    "outbox.find_contents",
    """
    SELECT o.id, o.body, o.digest, a.uri AS sender_uri,
           CASE WHEN o.followers THEN a.followers_uri END AS followers_uri
      FROM outgoing o
      JOIN actors a ON a.id = o.sender_id
     WHERE o.id = ANY ($1::bigint[])
""",
)

_DELETE_DELIVERED = query(
    "outbox.delete_delivered",
    """
    DELETE FROM deliveries d
     USING unnest($1::text[], $2::bigint[], $3::text[]) AS done (host, outgoing_id, inbox_url)
     WHERE d.host = done.host AND d.outgoing_id = done.outgoing_id
       AND d.inbox_url = done.inbox_url
""",
)

_POSTPONE = query(
    "outbox.postpone_deliveries",
    """
    UPDATE deliveries d
       SET attempts = d.attempts + 1, due_at = now() + later.wait, last_error = later.error
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::interval[], $5::text[])
           AS later (host, outgoing_id, inbox_url, wait, error)
     WHERE d.host = later.host AND d.outgoing_id = later.outgoing_id
       AND d.inbox_url = later.inbox_url
""",
)

_RELEASE = query(
    "outbox.release_hosts",
    """
    WITH ended AS (
        SELECT *
          FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::interval[], $5::text[],
                      $6::boolean[], $7::text[])
               AS ended (host, since, result, pause, error, has_more, signature)
    ), locked AS MATERIALIZED (
        SELECT h.host
          FROM outbound_hosts h
          JOIN ended e ON e.host = h.host AND e.since = h.leased_at
         ORDER BY h.host
           FOR UPDATE OF h
    )
    UPDATE outbound_hosts h
       SET leased_at = NULL,
           leased_until = NULL,
           woken = false,
           signature = e.signature,
           failures = CASE e.result WHEN 'ok' THEN 0
                                    WHEN 'failed' THEN h.failures + 1
                                    ELSE h.failures END,
           failing_since = CASE e.result WHEN 'ok' THEN NULL
                                         WHEN 'failed' THEN coalesce(h.failing_since, now())
                                         ELSE h.failing_since END,
           dead_at = CASE WHEN e.result = 'failed' AND h.failing_since < now() - $8::interval
                          THEN now() END,
           last_error = CASE e.result WHEN 'ok' THEN NULL ELSE coalesce(e.error, h.last_error) END,
           last_success_at = CASE e.result WHEN 'ok' THEN now() ELSE h.last_success_at END,
           due_at = CASE WHEN e.result = 'failed' OR e.pause > interval '0' THEN now() + e.pause
                         WHEN h.woken OR e.has_more THEN now()
                         ELSE (SELECT min(d.due_at)
                                 FROM deliveries d
                                WHERE d.host = h.host AND d.attempts > 0) END
      FROM ended e
      JOIN locked ON locked.host = e.host
     WHERE h.host = e.host
""",
)

_STRANGERS_STAND_BACK = timedelta(seconds=1)

Result: TypeAlias = Literal["ok", "failed", "idle"]
"""Of a visit: somebody took or refused something; nobody did; nothing was tried."""


@dataclass(frozen=True, slots=True)
class Postponed:
    delivery: Delivery
    wait: timedelta
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A visit that ended. ``has_more``: read again at once."""

    lease: Lease
    result: Result
    scheme: Scheme
    pause: timedelta = timedelta()
    error: str | None = None
    has_more: bool = False


async def lease_hosts(tx: Tx, *, healthy: int, failing: int, lease: timedelta) -> list[Lease]:
    """Take hosts that are due, longest waiting first; failing ones are counted apart.

    Hosts that never took anything yet stand a moment behind those that did:
    they are the ones that may turn out to be silent.
    """
    return [
        Lease(Domain(row["host"]), row["leased_at"], row["failures"], Scheme(row["signature"]))
        for row in await tx.fetch(_LEASE_HOSTS, healthy, failing, lease, _STRANGERS_STAND_BACK)
    ]


async def renew(tx: Tx, leases: Sequence[Lease], lease: timedelta) -> set[Domain]:
    """Keep hosts that are still ours. Those missing from the answer are not."""
    hosts, since = [one.host for one in leases], [one.since for one in leases]
    return {Domain(row["host"]) for row in await tx.fetch(_RENEW, hosts, since, lease)}


async def list_due(
    tx: Tx, leases: Sequence[Lease], *, per_host: int, holds_order: int
) -> dict[Domain, list[Delivery]]:
    """Read what each leased host may be sent now, in order, at most ``per_host`` each."""
    hosts = [lease.host for lease in leases]
    due: dict[Domain, list[Delivery]] = {host: [] for host in hosts}
    for row in await tx.fetch(_LIST_DUE, hosts, per_host, holds_order):
        delivery = _delivery(row)
        due[delivery.host].append(delivery)
    return due


async def find_contents(conn: Tx | Pool, outgoing_ids: Sequence[int]) -> Mapping[int, Content]:
    rows = await conn.fetch(_FIND_CONTENTS, outgoing_ids)
    return {
        row["id"]: Content(
            row["body"], row["digest"], ActorUri(row["sender_uri"]), row["followers_uri"]
        )
        for row in rows
    }


async def delete_delivered(tx: Tx, delivered: Sequence[Delivery]) -> None:
    await tx.execute(_DELETE_DELIVERED, *delivery_keys(delivered))


async def postpone(tx: Tx, postponed: Sequence[Postponed]) -> None:
    """Count an attempt and set when the next may be made."""
    await tx.execute(
        _POSTPONE,
        *delivery_keys([one.delivery for one in postponed]),
        [one.wait for one in postponed],
        [one.error for one in postponed],
    )


async def release(tx: Tx, ended: Sequence[Released], *, dead_after: timedelta) -> None:
    """Let hosts go and write what their visits showed. A lease that was lost changes nothing."""
    await tx.execute(
        _RELEASE,
        [one.lease.host for one in ended],
        [one.lease.since for one in ended],
        [one.result for one in ended],
        [one.pause for one in ended],
        [one.error for one in ended],
        [one.has_more for one in ended],
        [one.scheme for one in ended],
        dead_after,
    )


def delivery_keys(deliveries: Sequence[Delivery]) -> tuple[list[str], list[int], list[str]]:
    """The primary keys as columns, for ``unnest``."""
    return (
        [delivery.host for delivery in deliveries],
        [delivery.outgoing_id for delivery in deliveries],
        [delivery.inbox for delivery in deliveries],
    )


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        Domain(row["host"]),
        row["outgoing_id"],
        InboxUrl(row["inbox_url"]),
        ActorId(row["sender_id"]),
        row["attempts"],
        row["expires_at"],
    )
