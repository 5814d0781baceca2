"""From an activity to its inboxes: rows of ``outgoing`` and ``deliveries``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, Domain
from fedinet.outbox.hosts_store import wake_hosts

_FAN_OUT_LOCK = 0x6F757462
"""One fan-out at a time: activities of one sender become deliveries in their order."""

_LOCK = query("outbox.lock_fan_out", "SELECT pg_try_advisory_xact_lock($1)")

_PICK = query(
    "outbox.pick_outgoing",
    """
    SELECT id
      FROM outgoing
     WHERE fanned_out_at IS NULL AND NOT EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL)
     ORDER BY id
     LIMIT $1
""",
)

_LIST_INBOXES = query(
    "outbox.list_inboxes",
    """
    WITH picked AS (
        SELECT id, sender_id, followers, recipients, inboxes, direct, except_host
          FROM outgoing
         WHERE id = ANY ($1::bigint[])
    ), reached AS (
        SELECT o.id, f.follower_id AS actor_id, false AS is_named
          FROM picked o
          JOIN follows f ON f.target_id = o.sender_id AND f.state = 'accepted'
         WHERE o.followers
        UNION ALL
        SELECT o.id, recipient.actor_id, true
          FROM picked o, unnest(o.recipients) AS recipient (actor_id)
    )
    SELECT id AS outgoing_id, sender_id, inbox_url, bool_or(is_named) AS is_named,
           min(except_host) AS except_host
      FROM (
        SELECT o.id, o.sender_id, o.except_host, r.is_named,
               CASE WHEN o.direct THEN a.inbox_url
                    ELSE coalesce(a.shared_inbox_url, a.inbox_url) END AS inbox_url
          FROM reached r
          JOIN picked o ON o.id = r.id
          JOIN actors a ON a.id = r.actor_id
         WHERE NOT a.is_local AND a.suspended_at IS NULL AND a.gone_at IS NULL
        UNION ALL
        SELECT o.id, o.sender_id, o.except_host, true, kept.inbox_url
          FROM picked o, unnest(o.inboxes) AS kept (inbox_url)
      ) AS found
     GROUP BY id, sender_id, inbox_url
     ORDER BY id, inbox_url
""",
)

_LIST_WAITING = query(
    "outbox.list_waiting",
    """
    SELECT o.id, o.sender_id, a.uri AS sender_uri, o.body, o.digest
      FROM outgoing o
      JOIN actors a ON a.id = o.sender_id
     WHERE o.id = ANY ($1::bigint[])
     ORDER BY o.id
""",
)

_REPLACE_BODIES = query(
    "outbox.replace_bodies",
    """
    UPDATE outgoing o
       SET body = n.body, digest = n.digest
      FROM unnest($1::bigint[], $2::bytea[], $3::text[]) AS n (id, body, digest)
     WHERE o.id = n.id AND o.fanned_out_at IS NULL
""",
)

_INSERT_DELIVERIES = query(
    "outbox.insert_deliveries",
    """
    INSERT INTO deliveries (host, outgoing_id, inbox_url, sender_id, expires_at)
    SELECT host, outgoing_id, inbox_url, sender_id, now() + $5::interval
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
           AS wanted (host, outgoing_id, inbox_url, sender_id)
        ON CONFLICT DO NOTHING
""",
)

_FINISH = query(
    "outbox.finish_fan_out",
    "UPDATE outgoing SET fanned_out_at = now() WHERE id = ANY ($1::bigint[])",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activity that nobody was sent yet, and who sends it. ``digest``: base64 SHA-256."""

    outgoing_id: int
    sender: ActorId
    sender_uri: str
    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Reached:
    """An inbox that an activity is for. ``is_named``: by more than a follower list.

    ``except_host`` has the activity already and is left out.
    """

    outgoing_id: int
    sender: ActorId
    inbox_url: str
    is_named: bool
    except_host: str | None = None


async def pick_outgoing(tx: Tx, limit: int) -> list[int]:
    """Take the oldest activities that wait, or none while another process is at it.

    The lock ends with the transaction.
    """
    if not await tx.fetchval(_LOCK, _FAN_OUT_LOCK):
        return []
    return [row["id"] for row in await tx.fetch(_PICK, limit)]


async def list_inboxes(tx: Tx, outgoing_ids: Sequence[int]) -> list[Reached]:
    """Resolve audiences: each inbox once per activity, oldest activity first.

    Local, suspended and gone recipients have none.
    """
    return [
        Reached(
            row["outgoing_id"],
            ActorId(row["sender_id"]),
            row["inbox_url"],
            row["is_named"],
            row["except_host"],
        )
        for row in await tx.fetch(_LIST_INBOXES, outgoing_ids)
    ]


async def list_waiting(tx: Tx, outgoing_ids: Sequence[int]) -> list[Waiting]:
    return [
        Waiting(row["id"], ActorId(row["sender_id"]), row["sender_uri"], row["body"], row["digest"])
        for row in await tx.fetch(_LIST_WAITING, outgoing_ids)
    ]


async def replace_bodies(tx: Tx, changed: Sequence[Waiting]) -> None:
    """Store other bytes for activities that nobody was sent yet."""
    if changed:
        await tx.execute(
            _REPLACE_BODIES,
            [one.outgoing_id for one in changed],
            [one.body for one in changed],
            [one.digest for one in changed],
        )


async def insert_deliveries(
    tx: Tx, wanted: Sequence[tuple[Domain, Reached]], kept_for: timedelta
) -> None:
    """Write deliveries, after waking their hosts: whoever lets one go finds them or is told."""
    await wake_hosts(tx, [host for host, _ in wanted])
    await tx.execute(
        _INSERT_DELIVERIES,
        [host for host, _ in wanted],
        [reached.outgoing_id for _, reached in wanted],
        [reached.inbox_url for _, reached in wanted],
        [reached.sender for _, reached in wanted],
        kept_for,
    )


async def finish_fan_out(tx: Tx, outgoing_ids: Sequence[int]) -> None:
    await tx.execute(_FINISH, outgoing_ids)
