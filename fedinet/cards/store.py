"""Rows of ``cards`` and ``post_cards``. SQL lives here only; posts are only read."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from fedinet.audiences.model import Visibility
from fedinet.cards.model import Card
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import Domain, PostId

_GET_OR_ADD = query(
    "cards.get_or_add",
    """
      WITH added AS (
        INSERT INTO cards (hash, url) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING RETURNING id)
    SELECT id FROM added
     UNION ALL
    SELECT id FROM cards WHERE hash = $1
     LIMIT 1
""",
)

_LINK = query(
    "cards.link",
    """
    INSERT INTO post_cards (post_id, card_id)
    SELECT p.id, $2 FROM posts p WHERE p.id = $1
        ON CONFLICT (post_id) DO UPDATE SET card_id = excluded.card_id
     WHERE post_cards.card_id <> excluded.card_id
""",
)

_UNLINK = query("cards.unlink", "DELETE FROM post_cards WHERE post_id = $1")

_CLAIM = query(
    "cards.claim",
    """
    UPDATE cards
       SET due_at = now() + interval '2 minutes', attempts = attempts + 1
     WHERE id = $1 AND due_at <= now()
    RETURNING attempts
""",
)

_KEEP = query(
    "cards.keep",
    """
    UPDATE cards
       SET said = $2::jsonb, version = version + 1, attempts = 0,
           due_at = now() + interval '14 days'
     WHERE id = $1
""",
)

_POSTPONE = query(
    "cards.postpone",
    "UPDATE cards SET due_at = now() + make_interval(secs => $2) WHERE id = $1",
)

_FIND_POST = query(
    "cards.find_post",
    """
    SELECT p.html, p.visibility, p.attachments <> '[]'::jsonb AS has_files, p.is_local, a.domain
      FROM posts p
      JOIN actors a ON a.id = p.author_id
     WHERE p.id = $1 AND a.suspended_at IS NULL AND a.gone_at IS NULL
""",
)

_LIST_WITH_LINKS = query(
    "cards.list_with_links",
    """
    SELECT p.id, p.is_local
      FROM posts p
     WHERE p.id = ANY ($1::bigint[])
       AND (p.visibility IN ('everyone', 'quiet', 'allies', 'community') AND p.html LIKE '%<a %'
            OR EXISTS (SELECT FROM post_cards WHERE post_cards.post_id = p.id))
""",
)

_FIND_IMAGE = query("cards.find_image", "SELECT said ->> 'image' FROM cards WHERE id = $1")

_DELETE_UNUSED = query(
    "cards.delete_unused",
    """
    DELETE FROM cards
     WHERE id = ANY (ARRAY(
        SELECT c.id FROM cards c
         WHERE c.due_at < now()
           AND NOT EXISTS (SELECT FROM post_cards WHERE post_cards.card_id = c.id)
         LIMIT $1
           FOR UPDATE SKIP LOCKED))
""",
)


@dataclass(frozen=True, slots=True)
class Linking:
    """What of a post decides whether its link is looked at."""

    html: str
    visibility: Visibility
    has_files: bool
    is_local: bool
    domain: Domain


async def list_with_links(conn: Conn, post_ids: Sequence[PostId]) -> list[tuple[PostId, bool]]:
    """Find which of these posts may get a card, or lose one; and whether they are ours."""
    rows = await conn.fetch(_LIST_WITH_LINKS, list(post_ids))
    return [(PostId(row["id"]), row["is_local"]) for row in rows]


async def find_linking(conn: Conn | Pool, post_id: PostId) -> Linking | None:
    row = await conn.fetchrow(_FIND_POST, post_id)
    if row is None:
        return None
    return Linking(
        row["html"], Visibility(row["visibility"]), row["has_files"], row["is_local"], row["domain"]
    )


async def link_card(tx: Tx, post_id: PostId, url: str) -> int:
    """Give a post the card of an address, empty at first; returns its row."""
    digest = sha256(url.encode("utf-8", "surrogatepass")).digest()
    card_id = await tx.fetchval(_GET_OR_ADD, digest, url)
    if card_id is None:  # added by somebody else just now, after this statement began
        card_id = await tx.fetchval(_GET_OR_ADD, digest, url)
    await tx.execute(_LINK, post_id, card_id)
    return card_id


async def unlink_card(tx: Tx, post_id: PostId) -> None:
    await tx.execute(_UNLINK, post_id)


async def claim(tx: Tx, card_id: int) -> int | None:
    """Take it on us to read the page; the number of attempts. None: it was read, or is being."""
    return await tx.fetchval(_CLAIM, card_id)


async def keep(tx: Tx, card_id: int, card: Card | None) -> None:
    """It was read; None: there is nothing to show. Not asked again for two weeks."""
    said = None if card is None else msgspec.json.encode(card).decode()
    await tx.execute(_KEEP, card_id, said)


async def postpone(tx: Tx, card_id: int, for_s: float) -> None:
    """It could not be read now. What was read before stays."""
    await tx.execute(_POSTPONE, card_id, for_s)


async def find_image(conn: Conn | Pool, card_id: int) -> str | None:
    return await conn.fetchval(_FIND_IMAGE, card_id)


async def delete_unused(tx: Tx, *, limit: int) -> int:
    """Delete cards that no post has. Returns how many."""
    return int((await tx.execute(_DELETE_UNUSED, limit)).rpartition(" ")[2])
