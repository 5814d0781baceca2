"""What there is between us and other servers, counted. SQL lives here only.

Owns nothing; reads actors, follows, posts and the pipelines. One statement counts
for one server and for 10,000 alike: each part starts from what is small, so that no
estimate of how many servers are asked about can mislead it. Threads are looked for
among our posts, or among theirs where those are few.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import Domain, first_id_at
from fedinet.policy.impact.preview import Toll

TALKING: Final = timedelta(days=30)
_SENDING: Final = timedelta(days=7)
FEW: Final = """few AS MATERIALIZED (
        SELECT coalesce(sum(s.posts), 0) < 2000 AS yes
          FROM asked a JOIN stored_posts s ON s.author_id = a.id
    )"""
"""Whether little is stored of the people in ``asked``: then threads are looked for among theirs."""

_COUNT = query(
    "policy.count_toll",
    f"""
    WITH asked AS MATERIALIZED (
        SELECT id, origin, kind FROM actors WHERE origin = ANY ($1::text[]) AND NOT is_local
    ), followed AS MATERIALIZED (
        SELECT a.id, a.origin, a.kind, count(*) AS n
          FROM asked a JOIN follows f ON f.target_id = a.id
         GROUP BY a.id, a.origin, a.kind
    ), following AS MATERIALIZED (
        SELECT a.origin, f.target_id AS member_id, count(*) AS n,
               bool_or(f.state = 'accepted') AS reached
          FROM asked a JOIN follows f ON f.follower_id = a.id
         GROUP BY a.origin, f.target_id
    ), ours AS MATERIALIZED (
        SELECT root_id, max(id) AS last_id
          FROM posts
         WHERE is_local
           AND id > $3
         GROUP BY root_id
    ), {FEW}, theirs AS MATERIALIZED (
        SELECT p.author_id, p.root_id, bool_or(p.id > ours.last_id) AS waits
          FROM ours
          JOIN posts p ON p.root_id = ours.root_id
           AND p.id > $3
           AND NOT p.is_local
         WHERE NOT (SELECT yes FROM few)
         GROUP BY p.author_id, p.root_id
         UNION ALL
        SELECT p.author_id, p.root_id, bool_or(p.id > mine.last_id)
          FROM asked a
          JOIN posts p ON p.author_id = a.id
           AND p.id > $3
         CROSS JOIN LATERAL (
            SELECT max(o.id) AS last_id
              FROM posts o
             WHERE o.root_id = p.root_id AND o.is_local AND o.id > $3) AS mine
         WHERE mine.last_id IS NOT NULL
           AND (SELECT yes FROM few)
         GROUP BY p.author_id, p.root_id
    ), talks AS (
        SELECT a.origin, t.root_id, bool_or(t.waits) AS waits
          FROM theirs t JOIN asked a ON a.id = t.author_id
         GROUP BY a.origin, t.root_id
    ), sent AS MATERIALIZED (
        SELECT id, sender_id, followers, recipients
          FROM outgoing
         WHERE created_at > $4
    ), named AS (
        SELECT DISTINCT s.id, s.sender_id, s.followers, a.origin
          FROM sent s
         CROSS JOIN unnest(s.recipients) AS one (actor_id)
          JOIN asked a ON a.id = one.actor_id
    ), goes AS (
        SELECT f.origin, s.n
          FROM (SELECT sender_id, count(*) AS n FROM sent WHERE followers GROUP BY sender_id) AS s
          JOIN following f ON f.member_id = s.sender_id AND f.reached
         UNION ALL
        SELECT n.origin, count(*)
          FROM named n
         WHERE NOT (n.followers AND EXISTS (
                SELECT FROM following f
                 WHERE f.member_id = n.sender_id AND f.origin = n.origin AND f.reached))
         GROUP BY n.origin
    ), counted (origin, what, n) AS (
        SELECT origin, 'follows_out', sum(n) FROM followed GROUP BY origin
         UNION ALL
        SELECT origin, 'groups', count(*) FROM followed WHERE kind = 'Group' GROUP BY origin
         UNION ALL
        SELECT origin, 'follows_in', sum(n) FROM following GROUP BY origin
         UNION ALL
        SELECT a.origin, 'posts', sum(s.posts)
          FROM asked a JOIN stored_posts s ON s.author_id = a.id
         GROUP BY a.origin
         UNION ALL
        SELECT a.origin, 'posts_with_media', sum(s.with_files)
          FROM asked a JOIN stored_posts s ON s.author_id = a.id AND s.with_files > 0
         GROUP BY a.origin
         UNION ALL
        SELECT origin, 'conversations', count(*) FROM talks GROUP BY origin
         UNION ALL
        SELECT origin, 'waiting', count(*) FROM talks WHERE waits GROUP BY origin
         UNION ALL
        SELECT origin, 'deliveries', sum(n) FROM goes GROUP BY origin
         UNION ALL
        SELECT origin, 'frozen', count(*)
          FROM frozen_follows
         WHERE origin = ANY ($1::text[])
         GROUP BY origin
         UNION ALL
        SELECT server.origin, 'held', count(*)
          FROM unnest($1::text[], $2::text[]) AS server (origin, domain)
          JOIN inbound_held h ON h.domain = server.domain
         GROUP BY server.origin
    )
    SELECT origin, array_agg(what) AS whats, array_agg(n::integer) AS counts
      FROM counted
     GROUP BY origin
""",
)


async def count_tolls(
    conn: Conn, servers: Mapping[Domain, str], *, now: datetime
) -> Mapping[Domain, Toll]:
    """Count what there is between us and each of these servers; origins by domain."""
    if not servers:
        return {}
    rows = await conn.fetch(
        _COUNT,
        list(servers.values()),
        list(servers),
        first_id_at(now - TALKING),
        now - _SENDING,
    )
    tolls = dict.fromkeys(servers, Toll())
    by_origin = {origin: domain for domain, origin in servers.items()}
    for row in rows:
        counts = dict(zip(row["whats"], row["counts"], strict=True))
        tolls[by_origin[row["origin"]]] = Toll(**counts)
    return tolls
