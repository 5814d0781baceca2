"""Whom a member can look up: everyone with an account here, and whom they follow elsewhere.

In the order of names, as in a telephone directory. SQL lives here only.
"""

from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId

_FOLDED: Final = r"""
    (CASE WHEN octet_length(%s) = length(%s) THEN lower(%s)
          ELSE regexp_replace(normalize(lower(%s), NFKD), '[\u0300-\u036f]', '', 'g')
      END) COLLATE "C"
"""
"""Élodie is found as elodie, and stands among the E, whatever the database's locale.

ASCII has no accents: to look for them takes longer than all the rest.
"""
_OF_ACTOR: Final = _FOLDED.replace("%s", "coalesce(nullif(a.name, ''), a.username)")
_OF_CURSOR: Final = _FOLDED.replace("%s", "coalesce(nullif(c.name, ''), c.username)")
_OF_WORDS: Final = _FOLDED.replace("%s", "$2::text")

# Every word stands somewhere in the name or in what they say of themselves; of members alone.
_SAYS: Final = r"""
    (SELECT bool_and(strpos(said.words, word) > 0)
       FROM (SELECT lower(concat_ws(' ', a.name, a.username, a.summary_source,
                    (SELECT string_agg(regexp_replace(field ->> 'value', '<[^>]*>', ' ', 'g'), ' ')
                       FROM jsonb_array_elements(a.fields) AS field))) AS words
            OFFSET 0) AS said,
            regexp_split_to_table(lower($2::text), '\s+') AS word)
"""

_LIST = query(
    "follows.list_people",
    "SELECT"
    + _OF_ACTOR
    + "AS stands_under,"
    + ACTOR_COLUMNS
    + """
      FROM actors a
     WHERE a.id IN (
            SELECT accounts.actor_id FROM accounts
             WHERE accounts.disabled_at IS NULL AND NOT $5
             UNION ALL
            SELECT f.target_id FROM follows f
             WHERE f.follower_id = $1 AND (f.state = 'accepted' OR $5))
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
       AND NOT EXISTS (
            SELECT FROM blocks
             WHERE blocks.actor_id = a.id AND blocks.target_id = $1)
       AND ($2::text = ''
            OR strpos("""
    + _OF_ACTOR
    + ","
    + _OF_WORDS
    + """) > 0
            OR strpos(lower(a.username) COLLATE "C", lower($2::text) COLLATE "C") > 0
            OR a.is_local AND """
    + _SAYS
    + """)
       AND ($3::bigint IS NULL OR ("""
    + _OF_ACTOR
    + """, a.id) > (
            SELECT"""
    + _OF_CURSOR
    + """, c.id FROM actors c WHERE c.id = $3))
     ORDER BY 1, a.id
     LIMIT $4
""",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the directory, and the folded name that they stand under."""

    stands_under: str
    actor: Actor

    @property
    def letter(self) -> str:
        """The heading in the margin; ``#`` for what begins with no letter."""
        first = self.stands_under[:1]
        return first.upper() if first.isalpha() else "#"


async def list_people(
    conn: Conn,
    owner_id: ActorId,
    *,
    words: str = "",
    after: ActorId | None = None,
    limit: int = 40,
    only_followed: bool = False,
) -> list[Listed]:
    """List people by name, A to Z; with ``words`` those whose name or handle has them in it, and
    members who say them of themselves.

    ``after`` is the last one of the page before. Who blocks the owner is left out.
    ``only_followed``: no other members, but those whom the owner has asked to follow.
    """
    words = words.strip().removeprefix("@")
    rows = await conn.fetch(_LIST, owner_id, words, after, limit, only_followed)
    return [Listed(row["stands_under"], actor_of(row)) for row in rows]
