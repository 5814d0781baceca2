"""Rows of files that were uploaded here. SQL of ``media`` and ``doomed_files`` lives here only."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import Page
from fedinet.media.model import Facts, Media, Purpose

_COLUMNS: Final = """
    m.id, m.key, m.owner_id, m.purpose, m.post_id, m.file, m.bytes, m.media_type, m.width,
    m.height, m.duration_ms, m.preview_file, m.preview_type, m.preview_width, m.preview_height,
    m.blurhash, m.focus_x, m.focus_y, m.description, m.created_at
"""

_DOOM = query(
    "media.doom",
    """
    INSERT INTO doomed_files (file, due_at)
    SELECT name, now() + $2::interval FROM unnest($1::text[]) AS name
        ON CONFLICT DO NOTHING
""",
)

_SPARE = query(
    "media.spare",
    """
    WITH spared AS (DELETE FROM doomed_files WHERE file = ANY ($1::text[]) RETURNING file)
    SELECT count(*) FROM spared
""",
)

_LIST_DOOMED = query(
    "media.list_doomed",
    "SELECT file FROM doomed_files WHERE due_at <= now() ORDER BY due_at LIMIT $1",
)

_FORGET_DOOMED = query(
    "media.forget_doomed", "DELETE FROM doomed_files WHERE file = ANY ($1::text[])"
)

_INSERT = query(
    "media.insert",
    """
    INSERT INTO media AS m
        (key, owner_id, purpose, file, bytes, media_type, width, height, duration_ms, preview_file,
         preview_type, preview_width, preview_height, blurhash, focus_x, focus_y, description)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    RETURNING"""
    + _COLUMNS,
)

_LIST_OWN = query(
    "media.list_own",
    "SELECT"
    + _COLUMNS
    + """
      FROM media m
     WHERE m.id = ANY ($2::bigint[]) AND m.owner_id = $1 AND m.purpose = 'attachment'
""",
)

_LIST_ALL_OWN = paged(
    "media.list_all_own",
    "SELECT" + _COLUMNS + " FROM media m WHERE m.owner_id = $1" + between("m.id", at=2),
    by="m.id",
    at=2,
)

_LOCK_OWN = query(
    "media.lock_own",
    "SELECT"
    + _COLUMNS
    + """
      FROM media m
     WHERE m.id = ANY ($2::bigint[]) AND m.owner_id = $1 AND m.purpose = 'attachment'
     ORDER BY m.id
       FOR UPDATE
""",
)

_DESCRIBE = query(
    "media.describe",
    """
    UPDATE media AS m
       SET description = $3, focus_x = $4, focus_y = $5
     WHERE m.id = $2 AND m.owner_id = $1
    RETURNING"""
    + _COLUMNS,
)

_ATTACH = query("media.attach", "UPDATE media SET post_id = $2 WHERE id = ANY ($1::bigint[])")

_DETACH = query(
    "media.detach",
    """
    UPDATE media m
       SET post_id = NULL, created_at = now(), key = given.key
      FROM unnest($1::bigint[], $2::text[]) AS given (id, key)
     WHERE m.id = given.id
""",
)

_PROMISE = query(
    "media.promise", "UPDATE media SET scheduled_id = $2 WHERE id = ANY ($1::bigint[])"
)

_RELEASE = query(
    "media.release",
    "UPDATE media SET scheduled_id = NULL, created_at = now() WHERE scheduled_id = $1",
)

_DELETE_OWN = query(
    "media.delete_own",
    "DELETE FROM media WHERE owner_id = $1 AND id = ANY ($2::bigint[])",
)

_DELETE_PICTURES = query(
    "media.delete_pictures",
    "DELETE FROM media WHERE owner_id = $1 AND purpose = $2 AND id <> $3",
)

_DELETE_NAMED = query(
    "media.delete_named",
    """
    DELETE FROM media WHERE file = ANY ($1::text[])
    RETURNING id, key, owner_id, purpose, post_id
