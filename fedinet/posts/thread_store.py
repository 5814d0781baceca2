"""Where posts stand in threads: replies that waited for their parent, how many, and which.

Nothing here returns text. What is listed for somebody goes through the gate.
"""

from collections.abc import Iterable, Sequence

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.kernel.paging import Page

_LIST_WAITING = query(
    "posts.list_waiting_for_parent",
    """
    SELECT child.id, parent.id AS parent_id
      FROM posts parent
      JOIN posts child ON child.parent_uri = parent.uri AND child.parent_id IS NULL
     WHERE parent.id = ANY($1::bigint[]) AND child.root_id <> parent.root_id
     ORDER BY child.id
     LIMIT 1000
""",
)

_ATTACH = query(
    "posts.attach_to_parent",
    """
    WITH child AS (
        UPDATE posts child
           SET parent_id = parent.id
          FROM posts parent
         WHERE child.id = $1 AND child.parent_id IS NULL AND parent.id = $2
           AND child.root_id <> parent.root_id
        RETURNING child.id, child.root_id AS old_root, parent.root_id AS new_root
    )
    SELECT old_root, new_root FROM child
""",
)

_MOVE_THREAD = query(
    "posts.move_thread",
    "UPDATE posts SET root_id = $2 WHERE root_id = $1",
)

_LOCK_FOR_RECOUNT = query(
    "posts.lock_for_recount",
    "SELECT id FROM posts WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
)

_RECOUNT_REPLIES = query(
    "posts.recount_replies",
    """
    UPDATE posts parent
       SET replies_count = (
            SELECT count(*)
              FROM posts reply
             WHERE reply.parent_id = parent.id
               AND (reply.visibility IN ('everyone', 'quiet')
                    OR reply.visibility = parent.visibility))
     WHERE parent.id = ANY($1::bigint[])
""",
)

_LIST_REPLY_URIS = query(
    "posts.list_reply_uris",
    """
    SELECT p.id, p.uri
      FROM posts p
     WHERE p.parent_id = $3 AND ($4::bigint IS NULL OR p.id > $4)
       AND p.visibility <> 'community' AND"""
    + VISIBLE
    + "ORDER BY p.id LIMIT $5",
)

_THREAD = (
    """
    SELECT p.id, p.uri
      FROM posts p
     WHERE p.root_id = $3 AND p.visibility <> 'community' AND"""
    + VISIBLE
    + between("p.id", at=4)
)
_LIST_THREAD = paged("posts.list_thread_uris", _THREAD, by="p.id", at=4)


async def attach_waiting(tx: Tx, parent_ids: Sequence[PostId]) -> list[tuple[PostId, PostId]]:
    """Give replies that arrived before these posts their parent and their thread.

    Returns (old, new) roots of the threads that moved, in order.

    A reply whose thread already contains the parent stays where it is: two
    posts that claim to answer each other make no circle.
    """
    attached: set[PostId] = set()
    threads: list[tuple[PostId, PostId]] = []
    for row in await tx.fetch(_LIST_WAITING, list(parent_ids)):
        moved = await tx.fetchrow(_ATTACH, row["id"], row["parent_id"])
        if moved is not None:
            await tx.execute(_MOVE_THREAD, moved["old_root"], moved["new_root"])
            attached.add(PostId(row["parent_id"]))
            threads.append((PostId(moved["old_root"]), PostId(moved["new_root"])))
    if attached:
        await recount_replies(tx, attached)
    return threads


async def recount_replies(tx: Tx, post_ids: Iterable[PostId]) -> None:
    """Set the counter anew. The rows are held first, so that no reply slips by."""
    wanted = sorted(set(post_ids))
    await tx.fetch(_LOCK_FOR_RECOUNT, wanted)
    await tx.execute(_RECOUNT_REPLIES, wanted)


async def list_reply_uris(
    conn: Conn, viewer: Viewer, post_id: PostId, *, after: PostId | None, limit: int
) -> list[tuple[PostId, ObjectUri]]:
    """List (id, URI) of the direct answers for this viewer, oldest first, from ``after`` on."""
    rows = await conn.fetch(
        _LIST_REPLY_URIS, viewer.actor_id, viewer.is_member, post_id, after, limit
    )
    return [(PostId(row["id"]), ObjectUri(row["uri"])) for row in rows]


async def list_thread_uris(
    conn: Conn, viewer: Viewer, root_id: PostId, page: Page
) -> list[tuple[PostId, ObjectUri]]:
    """List (id, URI) of a conversation for this viewer, its first post included, newest first."""
    rows = await read_page(conn, _LIST_THREAD, page, viewer.actor_id, viewer.is_member, root_id)
    return [(PostId(row["id"]), ObjectUri(row["uri"])) for row in rows]
