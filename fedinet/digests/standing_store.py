"""How things stand that a member was told of, and who is new: one read over several slices' tables.

Whoever may see a post is not decided here: posts are read through the gate beside it.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.conversations.store import ASKS, LATEST, WAITS_FOR
from fedinet.conversations.waiting_store import waiting_letters, waiting_requests
from fedinet.db.query import Conn, query
from fedinet.desk.model import MatterKind
from fedinet.kernel.ids import ActorId, PostId, first_id_at

_KINDS: Final = [kind.value for kind in MatterKind]
"""Those of another release are left out."""

# $1: the member, $2: they are one, for the gate; $3: posts; $4: actors; $5: matters, of kinds $6;
# $7, $8: since and until when people are new, NULL for nobody; $9: how many of them; $10: since
# which post letters wait; $11: how many of these and of requests, 0 for none.
_READ = query(
    "digests.read_standing",
    """
    SELECT array(
            SELECT p.id
              FROM posts p
              JOIN muted_threads m ON m.actor_id = $1 AND m.root_id = p.root_id
             WHERE p.id = ANY ($3::bigint[])) AS muted,
           array(
            SELECT w.post_id FROM welcomes w
             WHERE w.post_id = ANY ($3::bigint[]) AND w.answered_at IS NULL) AS hellos,
           array(
            SELECT c.root_id
              FROM conversations c
"""
    + LATEST
    + """         WHERE c.owner_id = $1 AND c.unread AND """
    + ASKS
    + """
               AND c.root_id IN (
                    SELECT told.root_id FROM posts told
                     WHERE told.id = ANY ($3::bigint[]) AND told.visibility = 'mentioned')
           ) AS unread,
           array("""
    + waiting_letters("p.id", since="$10", most="$11")
    + """) AS letters,
           array("""
    + waiting_requests("f.follower_id", most="$11")
    + """) AS requests,
           array(
            SELECT f.follower_id FROM follows f
             WHERE f.follower_id = ANY ($4::bigint[]) AND f.target_id = $1
               AND f.state = 'pending') AS asking,
           (SELECT count(*) FROM matters
             WHERE id = ANY ($5::bigint[]) AND kind = ANY ($6::text[])
               AND settled_at IS NULL) AS matters,
           array(
            SELECT a.actor_id
              FROM accounts a
              JOIN actors r ON r.id = a.actor_id AND r.limited_at IS NULL
               AND r.suspended_at IS NULL AND r.gone_at IS NULL
             WHERE a.created_at > $7 AND a.created_at <= $8
               AND a.disabled_at IS NULL AND a.actor_id <> $1
               AND NOT EXISTS (
                    SELECT FROM blocks
                     WHERE (blocks.actor_id = a.actor_id AND blocks.target_id = $1)
                        OR (blocks.actor_id = $1 AND blocks.target_id = a.actor_id))
               AND NOT EXISTS (
                    SELECT FROM mutes
                     WHERE mutes.actor_id = $1 AND mutes.target_id = a.actor_id
                       AND (mutes.until IS NULL OR mutes.until > now()))
             ORDER BY a.id DESC
             LIMIT $9) AS newcomers
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked up: ids of what notifications are about."""

    posts: Collection[PostId]
    askers: Collection[ActorId]
    matters: Collection[int]
    new_since: datetime | None
    """None: nobody is looked for."""
    new_until: datetime
    most_new: int
    now: datetime
    most_waiting: int = 0
    """Of ``letters`` and of ``requests``, each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands now."""

    muted: Set[PostId]
    """Posts in conversations that the member muted."""
    hellos: Set[PostId]
    """Of newcomers, and nobody has answered."""
    unread: Set[PostId]
    """First posts of private conversations that the member has neither read nor answered, and
    whose newest letter they have not thanked for."""
    letters: Sequence[PostId]
    """Those that wait by the rule of Home, whatever notification was put away; newest first."""
    requests: Sequence[ActorId]
    asking: Set[ActorId]
    """They wait to be let follow."""
    matters: int
    """How many are open."""
    newcomers: Sequence[ActorId]
    """The last first, but for those kept away from the member or from all."""


async def read_standing(conn: Conn, owner: ActorId, asked: Asked) -> Standing:
    row = await conn.fetchrow(
        _READ,
        owner,
        True,
        list(asked.posts),
        list(asked.askers),
        list(asked.matters),
        _KINDS,
        asked.new_since,
        asked.new_until,
        asked.most_new,
        first_id_at(asked.now - WAITS_FOR),
        asked.most_waiting,
    )
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Standing(
        muted=set(row["muted"]),
        hellos=set(row["hellos"]),
        unread=set(row["unread"]),
        letters=row["letters"],
        requests=row["requests"],
        asking=set(row["asking"]),
        matters=row["matters"],
        newcomers=row["newcomers"],
    )
