"""Posts with all that a list shows around them, in one statement. SQL lives here only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE_BY_ID
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts.list_store import WELCOME
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of
from fedinet.reactions.model import OwnReactions
from fedinet.reactions.store import DONE, own_reactions_of

_MOST_NEAR: Final = 40
"""Answers to one post that are looked at, the last ones: the work of a page is bounded."""
_MOST_ANSWERS: Final = 8

_IDS: Final = unseen("$3", "bigint[]")
_ANSWERED: Final = unseen("$4", "bigint[]")
_MISSING: Final = unseen("$5", "bigint[]")

# Looked up by the index of what they answer; the gate is asked from the last one on until there
# are enough. Visitors are told of members only, and of those who let themselves be found.
_ANSWERS: Final = f"""
            SELECT :what
              FROM (SELECT near.id, near.author_id, near.visibility, near.is_local
                      FROM posts near
                     WHERE near.parent_id = :post
                     ORDER BY near.id DESC
                     LIMIT {_MOST_NEAR}) AS p
             WHERE p.author_id <> (SELECT begun.author_id FROM posts begun WHERE begun.id = :post)
               AND ({unseen("$1", "bigint")} IS NOT NULL OR EXISTS (
                    SELECT FROM actors shown
                     WHERE shown.id = p.author_id AND shown.is_local AND shown.discoverable))
               AND {VISIBLE_BY_ID} {WELCOME}
             ORDER BY p.id DESC
             LIMIT {_MOST_ANSWERS}"""
_WHO_ANSWERED: Final = _ANSWERS.replace(":what", "ARRAY[p.id, p.author_id]").replace(
    ":post", "asked.id"
)
_EACH_ANSWER: Final = _ANSWERS.replace(":what", "p.id").replace(":post", "listed.id")
_THEM_TOO: Final = f"""
             UNION
            SELECT answer.id
              FROM unnest({_ANSWERED}) AS listed (id)
             CROSS JOIN LATERAL ({_EACH_ANSWER}) AS answer"""
_COLUMNS: Final = (
    "asked.id AS asked_id,"
    + DONE.replace(":actor", "$1::bigint")
    + f""",
           ARRAY(SELECT poll_votes.choice FROM poll_votes
                  WHERE poll_votes.post_id = asked.id AND poll_votes.actor_id = $1::bigint
                  ORDER BY poll_votes.choice) AS votes,
           CASE WHEN asked.id = ANY({_ANSWERED}) THEN ARRAY({_WHO_ANSWERED}) END AS answers,"""
    + POST_COLUMNS
)

_AROUND: Final = f"""
    SELECT {_COLUMNS}
      FROM (SELECT unnest({_IDS}) AS id
             UNION
            SELECT listed.parent_id
              FROM posts listed
             WHERE listed.id = ANY({_IDS}) AND listed.parent_id IS NOT NULL
             UNION
            SELECT q.quoted_id
              FROM quotes q
             WHERE q.post_id = ANY({_IDS}) AND q.quoted_id IS NOT NULL :more) AS asked
      JOIN posts p ON p.id = asked.id
     WHERE {VISIBLE_BY_ID}"""
_BESIDE: Final = f"""
    SELECT {_COLUMNS}
      FROM (SELECT unnest({_IDS}) AS id :more) AS asked
      LEFT JOIN posts p
        ON p.id = asked.id AND (p.id = ANY({_MISSING}) OR p.id <> ALL({_IDS}))
       AND {VISIBLE_BY_ID}"""

# Two each: what is never run is made ready all the same, and most readers read no answers.
_LIST_AROUND = query("timelines.list_around", _AROUND.replace(":more", ""))
_LIST_AROUND_READ = query("timelines.list_around_read", _AROUND.replace(":more", _THEM_TOO))
_LIST_BESIDE = query("timelines.list_beside", _BESIDE.replace(":more", ""))
_LIST_BESIDE_READ = query("timelines.list_beside_read", _BESIDE.replace(":more", _THEM_TOO))


class Answers(Enum):
    """What is wanted of the answers to posts that stand in a list."""

    NONE = auto()
    WHO = auto()
    READ = auto()
    """Who wrote them, and the answers themselves among the posts."""


@dataclass(frozen=True, slots=True)
class Around:
    """``posts`` that were read; what the reader did to each that was asked for, votes too.

    ``answers``: the last answers to each that this reader may see, the last first, but for its
    author's own: which post, and whose.
    """

    posts: Mapping[PostId, Post]
    own: Mapping[PostId, OwnReactions]
    votes: Mapping[PostId, tuple[int, ...]]
    answers: Mapping[PostId, Sequence[tuple[PostId, ActorId]]]


async def list_around(
    conn: Conn, viewer: Viewer, post_ids: Iterable[PostId], answers: Answers = Answers.NONE
) -> Around:
    """Read those of the posts, and of what they answer and quote, that the viewer may see."""
    ids = list(set(post_ids))
    if not ids:
        return _around(())
    statement = _LIST_AROUND_READ if answers is Answers.READ else _LIST_AROUND
    answered = () if answers is Answers.NONE else ids
    return _around(await conn.fetch(statement, viewer.actor_id, viewer.is_member, ids, answered))


async def list_beside(
    conn: Conn,
    viewer: Viewer,
    known: Iterable[PostId],
    missing: Iterable[PostId],
    answers: Answers = Answers.NONE,
) -> Around:
    """The same for posts that are ``known``: what the viewer did, and the ``missing`` posts."""
    more, listed = list(missing), list(known)
    ids = more if viewer.actor_id is None and answers is Answers.NONE else [*listed, *more]
    if not ids:
        return _around(())
    statement = _LIST_BESIDE_READ if answers is Answers.READ else _LIST_BESIDE
    answered = () if answers is Answers.NONE else listed
    places = (viewer.actor_id, viewer.is_member, ids, answered, more)
    return _around(await conn.fetch(statement, *places))


def _around(rows: Iterable[asyncpg.Record]) -> Around:
    found = list(rows)
    posts = [post_of(row) for row in found if row["id"] is not None]
    return Around(
        posts={post.id: post for post in posts},
        own={PostId(row["asked_id"]): own_reactions_of(row) for row in found},
        votes={PostId(row["asked_id"]): tuple(row["votes"]) for row in found if row["votes"]},
        answers={PostId(row["asked_id"]): row["answers"] for row in found if row["answers"]},
    )
