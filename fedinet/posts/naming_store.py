"""Whom a writer may mean by the beginning of a name: members, whom they follow, whom they talked
with. One statement, by indexes: names stand folded there. SQL lives here only.
"""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import keeps_server_away
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Pool, query
from fedinet.kernel.ids import ActorId
from fedinet.posts.naming import Asked

MOST_OFFERED: Final = 6
_MOST_TALKS: Final = 200
"""So many of the last posts of the writer, and of those that name them, are looked through."""

# Where the first word stands nowhere, which is soon seen, nothing else is asked of a name.
_MATCHES: Final = """
    strpos({0}.stands_under, split_part(asked.name, ' ', 1)) > 0
    AND ' ' || translate({0}.stands_under, E'\\n-_.''’', '      ') LIKE ALL (asked.patterns)
"""
# Who blocks the writer is not offered either. A whole handle that finds nobody then tells it, no
# more than their profile does, which such a writer cannot open.
_LIST = query(
    "posts.list_meant",
    f"""
    SELECT asked.place, {ACTOR_COLUMNS}
      FROM (SELECT typed.name, typed.domain, typed.place,
                   string_to_array(typed.patterns, E'\\n') AS patterns
              FROM unnest({unseen("$2", "text[]")}, {unseen("$3", "text[]")},
                          {unseen("$4", "text[]")})
                   WITH ORDINALITY AS typed (name, patterns, domain, place)
            OFFSET 0) AS asked
     CROSS JOIN LATERAL (
        SELECT one.id, known.is_member,
               one.stands_under = asked.name || E'\\n' || lower(one.username)
               OR lower(one.username) = asked.name AS is_exact,
               starts_with(one.stands_under, asked.name) AS begins, one.stands_under
          FROM (SELECT near.id, bool_or(near.is_member) AS is_member
                  FROM (SELECT m.id, true AS is_member
                          FROM actors m
                         WHERE m.is_local AND m.suspended_at IS NULL AND m.gone_at IS NULL
                           AND {_MATCHES.format("m")}
                           AND (SELECT c.disabled_at IS NULL
                                  FROM accounts c WHERE c.actor_id = m.id)
                        UNION ALL
                        SELECT f.target_id, false
                          FROM follows f
                         WHERE f.follower_id = $1 AND f.stands_under IS NOT NULL
                           AND f.state = 'accepted' AND {_MATCHES.format("f")}
                        UNION ALL
                        SELECT t.id, false
                          FROM ((SELECT m.actor_id
                                   FROM (SELECT p.id FROM posts p WHERE p.author_id = $1
                                          ORDER BY p.id DESC LIMIT {_MOST_TALKS}) AS own
                                   JOIN post_mentions m ON m.post_id = own.id)
                                UNION
                                (SELECT p.author_id
                                   FROM (SELECT m.post_id FROM post_mentions m
                                          WHERE m.actor_id = $1
                                          ORDER BY m.post_id DESC LIMIT {_MOST_TALKS}) AS heard
                                   JOIN posts p ON p.id = heard.post_id)) AS talked (actor_id)
                          JOIN actors t ON t.id = talked.actor_id AND NOT t.is_local
                         WHERE {_MATCHES.format("t")}) AS near
                 GROUP BY near.id) AS known
          JOIN actors one ON one.id = known.id
         WHERE one.id <> $1 AND one.kind <> 'Application'
           AND one.suspended_at IS NULL AND one.gone_at IS NULL AND NOT one.memorial
           AND starts_with(one.domain, asked.domain)
           AND (one.limited_at IS NULL OR EXISTS (
                SELECT FROM follows f
                 WHERE f.follower_id = $1 AND f.target_id = one.id AND f.state = 'accepted'))
           AND NOT EXISTS (
                SELECT FROM blocks b
                 WHERE (b.actor_id = one.id AND b.target_id = $1)
                    OR (b.actor_id = $1 AND b.target_id = one.id))
           AND NOT {keeps_server_away("$1", "one.id")}
         ORDER BY 2 DESC, 3 DESC, 4 DESC, 5, 1
         LIMIT {MOST_OFFERED}) AS meant
      JOIN actors a ON a.id = meant.id
     ORDER BY asked.place, meant.is_member DESC, meant.is_exact DESC, meant.begins DESC,
              meant.stands_under, meant.id
""",  # constants
)


async def list_meant(
    conn: Conn | Pool, writer_id: ActorId, names: Sequence[Asked]
) -> list[list[Actor]]:
    """Of each name whom it may mean, members first, at most six. Asks no other server."""
    found = [list[Actor]() for _ in names]
    if not names:
        return found
    rows = await conn.fetch(
        _LIST,
        writer_id,
        [" ".join(one.words) for one in names],
        ["\n".join(map(_pattern, one.words)) for one in names],
        [one.domain for one in names],
    )
    for row in rows:
        place: int = row["place"]
        found[place - 1].append(actor_of(row))
    return found


def _pattern(word: str) -> str:
    plain = word.replace("\\", "\\\\").replace("%", "\\%")
    return f"% {plain}%"
