"""Rows of ``join_requests`` that stand in the line, or have a place kept for them."""

from datetime import datetime

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.invitations.model import Expected
from fedinet.joining.model import Request
from fedinet.joining.store import COLUMNS, hash_of, request_of
from fedinet.kernel.ids import AccountId

_PUT_IN_LINE = query(
    "joining.put_in_line",
    """
    UPDATE join_requests
       SET standing = 'in_line', in_line_at = $2, host_id = $3, reason = $4
     WHERE id = $1
""",
)

_INVITE = query(
    "joining.invite_request",
    """
    UPDATE join_requests
       SET standing = 'invited', host_id = $2, reason = $3, ended_at = $4, invitation_hash = $5,
           invitation_sealed = $6, invited_until = $7
     WHERE id = $1
""",
)

_JOINED = query(
    "joining.delete_joined",
    """
    DELETE FROM join_requests
     WHERE invitation_hash = $1
 RETURNING standing = 'invited' AND invited_until > $2 AS is_promised,
           CASE WHEN proven_at IS NOT NULL THEN email ELSE '' END AS proven
""",
)

_HOLDS_PLACE = query(
    "joining.holds_place",
    """
    SELECT EXISTS (SELECT FROM join_requests
                    WHERE invitation_hash = $1 AND standing = 'invited' AND invited_until > $2)
""",
)

_EXPECTED = query(
    "joining.find_expected",
    """
    SELECT name, email
      FROM join_requests
     WHERE invitation_hash = $1 AND standing = 'invited' AND invited_until > $2
""",
)

_NEXT_IN_LINE = query(
    "joining.lock_next_in_line",
    f"""
    SELECT {COLUMNS}
      FROM join_requests
     WHERE standing = 'in_line'
     ORDER BY in_line_at, id
     LIMIT 1
       FOR UPDATE
""",
)

_PLACE = query(
    "joining.find_place",
    """
    SELECT count(*)
      FROM join_requests
     WHERE standing = 'in_line' AND (in_line_at, id) <= ($1, $2)
""",
)

_LAPSE = query(
    "joining.lapse",
    """
    UPDATE join_requests
       SET standing = 'lapsed', invitation_hash = NULL, invitation_sealed = NULL
     WHERE standing = 'invited' AND invited_until <= $1
""",
)


async def put_in_line(
    tx: Tx, request_id: int, *, host_id: AccountId, reason: str, now: datetime
) -> None:
    """Let it wait for room, behind all who do."""
    await tx.execute(_PUT_IN_LINE, request_id, now, host_id, reason)


async def invite_request(
    tx: Tx,
    request_id: int,
    *,
    host_id: AccountId,
    reason: str,
    token: str,
    token_sealed: bytes,
    until: datetime,
    now: datetime,
) -> None:
    """Note the personal invitation, and keep a place for it until then."""
    await tx.execute(_INVITE, request_id, host_id, reason, now, hash_of(token), token_sealed, until)


async def delete_joined(tx: Tx, token: str, *, now: datetime) -> tuple[bool, str]:
    """Forget the request of who comes in by its invitation.

    Returns whether a place was kept for them, and the address that they showed to be theirs; "":
    none.
    """
    row = await tx.fetchrow(_JOINED, hash_of(token), now)
    return (False, "") if row is None else (row["is_promised"], row["proven"])


async def holds_place(conn: Conn | Pool, token: str, *, now: datetime) -> bool:
    """Tell whether a place is kept for who has this invitation."""
    return bool(await conn.fetchval(_HOLDS_PLACE, hash_of(token), now))


async def find_expected(conn: Conn | Pool, token: str, *, now: datetime) -> Expected | None:
    """Who asked to join and was sent this link."""
    row = await conn.fetchrow(_EXPECTED, hash_of(token), now)
    return None if row is None else Expected(name=row["name"], address=row["email"])


async def lock_next_in_line(tx: Tx) -> Request | None:
    return request_of(await tx.fetchrow(_NEXT_IN_LINE))


async def find_place(conn: Conn | Pool, request: Request) -> int:
    """The place in the line, from 1. Only for who stands in it."""
    return int(await conn.fetchval(_PLACE, request.in_line_at, request.id))


async def lapse(tx: Tx, *, now: datetime) -> None:
    """End invitations that were not used in time, and give their places back."""
    await tx.execute(_LAPSE, now)
