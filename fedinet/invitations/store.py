"""Rows of ``invitations``. SQL of the table lives here only."""

from datetime import datetime
from hashlib import sha256

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.invitations.model import Host, Invitation
from fedinet.kernel.ids import AccountId

_INSERT = query(
    "invitations.insert_invitation",
    """
    INSERT INTO invitations (token_hash, created_by, note, max_uses, expires_at)
    VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (token_hash) DO NOTHING
""",
)

_LOCK_INVITER = query(
    "invitations.lock_inviter",
    """
    SELECT pg_advisory_xact_lock(hashtextextended('invitations:' || $1::bigint, 0))
""",
)

_USE = query(
    "invitations.use_invitation",
    """
    UPDATE invitations i
       SET uses = i.uses + 1
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE i.token_hash = $1 AND i.revoked_at IS NULL AND i.uses < i.max_uses AND i.expires_at > $2
       AND a.id = i.created_by AND a.disabled_at IS NULL AND a.frozen_at IS NULL
       AND r.suspended_at IS NULL
 RETURNING i.created_by
""",
)

_FIND_HOST = query(
    "invitations.find_host",
    """
    SELECT a.id, r.name, r.username
      FROM invitations i
      JOIN accounts a ON a.id = i.created_by
      JOIN actors r ON r.id = a.actor_id
     WHERE i.token_hash = $1 AND i.revoked_at IS NULL AND i.uses < i.max_uses AND i.expires_at > $2
       AND a.disabled_at IS NULL AND a.frozen_at IS NULL AND r.suspended_at IS NULL
""",
)

_REVOKE_LINK = query(
    "invitations.revoke_link",
    "UPDATE invitations SET revoked_at = coalesce(revoked_at, now()) WHERE token_hash = $1",
)

_COUNT_OPEN = query(
    "invitations.count_open",
    """
    SELECT count(*)
      FROM invitations
     WHERE created_by = $1 AND revoked_at IS NULL AND uses < max_uses AND expires_at > $2
""",
)

_COUNT_SINCE = query(
    "invitations.count_since",
    """
    SELECT count(*)
      FROM invitations
     WHERE created_by = $1 AND created_at > $2 AND (revoked_at IS NULL OR uses > 0)
""",
)

_LIST = query(
    "invitations.list_invitations",
    """
    SELECT id, created_by, note, max_uses, uses, created_at, expires_at, revoked_at
      FROM invitations
     WHERE created_by = $1 AND ($2::bigint IS NULL OR id < $2)
     ORDER BY id DESC
     LIMIT $3
""",
)

_REVOKE_EVERY = query(
    "invitations.revoke_every",
    "UPDATE invitations SET revoked_at = now() WHERE revoked_at IS NULL AND expires_at > now()",
)

_REVOKE = query(
    "invitations.revoke_invitation",
    """
    UPDATE invitations
       SET revoked_at = coalesce(revoked_at, now())
     WHERE id = $1 AND created_by = $2
""",
)


async def insert_invitation(
    tx: Tx,
    token: str,
    created_by: AccountId,
    *,
    note: str,
    max_uses: int,
    expires_at: datetime,
) -> None:
    """Store an invitation by the hash of its link. The same link twice is one invitation."""
    await tx.execute(_INSERT, _hash(token), created_by, note, max_uses, expires_at)


async def revoke_link(tx: Tx, token: str) -> None:
    """Take back the invitation that a link opens. Idempotent."""
    await tx.execute(_REVOKE_LINK, _hash(token))


async def lock_inviter(tx: Tx, created_by: AccountId) -> None:
    """Let two invitations of one member at once count after one another."""
    await tx.execute(_LOCK_INVITER, created_by)


async def use_invitation(tx: Tx, token: str, *, now: datetime) -> AccountId | None:
    """Take one place, and return whose guest it is. The row is held until ``tx`` ends.

    None: unknown, used up, expired or taken back; which of them is nobody's business.
    """
    return await use_hashed(tx, _hash(token), now=now)


async def use_hashed(tx: Tx, token_hash: bytes, *, now: datetime) -> AccountId | None:
    """Do as ``use_invitation``, where the link itself was not kept."""
    found = await tx.fetchval(_USE, token_hash, now)
    return None if found is None else AccountId(found)


async def find_host(conn: Conn | Pool, token: str, *, now: datetime) -> Host | None:
    """Who invites by this link, where it still works."""
    row = await conn.fetchrow(_FIND_HOST, _hash(token), now)
    if row is None:
        return None
    return Host(
        account_id=AccountId(row["id"]),
        name=row["name"] or row["username"],
        username=row["username"],
    )


async def count_open(conn: Conn, created_by: AccountId, *, now: datetime) -> int:
    return int(await conn.fetchval(_COUNT_OPEN, created_by, now))


async def count_since(conn: Conn, created_by: AccountId, *, since: datetime) -> int:
    """How many links a member made since; one that was taken back unused does not count."""
    return int(await conn.fetchval(_COUNT_SINCE, created_by, since))


async def list_invitations(
    conn: Conn | Pool, created_by: AccountId, *, before: int | None, limit: int
) -> list[Invitation]:
    """A member's own invitations, newest first."""
    return [_invitation(row) for row in await conn.fetch(_LIST, created_by, before, limit)]


async def revoke_invitation(tx: Conn | Pool, invitation_id: int, created_by: AccountId) -> None:
    """Take one's own invitation back; another's is left alone. Idempotent."""
    await tx.execute(_REVOKE, invitation_id, created_by)


async def revoke_every_invitation(tx: Tx) -> int:
    """Take back all invitations that still work, whoever made them. Returns how many."""
    return int((await tx.execute(_REVOKE_EVERY)).rpartition(" ")[2])


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _invitation(row: asyncpg.Record) -> Invitation:
    return Invitation(
        id=row["id"],
        created_by=AccountId(row["created_by"]),
        note=row["note"],
        max_uses=row["max_uses"],
        uses=row["uses"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
