"""Who would read what a member is about to publish: counts, a few names, how people stand to them.

Two statements, however many follow the member. Facts to decide by; the gate decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import keeps_server_away
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.posts.readership import Known, Place, Servers

_FEW: Final = 5
"""So many are read to be named first, of members and of followers."""

# The digests count followers by server, also those that are suspended or gone: these are taken out.
# Servers are sorted only to name a few: a writer may have followers on thousands of them.
_COUNT = query(
    "posts.count_readers",
    """
    WITH hidden AS (
        SELECT r.origin, count(*) AS people
          FROM actors r
          JOIN follows f ON f.follower_id = r.id AND f.target_id = $1 AND f.state = 'accepted'
         WHERE r.suspended_at IS NOT NULL OR r.gone_at IS NOT NULL
         GROUP BY r.origin
    ), given_up AS (
        SELECT scheme || host AS origin
          FROM outbound_hosts, unnest(ARRAY['https://', 'http://']) AS scheme
         WHERE dead_at IS NOT NULL
    ), servers AS MATERIALIZED (
        SELECT d.origin, d.followers - coalesce(h.people, 0) AS people, a.domain,
               CASE WHEN d.origin = (SELECT me.origin FROM actors me WHERE me.id = $1) THEN 'here'
                    WHEN given_up.origin IS NOT NULL THEN 'silent'
                    WHEN a.domain IS NOT NULL THEN 'allied'
                    ELSE 'other' END AS place
          FROM follower_digests d
          LEFT JOIN hidden h ON h.origin = d.origin
          LEFT JOIN allies a
            ON a.origin = d.origin AND a.mutual_until > now() AND a.node_id IS NOT NULL
          LEFT JOIN given_up ON given_up.origin = d.origin
         WHERE d.target_id = $1 AND d.followers > coalesce(h.people, 0)
    )
    SELECT place, count(*) AS servers, sum(people)::bigint AS people,
           ARRAY(SELECT coalesce(most.domain, split_part(most.origin, '://', 2))
                   FROM servers most
                  WHERE most.place = servers.place
                  ORDER BY most.people DESC, most.origin COLLATE "C"
                  LIMIT 3) AS names
      FROM servers
     GROUP BY place
    UNION ALL
    SELECT 'members', 1, count(*), '{}'
      FROM accounts c
      JOIN actors r ON r.id = c.actor_id
     WHERE c.disabled_at IS NULL AND r.suspended_at IS NULL AND r.gone_at IS NULL
       AND NOT EXISTS (SELECT FROM blocks b WHERE b.actor_id = $1 AND b.target_id = r.id)
    UNION ALL
    (SELECT 'ally', 1, 0, ARRAY[origin, domain]
       FROM allies
      WHERE mutual_until > now() AND node_id IS NOT NULL
      ORDER BY domain
      LIMIT 200)
""",
)

# Members whom the writer follows come first: names that one knows say more than a number.
_LIST = query(
    "posts.list_readers",
    f"""
    WITH near AS (
        (SELECT 'member' AS standing, f.target_id AS actor_id, f.id AS place
           FROM follows f
           JOIN accounts c ON c.actor_id = f.target_id AND c.disabled_at IS NULL
          WHERE f.follower_id = $1 AND f.state = 'accepted'
          ORDER BY f.id DESC
          LIMIT {_FEW})
        UNION ALL
        (SELECT 'member', c.actor_id, 0
           FROM accounts c
          WHERE c.disabled_at IS NULL AND c.actor_id <> $1
          ORDER BY c.actor_id DESC
          LIMIT {2 * _FEW})
        UNION ALL
        (SELECT 'follower', f.follower_id, f.id
           FROM follows f
          WHERE f.target_id = $1 AND f.state = 'accepted'
          ORDER BY f.id DESC
          LIMIT {_FEW})
        UNION ALL
        (SELECT 'told', m.actor_id, 0
           FROM audience_members m
          WHERE m.audience_id = $2 AND m.until IS NULL AND m.actor_id <> $1
          ORDER BY m.actor_id
          LIMIT 200)
        UNION ALL
        SELECT 'asked', asked, 0 FROM unnest({unseen("$3", "bigint[]")}) AS asked
        UNION ALL
        SELECT 'typed', typed.actor_id, typed.place
          FROM unnest({unseen("$4", "text[]")}, {unseen("$5", "text[]")})
               WITH ORDINALITY AS names (name, domain, place)
         CROSS JOIN LATERAL (
            SELECT a.id AS actor_id, names.place
              FROM actors a
             WHERE lower(a.username) = names.name
               AND (a.is_local AND names.domain = '' OR a.domain = names.domain)
             ORDER BY a.gone_at IS NOT NULL, a.handle_checked_at DESC NULLS LAST, a.id
             LIMIT 1) AS typed
    )
    SELECT near.standing, near.place,
           EXISTS (SELECT FROM follows f
                    WHERE f.follower_id = a.id AND f.target_id = $1
                      AND f.state = 'accepted') AS follows,
           EXISTS (SELECT FROM blocks b WHERE b.actor_id = $1 AND b.target_id = a.id) OR """
    + keeps_server_away("$1", "a.id")
    + """ AS kept_away,
           EXISTS (SELECT FROM blocks b
                    WHERE b.actor_id = a.id AND b.target_id = $1) AS shuts_out,"""
    + ACTOR_COLUMNS
    + """
      FROM near
      JOIN actors a ON a.id = near.actor_id
     ORDER BY near.place DESC, a.id DESC
