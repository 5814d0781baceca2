"""Rows of ``announcements``, ``_reads`` and ``_reactions``. SQL lives here only."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from fedinet.announcements.model import MOST_SHOWN, Announcement, Reaction, Wish
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.emojis.model import Emoji
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.kernel.pictures import digest

_COLUMNS: Final = """a.id, a.source, a.html, a.tags, a.written_by, a.published_at, a.ended_at,
           a.updated_at"""
_SHOWN: Final = "a.published_at <= now() AND (a.ended_at IS NULL OR a.ended_at > now())"
_READ: Final = """EXISTS (
            SELECT FROM announcement_reads r
             WHERE r.announcement_id = a.id AND r.actor_id = $1)"""
_READERS: Final = """(
        SELECT count(*)
          FROM announcement_reads r
          JOIN accounts reader ON reader.actor_id = r.actor_id AND reader.disabled_at IS NULL
         WHERE r.announcement_id = a.id) AS readers"""

_MEMBERS: Final = "SELECT count(*) FROM accounts WHERE disabled_at IS NULL"

ANY_UNREAD: Final = f"EXISTS (SELECT FROM announcements a WHERE {_SHOWN} AND NOT {_READ})"
"""Whether ``$1`` has not put away all that is announced, for statements of other slices."""

_LIST_SHOWN = query(
    "announcements.list_shown",
    f"""
    SELECT {_COLUMNS}, {_READ} AS is_read
      FROM announcements a
     WHERE {_SHOWN} AND ($2 OR NOT {_READ})
     ORDER BY a.published_at DESC, a.id DESC
     LIMIT {MOST_SHOWN}
""",
)

_LIST_UNREAD = query(
    "announcements.list_unread",
    f"""
    SELECT shown.*, r.name, r.number, r.is_mine, r.emoji_id, r.url, r.media_type
      FROM (
        SELECT {_COLUMNS}, false AS is_read
          FROM announcements a
         WHERE {_SHOWN} AND NOT {_READ}
         ORDER BY a.published_at DESC, a.id DESC
         LIMIT {MOST_SHOWN}) AS shown
      LEFT JOIN LATERAL (
        SELECT r.name, count(*) AS number, bool_or(r.actor_id = $1) AS is_mine, r.emoji_id, e.url,
               coalesce(h.media_type, '') AS media_type, min(r.created_at) AS since
          FROM announcement_reactions r
          LEFT JOIN custom_emojis e ON e.id = r.emoji_id
          LEFT JOIN house_emojis h ON h.emoji_id = e.id
         WHERE r.announcement_id = shown.id
         GROUP BY r.name, r.emoji_id, e.url, h.media_type) AS r ON true
     ORDER BY shown.published_at, shown.id, r.since, r.name
""",
)

_FIND_SHOWN = query(
    "announcements.find_shown",
    f"SELECT {_COLUMNS}, {_READ} AS is_read FROM announcements a WHERE {_SHOWN} AND a.id = $2",
)

_LIST = paged(
    "announcements.list",
    f"""
    SELECT {_COLUMNS}, false AS is_read, {_READERS}
      FROM announcements a
     WHERE true"""
    + between("a.id", at=1),
    by="a.id",
    at=1,
)

_FIND = query(
    "announcements.find",
    f"SELECT {_COLUMNS}, false AS is_read FROM announcements a WHERE a.id = $1",
)

_FIND_COUNTED = query(
    "announcements.find_counted",
    f"""
    SELECT {_COLUMNS}, false AS is_read, {_READERS}, ({_MEMBERS}) AS members
      FROM announcements a
     WHERE a.id = $1
""",
)

_LOCK = query("announcements.lock", "SELECT id FROM announcements WHERE id = $1 FOR UPDATE")

_INSERT = query(
    "announcements.insert",
    """
    INSERT INTO announcements (source, html, tags, written_by, published_at, ended_at)
    VALUES ($1, $2, $3, $4, coalesce($5, now()), $6)
    RETURNING id
