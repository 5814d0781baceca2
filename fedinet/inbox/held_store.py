"""Rows of ``inbound_held``: what policy keeps aside. SQL lives here only.

Bodies are sealed under the data folder's key and gone after 30 days (TRAPS 12).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.inbox.fairness import fair_share
from fedinet.inbox.store import INBOX_CHANNEL
from fedinet.kernel.ids import Domain
from fedinet.net.domains import registrable
from fedinet.node.resealing import sealed_column
from fedinet.policy.model import Builtin

KEPT_DAYS = 30
MOST_OF_A_SERVER = 1000
MOST_IN_ALL = 20_000
"""A flood of what is held must not fill the disk."""

_HOLD = query(
    "inbox.hold",
    """
    INSERT INTO inbound_held (id, received_at, domain, lane, signer_uri, actor_uri, activity_uri,
                              activity_type, object_type, object_uri, reason, body_sealed, inbox_of,
                              rule)
    SELECT q.id, q.received_at, h.domain, q.lane, q.signer_uri, q.actor_uri, q.activity_uri,
           q.activity_type, h.object_type, h.object_uri, h.reason, h.body_sealed,
           q.inbox_of, h.rule
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[],
                  $7::text[])
           AS h (id, domain, object_type, object_uri, reason, body_sealed, rule)
      JOIN inbound_queue q USING (id)
        ON CONFLICT (id) DO NOTHING
""",
)

_LIST = query(
    "inbox.list_held",
    """
    SELECT id, held_at, domain, actor_uri, activity_uri, activity_type, object_type, object_uri,
           reason, rule
      FROM inbound_held
     WHERE ($1::text IS NULL OR domain = $1)
       AND ($2::bigint IS NULL OR id < $2)
     ORDER BY id DESC
     LIMIT $3
""",
)

_KNOWN = query(
    "inbox.list_known_held",
    """
    SELECT id
      FROM inbound_held
     WHERE id = ANY ($1::bigint[])
     ORDER BY id
       FOR UPDATE
""",
)

_COUNT = query(
    "inbox.count_held",
    """
    SELECT domain, count(*) AS held, min(held_at) AS since
      FROM inbound_held
     GROUP BY domain
     ORDER BY min(id)
     LIMIT $1
""",
)

_TAKE = query(
    "inbox.take_held",
    """
    DELETE FROM inbound_held
     WHERE id = ANY ($1::bigint[])
    RETURNING id, received_at, lane, signer_uri, actor_uri, activity_uri, activity_type,
              body_sealed, inbox_of
""",
)

_OF_DOMAIN = query(
    "inbox.list_held_ids",
    """
    SELECT id
      FROM inbound_held
     WHERE domain = $1 AND ($2::text IS NULL OR reason = $2)
     ORDER BY id
     LIMIT $3
       FOR UPDATE SKIP LOCKED
""",
)

_OF_RULE = query(
    "inbox.list_held_ids_of_rule",
    """
    SELECT id
      FROM inbound_held
     WHERE rule = $1
     ORDER BY id
     LIMIT $2
       FOR UPDATE SKIP LOCKED
""",
)

_COUNT_RULES = query(
    "inbox.count_held_by_rule",
    """
    SELECT rule, count(*) AS held
      FROM inbound_held
     WHERE rule IS NOT NULL
     GROUP BY rule
     ORDER BY min(id)
     LIMIT $1
""",
)

_UNMET = query(
    "inbox.list_unmet",
    """
    SELECT DISTINCT domain
      FROM inbound_held
     WHERE reason = $1
     LIMIT 1000
""",
)

_REQUEUE = query(
    "inbox.requeue",
    """
    INSERT INTO inbound_queue
           (lane, received_at, signer_uri, actor_uri, activity_uri, activity_type, body, inbox_of,
            released)
    SELECT lane, received_at, signer_uri, actor_uri, activity_uri, activity_type, body, inbox_of,
           true
      FROM unnest($1::smallint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[],
                  $6::text[], $7::bytea[], $8::text[]) WITH ORDINALITY
           AS r (lane, received_at, signer_uri, actor_uri, activity_uri, activity_type, body,
                 inbox_of, place)
     ORDER BY place
""",
)

_PURGE = query(
    "inbox.purge_held",
    """
    DELETE FROM inbound_held
     WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM inbound_held
         WHERE held_at < now() - make_interval(days => $1)
         ORDER BY held_at
         LIMIT $2))
""",
)

_COUNT_BY_SERVER = query(
    "inbox.count_held_by_server",
    "SELECT domain, count(*)::integer AS waits FROM inbound_held GROUP BY domain",
)

# What is kept by server and owner is ranked once more, for as many owners as there are places.
_TRIM = query(
    "inbox.trim_held",
    """
    DELETE FROM inbound_held
     WHERE id = ANY (ARRAY(
        SELECT id
          FROM (SELECT id, is_kept,
                       row_number() OVER (PARTITION BY is_kept ORDER BY id DESC) AS in_all
                  FROM (SELECT h.id,
                               row_number() OVER (PARTITION BY h.domain ORDER BY h.id) <= $1
                               AND row_number() OVER (
                                    PARTITION BY coalesce(named.owner, h.domain)
                                    ORDER BY h.id) <= $2 AS is_kept
                          FROM inbound_held h
                          LEFT JOIN unnest($4::text[], $5::text[]) AS named (domain, owner)
                            ON named.domain = h.domain) AS ranked) AS told
         WHERE NOT is_kept OR in_all > $3
         LIMIT $6))
