"""Rows of ``join_requests``. SQL of the table lives here and in ``places_store`` only."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.joining.model import HAS_ASKED, OPEN, Answer, Asking, Request, Standing, Voucher
from fedinet.kernel.ids import AccountId

COLUMNS: Final = """id, name, email, language, answers, standing, host_id, is_vouched,
           link_hash, asked_at, proven_at, in_line_at, ended_at, reason, key_sealed,
           invitation_sealed, invited_until"""
_answers: Final = msgspec.json.Decoder(tuple[Answer, ...])

_NEW_ID = query("joining.new_id", "SELECT new_id()")

_LOCK_ASKING = query(
    "joining.lock_asking", "SELECT pg_advisory_xact_lock(hashtextextended('join requests', 0))"
)

_COUNT_OPEN = query(
    "joining.count_open",
    """
    SELECT count(*) FROM (SELECT FROM join_requests WHERE standing = ANY($1::text[]) LIMIT $2) AS o
""",
)

_WAS_WRITTEN_TO = query(
    "joining.was_written_to",
    """
    SELECT EXISTS (SELECT FROM join_requests WHERE lower(email) = lower($1) AND asked_at > $2)
""",
)

_INSERT = query(
    "joining.insert_request",
    """
    INSERT INTO join_requests (id, key_hash, key_sealed, name, email, language, answers, standing,
                               host_id, is_vouched, link_hash, asked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12)
        ON CONFLICT (key_hash) DO NOTHING
 RETURNING true
""",
)

_FIND = query("joining.find_request", f"SELECT {COLUMNS} FROM join_requests WHERE id = $1")
_LOCK = query(
    "joining.lock_request", f"SELECT {COLUMNS} FROM join_requests WHERE id = $1 FOR UPDATE"
)
_BY_KEY = query("joining.find_by_key", f"SELECT {COLUMNS} FROM join_requests WHERE key_hash = $1")

_EARLIER = query(
    "joining.lock_earlier",
    f"""
    SELECT {COLUMNS}
      FROM join_requests
     WHERE lower(email) = lower($1) AND id <> $2 AND standing = ANY($3::text[])
       AND proven_at IS NOT NULL
     ORDER BY id
     LIMIT 1
       FOR UPDATE
""",
)

_TAKE_KEY = query(
    "joining.take_key",
    """
      WITH later AS (DELETE FROM join_requests WHERE id = $2 RETURNING key_hash)
    UPDATE join_requests
       SET key_hash = (SELECT key_hash FROM later), key_sealed = $3
     WHERE id = $1
""",
)

_PROVE = query(
    "joining.prove_request",
    "UPDATE join_requests SET standing = 'waiting', proven_at = $2 WHERE id = $1",
)

_DECLINE = query(
    "joining.decline_request",
    """
    UPDATE join_requests
       SET standing = 'declined', reason = $2, ended_at = $3
     WHERE id = $1
""",
)

_DELETE = query(
    "joining.delete_requests",
    "DELETE FROM join_requests WHERE id = ANY ($1::bigint[]) RETURNING id",
)

_LIST = query(
    "joining.list_requests",
    f"""
    SELECT {COLUMNS}
      FROM join_requests
     WHERE standing = ANY($1::text[]) AND ($2::bigint IS NULL OR id < $2)
     ORDER BY id DESC
     LIMIT $3
""",
)

_FORGET = query(
    "joining.forget",
    """
    DELETE FROM join_requests
     WHERE (standing = 'asked' AND asked_at < $1)
        OR (standing IN ('waiting', 'declined', 'lapsed') AND coalesce(ended_at, asked_at) < $2)
        OR (standing = 'in_line' AND in_line_at < $3)
 RETURNING id
