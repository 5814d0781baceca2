"""Who is told of what: notifications written in sets, after the commit. SQL lives here only.

Told are members with a working account; never of what they did themselves, by
nobody whom they mute or who is blocked either way, of a server that they keep
away, suspended or gone, and of no post that the gate keeps from them. By whom
else they are told, and by whom not, is their own policy (verdicts_store.py).
Every statement reads the state of now: a like that was taken back meanwhile
tells nobody. UNIQUE makes them idempotent.
"""

from collections.abc import Sequence
from typing import Final

from fedinet.audiences.gate import VISIBLE_TO, keeps_server_away
from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.notifications.verdicts_store import FOLLOWED, INSERT, LIMITED, ONCE, group, met

_HEARD: Final = (
    """
       AND NOT EXISTS (
            SELECT FROM mutes
             WHERE mutes.actor_id = viewer.actor_id AND mutes.target_id = came.actor_id
               AND (mutes.until IS NULL OR mutes.until > now()))
       AND NOT EXISTS (
            SELECT FROM blocks
             WHERE (blocks.actor_id = viewer.actor_id AND blocks.target_id = came.actor_id)
                OR (blocks.actor_id = came.actor_id AND blocks.target_id = viewer.actor_id))
       AND NOT EXISTS (
            SELECT FROM actors hidden
             WHERE hidden.id = came.actor_id
               AND (hidden.suspended_at IS NOT NULL OR hidden.gone_at IS NOT NULL))
"""
    + "AND NOT"
    + keeps_server_away("viewer.actor_id", "came.actor_id")
)
_LOUD_POSTS: Final = f" AND (p.id <> ALL($2::bigint[]) OR {FOLLOWED})"
_SILENT_POSTS: Final = "(p.id = ANY($2::bigint[]))"
_LOUD_ACTORS: Final = f" AND (viewer.actor_id = came.actor_id OR NOT {LIMITED} OR {FOLLOWED})"
_LET_IN: Final = " AND met.verdict <> 'drop'"
_WANTED: Final = _HEARD + " AND viewer.actor_id <> came.actor_id"
_OF_POST: Final = (
    _WANTED
    + """
       AND NOT EXISTS (
            SELECT FROM muted_threads
             WHERE muted_threads.actor_id = viewer.actor_id
               AND muted_threads.root_id = p.root_id)"""
)
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
    + _LET_IN
    + """
       AND NOT EXISTS (
            SELECT FROM notifications already
             WHERE already.owner_id = viewer.actor_id AND already.post_id = p.id
               AND already.kind IN ('reply', 'mention'))"""
    + _OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