""",
)


SEALED: Final = sealed_column("inbox", "inbound_held", "body_sealed", key="id", of="bigint")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHold:
    """A queued row on its way aside."""

    row_id: int
    domain: Domain
    object_type: str
    object_uri: str | None
    reason: str
    body_sealed: bytes
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """What stewards see of it: the outside only. ``rule``: the key of the one that held it."""

    id: int
    held_at: datetime
    domain: Domain
    actor_uri: str
    activity_uri: str | None
    activity_type: str
    object_type: str
    object_uri: str | None
    reason: str
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A held row with its body, as it was taken out."""

    id: int
    received_at: datetime
    lane: int
    signer_uri: str
    actor_uri: str
    activity_uri: str | None
    activity_type: str
    body_sealed: bytes
    inbox_of: str | None


def sealed_row(row_id: int) -> str:
    """Name a row to the box that seals its body."""
    return f"inbound_held:{row_id}"


async def hold(tx: Tx, items: Sequence[ToHold]) -> None:
    """Copy queued rows aside; the caller ends them in the same transaction."""
    await tx.execute(
        _HOLD,
        [item.row_id for item in items],
        [item.domain for item in items],
        [item.object_type for item in items],
        [item.object_uri for item in items],
        [item.reason for item in items],
        [item.body_sealed for item in items],
        [item.rule for item in items],
    )


async def list_known(tx: Tx, ids: Sequence[int]) -> frozenset[int]:
    """Say which of these numbers are held, and keep them so until the transaction ends."""
    possible = [number for number in ids if 0 <= number < 2**63]
    return frozenset(row["id"] for row in await tx.fetch(_KNOWN, possible))


async def list_held(
    conn: Conn, *, domain: Domain | None = None, before: int | None = None, limit: int = 50
) -> Sequence[HeldItem]:
    """List what is held, newest first."""
    rows = await conn.fetch(_LIST, domain, before, limit)
    return [
        HeldItem(
            id=row["id"],
            held_at=row["held_at"],
            domain=Domain(row["domain"]),
            actor_uri=row["actor_uri"],
            activity_uri=row["activity_uri"],
            activity_type=row["activity_type"],
            object_type=row["object_type"],
            object_uri=row["object_uri"],
            reason=row["reason"],
            rule=row["rule"],
        )
        for row in rows
    ]


async def count_held(conn: Conn, *, limit: int = 100) -> Sequence[tuple[Domain, int, datetime]]:
    """Count what is held by server, with since when; those that wait longest first."""
    rows = await conn.fetch(_COUNT, limit)
    return [(Domain(row["domain"]), row["held"], row["since"]) for row in rows]


async def count_held_by_rule(conn: Conn, *, limit: int = 100) -> Sequence[tuple[str, int]]:
    """Count what rules hold, by the key of the rule; those that hold something longest first."""
    return [(row["rule"], row["held"]) for row in await conn.fetch(_COUNT_RULES, limit)]


async def list_held_ids_of_rule(tx: Tx, rule: str, *, limit: int) -> list[int]:
    """List and lock what a rule held, oldest first, whether it is still in force or not."""
    return [row["id"] for row in await tx.fetch(_OF_RULE, rule, limit)]


async def list_unmet(conn: Conn) -> Sequence[Domain]:
    """List the servers of which something is held because nobody here has met them."""
    return [Domain(row["domain"]) for row in await conn.fetch(_UNMET, Builtin.FIRST_CONTACT)]


async def list_held_ids(
    tx: Tx, domain: Domain, *, reason: str | None = None, limit: int
) -> list[int]:
    """List and lock what is held of a server, oldest first; with ``reason`` only for that one."""
    return [row["id"] for row in await tx.fetch(_OF_DOMAIN, domain, reason, limit)]


async def take_held(tx: Tx, ids: Sequence[int]) -> Sequence[Sealed]:
    """Take rows out, oldest first. Those that somebody else has taken are left out."""
    rows = sorted(map(dict, await tx.fetch(_TAKE, list(ids))), key=lambda row: row["id"])
    return [Sealed(**row) for row in rows]


async def requeue(tx: Tx, rows: Sequence[Sealed], bodies: Sequence[bytes]) -> None:
    """Put rows back into the queue, past the policy."""
    await tx.execute(
        _REQUEUE,
        [row.lane for row in rows],
        [row.received_at for row in rows],
        [row.signer_uri for row in rows],
        [row.actor_uri for row in rows],
        [row.activity_uri for row in rows],
        [row.activity_type for row in rows],
        list(bodies),
        [row.inbox_of for row in rows],
    )
    await tx.execute("SELECT pg_notify($1, '')", INBOX_CHANNEL)


async def purge_held(tx: Tx, *, limit: int) -> int:
    """Forget what nobody let in for 30 days. Returns how many."""
    return int((await tx.execute(_PURGE, KEPT_DAYS, limit)).rsplit(" ", 1)[1])


async def trim_held(
    tx: Tx, *, limit: int, of_server: int = MOST_OF_A_SERVER, in_all: int = MOST_IN_ALL
) -> int:
    """Forget what is too much: of a server what came last; in all, of those who own most of it.

    So a flood loses its own, and nobody else's place, under however many names of one
    owner it comes. Returns how many.
    """
    waits = {Domain(row["domain"]): row["waits"] for row in await tx.fetch(_COUNT_BY_SERVER)}
    whole = sum(waits.values())
    if whole <= in_all and max(waits.values(), default=0) <= of_server:
        return 0
    owners = {domain: registrable(domain) for domain in waits}
    of_owner = Counter[str]()
    for domain, count in waits.items():
        of_owner[owners[domain]] += count
    share = fair_share(of_owner.values(), in_all)
    done = await tx.execute(
        _TRIM, of_server, share, in_all, list(owners), list(owners.values()), limit
    )
    return int(done.rsplit(" ", 1)[1])
