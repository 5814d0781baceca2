"""Rows of ``house_emojis``: the community's own, each with its file. SQL lives here only.

In ``custom_emojis`` they have our own origin, and the name of the file as ``url``.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.emojis.model import Emoji, File, OwnEmoji
from fedinet.kernel.pictures import digest
from fedinet.markup.emoji import shortcodes_in
from fedinet.vocab.emoji import MAX_EMOJIS

MAX_OWN: Final = 500

_COLUMNS: Final = "e.shortcode, e.id, e.url, h.media_type, h.category, h.is_hidden"

_FIND = query(
    "emojis.find_own",
    f"""
    SELECT {_COLUMNS}
      FROM unnest($2::text[]) AS n (shortcode)
      JOIN custom_emojis e ON e.origin = $1 AND e.shortcode = n.shortcode
      JOIN house_emojis h ON h.emoji_id = e.id
     ORDER BY e.shortcode
     LIMIT {MAX_EMOJIS}
""",
)

_LIST = query(
    "emojis.list_own",
    f"""
    SELECT {_COLUMNS}
      FROM house_emojis h JOIN custom_emojis e ON e.id = h.emoji_id
     ORDER BY h.category, e.shortcode
     LIMIT {MAX_OWN}
""",
)

_COUNT = query("emojis.count_own", "SELECT count(*) FROM house_emojis")

_INSERT = query(
    "emojis.insert_own",
    """
    WITH named AS (
        INSERT INTO custom_emojis (origin, shortcode, url) VALUES ($1, $2, $3)
            ON CONFLICT (origin, shortcode) DO NOTHING
        RETURNING id)
    INSERT INTO house_emojis (emoji_id, file, media_type, preview_file, preview_type, category)
    SELECT named.id, $3, $4, $5, $6, $7 FROM named
    RETURNING emoji_id
""",
)

_UPDATE = query(
    "emojis.update_own",
    """
    UPDATE house_emojis SET category = $2, is_hidden = $3 WHERE emoji_id = $1
    RETURNING emoji_id
""",
)

_DELETE = query(
    "emojis.delete_own",
    """
    DELETE FROM custom_emojis
     WHERE id = (SELECT h.emoji_id FROM house_emojis h WHERE h.emoji_id = $1)
""",
)

_FIND_FILE = query(
    "emojis.find_file",
    "SELECT file, media_type, preview_file, preview_type FROM house_emojis WHERE emoji_id = $1",
)


async def find_written(conn: Conn, origin: str, html: str, *plain: str) -> tuple[Emoji, ...]:
    """Find those of our own that stand in clean HTML or in plain texts."""
    wanted = shortcodes_in(html, *plain)
    if not wanted:
        return ()
    return tuple(_own(row).emoji for row in await conn.fetch(_FIND, origin, sorted(wanted)))


async def list_own(conn: Conn | Pool) -> Sequence[OwnEmoji]:
    """All of them by category; at most ``MAX_OWN``."""
    return [_own(row) for row in await conn.fetch(_LIST)]


async def count_own(conn: Conn) -> int:
    return int(await conn.fetchval(_COUNT))


async def insert_own(tx: Tx, origin: str, shortcode: str, category: str, file: File) -> int | None:
    """Add one. None: the shortcode is taken."""
    return await tx.fetchval(
        _INSERT,
        origin,
        shortcode,
        file.name,
        file.media_type,
        file.still,
        file.still_type,
        category,
    )


async def update_own(tx: Tx, emoji_id: int, category: str, *, is_hidden: bool) -> bool:
    """Put it into a category, and show it in pickers or not. False: there is none."""
    return await tx.fetchval(_UPDATE, emoji_id, category, is_hidden) is not None


async def delete_own(tx: Tx, emoji_id: int) -> None:
    """Delete one with its file. Idempotent."""
    await tx.execute(_DELETE, emoji_id)


async def find_file(conn: Conn | Pool, emoji_id: int) -> File | None:
    """The file of one of our own; None: it is another server's, or there is none."""
    row = await conn.fetchrow(_FIND_FILE, emoji_id)
    if row is None:
        return None
    return File(row["file"], row["media_type"], row["preview_file"], row["preview_type"])


def _own(row: asyncpg.Record) -> OwnEmoji:
    emoji = Emoji(row["shortcode"], row["id"], digest(row["url"]), row["media_type"])
    return OwnEmoji(emoji, row["category"], row["is_hidden"])