""",
)


async def new_request_id(tx: Tx) -> int:
    return int(await tx.fetchval(_NEW_ID))


async def lock_asking(tx: Tx) -> None:
    """Let those who ask count after one another: how many wait, and who was written to."""
    await tx.execute(_LOCK_ASKING)


async def count_open(conn: Conn, *, most: int) -> int:
    """Count what waits for anybody, up to ``most``."""
    return int(await conn.fetchval(_COUNT_OPEN, list(OPEN), most))


async def was_written_to(conn: Conn, email: str, *, since: datetime) -> bool:
    """Tell whether somebody has asked with this address since then."""
    return bool(await conn.fetchval(_WAS_WRITTEN_TO, email, since))


async def insert_request(
    tx: Tx,
    request_id: int,
    asking: Asking,
    *,
    key: str,
    key_sealed: bytes,
    standing: Standing,
    voucher: Voucher | None,
    now: datetime,
) -> bool:
    """Store a request. False: the same form was sent before."""
    made = await tx.fetchval(
        _INSERT,
        request_id,
        hash_of(key),
        key_sealed,
        asking.name,
        asking.email,
        asking.language,
        msgspec.json.encode(asking.answers).decode(),
        standing,
        None if voucher is None else voucher.host,
        voucher is not None,
        None if voucher is None else voucher.link_hash,
        now,
    )
    return made is not None


async def find_request(conn: Conn | Pool, request_id: int) -> Request | None:
    return request_of(await conn.fetchrow(_FIND, request_id))


async def lock_request(tx: Tx, request_id: int) -> Request | None:
    return request_of(await tx.fetchrow(_LOCK, request_id))


async def find_by_key(conn: Conn | Pool, key: str) -> Request | None:
    """The request whose private link has this key."""
    return request_of(await conn.fetchrow(_BY_KEY, hash_of(key)))


async def lock_earlier(tx: Tx, request: Request) -> Request | None:
    """What the same person asked before, and showed to be theirs, if it goes on."""
    return request_of(await tx.fetchrow(_EARLIER, request.email, request.id, list(HAS_ASKED)))


async def take_key(tx: Tx, earlier: int, *, later: int, key_sealed: bytes) -> None:
    """Let the link of a later request open an earlier one. The later one is deleted."""
    await tx.execute(_TAKE_KEY, earlier, later, key_sealed)


async def prove_request(tx: Tx, request_id: int, *, now: datetime) -> None:
    await tx.execute(_PROVE, request_id, now)


async def decline_request(tx: Tx, request_id: int, *, reason: str, now: datetime) -> None:
    await tx.execute(_DECLINE, request_id, reason, now)


async def delete_requests(tx: Tx, request_ids: Collection[int]) -> list[int]:
    """Returns the numbers of those that were there."""
    return [row["id"] for row in await tx.fetch(_DELETE, list(request_ids))]


async def list_requests(
    conn: Conn | Pool, standings: Sequence[Standing], *, before: int | None, limit: int
) -> list[Request]:
    """Newest first."""
    rows = await conn.fetch(_LIST, list(standings), before, limit)
    return [found for row in rows if (found := request_of(row)) is not None]


async def forget(tx: Tx, *, unopened: datetime, ended: datetime, in_line: datetime) -> list[int]:
    """Delete requests from before these times. Returns their numbers."""
    return [row["id"] for row in await tx.fetch(_FORGET, unopened, ended, in_line)]


def hash_of(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()


def request_of(row: asyncpg.Record | None) -> Request | None:
    if row is None:
        return None
    host = row["host_id"]
    return Request(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        language=row["language"],
        answers=_answers.decode(row["answers"]),
        standing=Standing(row["standing"]),
        host_id=None if host is None else AccountId(host),
        is_vouched=row["is_vouched"],
        link_hash=row["link_hash"],
        asked_at=row["asked_at"],
        proven_at=row["proven_at"],
        in_line_at=row["in_line_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
        key_sealed=row["key_sealed"],
        invitation_sealed=row["invitation_sealed"],
        invited_until=row["invited_until"],
    )
