"""Other servers that take nothing at the moment, and what was given up for them: for stewards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain
from fedinet.outbox.hosts_store import announce_due, try_hosts

_LIST_FAILING = query(
    "outbox.list_failing_hosts",
    """
    SELECT h.host, h.failing_since, h.dead_at, h.due_at, coalesce(h.last_error, '') AS said,
           (SELECT count(*) FROM deliveries d WHERE d.host = h.host) AS waiting
      FROM outbound_hosts h
     WHERE h.failures > 0 OR h.dead_at IS NOT NULL
     ORDER BY h.dead_at IS NOT NULL, h.failing_since DESC NULLS LAST, h.host
     LIMIT $1
""",
)

_LIST_GIVEN_UP = query(
    "outbox.list_given_up",
    """
      WITH RECURSIVE latest AS (
           (SELECT host, id FROM dead_letters ORDER BY host DESC, id DESC LIMIT 1)
             UNION ALL
            SELECT below.host, below.id
              FROM latest
             CROSS JOIN LATERAL (SELECT d.host, d.id FROM dead_letters d
                                  WHERE d.host < latest.host
                                  ORDER BY d.host DESC, d.id DESC
                                  LIMIT 1) AS below)
    SELECT shown.host, last.reason, coalesce(last.last_error, '') AS said, last.buried_at,
           (SELECT count(*) FROM dead_letters d WHERE d.host = shown.host) AS letters
      FROM (SELECT host, id FROM latest ORDER BY id DESC LIMIT $1) AS shown
      JOIN dead_letters last ON last.id = shown.id
     ORDER BY shown.id DESC
""",
)

_HASTEN = query(
    "outbox.hasten_deliveries",
    "UPDATE deliveries SET due_at = now() WHERE host = $1 AND due_at > now()",
)


@dataclass(frozen=True, slots=True)
class FailingHost:
    """A server that took nothing the last time. ``dead_at``: nothing is tried until it is seen."""

    host: Domain
    failing_since: datetime | None
    dead_at: datetime | None
    due_at: datetime | None
    """When it is tried again."""
    said: str
    """What went wrong the last time: the other server's words, or what the network said."""
    waiting: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Deliveries to one server that were given up, and what became of the last of them."""

    host: Domain
    letters: int
    reason: str
    said: str
    buried_at: datetime


async def list_failing(conn: Conn, limit: int) -> Sequence[FailingHost]:
    """The servers in trouble: those that are still tried first, by when it began."""
    return [
        FailingHost(
            host=Domain(row["host"]),
            failing_since=row["failing_since"],
            dead_at=row["dead_at"],
            due_at=row["due_at"],
            said=row["said"],
            waiting=row["waiting"],
        )
        for row in await conn.fetch(_LIST_FAILING, limit)
    ]


async def list_given_up(conn: Conn, limit: int) -> Sequence[GivenUp]:
    """The servers for which most recently something was given up."""
    return [
        GivenUp(
            host=Domain(row["host"]),
            letters=row["letters"],
            reason=row["reason"],
            said=row["said"],
            buried_at=row["buried_at"],
        )
        for row in await conn.fetch(_LIST_GIVEN_UP, limit)
    ]


async def try_now(tx: Tx, host: Domain) -> bool:
    """Try at once what waits for a server. False: it was in no trouble."""
    if not await try_hosts(tx, [host]):
        return False
    await tx.execute(_HASTEN, host)
    await announce_due(tx)
    return True