""",
)

_DELETE_UNUSED = query(
    "media.delete_unused",
    """
    DELETE FROM media
     WHERE id = ANY (ARRAY(
        SELECT id
          FROM media
         WHERE post_id IS NULL AND purpose = 'attachment' AND scheduled_id IS NULL
           AND created_at < now() - $1::interval
         ORDER BY created_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
""",
)

_FIND_SHOWN = query(
    "media.find_shown",
    "SELECT"
    + _COLUMNS
    + """
         , p.visibility,
           p.id IS NOT NULL AND"""
    + VISIBLE
    + """
           AS is_visible,
           NOT EXISTS (
               SELECT FROM actors hidden
                WHERE hidden.id = m.owner_id
                  AND (hidden.suspended_at IS NOT NULL OR hidden.gone_at IS NOT NULL))
           AS is_open
      FROM media m
      LEFT JOIN posts p ON p.id = m.post_id
     WHERE m.key = $3
""",
)

_USAGE = query(
    "media.usage",
    """
    SELECT count(*) AS files, coalesce(sum(bytes), 0)::bigint AS bytes,
           count(*) FILTER (WHERE post_id IS NULL AND purpose = 'attachment') AS unused
      FROM media
""",
)


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that went by its name, and what it was for."""

    id: int
    key: str
    owner_id: ActorId
    purpose: Purpose
    post_id: PostId | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that somebody asks for, and the post it belongs to, as the gate sees both."""

    media: Media
    visibility: Visibility | None
    """Of its post; None: it belongs to none (yet)."""
    is_visible: bool
    """The asker may see the post."""
    is_open: bool
    """Its owner is not suspended, and not gone."""


async def doom(conn: Conn | Pool, names: Sequence[str], *, after: timedelta) -> None:
    """Promise to delete files that no row names by then. Before their first byte is written."""
    await conn.execute(_DOOM, list(names), after)


async def spare(tx: Tx, names: Sequence[str]) -> bool:
    """Take the promise back: rows name them now. False: it was kept already."""
    return await tx.fetchval(_SPARE, list(names)) == len(names)


async def list_doomed(conn: Conn | Pool, *, limit: int) -> list[str]:
    return [row["file"] for row in await conn.fetch(_LIST_DOOMED, limit)]


async def forget_doomed(conn: Conn | Pool, names: Sequence[str]) -> None:
    """They are deleted."""
    await conn.execute(_FORGET_DOOMED, list(names))


async def insert_media(
    tx: Tx,
    owner_id: ActorId,
    purpose: Purpose,
    *,
    file: str,
    size: int,
    facts: Facts,
    preview: tuple[str, str, int, int] | None,
    focus: tuple[float, float],
    description: str,
) -> Media:
    """``preview``: name, type, width and height of the smaller picture."""
    preview_file, preview_type, width, height = preview or (None, None, 0, 0)
    row = await tx.fetchrow(
        _INSERT,
        new_key(),
        owner_id,
        purpose,
        file,
        size,
        facts.media_type,
        facts.width,
        facts.height,
        facts.duration_ms,
        preview_file,
        preview_type,
        width,
        height,
        facts.blurhash,
        *focus,
        description,
    )
    if row is None:
        raise AssertionError("an INSERT returns its row")
    return _media(row)


async def list_own(conn: Conn, owner_id: ActorId, ids: Iterable[int]) -> dict[int, Media]:
    """Read a member's files by id; those of others, and unknown ones, are missing."""
    wanted = list(ids)
    rows = await conn.fetch(_LIST_OWN, owner_id, wanted) if wanted else ()
    return {row["id"]: _media(row) for row in rows}


async def list_all_own(conn: Conn, owner_id: ActorId, page: Page) -> list[tuple[int, Media]]:
    """List (id, file) of everything that a member keeps here, faces too, newest first."""
    rows = await read_page(conn, _LIST_ALL_OWN, page, owner_id)
    return [(row["id"], _media(row)) for row in rows]


async def lock_own(tx: Tx, owner_id: ActorId, ids: Iterable[int]) -> dict[int, Media]:
    """The same, held until ``tx`` ends."""
    return {row["id"]: _media(row) for row in await tx.fetch(_LOCK_OWN, owner_id, list(ids))}


async def describe(
    tx: Tx, owner_id: ActorId, media_id: int, description: str, focus: tuple[float, float]
) -> Media | None:
    row = await tx.fetchrow(_DESCRIBE, owner_id, media_id, description, *focus)
    return None if row is None else _media(row)


async def attach(tx: Tx, ids: Sequence[int], post_id: PostId) -> None:
    await tx.execute(_ATTACH, list(ids), post_id)


async def detach(tx: Tx, ids: Sequence[int]) -> None:
    """Give files back to their owner for a day, at addresses that nobody knows."""
    await tx.execute(_DETACH, list(ids), [new_key() for _ in ids])


async def promise(tx: Tx, ids: Sequence[int], scheduled_id: int) -> None:
    """Keep files for a post that will be published later, however long that is."""
    await tx.execute(_PROMISE, list(ids), scheduled_id)


async def release(tx: Tx, scheduled_id: int) -> None:
    """Give the files of a post that will not be published back to their owner, for a day."""
    await tx.execute(_RELEASE, scheduled_id)


async def delete_own(tx: Tx, owner_id: ActorId, ids: Sequence[int]) -> None:
    await tx.execute(_DELETE_OWN, owner_id, list(ids))


async def delete_pictures(tx: Tx, owner_id: ActorId, purpose: Purpose, *, but: int = 0) -> None:
    """Delete avatars or headers that a member had before."""
    await tx.execute(_DELETE_PICTURES, owner_id, purpose, but)


async def delete_named(tx: Tx, files: Sequence[str]) -> list[Removed]:
    """Delete files by their names, whoever's they are; returns those that were there."""
    return [Removed(**row) for row in await tx.fetch(_DELETE_NAMED, files)]


async def delete_unused(tx: Tx, kept_for: timedelta, *, limit: int) -> int:
    """Delete what was uploaded and never published. Returns how many."""
    tag = await tx.execute(_DELETE_UNUSED, kept_for, limit)
    return int(tag.rpartition(" ")[2])


async def find_shown(conn: Conn | Pool, viewer: Viewer, key: str) -> Shown | None:
    """Find a file by its key, and ask the gate about its post."""
    row = await conn.fetchrow(_FIND_SHOWN, viewer.actor_id, viewer.is_member, key)
    if row is None:
        return None
    word = row["visibility"]
    return Shown(
        _media(row), None if word is None else Visibility(word), row["is_visible"], row["is_open"]
    )


async def read_usage(conn: Conn | Pool) -> tuple[int, int, int]:
    """Count files, their bytes, and those that wait to be published."""
    row = await conn.fetchrow(_USAGE)
    if row is None:
        raise AssertionError("an aggregate returns its row")
    return row["files"], row["bytes"], row["unused"]


def new_key() -> str:
    """What stands in an address: 144 random bits in 24 letters. Who knows it was shown the file."""
    return secrets.token_urlsafe(18)


def _media(row: asyncpg.Record) -> Media:
    return Media(
        id=row["id"],
        key=row["key"],
        owner_id=ActorId(row["owner_id"]),
        purpose=row["purpose"],
        post_id=None if row["post_id"] is None else PostId(row["post_id"]),
        file=row["file"],
        bytes=row["bytes"],
        facts=Facts(
            row["media_type"], row["width"], row["height"], row["duration_ms"], row["blurhash"]
        ),
        preview_file=row["preview_file"],
        preview_type=row["preview_type"],
        preview_width=row["preview_width"],
        preview_height=row["preview_height"],
        focus=(round(row["focus_x"], 4), round(row["focus_y"], 4)),
        description=row["description"],
        created_at=row["created_at"],
    )
