"""Posts with all that a list shows around them, in one statement. SQL lives here only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE_BY_ID
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import PostId
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of
from fedinet.reactions.model import OwnReactions
from fedinet.reactions.store import DONE, own_reactions_of

_IDS: Final = unseen("$3", "bigint[]")
_MISSING: Final = unseen("$4", "bigint[]")
_COLUMNS: Final = (
    "asked.id AS asked_id,"
    + DONE.replace(":actor", "$1::bigint")
    + """,
           ARRAY(SELECT poll_votes.choice FROM poll_votes
                  WHERE poll_votes.post_id = asked.id AND poll_votes.actor_id = $1::bigint
                  ORDER BY poll_votes.choice) AS votes,"""
    + POST_COLUMNS
)

_LIST_AROUND = query(
    "timelines.list_around",
    f"""
    SELECT {_COLUMNS}
      FROM (SELECT unnest({_IDS}) AS id
             UNION
            SELECT listed.parent_id
              FROM posts listed
             WHERE listed.id = ANY({_IDS}) AND listed.parent_id IS NOT NULL
             UNION
            SELECT q.quoted_id
              FROM quotes q
             WHERE q.post_id = ANY({_IDS}) AND q.quoted_id IS NOT NULL) AS asked
      JOIN posts p ON p.id = asked.id
     WHERE {VISIBLE_BY_ID}""",
)

_LIST_BESIDE = query(
    "timelines.list_beside",
    f"""
    SELECT {_COLUMNS}
      FROM unnest({_IDS}) AS asked (id)
      LEFT JOIN posts p ON p.id = asked.id AND p.id = ANY({_MISSING}) AND {VISIBLE_BY_ID}""",
)


@dataclass(frozen=True, slots=True)
class Around:
    """``posts`` that were read; what the reader did to each that was asked for, votes too."""

    posts: Mapping[PostId, Post]
    own: Mapping[PostId, OwnReactions]
    votes: Mapping[PostId, tuple[int, ...]]


async def list_around(conn: Conn, viewer: Viewer, post_ids: Iterable[PostId]) -> Around:
    """Read those of the posts, and of what they answer and quote, that the viewer may see."""
    ids = list(set(post_ids))
    rows = await conn.fetch(_LIST_AROUND, viewer.actor_id, viewer.is_member, ids) if ids else ()
    return _around(rows)


async def list_beside(
    conn: Conn, viewer: Viewer, known: Iterable[PostId], missing: Iterable[PostId]
) -> Around:
    """The same for posts that are ``known``: what the viewer did, and the ``missing`` posts."""
    more = list(missing)
    ids = more if viewer.actor_id is None else [*set(known), *more]
    if not ids:
        return _around(())
    return _around(await conn.fetch(_LIST_BESIDE, viewer.actor_id, viewer.is_member, ids, more))


def _around(rows: Iterable[asyncpg.Record]) -> Around:
    found = list(rows)
    posts = [post_of(row) for row in found if row["id"] is not None]
    return Around(
        posts={post.id: post for post in posts},
        own={PostId(row["asked_id"]): own_reactions_of(row) for row in found},
        votes={PostId(row["asked_id"]): tuple(row["votes"]) for row in found if row["votes"]},
    )
