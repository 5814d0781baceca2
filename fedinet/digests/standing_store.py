"""How things stand that a member was told of, and who is new: one read over several slices' tables.

Whoever may see a post is not decided here: posts are read through the gate beside it.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, query
from fedinet.desk.model import MatterKind
from fedinet.kernel.ids import ActorId, PostId

_KINDS: Final = [kind.value for kind in MatterKind]
"""Those of another release are left out."""

# $1: the member; $2: posts; $3: actors; $4: matters, of kinds $5; $6, $7: since and until when
# people are new, NULL for nobody; $8: how many of them.
_READ = query(
    "digests.read_standing",
    """
    SELECT array(
            SELECT p.id
              FROM posts p
              JOIN muted_threads m ON m.actor_id = $1 AND m.root_id = p.root_id
             WHERE p.id = ANY ($2::bigint[])) AS muted,
           array(
            SELECT w.post_id FROM welcomes w
             WHERE w.post_id = ANY ($2::bigint[]) AND w.answered_at IS NULL) AS hellos,
           array(
            SELECT c.root_id
              FROM conversations c
             WHERE c.owner_id = $1 AND c.unread AND c.root_id IN (
                    SELECT p.root_id FROM posts p
                     WHERE p.id = ANY ($2::bigint[]) AND p.visibility = 'mentioned')) AS unread,
           array(
            SELECT f.follower_id FROM follows f
             WHERE f.follower_id = ANY ($3::bigint[]) AND f.target_id = $1
               AND f.state = 'pending') AS asking,
           (SELECT count(*) FROM matters
             WHERE id = ANY ($4::bigint[]) AND kind = ANY ($5::text[])
               AND settled_at IS NULL) AS matters,
           array(
            SELECT a.actor_id
              FROM accounts a
              JOIN actors r ON r.id = a.actor_id AND r.limited_at IS NULL
               AND r.suspended_at IS NULL AND r.gone_at IS NULL
             WHERE a.created_at > $6 AND a.created_at <= $7
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
             LIMIT $8) AS newcomers
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands now."""

    muted: Set[PostId]
    """Posts in conversations that the member muted."""
    hellos: Set[PostId]
    """Of newcomers, and nobody has answered."""
    unread: Set[PostId]
    """First posts of private conversations that the member has neither read nor answered."""
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
        list(asked.posts),
        list(asked.askers),
        list(asked.matters),
        _KINDS,
        asked.new_since,
        asked.new_until,
        asked.most_new,
    )
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Standing(
        muted=set(row["muted"]),
        hellos=set(row["hellos"]),
        unread=set(row["unread"]),
        asking=set(row["asking"]),
        matters=row["matters"],
        newcomers=row["newcomers"],
    )
