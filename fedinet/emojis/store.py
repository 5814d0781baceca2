"""Rows of ``custom_emojis``. SQL lives here only."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.emojis.model import Emoji
from fedinet.kernel.pictures import digest
from fedinet.vocab.emoji import RemoteEmoji

MAX_OF_ONE_ORIGIN = 10_000

# Most are known as they are: no row is touched, and nobody waits for anybody.
_KEEP = query(
    "emojis.keep",
    """
    INSERT INTO custom_emojis AS e (origin, shortcode, url, updated_at)
    SELECT n.origin, n.shortcode, n.url, n.updated_at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
           AS n (origin, shortcode, url, updated_at)
     WHERE NOT EXISTS (
            SELECT FROM custom_emojis known
             WHERE known.origin = n.origin AND known.shortcode = n.shortcode
               AND (known.url = n.url OR known.updated_at > n.updated_at))
       AND (SELECT count(*)
              FROM (SELECT FROM custom_emojis there
                     WHERE there.origin = n.origin LIMIT $5) AS counted) < $5
     ORDER BY n.origin, n.shortcode
        ON CONFLICT (origin, shortcode) DO UPDATE
       SET url = excluded.url, updated_at = excluded.updated_at
""",
)

_FIND_IDS = query(
    "emojis.find_ids",
    """
    SELECT e.origin, e.shortcode, e.id, e.url
      FROM unnest($1::text[], $2::text[]) AS n (origin, shortcode)
      JOIN custom_emojis e ON e.origin = n.origin AND e.shortcode = n.shortcode
""",
)

_FIND_URL = query("emojis.find_url", "SELECT url FROM custom_emojis WHERE id = $1")


async def keep_emojis(
    tx: Tx, found: Iterable[tuple[str, RemoteEmoji]]
) -> Mapping[tuple[str, str], Emoji]:
    """Store tags with their origins, newer in place of older; by origin and shortcode."""
    unique = {(origin, emoji.shortcode): emoji for origin, emoji in found}
    if not unique:
        return {}
    keys = sorted(unique)
    origins, shortcodes = [origin for origin, _ in keys], [code for _, code in keys]
    await tx.execute(
        _KEEP,
        origins,
        shortcodes,
        [unique[key].url for key in keys],
        [unique[key].updated for key in keys],
        MAX_OF_ONE_ORIGIN,
    )
    rows = await tx.fetch(_FIND_IDS, origins, shortcodes)
    return {
        (row["origin"], row["shortcode"]): Emoji(row["shortcode"], row["id"], digest(row["url"]))
        for row in rows
    }


async def find_emoji(conn: Conn, origin: str, shortcode: str) -> Emoji | None:
    """One of a server's emoji by its shortcode; ``origin`` may be ours."""
    row = await conn.fetchrow(_FIND_IDS, [origin], [shortcode])
    return None if row is None else Emoji(row["shortcode"], row["id"], digest(row["url"]))


async def find_url(conn: Conn | Pool, emoji_id: int) -> str | None:
    """Tell where the picture lives. Everybody may see it, as on its own server."""
    return await conn.fetchval(_FIND_URL, emoji_id)


def stored(emojis: Sequence[Emoji]) -> str:
    """Write the column ``emojis`` of posts and actors."""
    return msgspec.json.encode(emojis).decode()
