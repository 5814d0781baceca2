"""Rows of our copies of others' files, and which file a post or an actor elsewhere names.

SQL of ``remote_media`` lives here only; posts and actors are only read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import msgspec

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.pictures import digest

_FIND = query(
    "media.find_copy",
    """
    SELECT state, until > now() AS is_waiting, used_at < now() - interval '1 hour' AS is_stale,
           file, media_type, preview_file, preview_type
      FROM remote_media
     WHERE hash = $1
""",
)

_CLAIM = query(
    "media.claim_copy",
    """
    INSERT INTO remote_media AS r (hash, state, until)
    VALUES ($1, 'fetching', now() + make_interval(secs => $2))
        ON CONFLICT (hash) DO UPDATE
           SET state = 'fetching', until = excluded.until, attempts = r.attempts + 1,
               used_at = now()
         WHERE r.state <> 'here' AND r.until <= now()
    RETURNING attempts
""",
)

_REFUSE = query(
    "media.refuse_copy",
    """
    UPDATE remote_media
       SET state = 'refused', until = now() + make_interval(secs => $2)
     WHERE hash = $1 AND state = 'fetching'
""",
)

_FINISH = query(
    "media.finish_copy",
    """
    UPDATE remote_media
       SET state = 'here', until = now(), attempts = 0, used_at = now(), file = $2,
           media_type = $3, preview_file = $4, preview_type = $5, bytes = $6
     WHERE hash = $1 AND state <> 'here'
""",
)

_TOUCH = query("media.touch_copy", "UPDATE remote_media SET used_at = now() WHERE hash = $1")

_FORGET = query("media.forget_copy", "DELETE FROM remote_media WHERE hash = $1")

_DELETE_OLD = query(
    "media.delete_old_copies",
    """
    DELETE FROM remote_media
     WHERE hash = ANY (ARRAY(
        SELECT hash FROM remote_media
         WHERE used_at < now() - $1::interval AND (state <> 'fetching' OR until <= now())
         ORDER BY used_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
""",
)

_DELETE_BEYOND = query(
    "media.delete_copies_beyond",
    """
    DELETE FROM remote_media
     WHERE hash = ANY (ARRAY(
        SELECT counted.hash
          FROM (SELECT hash, used_at,
                       sum(bytes) OVER (ORDER BY used_at DESC, hash) AS so_far
                  FROM remote_media
                 WHERE state = 'here') AS counted
         WHERE counted.so_far > $1
         ORDER BY counted.used_at
         LIMIT $2))
""",
)

_USAGE = query(
    "media.copies_usage",
    "SELECT count(*) AS files, coalesce(sum(bytes), 0)::bigint AS bytes FROM remote_media",
)

_FIND_POST = query(
    "media.find_post_elsewhere",
    "SELECT p.attachments, p.visibility FROM posts p WHERE p.id = $3 AND NOT p.is_local AND"
    + VISIBLE,
)

_FIND_POST_BY_PASS = query(
    "media.find_post_elsewhere_by_pass",
    """
    SELECT p.attachments, p.visibility
      FROM posts p
      JOIN actors a ON a.id = p.author_id
     WHERE p.id = $1 AND NOT p.is_local AND a.suspended_at IS NULL AND a.gone_at IS NULL
""",
)

_FIND_PICTURES = query(
    "media.find_actor_pictures",
    """
    SELECT avatar_url AS avatar, header_url AS header
      FROM actors
     WHERE id = $1 AND NOT is_local AND suspended_at IS NULL AND gone_at IS NULL
""",
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of somebody else that lies here, and a smaller picture of it or None."""

    file: str
    media_type: str
    preview_file: str | None
    preview_type: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a file elsewhere. ``copy``: it is here."""

    copy: Copy | None
    is_being_fetched: bool
    is_refused: bool
    """It could not be had, and is not asked for again yet."""
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A file of a post elsewhere: where it lives, and who may see its post."""

    url: str
    media_type: str
    is_public: bool


class _Stored(msgspec.Struct):
    url: str
    media_type: str = ""


_read_attachments = msgspec.json.Decoder(list[_Stored]).decode


async def find_copy(conn: Conn | Pool, key: bytes) -> Known | None:
    row = await conn.fetchrow(_FIND, key)
    if row is None:
        return None
    copy = None
    if row["state"] == "here":
        copy = Copy(row["file"], row["media_type"], row["preview_file"], row["preview_type"])
    waiting = bool(row["is_waiting"])
    return Known(
        copy,
        is_being_fetched=row["state"] == "fetching" and waiting,
        is_refused=row["state"] == "refused" and waiting,
        is_stale=row["is_stale"],
    )


async def claim(conn: Conn | Pool, key: bytes, *, for_s: float) -> int | None:
    """Take it on us to fetch a file; the number of attempts, or None: somebody else does."""
    return await conn.fetchval(_CLAIM, key, for_s)


async def refuse(conn: Conn | Pool, key: bytes, *, for_s: float) -> None:
    await conn.execute(_REFUSE, key, for_s)


async def finish(tx: Tx, key: bytes, copy: Copy, size: int) -> None:
    """It is here."""
    await tx.execute(
        _FINISH, key, copy.file, copy.media_type, copy.preview_file, copy.preview_type, size
    )


async def touch(conn: Conn | Pool, key: bytes) -> None:
    """Somebody looked at it."""
    await conn.execute(_TOUCH, key)


async def forget(conn: Conn | Pool, key: bytes) -> None:
    """Its file is gone; it may be fetched anew."""
    await conn.execute(_FORGET, key)


async def delete_old(tx: Tx, unused_for: timedelta, *, limit: int) -> int:
    """Delete what nobody looked at for so long. Returns how many."""
    return _count(await tx.execute(_DELETE_OLD, unused_for, limit))


async def delete_beyond(tx: Tx, most_bytes: int, *, limit: int) -> int:
    """Delete what was looked at longest ago, until the rest is not more than that."""
    return _count(await tx.execute(_DELETE_BEYOND, most_bytes, limit))


async def copies_usage(conn: Conn | Pool) -> tuple[int, int]:
    """Count copies and their bytes."""
    row = await conn.fetchrow(_USAGE)
    if row is None:
        raise AssertionError("an aggregate returns its row")
    return row["files"], row["bytes"]


async def find_post_file(
    conn: Conn | Pool, viewer: Viewer, post_id: PostId, name: str, *, has_pass: bool
) -> Elsewhere | None:
    """Find a file of a post elsewhere by the digest of its address, through the gate.

    A pass was written for somebody who came through the gate, for this very file.
    """
    if has_pass:
        row = await conn.fetchrow(_FIND_POST_BY_PASS, post_id)
    else:
        row = await conn.fetchrow(_FIND_POST, viewer.actor_id, viewer.is_member, post_id)
    return None if row is None else _named(row, name)


async def find_actor_picture(
    conn: Conn | Pool, actor_id: ActorId, kind: str, name: str
) -> str | None:
    """Find where a picture of somebody elsewhere lives; ``kind`` is ``avatar`` or ``header``."""
    row = await conn.fetchrow(_FIND_PICTURES, actor_id)
    url = None if row is None else row[kind]
    return url if url is not None and digest(url) == name else None


def _named(row: asyncpg.Record, name: str) -> Elsewhere | None:
    is_public = row["visibility"] in (Visibility.EVERYONE, Visibility.QUIET)
    files: Iterable[_Stored] = _read_attachments(row["attachments"])
    for found in files:
        if digest(found.url) == name:
            return Elsewhere(found.url, found.media_type, is_public)
    return None


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
