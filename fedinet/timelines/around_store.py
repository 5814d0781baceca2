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


class Answers(Enum):
    """What is wanted of the answers to posts that stand in a list."""

    NONE = auto()
    WHO = auto()
    READ = auto()
    """Who wrote them, and the answers themselves among the posts."""


_IDS: Final = unseen("$3", "bigint[]")
_MISSING: Final = unseen("$4", "bigint[]")

# Looked up by the index of what they answer; the gate is asked from the last one on until there
# are enough. Visitors are told of members only, and of those who let themselves be found.
_ANSWERS: Final = f"""
            SELECT :what
              FROM (SELECT near.id, near.author_id, near.visibility, near.is_local
                      FROM posts near
                     WHERE near.parent_id = listed.id
                     ORDER BY near.id DESC
                     LIMIT {_MOST_NEAR}) AS p
             WHERE p.author_id <> listed.author_id
               AND ({unseen("$1", "bigint")} IS NOT NULL OR EXISTS (
                    SELECT FROM actors shown
                     WHERE shown.id = p.author_id AND shown.is_local AND shown.discoverable))
               AND {VISIBLE_BY_ID} {WELCOME}
             ORDER BY p.id DESC
             LIMIT {_MOST_ANSWERS}"""
_WHO: Final = f"ARRAY({_ANSWERS.replace(':what', 'ARRAY[p.id, p.author_id]')})"
_THEM_TOO: Final = f"""
             UNION
            SELECT answer.id
              FROM posts listed
             CROSS JOIN LATERAL ({_ANSWERS.replace(":what", "p.id")}) AS answer
             WHERE listed.id = ANY({_IDS})"""
# Of the post ``listed``, read by ``asked (id)``.
_OWN: Final = (
    "asked.id AS asked_id,"
    + DONE.replace(":actor", "$1::bigint")
    .replace(":author", "listed.author_id")
    .replace(":root", "listed.root_id")
    + """,
           CASE WHEN listed.kind = 'Question'  -- nothing is asked for others
                THEN ARRAY(SELECT poll_votes.choice FROM poll_votes
                            WHERE poll_votes.post_id = asked.id
                              AND poll_votes.actor_id = $1::bigint
                            ORDER BY poll_votes.choice) END AS votes
"""
)


def _around_statement(answers: Answers) -> str:
    who = f", CASE WHEN asked.id = ANY({_IDS}) THEN {_WHO} END AS answers"
    return query(
        f"timelines.list_around_{answers.name.lower()}",
        f"""
    SELECT {POST_COLUMNS}, {_OWN} {"" if answers is Answers.NONE else who}
      FROM (SELECT unnest({_IDS}) AS id
             UNION
            SELECT answering.parent_id
              FROM posts answering
             WHERE answering.id = ANY({_IDS}) AND answering.parent_id IS NOT NULL
             UNION
            SELECT q.quoted_id
              FROM quotes q
             WHERE q.post_id = ANY({_IDS}) AND q.quoted_id IS NOT NULL
             {_THEM_TOO if answers is Answers.READ else ""}) AS asked
      JOIN posts p ON p.id = asked.id
     CROSS JOIN LATERAL (SELECT p.id, p.author_id, p.root_id, p.kind) AS listed
     WHERE {VISIBLE_BY_ID}""",
    )


def _beside_statement(answers: Answers) -> str:
    return f"""
    SELECT {_OWN} {"" if answers is Answers.NONE else f", {_WHO} AS answers"}
      FROM unnest({_IDS}) AS asked (id)
      JOIN posts listed ON listed.id = asked.id"""


def _beside_and_statement(answers: Answers) -> str:
    return query(
        f"timelines.list_beside_and_{answers.name.lower()}",
        f"""
    SELECT *
      FROM ({_beside_statement(answers)}) AS beside
      FULL JOIN (
            SELECT {POST_COLUMNS}
              FROM (SELECT unnest({_MISSING}) AS id
                    {_THEM_TOO if answers is Answers.READ else ""}) AS asked
              JOIN posts p ON p.id = asked.id
             WHERE {VISIBLE_BY_ID}) AS more ON false""",
    )


# One for each: what is never run is opened and made ready all the same.
_LIST_AROUND: Final = {answers: _around_statement(answers) for answers in Answers}
_LIST_BESIDE: Final = query("timelines.list_beside", _beside_statement(Answers.WHO))
_LIST_BESIDE_AND: Final = {answers: _beside_and_statement(answers) for answers in Answers}
_LIST_DONE: Final = query(
    "timelines.list_done", _beside_statement(Answers.NONE).replace("$3", "$2")
)


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
    places = (viewer.actor_id, viewer.is_member, ids)
    return _around(await conn.fetch(_LIST_AROUND[answers], *places))


async def list_beside(
    conn: Conn,
    viewer: Viewer,
    known: Iterable[PostId],
    missing: Iterable[PostId],
    answers: Answers = Answers.NONE,
) -> Around:
    """The same for posts that are ``known``: what the viewer did, and the ``missing`` posts."""
    more, listed = list(missing), list(known)
    if viewer.actor_id is None and answers is Answers.NONE:
        listed = []
    places = (viewer.actor_id, viewer.is_member, listed)
    if more or (listed and answers is Answers.READ):
        return _around(await conn.fetch(_LIST_BESIDE_AND[answers], *places, more))
    if not listed:
        return _around(())
    if answers is Answers.WHO:
        return _around(await conn.fetch(_LIST_BESIDE, *places))
    return _around(await conn.fetch(_LIST_DONE, viewer.actor_id, listed))


def _around(rows: Iterable[asyncpg.Record]) -> Around:
    found = list(rows)
    asked = [row for row in found if row["asked_id"] is not None]
    posts = [post_of(row) for row in found if row.get("id") is not None]
    return Around(
        posts={post.id: post for post in posts},
        own={PostId(row["asked_id"]): own_reactions_of(row) for row in asked},
        votes={PostId(row["asked_id"]): tuple(row["votes"]) for row in asked if row["votes"]},
        answers={PostId(row["asked_id"]): row["answers"] for row in asked if row.get("answers")},
    )