# Answers to others are no news; nor is what one was told of as a mention or an answer.
_TELL_FOLLOWERS = query(
    "notifications.tell_followers",
    INSERT
    + """
    SELECT viewer.actor_id, 'status', p.author_id, p.id, NULL, false
      FROM posts p
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL (
            SELECT f.follower_id AS actor_id, true AS is_member
              FROM follows f
              JOIN accounts ON accounts.actor_id = f.follower_id AND accounts.disabled_at IS NULL
             WHERE f.target_id = p.author_id AND f.notify AND f.state = 'accepted') AS viewer
     WHERE p.id = ANY($1::bigint[])
       AND (p.parent_uri IS NULL OR EXISTS (
            SELECT FROM posts parent
             WHERE parent.id = p.parent_id AND parent.author_id = p.author_id))
       AND NOT EXISTS (
            SELECT FROM notifications already
             WHERE already.owner_id = viewer.actor_id AND already.post_id = p.id
               AND already.kind IN ('reply', 'mention', 'quote'))"""
    + _OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

_TELL_OF_EDITS = query(
    "notifications.tell_of_edits",
    INSERT
    + """
    SELECT viewer.actor_id, 'edit', p.author_id, p.id, NULL, false
      FROM posts p
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL (
            SELECT b.actor_id, true AS is_member
              FROM boosts b
              JOIN accounts ON accounts.actor_id = b.actor_id AND accounts.disabled_at IS NULL
             WHERE b.post_id = p.id) AS viewer
     WHERE p.id = ANY($1::bigint[])"""
    + _LOUD_POSTS
    + _LOUD_ACTORS
    + _OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

_TELL_OF_LIKES = query(
    "notifications.tell_of_likes",
    INSERT
    + "SELECT viewer.actor_id, 'like', came.actor_id, came.post_id,"
    + group("'favourite-' || came.post_id")
    + """, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (actor_id, post_id, is_silent)
      JOIN likes ON likes.actor_id = came.actor_id AND likes.post_id = came.post_id
      JOIN posts p ON p.id = came.post_id
      JOIN accounts viewer ON viewer.actor_id = p.author_id AND viewer.disabled_at IS NULL"""
    + met("came.is_silent")
    + """
     WHERE true"""
    + _LET_IN
    + _OF_POST
    + ONCE,
)

_TELL_OF_REACTIONS = query(
    "notifications.tell_of_reactions",
    INSERT
    + "SELECT viewer.actor_id, 'reaction', came.actor_id, came.post_id,"
    + group("'favourite-' || came.post_id")
    + """, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (actor_id, post_id, is_silent)
      JOIN posts p ON p.id = came.post_id
      JOIN accounts viewer ON viewer.actor_id = p.author_id AND viewer.disabled_at IS NULL"""
    + met("came.is_silent")
    + """
     WHERE EXISTS (
            SELECT FROM emoji_reactions r
             WHERE r.post_id = came.post_id AND r.actor_id = came.actor_id AND NOT r.is_like)"""
    + _LET_IN
    + _OF_POST
    + ONCE,
)

_TELL_OF_BOOSTS = query(
    "notifications.tell_of_boosts",
    INSERT
    + "SELECT viewer.actor_id, 'boost', came.actor_id, came.post_id,"
    + group("'reblog-' || came.post_id")
    + """, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (actor_id, post_id, is_silent)
      JOIN boosts ON boosts.actor_id = came.actor_id AND boosts.post_id = came.post_id
      JOIN posts p ON p.id = came.post_id
      JOIN accounts viewer ON viewer.actor_id = p.author_id AND viewer.disabled_at IS NULL"""
    + met("came.is_silent")
    + """
     WHERE true"""
    + _LET_IN
    + _OF_POST
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
    + _LET_IN
    + _OF_POST
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

# The one who asked is told of their own poll, too; of others' by nobody whom they do not hear.
_TELL_OF_POLLS = query(
    "notifications.tell_of_polls",
    INSERT
    + """
    SELECT viewer.actor_id, 'poll', p.author_id, p.id, NULL, false
      FROM posts p
      CROSS JOIN LATERAL (SELECT p.author_id AS actor_id) AS came
      CROSS JOIN LATERAL (
            SELECT DISTINCT told.actor_id, true AS is_member
              FROM (SELECT p.author_id AS actor_id
                     UNION ALL
                    SELECT v.actor_id FROM poll_votes v WHERE v.post_id = p.id) AS told
              JOIN accounts ON accounts.actor_id = told.actor_id
                           AND accounts.disabled_at IS NULL) AS viewer
     WHERE p.id = ANY($1::bigint[])"""
    + _HEARD
    + _LOUD_ACTORS
    + " AND"
    + VISIBLE_TO
    + ONCE,
)

_TELL_OF_FOLLOWS = query(
    "notifications.tell_of_follows",
    INSERT
    + """
    SELECT viewer.actor_id,
           CASE f.state WHEN 'accepted' THEN 'follow' ELSE 'follow_request' END,
           came.actor_id, NULL::bigint, CASE f.state WHEN 'accepted' THEN"""
    + group("'follow'")
    + """
            END, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (actor_id, target_id, is_silent)
      JOIN follows f ON f.follower_id = came.actor_id AND f.target_id = came.target_id
      JOIN accounts viewer ON viewer.actor_id = came.target_id AND viewer.disabled_at IS NULL"""
    + met("came.is_silent")
    + """
     WHERE true"""
    + _LET_IN
    + _WANTED
    + ONCE,
)

_FORGET_FOLLOWS = query(
    "notifications.forget_follows",
    """
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS ended (actor_id, owner_id)
     WHERE n.actor_id = ended.actor_id AND n.owner_id = ended.owner_id
       AND n.kind IN ('follow', 'follow_request')
       AND NOT EXISTS (
            SELECT FROM follows f
             WHERE f.follower_id = ended.actor_id AND f.target_id = ended.owner_id
               AND n.kind = CASE f.state WHEN 'accepted' THEN 'follow' ELSE 'follow_request' END)
""",
)

_FORGET_LIKES = query(
    "notifications.forget_likes",
    """
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS ended (actor_id, post_id)
     WHERE n.post_id = ended.post_id AND n.actor_id = ended.actor_id AND n.kind = 'like'
       AND NOT EXISTS (
            SELECT FROM likes
             WHERE likes.actor_id = ended.actor_id AND likes.post_id = ended.post_id)
""",
)

_FORGET_REACTIONS = query(
    "notifications.forget_reactions",
    """
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS ended (actor_id, post_id)
     WHERE n.post_id = ended.post_id AND n.actor_id = ended.actor_id AND n.kind = 'reaction'
       AND NOT EXISTS (
            SELECT FROM emoji_reactions r
             WHERE r.post_id = ended.post_id AND r.actor_id = ended.actor_id AND NOT r.is_like)
""",
)

_FORGET_BOOSTS = query(
    "notifications.forget_boosts",
    """
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS ended (actor_id, post_id)
     WHERE n.post_id = ended.post_id AND n.actor_id = ended.actor_id AND n.kind = 'boost'
       AND NOT EXISTS (
            SELECT FROM boosts
             WHERE boosts.actor_id = ended.actor_id AND boosts.post_id = ended.post_id)
""",
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


async def tell_of_likes(tx: Tx, likes: Sequence[tuple[ActorId, PostId, bool]]) -> None:
    """For each (actor, post, silent): tell its author; if silent, only who follows the actor."""
    await tx.execute(_TELL_OF_LIKES, *_three_columns(likes))


async def tell_of_reactions(tx: Tx, reactions: Sequence[tuple[ActorId, PostId, bool]]) -> None:
    """Tell of thanks as an emoji; once for a person and a post, however many they left."""
    await tx.execute(_TELL_OF_REACTIONS, *_three_columns(reactions))


async def forget_reactions(tx: Tx, reactions: Sequence[tuple[ActorId, PostId]]) -> None:
    await tx.execute(_FORGET_REACTIONS, *_columns(reactions))


async def tell_of_boosts(tx: Tx, boosts: Sequence[tuple[ActorId, PostId, bool]]) -> None:
    await tx.execute(_TELL_OF_BOOSTS, *_three_columns(boosts))


async def tell_of_polls(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Tell who asked and who voted that a poll has ended."""
    await tx.execute(_TELL_OF_POLLS, list(post_ids))


async def tell_of_follows(tx: Tx, follows: Sequence[tuple[ActorId, ActorId, bool]]) -> None:
    """For each (follower, followed, silent): tell of the follow, or of the request that waits."""
    await tx.execute(_TELL_OF_FOLLOWS, *_three_columns(follows))


async def forget_follows(tx: Tx, follows: Sequence[tuple[ActorId, ActorId]]) -> None:
    """For each (follower, followed): remove what is not so any more, e.g. a request answered."""
    await tx.execute(_FORGET_FOLLOWS, *_columns(follows))


async def forget_likes(tx: Tx, likes: Sequence[tuple[ActorId, PostId]]) -> None:
    await tx.execute(_FORGET_LIKES, *_columns(likes))


async def forget_boosts(tx: Tx, boosts: Sequence[tuple[ActorId, PostId]]) -> None:
    await tx.execute(_FORGET_BOOSTS, *_columns(boosts))


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


def _three_columns(
    rows: Sequence[tuple[int, int, bool]],
) -> tuple[list[int], list[int], list[bool]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
