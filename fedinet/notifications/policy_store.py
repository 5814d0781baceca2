"""Rows of ``notification_policies``, ``_permissions`` and ``_requests``. SQL lives here only.

Requests are made where members are told (verdicts_store.py). One shows while something
of it is there: kept back, not put away, and passing the conditions of the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

import asyncpg

from fedinet.audiences.model import Viewer
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import Page
from fedinet.notifications.model import Answer, Policy, Request
from fedinet.notifications.store import SHOWN

MOST_COUNTED: Final = 100

_FIND_POLICY = query(
    "notifications.find_policy",
    """
    SELECT for_not_following, for_not_followers, for_new_accounts, for_private_mentions,
           for_limited_accounts
      FROM notification_policies
     WHERE owner_id = $1
""",
)

# One statement: of two changes at a time neither takes back what the other said.
_CHANGE_POLICY = query(
    "notifications.change_policy",
    """
    INSERT INTO notification_policies AS p
           (owner_id, for_not_following, for_not_followers, for_new_accounts,
            for_private_mentions, for_limited_accounts)
    VALUES ($1, coalesce($2, $7), coalesce($3, $8), coalesce($4, $9), coalesce($5, $10),
            coalesce($6, $11))
    ON CONFLICT (owner_id) DO UPDATE
       SET for_not_following = coalesce($2, p.for_not_following),
           for_not_followers = coalesce($3, p.for_not_followers),
           for_new_accounts = coalesce($4, p.for_new_accounts),
           for_private_mentions = coalesce($5, p.for_private_mentions),
           for_limited_accounts = coalesce($6, p.for_limited_accounts)
""",
)

_REQUESTS: Final = f"""
    SELECT r.id, r.actor_id, r.created_at, kept.updated_at, kept.number, kept.post_id
      FROM notification_requests r
     CROSS JOIN LATERAL (
            SELECT count(*) AS number, max(one.created_at) AS updated_at,
                   (array_agg(one.post_id ORDER BY one.id DESC)
                    FILTER (WHERE one.kind IN ('mention', 'reply', 'quote')))[1] AS post_id
              FROM (SELECT n.id, n.kind, n.post_id, n.created_at
                    {SHOWN}
                       AND n.filtered AND n.actor_id = r.actor_id
                     ORDER BY n.id DESC LIMIT {MOST_COUNTED}) AS one) AS kept
     WHERE r.owner_id = $1 AND kept.number > 0"""

_LIST = paged("notifications.list_requests", _REQUESTS + between("r.id"), by="r.id")
_FIND = query("notifications.find_request", _REQUESTS + " AND r.id = $3")

_END = query(
    "notifications.end_requests",
    """
    DELETE FROM notification_requests
     WHERE owner_id = $1 AND id = ANY($2::bigint[])
    RETURNING actor_id
""",
)

_PERMIT = query(
    "notifications.permit",
    """
    INSERT INTO notification_permissions (owner_id, actor_id)
    SELECT $1, unnest($2::bigint[])
    ON CONFLICT DO NOTHING
""",
)

_LET_THROUGH = query(
    "notifications.let_through",
    """
    UPDATE notifications
       SET filtered = false
     WHERE owner_id = $1 AND actor_id = ANY($2::bigint[]) AND filtered AND dismissed_at IS NULL
""",
)

_PUT_AWAY = query(
    "notifications.put_filtered_away",
    """
    UPDATE notifications
       SET dismissed_at = now()
     WHERE owner_id = $1 AND actor_id = ANY($2::bigint[]) AND filtered AND dismissed_at IS NULL
""",
)


async def find_policy(conn: Conn, owner_id: ActorId) -> Policy:
    row = await conn.fetchrow(_FIND_POLICY, owner_id)
    return Policy() if row is None else Policy(**{key: Answer(word) for key, word in row.items()})


async def change_policy(tx: Tx, owner_id: ActorId, wish: Mapping[str, Answer]) -> None:
    """Change the answers that ``wish`` names, by field of ``Policy``; the rest stays."""
    usual = asdict(Policy())
    await tx.execute(_CHANGE_POLICY, owner_id, *map(wish.get, usual), *usual.values())


async def list_requests(conn: Conn, owner: Viewer, page: Page) -> list[Request]:
    """Of whom something is kept back, whoever was first so lately first."""
    rows = await read_page(conn, _LIST, page, owner.actor_id, owner.is_member)
    return [_request(row) for row in rows]


async def find_request(conn: Conn, owner: Viewer, request_id: int) -> Request | None:
    row = await conn.fetchrow(_FIND, owner.actor_id, owner.is_member, request_id)
    return None if row is None else _request(row)


async def end_requests(tx: Tx, owner_id: ActorId, request_ids: Sequence[int]) -> list[ActorId]:
    """Delete those of them that are the member's own; whom they were about."""
    rows = await tx.fetch(_END, owner_id, list(request_ids))
    return [ActorId(row["actor_id"]) for row in rows]


async def let_through(tx: Tx, owner_id: ActorId, actor_ids: Sequence[ActorId]) -> None:
    """Keep nothing back of these people: nor what was, nor what will come."""
    await tx.execute(_PERMIT, owner_id, list(actor_ids))
    await tx.execute(_LET_THROUGH, owner_id, list(actor_ids))


async def put_away(tx: Tx, owner_id: ActorId, actor_ids: Sequence[ActorId]) -> None:
    """Put away what was kept back of these people; what comes is kept back again."""
    await tx.execute(_PUT_AWAY, owner_id, list(actor_ids))


def _request(row: asyncpg.Record) -> Request:
    return Request(
        id=row["id"],
        actor_id=ActorId(row["actor_id"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        number=row["number"],
        post_id=None if row["post_id"] is None else PostId(row["post_id"]),
    )
