"""Rows of ``filters``, ``filter_keywords`` and ``filter_posts``. SQL lives here only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.filters.model import Action, Context, Filter, FilteredPost, Keyword
from fedinet.kernel.ids import ActorId, PostId

_LOCK_OWNER = query(
    "filters.lock_owner",
    "SELECT pg_advisory_xact_lock(hashtextextended('filters ' || $1::bigint, 0))",
)

_COUNT = query(
    "filters.count",
    """
    SELECT (SELECT count(*) FROM filters WHERE owner_id = $1) AS filters,
           (SELECT count(*) FROM filter_keywords k JOIN filters f ON f.id = k.filter_id
             WHERE f.owner_id = $1) AS keywords,
           (SELECT count(*) FROM filter_posts p JOIN filters f ON f.id = p.filter_id
             WHERE f.owner_id = $1) AS posts
""",
)

_INSERT = query(
    "filters.insert",
    """
    INSERT INTO filters (owner_id, title, contexts, action, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    RETURNING id
""",
)

_UPDATE = query(
    "filters.update",
    "UPDATE filters SET title = $2, contexts = $3, action = $4, expires_at = $5 WHERE id = $1",
)

_DELETE = query("filters.delete", "DELETE FROM filters WHERE id = $1")

_COLUMNS: Final = "SELECT id, owner_id, title, contexts, action, expires_at FROM filters "

_LIST = query("filters.list", _COLUMNS + "WHERE owner_id = ANY($1::bigint[]) ORDER BY id")

_LIST_KEYWORDS = query(
    "filters.list_keywords",
    """
    SELECT k.id, k.filter_id, k.keyword, k.whole_word
      FROM filters f JOIN filter_keywords k ON k.filter_id = f.id
     WHERE f.owner_id = ANY($1::bigint[])
     ORDER BY k.id
""",
)

_LIST_POSTS = query(
    "filters.list_posts",
    """
    SELECT p.id, p.filter_id, p.post_id
      FROM filters f JOIN filter_posts p ON p.filter_id = f.id
     WHERE f.owner_id = ANY($1::bigint[])
     ORDER BY p.id
""",
)

_INSERT_KEYWORD = query(
    "filters.insert_keyword",
    """
    INSERT INTO filter_keywords (filter_id, keyword, whole_word)
    VALUES ($1, $2, $3)
    RETURNING id
""",
)

_UPDATE_KEYWORD = query(
    "filters.update_keyword",
    "UPDATE filter_keywords SET keyword = $2, whole_word = $3 WHERE id = $1",
)

_DELETE_KEYWORD = query("filters.delete_keyword", "DELETE FROM filter_keywords WHERE id = $1")

_INSERT_POST = query(
    "filters.insert_post",
    """
    INSERT INTO filter_posts (filter_id, post_id)
    VALUES ($1, $2)
        ON CONFLICT (filter_id, post_id) DO UPDATE SET post_id = excluded.post_id
    RETURNING id
""",
)

_DELETE_POST = query("filters.delete_post", "DELETE FROM filter_posts WHERE id = $1")


async def lock_owner(tx: Tx, owner_id: ActorId) -> None:
    """Let nobody else change this member's filters until the end of the transaction."""
    await tx.execute(_LOCK_OWNER, owner_id)


async def count(conn: Conn, owner_id: ActorId) -> tuple[int, int, int]:
    """Count a member's (filters, keywords, posts)."""
    row = await conn.fetchrow(_COUNT, owner_id)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return row["filters"], row["keywords"], row["posts"]


async def insert_filter(
    tx: Tx,
    owner_id: ActorId,
    *,
    title: str,
    contexts: Sequence[Context],
    action: Action,
    expires_at: datetime | None,
) -> int:
    return int(await tx.fetchval(_INSERT, owner_id, title, list(contexts), action, expires_at))


async def update_filter(tx: Tx, changed: Filter) -> None:
    """Write all but what it looks for."""
    await tx.execute(
        _UPDATE,
        changed.id,
        changed.title,
        list(changed.contexts),
        changed.action,
        changed.expires_at,
    )


async def delete_filter(tx: Tx, filter_id: int) -> None:
    await tx.execute(_DELETE, filter_id)


async def list_filters(conn: Conn, owner_id: ActorId) -> list[Filter]:
    """All filters of a member with what they look for, the oldest first. One query without any."""
    return list((await list_filters_of(conn, [owner_id])).get(owner_id, ()))


async def list_filters_of(
    conn: Conn, owner_ids: Collection[ActorId]
) -> Mapping[ActorId, Sequence[Filter]]:
    """The same for several members at once; those who have none are missing."""
    owners = list(owner_ids)
    rows = await conn.fetch(_LIST, owners)
    if not rows:
        return {}
    keywords: dict[int, list[Keyword]] = defaultdict(list)
    for row in await conn.fetch(_LIST_KEYWORDS, owners):
        keywords[row["filter_id"]].append(
            Keyword(id=row["id"], keyword=row["keyword"], whole_word=row["whole_word"])
        )
    posts: dict[int, list[FilteredPost]] = defaultdict(list)
    for row in await conn.fetch(_LIST_POSTS, owners):
        posts[row["filter_id"]].append(FilteredPost(id=row["id"], post_id=PostId(row["post_id"])))
    found: dict[ActorId, list[Filter]] = defaultdict(list)
    for row in rows:
        one = Filter(
            id=row["id"],
            owner_id=ActorId(row["owner_id"]),
            title=row["title"],
            contexts=tuple(map(Context, row["contexts"])),
            action=Action(row["action"]),
            expires_at=row["expires_at"],
            keywords=tuple(keywords[row["id"]]),
            posts=tuple(posts[row["id"]]),
        )
        found[one.owner_id].append(one)
    return found


async def insert_keyword(tx: Tx, filter_id: int, keyword: str, *, whole_word: bool) -> int:
    return int(await tx.fetchval(_INSERT_KEYWORD, filter_id, keyword, whole_word))


async def update_keyword(tx: Tx, changed: Keyword) -> None:
    await tx.execute(_UPDATE_KEYWORD, changed.id, changed.keyword, changed.whole_word)


async def delete_keyword(tx: Tx, keyword_id: int) -> None:
    await tx.execute(_DELETE_KEYWORD, keyword_id)


async def insert_post(tx: Tx, filter_id: int, post_id: PostId) -> int:
    """Add a post; again: the row that stands."""
    return int(await tx.fetchval(_INSERT_POST, filter_id, post_id))


async def delete_post(tx: Tx, row_id: int) -> None:
    await tx.execute(_DELETE_POST, row_id)
