"""Rows of ``post_words``, and the searches over people and hashtags. SQL lives here only.

People who were suspended, left or block the viewer are not found; whom the viewer blocks is found
by their exact name alone: apps look them up so in order to unblock them (toot 0.52).
"""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.actors.says_store import says
from fedinet.audiences.gate import VISIBLE, keeps_server_away
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Tx, query
from fedinet.follows.model import Relationship
from fedinet.follows.relations_store import RELATION, RELATION_FROM, relationship_of
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts.model import Tag
from fedinet.search.model import prefix_query

_NAMED: Final = """
    to_tsvector('simple'::regconfig, {0}.name || ' ' || {0}.username) @@ $2::tsquery
"""
_SAYS: Final = says("one", "$3")
_LIST_PEOPLE = query(
    "search.list_people",
    f"""
    SELECT {ACTOR_COLUMNS}, {RELATION}
      FROM (
        SELECT a.id, row_number() OVER (
                 ORDER BY {_NAMED.format("a")} DESC, a.is_local DESC,
                          lower(a.username) = lower($3) DESC,
                          EXISTS (SELECT FROM follows
                                   WHERE follows.follower_id = $1 AND follows.target_id = a.id
                                     AND follows.state = 'accepted') DESC,
                          a.id) AS place
          FROM actors a
         WHERE a.id IN (
                SELECT named.id FROM actors named WHERE {_NAMED.format("named")}
                UNION ALL
                SELECT one.id FROM accounts m JOIN actors one ON one.id = m.actor_id
                 WHERE {unseen("$8", "boolean")} AND m.disabled_at IS NULL AND one.is_local
                   AND one.limited_at IS NULL AND {_SAYS})
           AND ({unseen("$6", "text")} IS NULL OR a.domain = $6)
           AND a.suspended_at IS NULL AND a.gone_at IS NULL AND a.kind <> 'Application'
           AND NOT EXISTS (
                SELECT FROM blocks
                 WHERE (blocks.actor_id = a.id AND blocks.target_id = $1)
                    OR (blocks.actor_id = $1 AND blocks.target_id = a.id
                        AND lower(a.username) <> lower($3)))
           AND NOT {keeps_server_away("$1::bigint", "a.id")}
           AND (NOT {unseen("$7", "boolean")} OR EXISTS (
                SELECT FROM follows
                 WHERE follows.follower_id = $1 AND follows.target_id = a.id
                   AND follows.state = 'accepted'))
         ORDER BY place
         LIMIT $4 OFFSET $5) AS other
      JOIN actors a ON a.id = other.id
      {RELATION_FROM}
     ORDER BY other.place
""",
)

_LIST_TAGS = query(
    "search.list_tags",
    """
    SELECT tagged.tag, max(tagged.name) AS written
      FROM post_tags tagged
      JOIN posts p ON p.id = tagged.post_id
     WHERE tagged.tag >= $3 AND tagged.tag < $3 || chr(1114111) AND starts_with(tagged.tag, $3)
       AND p.visibility IN ('everyone', 'allies', 'community')
       AND"""
    + VISIBLE
    + """
     GROUP BY tagged.tag
     ORDER BY tagged.tag = $3 DESC, tagged.tag
     LIMIT $4 OFFSET $5
""",
)

# What nobody may ever find is not kept: a remote post whose author did not agree and with which
# no member has to do.
_INDEX: Final = """
    INSERT INTO post_words (post_id, words)
    SELECT p.id,
           to_tsvector('simple', left(
               p.content_note || ' ' || coalesce(p.about ->> 'title', '') || ' '
               || coalesce(p.about ->> 'place', '') || ' '
               || regexp_replace(p.html, '<[^>]*>', ' ', 'g'), 20000))
      FROM posts p
"""
_AGAIN: Final = """
     ORDER BY p.id
        ON CONFLICT (post_id) DO UPDATE SET words = excluded.words
"""
_INDEX_POSTS = query(
    "search.index_posts",
    _INDEX
    + """
      JOIN actors a ON a.id = p.author_id
     WHERE p.id = ANY($1::bigint[])
       AND (p.is_local OR a.indexable
            OR EXISTS (
                SELECT FROM post_mentions m
                  JOIN actors mentioned ON mentioned.id = m.actor_id AND mentioned.is_local
                 WHERE m.post_id = p.id)
            OR EXISTS (SELECT FROM post_words already WHERE already.post_id = p.id))
"""
    + _AGAIN,
)
_INDEX_REACTED = query(
    "search.index_reacted",
    _INDEX
    + """
     WHERE p.id IN (
            SELECT came.post_id
              FROM unnest($1::bigint[], $2::bigint[]) AS came (actor_id, post_id)
              JOIN actors a ON a.id = came.actor_id AND a.is_local)
       AND NOT p.is_local
"""
    + _AGAIN,
)


async def list_people(
    conn: Conn,
    viewer: Viewer,
    text: str,
    *,
    limit: int,
    offset: int = 0,
    domain: str | None = None,
    following: bool = False,
    saying: bool = False,
) -> list[tuple[Actor, Relationship]]:
    """Find people, and how the viewer stands to them, by the beginnings of words of their name.

    Members come first, as where a post names somebody; then exact names, and whom the viewer
    follows. ``domain``: only people whose handle ends so.
    ``saying``: after all of them members who say every word of themselves, but for whom stewards
    limited; a letter is no word, but for scripts that write words by one (three bytes of UTF-8).
    """
    words = prefix_query(text)
    if not words:
        return []
    saying = saying and (len(text) > 1 or len(text.encode()) > 2)
    rows = await conn.fetch(
        _LIST_PEOPLE, viewer.actor_id, words, text, limit, offset, domain, following, saying
    )
    return [(actor_of(row), relationship_of(row)) for row in rows]


async def list_tags(
    conn: Conn, viewer: Viewer, beginning: str, *, limit: int, offset: int = 0
) -> list[Tag]:
    """Find hashtags that begin so (normalised, without #) on posts that the viewer may see."""
    rows = await conn.fetch(_LIST_TAGS, viewer.actor_id, viewer.is_member, beginning, limit, offset)
    return [Tag(row["tag"], row["written"]) for row in rows]


async def index_posts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Keep the words of posts that somebody may find. Idempotent; an edit is indexed again."""
    await tx.execute(_INDEX_POSTS, list(post_ids))


async def index_reacted(tx: Tx, reactions: Sequence[tuple[ActorId, PostId]]) -> None:
    """For each (who, post): a member finds again what they liked or boosted. Idempotent."""
    await tx.execute(
        _INDEX_REACTED, [who for who, _ in reactions], [post_id for _, post_id in reactions]
    )
