"""Who is told of likes, emoji, boosts and follows, and that they are forgotten when taken back.

In sets, after the commit; SQL lives here only. Who hears of whom is the same for
all (verdicts_store.py). Every statement reads the state of now: a like that was
taken back meanwhile tells nobody. UNIQUE makes them idempotent.
"""

from collections.abc import Sequence
from typing import Final

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.notifications.verdicts_store import INSERT, LET_IN, OF_POST, ONCE, WANTED, group, met

_LIKES: Final = """
            SELECT FROM likes
             WHERE likes.actor_id = came.actor_id AND likes.post_id = came.post_id"""
_REACTIONS: Final = """
            SELECT FROM emoji_reactions r
             WHERE r.post_id = came.post_id AND r.actor_id = came.actor_id AND NOT r.is_like"""
_BOOSTS: Final = """
            SELECT FROM boosts
             WHERE boosts.actor_id = came.actor_id AND boosts.post_id = came.post_id"""


def _tell_author(kind: str, group_of: str, still: str) -> str:
    """Tell who wrote a post of what somebody did to it, where that is ``still`` so."""
    return (
        INSERT
        + f"SELECT viewer.actor_id, '{kind}', came.actor_id, came.post_id,"
        + group(f"'{group_of}-' || came.post_id")
        + """, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (actor_id, post_id, is_silent)
      JOIN posts p ON p.id = came.post_id
      JOIN accounts viewer ON viewer.actor_id = p.author_id AND viewer.disabled_at IS NULL"""
        + met("came.is_silent")
        + f"""
     WHERE EXISTS ({still})"""
        + LET_IN
        + OF_POST
        + ONCE
    )


def _forget(kind: str, still: str) -> str:
    return f"""
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS came (actor_id, post_id)
     WHERE n.post_id = came.post_id AND n.actor_id = came.actor_id AND n.kind = '{kind}'
       AND NOT EXISTS ({still})
"""


_TELL_OF_LIKES = query("notifications.tell_of_likes", _tell_author("like", "favourite", _LIKES))
_TELL_OF_REACTIONS = query(
    "notifications.tell_of_reactions", _tell_author("reaction", "favourite", _REACTIONS)
)
_TELL_OF_BOOSTS = query("notifications.tell_of_boosts", _tell_author("boost", "reblog", _BOOSTS))

_FORGET_LIKES = query("notifications.forget_likes", _forget("like", _LIKES))
_FORGET_REACTIONS = query("notifications.forget_reactions", _forget("reaction", _REACTIONS))
_FORGET_BOOSTS = query("notifications.forget_boosts", _forget("boost", _BOOSTS))

_IF_WANTED: Final = " WHERE true" + LET_IN + WANTED + ONCE

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
    + _IF_WANTED,
)

# The answer to one's own request, where it kept one waiting: not a machine's yes within a minute,
# nor a follow that a move brought along, which holds as soon as it is there.
_TELL_OF_YES = query(
    "notifications.tell_of_yes",
    INSERT
    + "SELECT viewer.actor_id, 'follow_accepted', came.actor_id, NULL::bigint,"
    + group("'follow_accepted'")
    + """, met.verdict = 'filter'
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
           AS came (follower_id, actor_id, is_silent)
      JOIN follows f ON f.follower_id = came.follower_id AND f.target_id = came.actor_id
                    AND f.state = 'accepted' AND f.accepted_at > f.created_at
      JOIN actors asked ON asked.id = came.actor_id
                       AND (asked.approves_followers
                            OR f.accepted_at > f.created_at + interval '1 minute')
      JOIN accounts viewer ON viewer.actor_id = came.follower_id
                          AND viewer.disabled_at IS NULL"""
    + met("came.is_silent")
    + _IF_WANTED,
)

_FORGET_YES = query(
    "notifications.forget_yes",
    """
    DELETE FROM notifications n
     USING unnest($1::bigint[], $2::bigint[]) AS ended (owner_id, actor_id)
     WHERE n.actor_id = ended.actor_id AND n.owner_id = ended.owner_id
       AND n.kind = 'follow_accepted'
       AND NOT EXISTS (
            SELECT FROM follows f
             WHERE f.follower_id = ended.owner_id AND f.target_id = ended.actor_id
               AND f.state = 'accepted')
""",
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


async def tell_of_follows(tx: Tx, follows: Sequence[tuple[ActorId, ActorId, bool]]) -> None:
    """For each (follower, followed, silent): tell of the follow, or of the request that waits."""
    await tx.execute(_TELL_OF_FOLLOWS, *_three_columns(follows))


async def tell_of_yes(tx: Tx, follows: Sequence[tuple[ActorId, ActorId, bool]]) -> None:
    """For each (follower, followed, silent): tell who asked, and waited, that they may follow."""
    await tx.execute(_TELL_OF_YES, *_three_columns(follows))


async def forget_yes(tx: Tx, follows: Sequence[tuple[ActorId, ActorId]]) -> None:
    """For each (follower, followed): a yes that holds no longer; one to a new request is news."""
    await tx.execute(_FORGET_YES, *_columns(follows))


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
