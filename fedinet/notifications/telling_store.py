"""Who is told of posts and polls, in sets, after the commit. SQL lives here only.

Who hears of whom is the same for all (verdicts_store.py). Every statement reads
the state of now, and UNIQUE makes it idempotent.
"""

from collections.abc import Sequence
from typing import Final

from fedinet.audiences.gate import VISIBLE_TO
from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.notifications.verdicts_store import (
    FOLLOWED,
    HEARD,
    INSERT,
    LET_IN,
    LIMITED,
    OF_POST,
    ONCE,
    met,
)

_LOUD_POSTS: Final = f" AND (p.id <> ALL($2::bigint[]) OR {FOLLOWED})"
_SILENT_POSTS: Final = "(p.id = ANY($2::bigint[]))"
_LOUD_ACTORS: Final = f" AND (viewer.actor_id = came.actor_id OR NOT {LIMITED} OR {FOLLOWED})"

_TELL_OF_POSTS = query(
    "notifications.tell_of_posts",
    INSERT
    + """
    SELECT viewer.actor_id, viewer.kind, p.author_id, p.id, NULL, met.verdict = 'filter'
      FROM posts p
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL (
            SELECT DISTINCT ON (told.actor_id) told.actor_id, told.kind, true AS is_member
              FROM (SELECT parent.author_id AS actor_id, 'reply' AS kind, 1 AS place
                      FROM posts parent WHERE parent.id = p.parent_id
                     UNION ALL
                    SELECT m.actor_id, 'mention', 2
                      FROM post_mentions m WHERE m.post_id = p.id) AS told
              JOIN accounts ON accounts.actor_id = told.actor_id AND accounts.disabled_at IS NULL
             ORDER BY told.actor_id, told.place) AS viewer"""
    + met(
        _SILENT_POSTS,
        private="p.visibility = 'mentioned' AND viewer.kind = 'mention'",
        addressed=True,
    )
    + """
     WHERE p.id = ANY($1::bigint[])
    """
    + LET_IN
    + """
       AND NOT EXISTS (
            SELECT FROM notifications already
             WHERE already.owner_id = viewer.actor_id AND already.post_id = p.id
               AND already.kind IN ('reply', 'mention'))"""
    + OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

_TELL_OF_QUOTES = query(
    "notifications.tell_of_quotes",
    INSERT
    + """
    SELECT viewer.actor_id, 'quote', came.actor_id, p.id, NULL, met.verdict = 'filter'
      FROM quotes q
      JOIN posts p ON p.id = q.post_id
      JOIN posts quoted ON quoted.id = q.quoted_id
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL (
            SELECT accounts.actor_id, true AS is_member
              FROM accounts
             WHERE accounts.actor_id = quoted.author_id
               AND accounts.disabled_at IS NULL) AS viewer"""
    + met(_SILENT_POSTS)
    + """
     WHERE q.post_id = ANY($1::bigint[]) AND q.state = 'accepted'"""
    + LET_IN
    + OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)


def _tell_all(kind: str, viewers: str, which: str, *, of: str = OF_POST) -> str:
    """Tell ``viewers`` (SQL: ``actor_id, is_member``) of posts, whatever their policy says.

    They have a say of their own in it: followed with a bell, boosted, voted, or greet.
    """
    return (
        INSERT
        + f"""
    SELECT viewer.actor_id, '{kind}', p.author_id, p.id, NULL, false
      FROM posts p
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL ({viewers}) AS viewer
     WHERE {which}"""
        + of
        + " AND"
        + VISIBLE_TO
        + ONCE
    )


# Answers to others are no news; nor is what one was told of as a mention or an answer.
_TELL_FOLLOWERS = query(
    "notifications.tell_followers",
    _tell_all(
        "status",
        """
            SELECT f.follower_id AS actor_id, true AS is_member
              FROM follows f
              JOIN accounts ON accounts.actor_id = f.follower_id AND accounts.disabled_at IS NULL
             WHERE f.target_id = p.author_id AND f.notify AND f.state = 'accepted'""",
        """p.id = ANY($1::bigint[])
       AND (p.parent_uri IS NULL OR EXISTS (
            SELECT FROM posts parent
             WHERE parent.id = p.parent_id AND parent.author_id = p.author_id))
       AND NOT EXISTS (
            SELECT FROM notifications already
             WHERE already.owner_id = viewer.actor_id AND already.post_id = p.id
               AND already.kind IN ('reply', 'mention', 'quote'))""",
    ),
)

_TELL_OF_EDITS = query(
    "notifications.tell_of_edits",
    _tell_all(
        "edit",
        """
            SELECT b.actor_id, true AS is_member
              FROM boosts b
              JOIN accounts ON accounts.actor_id = b.actor_id AND accounts.disabled_at IS NULL
             WHERE b.post_id = p.id""",
        f"p.id = ANY($1::bigint[]) {_LOUD_POSTS} {_LOUD_ACTORS}",
    ),
)

_TELL_GREETERS = query(
    "notifications.tell_greeters",
    _tell_all(
        "welcome",
        """
            SELECT accounts.actor_id, true AS is_member
              FROM accounts
             WHERE accounts.actor_id = ANY($2::bigint[]) AND accounts.disabled_at IS NULL""",
        "p.id = $1",
    ),
)

# The one who asked is told of their own poll, too; of others' by nobody whom they do not hear.
_TELL_OF_POLLS = query(
    "notifications.tell_of_polls",
    _tell_all(
        "poll",
        """
            SELECT DISTINCT told.actor_id, true AS is_member
              FROM (SELECT p.author_id AS actor_id
                     UNION ALL
                    SELECT v.actor_id FROM poll_votes v WHERE v.post_id = p.id) AS told
              JOIN accounts ON accounts.actor_id = told.actor_id
                           AND accounts.disabled_at IS NULL""",
        "p.id = ANY($1::bigint[])",
        of=HEARD + _LOUD_ACTORS,
    ),
)


async def tell_of_posts(
    tx: Tx, post_ids: Sequence[PostId], *, silent: Sequence[PostId] = ()
) -> None:
    """Tell who is answered or mentioned, each once for a post; answered goes before mentioned.

    Of ``silent`` posts only those who follow the author are told.
    """
    await tx.execute(_TELL_OF_POSTS, list(post_ids), list(silent))


async def tell_followers(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Tell those followers who asked to be told of each new post."""
    await tx.execute(_TELL_FOLLOWERS, list(post_ids))


async def tell_of_edits(
    tx: Tx, post_ids: Sequence[PostId], *, silent: Sequence[PostId] = ()
) -> None:
    """Tell who boosted a post that it says something else now."""
    await tx.execute(_TELL_OF_EDITS, list(post_ids), list(silent))


async def tell_of_quotes(
    tx: Tx, post_ids: Sequence[PostId], *, silent: Sequence[PostId] = ()
) -> None:
    """Tell who is quoted by these posts, where they agreed to it."""
    await tx.execute(_TELL_OF_QUOTES, list(post_ids), list(silent))


async def tell_of_polls(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Tell who asked and who voted that a poll has ended."""
    await tx.execute(_TELL_OF_POLLS, list(post_ids))


async def tell_greeters(tx: Tx, post_id: PostId, greeters: Sequence[ActorId]) -> None:
    """Ask these members to answer a newcomer's hello."""
    await tx.execute(_TELL_GREETERS, post_id, list(greeters))
