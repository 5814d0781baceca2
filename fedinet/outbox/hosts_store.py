"""Rows of ``outbound_hosts``: how another server has behaved, seen from outside a visit."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain

logger = logging.getLogger(__name__)

DELIVERIES_CHANNEL = "fedinet_deliveries"
"""NOTIFY without payload: hosts have become due."""

_LIST_GIVEN_UP = query(
    "outbox.list_given_up_hosts",
    """
    SELECT host
      FROM outbound_hosts
     WHERE host = ANY ($1::text[]) AND dead_at > now() - $2::interval
""",
)

_LIST_SILENT = query(
    "outbox.list_silent_hosts",
    """
    SELECT host
      FROM outbound_hosts
     WHERE host = ANY ($1::text[])
       AND (dead_at IS NOT NULL OR failing_since < now() - $2::interval)
""",
)

# A host that was given up is tried once more; failing_since stays: one failure is enough then.
_WAKE_HOSTS = query(
    "outbox.wake_hosts",
    """
    INSERT INTO outbound_hosts AS h (host, due_at)
    SELECT host, now()
      FROM unnest($1::text[]) AS wanted (host)
     ORDER BY host
        ON CONFLICT (host) DO UPDATE
       SET due_at = CASE WHEN h.leased_until > now() THEN h.due_at
                         WHEN h.failures > 0 AND h.dead_at IS NULL THEN coalesce(h.due_at, now())
                         ELSE least(h.due_at, now()) END,
           woken = h.woken OR coalesce(h.leased_until > now(), false),
           dead_at = NULL
""",
)

_FORGIVE: Final = """
    WITH doubted AS (
        SELECT host
          FROM outbound_hosts
         WHERE host = ANY ($1::text[]) AND (failures > 0 OR dead_at IS NOT NULL)
         ORDER BY host
           FOR UPDATE
    )
    UPDATE outbound_hosts h
       SET :what,
           dead_at = NULL,
           due_at = CASE WHEN h.leased_until > now() THEN h.due_at ELSE now() END,
           woken = h.woken OR coalesce(h.leased_until > now(), false)
      FROM doubted
     WHERE h.host = doubted.host
    RETURNING h.host
"""

_REVIVE = query(
    "outbox.revive_hosts", _FORGIVE.replace(":what", "failures = 0, failing_since = NULL")
)
# Since when it fails stays, until it takes something.
_TRY = query("outbox.try_hosts", _FORGIVE.replace(":what", "failures = greatest(h.failures, 1)"))


async def host_seen(tx: Tx, host: Domain) -> bool:
    """Trust a host again that has just sent us something. Cheap where it was never doubted.

    What still waits for it is tried at once. Returns whether it had been failing.
    """
    revived = await revive_hosts(tx, [host])
    if revived:
        await announce_due(tx)
        logger.info("outbox.host_revived host=%s", host)
    return bool(revived)


async def revive_hosts(tx: Tx, hosts: Sequence[Domain]) -> list[Domain]:
    """Forgive failures, dead or not. Returns the hosts that had any."""
    return [Domain(row["host"]) for row in await tx.fetch(_REVIVE, hosts)]


async def try_hosts(tx: Tx, hosts: Sequence[Domain]) -> list[Domain]:
    """Make hosts due at once that are failing, dead or not. Returns which were."""
    return [Domain(row["host"]) for row in await tx.fetch(_TRY, hosts)]


async def announce_due(tx: Tx) -> None:
    """Wake the workers once ``tx`` commits."""
    await tx.execute("SELECT pg_notify($1, '')", DELIVERIES_CHANNEL)


async def list_given_up(tx: Tx, hosts: Sequence[Domain], within: timedelta) -> set[Domain]:
    """Which of these hosts were given up less than ``within`` ago."""
    return {Domain(row["host"]) for row in await tx.fetch(_LIST_GIVEN_UP, hosts, within)}


async def list_silent(conn: Conn, hosts: Iterable[Domain], within: timedelta) -> set[Domain]:
    """Which of these hosts took nothing for so long, or were given up."""
    return {Domain(row["host"]) for row in await conn.fetch(_LIST_SILENT, list(set(hosts)), within)}


async def wake_hosts(tx: Tx, hosts: Sequence[Domain]) -> None:
    """Make hosts due that are not paused for failing; one that is leased is marked instead."""
    await tx.execute(_WAKE_HOSTS, sorted(set(hosts)))