""",
)


_LIST_INBOXES = query(
    "posts.list_inboxes_asked",
    """
    SELECT DISTINCT coalesce(a.shared_inbox_url, a.inbox_url) AS inbox_url
      FROM (SELECT unnest($1::bigint[]) AS actor_id
             UNION
            SELECT f.follower_id
              FROM follows f
             WHERE f.target_id = $2 AND f.state = 'accepted') AS asked
      JOIN actors a ON a.id = asked.actor_id
     WHERE NOT a.is_local AND a.gone_at IS NULL AND a.suspended_at IS NULL
     LIMIT 20000
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """``places``: readers by where they are, without places that have none; ``allied``: the
    communities that are allies at this moment, origin -> name."""

    places: Mapping[Place, Servers]
    allied: Mapping[str, Domain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """People whom the page names. Nobody among ``members`` blocks the writer, or is blocked."""

    members: Sequence[Actor]
    followers: Sequence[Actor]
    told: Sequence[Known]
    """In the snapshot of the post that is answered."""
    asked: Mapping[ActorId, Known]
    typed: Mapping[str, Known]
    """By handle, as it was typed: whom somebody here knows."""


async def count_readers(conn: Conn, writer_id: ActorId) -> Counted:
    """Count members, and followers by where they are.

    Members whom the writer blocks are not counted. Who blocks the writer is: a number that is
    one less would tell.
    """
    rows = await conn.fetch(_COUNT, writer_id)
    return Counted(
        places={
            Place(row["place"]): Servers(row["people"], row["servers"], tuple(row["names"]))
            for row in rows
            if row["place"] != "ally"
        },
        allied={row["names"][0]: Domain(row["names"][1]) for row in rows if row["place"] == "ally"},
    )


async def list_readers(
    conn: Conn,
    writer_id: ActorId,
    *,
    answered: PostId | None = None,
    asked: Collection[ActorId] = (),
    typed: Sequence[str] = (),
) -> Nearby:
    """Read the few who are named first, who was told of ``answered``, and those asked for.

    ``typed``: handles as ``find_mentions`` gives them; nobody is fetched.
    """
    names = [handle.partition("@") for handle in typed]
    rows = await conn.fetch(
        _LIST,
        writer_id,
        answered,
        list(asked),
        [name for name, _, _ in names],
        [domain for _, _, domain in names],
    )
    by_kind: dict[str, dict[ActorId, Known]] = {}
    for row in rows:
        actor, kind = actor_of(row), row["standing"]
        hidden = actor.is_gone or actor.is_suspended
        if kind == "asked" or not (hidden or (kind == "member" and row["shuts_out"])):
            known = Known(
                actor,
                follows=row["follows"],
                kept_away=row["kept_away"],
                shuts_out=row["shuts_out"],
            )
            by_kind.setdefault(kind, {}).setdefault(actor.id, known)

    def of(kind: str) -> list[Known]:
        return list(by_kind.get(kind, {}).values())

    return Nearby(
        members=[one.actor for one in of("member") if not one.kept_away][:_FEW],
        followers=[one.actor for one in of("follower")],
        told=of("told"),
        asked=by_kind.get("asked", {}),
        typed=_by_handle(typed, of("typed")),
    )


async def list_inboxes(
    conn: Conn, actor_ids: Collection[ActorId], *, followers_of: ActorId | None
) -> list[str]:
    """Where people elsewhere get what is for them, and for somebody's followers: each once."""
    rows = await conn.fetch(_LIST_INBOXES, list(actor_ids), followers_of)
    return [row["inbox_url"] for row in rows]


def _by_handle(typed: Sequence[str], found: Sequence[Known]) -> dict[str, Known]:
    """In the order of the text; ours may be named with our domain and without."""
    ways = {way.lower(): one for one in found for way in (one.actor.handle, one.actor.full_handle)}
    return {handle: ways[handle] for handle in typed if handle in ways}