""",
)

_LOCK_WRITING = query(
    "announcements.lock_writing",
    "SELECT pg_advisory_xact_lock(hashtextextended('announcements', 0))",
)

_FIND_SAME = query(
    "announcements.find_same",
    """
    SELECT id
      FROM announcements
     WHERE written_by = $1 AND source = $2 AND created_at > now() - interval '1 minute'
       AND published_at = coalesce($3, created_at) AND ended_at IS NOT DISTINCT FROM $4
     ORDER BY id DESC
     LIMIT 1
""",
)

# What members have seen already keeps its time.
_UPDATE = query(
    "announcements.update",
    """
    UPDATE announcements
       SET source = $2, html = $3, tags = $4,
           published_at = CASE WHEN published_at <= now() THEN published_at
                               ELSE coalesce($5, now()) END,
           ended_at = $6, updated_at = now()
     WHERE id = $1
""",
)

_END = query(
    "announcements.end",
    """
    UPDATE announcements
       SET ended_at = now(), updated_at = now()
     WHERE id = $1 AND (ended_at IS NULL OR ended_at > now())
""",
)

_MARK_READ = query(
    "announcements.mark_read",
    """
    INSERT INTO announcement_reads (announcement_id, actor_id)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING
""",
)

_LIST_UNREAD_BY = query(
    "announcements.list_unread_by",
    """
    SELECT accounts.actor_id
      FROM accounts
     WHERE accounts.disabled_at IS NULL
       AND NOT EXISTS (
            SELECT FROM announcement_reads r
             WHERE r.announcement_id = $1 AND r.actor_id = accounts.actor_id)
     ORDER BY accounts.actor_id
     LIMIT $2
""",
)

_COUNT_MEMBERS = query("announcements.count_members", _MEMBERS)

_LIST_REACTIONS = query(
    "announcements.list_reactions",
    """
    SELECT r.announcement_id, r.name, count(*) AS number, bool_or(r.actor_id = $2) AS is_mine,
           r.emoji_id, e.url, coalesce(h.media_type, '') AS media_type
      FROM announcement_reactions r
      LEFT JOIN custom_emojis e ON e.id = r.emoji_id
      LEFT JOIN house_emojis h ON h.emoji_id = e.id
     WHERE r.announcement_id = ANY($1::bigint[])
     GROUP BY r.announcement_id, r.name, r.emoji_id, e.url, h.media_type
     ORDER BY r.announcement_id, min(r.created_at), r.name
""",
)

_REACT = query(
    "announcements.react",
    """
    INSERT INTO announcement_reactions (announcement_id, name, actor_id, emoji_id)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
""",
)

_UNREACT = query(
    "announcements.unreact",
    """
    DELETE FROM announcement_reactions
     WHERE announcement_id = $1 AND name = $2 AND actor_id = $3
    RETURNING name
