"""Rows of ``cards`` and ``post_cards``. SQL lives here only; posts are only read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from fedinet.audiences.model import Visibility
from fedinet.cards.model import MAY_ASK, Card
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import Domain, PostId

_ADD = query(
    "cards.add",
    """
    INSERT INTO cards (hash, url)
    SELECT * FROM unnest($1::bytea[], $2::text[])
     ORDER BY 1
        ON CONFLICT (hash) DO NOTHING
""",
)

_LINK = query(
    "cards.link",
    """
    INSERT INTO post_cards (post_id, card_id)
    SELECT p.id, c.id
      FROM unnest($1::bigint[], $2::bytea[]) AS found (post_id, hash)
      JOIN posts p ON p.id = found.post_id
      JOIN cards c ON c.hash = found.hash
     ORDER BY 1
        ON CONFLICT (post_id) DO UPDATE SET card_id = excluded.card_id
     WHERE post_cards.card_id <> excluded.card_id
""",
)

_UNLINK = query("cards.unlink", "DELETE FROM post_cards WHERE post_id = ANY ($1::bigint[])")

_CLAIM = query(
    "cards.claim",
    """
    UPDATE cards
       SET due_at = now() + interval '5 minutes'
     WHERE id = ANY (ARRAY(
        SELECT c.id FROM cards c
         WHERE c.hash = ANY ($1::bytea[]) AND c.due_at <= now()
         ORDER BY c.id
           FOR UPDATE))
    RETURNING id, url
""",
)

_FIND = query("cards.find", "SELECT url, attempts FROM cards WHERE id = $1")

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
    """
    UPDATE cards
       SET attempts = $2, due_at = now() + make_interval(secs => $3)
     WHERE id = $1
""",
)

_LIST_POSTS = query(
    "cards.list_posts",
    """
    SELECT p.id, p.html, p.visibility, p.attachments <> '[]'::jsonb AS has_files, p.is_local,
           a.domain
      FROM posts p
      JOIN actors a ON a.id = p.author_id
     WHERE p.id = ANY ($1::bigint[]) AND a.suspended_at IS NULL AND a.gone_at IS NULL
""",
)

_LIST_WITH_LINKS = query(
    "cards.list_with_links",
    """
    SELECT p.id
      FROM posts p
     WHERE p.id = ANY ($1::bigint[])
       AND (p.visibility = ANY ($2::text[]) AND p.html LIKE '%<a %'
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

    id: PostId
    html: str
    visibility: Visibility
    has_files: bool
    is_local: bool
    domain: Domain


async def list_with_links(conn: Conn, post_ids: Sequence[PostId]) -> list[PostId]:
    """Find which of these posts may get a card, or lose one."""
    rows = await conn.fetch(_LIST_WITH_LINKS, list(post_ids), list(MAY_ASK))
    return [PostId(row["id"]) for row in rows]


async def list_posts(conn: Conn | Pool, post_ids: Sequence[PostId]) -> list[Linking]:
    """Read what posts link to, without those of people who are suspended or gone."""
    return [
        Linking(
            PostId(row["id"]),
            row["html"],
            Visibility(row["visibility"]),
            row["has_files"],
            row["is_local"],
            row["domain"],
        )
        for row in await conn.fetch(_LIST_POSTS, list(post_ids))
    ]


async def link_cards(tx: Tx, links: Mapping[PostId, str]) -> list[tuple[int, str]]:
    """Give posts the cards of addresses, empty at first.

    Returns (card, address) of those that nobody has read lately, nor is about to: the caller
    has promised to.
    """
    hashes = {url: hash_of(url) for url in links.values()}
    await tx.execute(_ADD, list(hashes.values()), list(hashes))
    await tx.execute(_LINK, list(links), [hashes[url] for url in links.values()])
    claimed = await tx.fetch(_CLAIM, list(hashes.values()))
    return [(row["id"], row["url"]) for row in claimed]


async def unlink_cards(tx: Tx, post_ids: Sequence[PostId]) -> None:
    await tx.execute(_UNLINK, list(post_ids))


async def find_page(conn: Conn | Pool, card_id: int) -> tuple[str, int] | None:
    """Read the address of a card, and how often reading it has failed."""
    row = await conn.fetchrow(_FIND, card_id)
    return None if row is None else (row["url"], row["attempts"])


async def keep(tx: Tx, card_id: int, card: Card | None) -> None:
    """It was read; None: there is nothing to show. Not asked again for two weeks."""
    said = None if card is None else msgspec.json.encode(card).decode()
    await tx.execute(_KEEP, card_id, said)


async def postpone(tx: Tx, card_id: int, attempts: int, for_s: float) -> None:
    """It could not be read now. What was read before stays."""
    await tx.execute(_POSTPONE, card_id, attempts, for_s)


def hash_of(url: str) -> bytes:
    """What the row of an address is found by."""
    return sha256(url.encode("utf-8", "surrogatepass")).digest()


async def find_image(conn: Conn | Pool, card_id: int) -> str | None:
    return await conn.fetchval(_FIND_IMAGE, card_id)


async def delete_unused(tx: Tx, *, limit: int) -> int:
    """Delete cards that no post has. Returns how many."""
    return int((await tx.execute(_DELETE_UNUSED, limit)).rpartition(" ")[2])
