"""Rows of ``emoji_reactions``. SQL lives here only.

Who thanked with what is told to the author of the post, like every thank-you.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.query import Conn, Tx, query
from fedinet.emojis.model import Emoji
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.pictures import digest
from fedinet.reactions.emoji import MAX_OF_ONE_PERSON, EmojiThanks

_INSERT = query(
    "reactions.insert_emoji",
    """
    INSERT INTO emoji_reactions (post_id, actor_id, name, emoji_id, is_like, uri)
    SELECT $1, $2, $3, $4, $5, $6
     WHERE (SELECT count(*) FROM emoji_reactions WHERE post_id = $1 AND actor_id = $2) < $7
        ON CONFLICT DO NOTHING
    RETURNING true
""",
)

_DELETE_OF_LIKE = query(
    "reactions.delete_emoji_of_like",
    "DELETE FROM emoji_reactions WHERE post_id = $1 AND actor_id = $2 AND is_like",
)

_DELETE = query(
    "reactions.delete_emoji",
    """
    DELETE FROM emoji_reactions
     WHERE post_id = $1 AND actor_id = $2 AND name = $3 AND NOT is_like
    RETURNING post_id
""",
)

_DELETE_BY_URI = query(
    "reactions.delete_emoji_by_uri",
    """
    DELETE FROM emoji_reactions
     WHERE uri = $1 AND actor_id = $2 AND NOT is_like
    RETURNING post_id
""",
)

_SHOWN: Final = "SELECT r.actor_id, r.post_id, r.name AS shown, r.emoji_id, e.url"
_GIVEN: Final = """
      FROM emoji_reactions r
      LEFT JOIN custom_emojis e ON e.id = r.emoji_id
"""

_LIST_OF = query(
    "reactions.list_emoji_of",
    _SHOWN
    + _GIVEN
    + """
      JOIN unnest($1::bigint[], $2::bigint[]) AS asked (post_id, actor_id)
        ON r.post_id = asked.post_id AND r.actor_id = asked.actor_id
     ORDER BY r.post_id, r.actor_id, r.created_at, r.name
""",
)

_LIST_UNDER = query(
    "reactions.list_emoji_under",
    f"{_SHOWN}, {ACTOR_COLUMNS}"
    + _GIVEN
    + """
      JOIN actors a ON a.id = r.actor_id
     WHERE r.post_id = $1 AND a.suspended_at IS NULL AND a.gone_at IS NULL
       AND NOT EXISTS (
            SELECT FROM blocks b JOIN posts p ON p.id = r.post_id
             WHERE (b.actor_id = p.author_id AND b.target_id = r.actor_id)
                OR (b.actor_id = r.actor_id AND b.target_id = p.author_id))
     ORDER BY r.created_at, r.actor_id, r.name
     LIMIT $2
""",
)


async def insert_emoji(tx: Tx, thanks: EmojiThanks, *, is_like: bool, uri: str) -> bool:
    """Store one; False: it is there, or this person left enough. Of a Like the last one stays."""
    if is_like:
        await tx.execute(_DELETE_OF_LIKE, thanks.post_id, thanks.actor_id)
    emoji_id = None if thanks.picture is None else thanks.picture.id
    row = await tx.fetchval(
        _INSERT,
        thanks.post_id,
        thanks.actor_id,
        thanks.name,
        emoji_id,
        is_like,
        uri,
        MAX_OF_ONE_PERSON,
    )
    return bool(row)


async def delete_emoji_of_like(tx: Tx, actor_id: ActorId, post_id: PostId) -> None:
    """A Like is taken back; the emoji that it brought goes with it."""
    await tx.execute(_DELETE_OF_LIKE, post_id, actor_id)


async def delete_emoji(tx: Tx, actor_id: ActorId, post_id: PostId, name: str) -> bool:
    return await tx.fetchval(_DELETE, post_id, actor_id, name) is not None


async def delete_emoji_by_uri(tx: Tx, actor_id: ActorId, uri: str) -> PostId | None:
    """Take one back by the id of its activity; returns the post it stood under."""
    found = await tx.fetchval(_DELETE_BY_URI, uri, actor_id)
    return None if found is None else PostId(found)


async def list_emoji_of(
    conn: Conn, asked: Sequence[tuple[PostId, ActorId]]
) -> dict[tuple[PostId, ActorId], list[EmojiThanks]]:
    """Read with what people thanked for posts, for the authors of these."""
    rows = await conn.fetch(_LIST_OF, [post for post, _ in asked], [who for _, who in asked])
    found: dict[tuple[PostId, ActorId], list[EmojiThanks]] = {}
    for thanks in map(_thanks, rows):
        found.setdefault((thanks.post_id, thanks.actor_id), []).append(thanks)
    return found


async def list_emoji_under(
    conn: Conn, post_id: PostId, *, limit: int = 100
) -> list[tuple[EmojiThanks, Actor]]:
    """Read all emoji under a post and whose they are, for its author; the first ones first."""
    rows = await conn.fetch(_LIST_UNDER, post_id, limit)
    return [(_thanks(row), actor_of(row)) for row in rows]


def _thanks(row: asyncpg.Record) -> EmojiThanks:
    name, emoji_id = row["shown"], row["emoji_id"]
    picture = None
    if emoji_id is not None:
        picture = Emoji(name.strip(":"), emoji_id, digest(row["url"]))
    return EmojiThanks(ActorId(row["actor_id"]), PostId(row["post_id"]), name, picture)