""",
)


async def list_shown(
    conn: Conn, actor_id: ActorId, *, with_read: bool = True
) -> list[Announcement]:
    """What members see now, the oldest first; of more than ``MOST_SHOWN`` the newest."""
    rows = await conn.fetch(_LIST_SHOWN, actor_id, with_read)
    return [_announcement(row) for row in reversed(rows)]


async def list_unread(
    conn: Conn, actor_id: ActorId
) -> list[tuple[Announcement, Sequence[Reaction]]]:
    """What is announced now and the member has not put away, with the emoji left under each."""
    found: dict[int, tuple[Announcement, list[Reaction]]] = {}
    for row in await conn.fetch(_LIST_UNREAD, actor_id):
        _, reactions = found.setdefault(row["id"], (_announcement(row), []))
        if row["name"] is not None:
            reactions.append(_reaction(row))
    return [(one, reactions) for one, reactions in found.values()]


async def find_shown(
    conn: Conn, actor_id: ActorId | None, announcement_id: int
) -> Announcement | None:
    row = await conn.fetchrow(_FIND_SHOWN, actor_id, announcement_id)
    return None if row is None else _announcement(row)


async def list_announcements(conn: Conn, page: Page) -> list[tuple[Announcement, int]]:
    """All that there ever were, with how many members have read each."""
    rows = await read_page(conn, _LIST, page)
    return [(_announcement(row), row["readers"]) for row in rows]


async def find_announcement(conn: Conn, announcement_id: int) -> Announcement | None:
    row = await conn.fetchrow(_FIND, announcement_id)
    return None if row is None else _announcement(row)


async def find_counted(conn: Conn, announcement_id: int) -> tuple[Announcement, int, int] | None:
    """Read (one, members who put it away, all members)."""
    row = await conn.fetchrow(_FIND_COUNTED, announcement_id)
    return None if row is None else (_announcement(row), row["readers"], row["members"])


async def lock(tx: Tx, announcement_id: int) -> None:
    """Let nobody else react to it until ``tx`` ends."""
    await tx.execute(_LOCK, announcement_id)


async def insert(tx: Tx, wish: Wish, html: str, tags: Sequence[str], written_by: ActorId) -> int:
    return await tx.fetchval(
        _INSERT, wish.text, html, list(tags), written_by, wish.published_at, wish.ended_at
    )


async def lock_writing(tx: Tx) -> None:
    """Let those who announce queue: a second click waits, and then finds the first."""
    await tx.execute(_LOCK_WRITING)


async def find_same(tx: Tx, wish: Wish, written_by: ActorId) -> int | None:
    """Find what the same steward announced in the same words and times, a moment ago."""
    found: int | None = await tx.fetchval(
        _FIND_SAME, written_by, wish.text, wish.published_at, wish.ended_at
    )
    return found


async def update(tx: Tx, announcement_id: int, wish: Wish, html: str, tags: Sequence[str]) -> None:
    await tx.execute(
        _UPDATE, announcement_id, wish.text, html, list(tags), wish.published_at, wish.ended_at
    )


async def end(tx: Tx, announcement_id: int) -> None:
    await tx.execute(_END, announcement_id)


async def mark_read(tx: Tx, announcement_id: int, actor_id: ActorId) -> None:
    await tx.execute(_MARK_READ, announcement_id, actor_id)


async def list_unread_by(conn: Conn, announcement_id: int, *, most: int) -> list[ActorId]:
    """Members who have not put it away."""
    rows = await conn.fetch(_LIST_UNREAD_BY, announcement_id, most)
    return [ActorId(row["actor_id"]) for row in rows]


async def count_members(conn: Conn) -> int:
    return await conn.fetchval(_COUNT_MEMBERS)


async def list_reactions(
    conn: Conn, actor_id: ActorId | None, announcement_ids: Sequence[int]
) -> dict[int, list[Reaction]]:
    """Emoji under each, in the order in which they came first."""
    found: dict[int, list[Reaction]] = {}
    for row in await conn.fetch(_LIST_REACTIONS, list(announcement_ids), actor_id):
        found.setdefault(row["announcement_id"], []).append(_reaction(row))
    return found


async def react(
    tx: Tx, announcement_id: int, name: str, actor_id: ActorId, picture: Emoji | None
) -> None:
    emoji_id = None if picture is None else picture.id
    await tx.execute(_REACT, announcement_id, name, actor_id, emoji_id)


async def unreact(tx: Tx, announcement_id: int, name: str, actor_id: ActorId) -> bool:
    """Take an emoji back. False: it is not there."""
    return await tx.fetchval(_UNREACT, announcement_id, name, actor_id) is not None


def _reaction(row: asyncpg.Record) -> Reaction:
    picture = None
    if row["emoji_id"] is not None:
        picture = Emoji(row["name"], row["emoji_id"], digest(row["url"]), row["media_type"])
    return Reaction(row["name"], row["number"], bool(row["is_mine"]), picture)


def _announcement(row: asyncpg.Record) -> Announcement:
    return Announcement(
        id=row["id"],
        source=row["source"],
        html=row["html"],
        tags=tuple(row["tags"]),
        written_by=None if row["written_by"] is None else ActorId(row["written_by"]),
        published_at=row["published_at"],
        ended_at=row["ended_at"],
        updated_at=row["updated_at"],
        is_read=row["is_read"],
    )
