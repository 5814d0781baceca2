"""The searches over posts. SQL lives here only.

Posts come through the gate, and only where their author agreed to be found, or
where the viewer wrote, was mentioned in, liked or boosted them. Whom stewards
limited is found by followers alone.
"""

from dataclasses import replace
from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.posts.list_store import MET
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of
from fedinet.search.operators import Where

_MINE: Final = """(p.author_id = $1
            OR EXISTS (SELECT FROM post_mentions m WHERE m.post_id = p.id AND m.actor_id = $1)
            OR EXISTS (SELECT FROM likes l WHERE l.post_id = p.id AND l.actor_id = $1)
            OR EXISTS (SELECT FROM boosts b WHERE b.post_id = p.id AND b.actor_id = $1))"""

_TRAITS: Final = """array_remove(ARRAY[
                CASE WHEN p.attachments <> '[]' THEN 'media' END,
                CASE WHEN p.attachments @? '$[*].media_type ? (@ starts with "image/")'
                     THEN 'image' END,
                CASE WHEN p.attachments @? '$[*].media_type ? (@ starts with "video/")'
                     THEN 'video' END,
                CASE WHEN p.attachments @? '$[*].media_type ? (@ starts with "audio/")'
                     THEN 'audio' END,
                CASE WHEN p.kind = 'Question' THEN 'poll' END,
                CASE WHEN EXISTS (SELECT FROM post_cards pc WHERE pc.post_id = p.id)
                     THEN 'link' END,
                CASE WHEN p.parent_uri IS NOT NULL THEN 'reply' END,
                CASE WHEN p.sensitive THEN 'sensitive' END], NULL)"""
"""The words of ``search.operators.Where.traits`` that are true of a post."""

_FOUND: Final = (
    """
       AND ($6::bigint IS NULL OR p.author_id = $6)
       AND ($7::bigint IS NULL OR p.author_id <> $7)
       AND ($8::text[] IS NULL OR """
    + _TRAITS
    + """ @> $8)
       AND ($9::text[] IS NULL OR NOT """
    + _TRAITS
    + """ && $9)
       AND ($10::text IS NULL OR lower(p.language) = $10
            OR starts_with(lower(p.language), $10 || '-'))
       AND ($11::text IS NULL OR lower(p.language) <> $11)
       AND ($12::timestamptz IS NULL OR p.published_at >= $12)
       AND ($13::timestamptz IS NULL OR p.published_at < $13)
       AND CASE $14::text WHEN 'library' THEN """
    + _MINE
    + """
                          WHEN 'public' THEN p.visibility = 'everyone' ELSE true END
       AND (((SELECT a.indexable FROM actors a WHERE a.id = p.author_id) AND  -- not EXISTS, which
             -- PostgreSQL may answer by reading all actors"""
    + MET
    + """) OR """
    + _MINE
    + """)
       AND"""
    + VISIBLE
    + between("p.id")
)
_BY_WORDS = paged(
    "search.list_by_words",
    "SELECT"
    + POST_COLUMNS
    + """
      FROM post_words w
      JOIN posts p ON p.id = w.post_id
     WHERE w.words @@ websearch_to_tsquery('simple', $15)"""
    + _FOUND,
    by="p.id",
)
_BY_AUTHOR = paged(
    "search.list_by_author",
    "SELECT"
    + POST_COLUMNS
    + """
      FROM posts p
      JOIN post_words w ON w.post_id = p.id
     WHERE p.author_id = $6"""
    + _FOUND,
    by="p.id",
)


async def list_posts(
    conn: Conn,
    viewer: Viewer,
    where: Where,
    page: Page,
    *,
    offset: int = 0,
    author_id: ActorId | None = None,
    not_author_id: ActorId | None = None,
) -> list[Post]:
    """Find posts with all these words, newest first; ``"two words"`` and ``-without`` work.

    ``author_id``, ``not_author_id``: whom ``where.author`` and ``where.not_author``
    mean. With neither words nor an author nothing is found: that would be a list
    of everything.
    """
    if not where.words and author_id is None:
        return []
    rows = await read_page(
        conn,
        _BY_WORDS if where.words else _BY_AUTHOR,
        replace(page, limit=page.limit + offset),
        viewer.actor_id,
        viewer.is_member,
        author_id,
        not_author_id,
        sorted(where.traits) or None,
        sorted(where.not_traits) or None,
        where.language,
        where.not_language,
        where.since,
        where.until,
        where.place,
        *((where.words,) if where.words else ()),
    )
    return [post_of(row) for row in rows[offset:]]
