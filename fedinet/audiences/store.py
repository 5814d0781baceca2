"""Rows of ``audience_members``, and the facts of the gate. SQL lives here only."""

from collections.abc import Iterable, Sequence

from fedinet.audiences.gate import OF_ALLY, VISIBLE_TO, keeps_server_away
from fedinet.audiences.model import Relation, Viewer
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId

_NAME_MEMBERS = query(
    "audiences.name_members",
    """
    INSERT INTO audience_members (audience_id, actor_id)
    SELECT $1, named FROM unnest($2::bigint[]) AS named
        ON CONFLICT (audience_id, actor_id) DO UPDATE SET since = now(), until = NULL
     WHERE audience_members.until IS NOT NULL
""",
)

_NAME_MANY = query(
    "audiences.name_many",
    """
    INSERT INTO audience_members (audience_id, actor_id)
    SELECT named.audience_id, named.actor_id
      FROM unnest($1::bigint[], $2::bigint[]) AS named (audience_id, actor_id)
        ON CONFLICT DO NOTHING
""",
)

_END_OTHERS = query(
    "audiences.end_others",
    """
    UPDATE audience_members
       SET until = now()
     WHERE audience_id = $1 AND until IS NULL AND actor_id <> ALL($2::bigint[])
""",
)

_FORGET = query(
    "audiences.forget",
    "DELETE FROM audience_members WHERE audience_id = ANY($1::bigint[])",
)

_LIST_NAMED = query(
    "audiences.list_named",
    """
    SELECT actor_id
      FROM audience_members
     WHERE audience_id = $1 AND until IS NULL
     ORDER BY actor_id
     LIMIT 2000
""",
)

_IS_NODE_OF_ALLY = query(
    "audiences.is_node_of_ally",
    "SELECT EXISTS (SELECT FROM allies WHERE node_id = $1 AND mutual_until > now())",
)

_RELATION = query(
    "audiences.relation",
    """
    SELECT coalesce(p.author_id = $2::bigint, false) AS is_author,
           EXISTS (SELECT FROM follows f
                    WHERE f.follower_id = $2 AND f.target_id = p.author_id
                      AND f.state = 'accepted') AS follows_author,
           EXISTS (SELECT FROM audience_members m
                    WHERE m.audience_id = p.id AND m.actor_id = $2
                      AND m.until IS NULL) AS is_named,
           """
    + OF_ALLY.replace(":viewer", "$2::bigint")
    + """ AS of_ally,
           EXISTS (SELECT FROM blocks b
                    WHERE (b.actor_id = $2 AND b.target_id = p.author_id)
                       OR (b.actor_id = p.author_id AND b.target_id = $2)) AS blocked,
           """
    + keeps_server_away("$2::bigint", "p.author_id")
    + " OR "
    + keeps_server_away("p.author_id", "$2::bigint")
    + """ AS server_blocked,
           (a.suspended_at IS NOT NULL OR a.gone_at IS NOT NULL) AS author_hidden
      FROM posts p
      JOIN actors a ON a.id = p.author_id
     WHERE p.id = $1
""",
)

_WHO_SEES = query(
    "audiences.who_sees",
    """
    SELECT p.id AS post_id, viewer.actor_id
      FROM (SELECT asked.post_id, asked.actor_id,
                   EXISTS (SELECT FROM accounts
                            WHERE accounts.actor_id = asked.actor_id
                              AND accounts.disabled_at IS NULL) AS is_member
              FROM unnest($1::bigint[], $2::bigint[]) AS asked (post_id, actor_id)) AS viewer
      JOIN posts p ON p.id = viewer.post_id
      JOIN actors seer ON seer.id = viewer.actor_id
     WHERE seer.suspended_at IS NULL AND seer.gone_at IS NULL
       AND """
    + VISIBLE_TO,
)


async def name_members(tx: Tx, audience_id: PostId, actor_ids: Iterable[ActorId]) -> None:
    """Add people to a snapshot; who was taken out before is in again. Idempotent."""
    await tx.execute(_NAME_MEMBERS, audience_id, sorted(set(actor_ids)))


async def name_many(tx: Tx, pairs: Sequence[tuple[PostId, ActorId]]) -> None:
    """Start the snapshots of several new posts at once."""
    await tx.execute(
        _NAME_MANY,
        [audience_id for audience_id, _ in pairs],
        [actor_id for _, actor_id in pairs],
    )


async def name_only(tx: Tx, audience_id: PostId, actor_ids: Iterable[ActorId]) -> None:
    """Make a snapshot exactly these people. Rows of others stay, with the time they ended."""
    wanted = sorted(set(actor_ids))
    await tx.execute(_END_OTHERS, audience_id, wanted)
    await tx.execute(_NAME_MEMBERS, audience_id, wanted)


async def forget_audiences(tx: Tx, audience_ids: Iterable[PostId]) -> None:
    """Remove the snapshots of posts that are deleted."""
    await tx.execute(_FORGET, list(audience_ids))


async def is_node_of_ally(conn: Conn, actor_id: ActorId) -> bool:
    """Tell whether this actor stands for an allied community."""
    return bool(await conn.fetchval(_IS_NODE_OF_ALLY, actor_id))


async def list_named(conn: Conn, audience_id: PostId) -> tuple[ActorId, ...]:
    """List whom a post names now, at most 2,000."""
    return tuple(ActorId(row["actor_id"]) for row in await conn.fetch(_LIST_NAMED, audience_id))


async def relation(conn: Conn, post_id: PostId, viewer: Viewer) -> Relation | None:
    """Read what ``may_see`` must know. None: there is no such post."""
    row = await conn.fetchrow(_RELATION, post_id, viewer.actor_id)
    if row is None:
        return None
    return Relation(
        is_author=row["is_author"],
        is_member=viewer.is_member,
        follows_author=row["follows_author"],
        is_named=row["is_named"],
        of_ally=row["of_ally"],
        blocked=row["blocked"],
        server_blocked=row["server_blocked"],
        author_hidden=row["author_hidden"],
    )


async def who_sees(
    conn: Conn, pairs: Iterable[tuple[PostId, ActorId]]
) -> set[tuple[PostId, ActorId]]:
    """Keep the pairs of post and viewer where the gate lets the viewer see the post.

    For recipients, notifications and other work for many people at once. A
    member is who has a working account; suspended and gone viewers see nothing.
    """
    asked = list(pairs)
    if not asked:
        return set()
    rows = await conn.fetch(
        _WHO_SEES, [post_id for post_id, _ in asked], [actor_id for _, actor_id in asked]
    )
    return {(PostId(row["post_id"]), ActorId(row["actor_id"])) for row in rows}
