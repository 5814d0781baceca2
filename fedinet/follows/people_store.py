"""Whom a member can look up: everyone with an account here, and whom they follow elsewhere.

In the order of names, as in a telephone directory. SQL lives here only.
"""

from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.actors.says_store import says
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId

# Folded as `stands_under` is, of the actor and of the follow: Élodie is found as elodie. It is the
# name, and after it in a line of its own the username, which is ASCII.
# ASCII has no accents: to look for them takes longer than all the rest.
_WORDS_FOLDED: Final = r"""
    (CASE WHEN octet_length($5::text) = length($5::text) THEN lower($5::text)
          ELSE regexp_replace(normalize(lower($5::text), NFKD), '[\u0300-\u036f]', '', 'g')
      END) COLLATE "C"
"""

_SAYS: Final = says("one", "$5")
_AFTER: Final = unseen("$2", "bigint")
_ONLY_FOLLOWED: Final = unseen("$4", "boolean")
_BLOCKING: Final = "ARRAY(SELECT b.actor_id FROM blocks b WHERE b.target_id = $1)"
_AFTER_THEM: Final = f"""
    (SELECT CASE WHEN {_AFTER} IS NOT NULL THEN max(c.stands_under) ELSE '' END,
            coalesce({_AFTER}, -1)
       FROM actors c WHERE c.id = {_AFTER})
"""
# Members, and those whom one follows, stand in order in an index each. Who they are is asked of one
# after the other until the page is full: a join would ask of all, to sort them afterwards.
_PAGE: Final = f"""
    SELECT a.stands_under, {ACTOR_COLUMNS}
      FROM ((SELECT one.stands_under, one.id
               FROM actors one
              WHERE one.is_local AND one.suspended_at IS NULL AND one.gone_at IS NULL
                AND NOT {_ONLY_FOLLOWED}
                AND (one.stands_under, one.id) > {_AFTER_THEM}
                AND one.id <> ALL ({_BLOCKING})
                AND (SELECT m.disabled_at IS NULL FROM accounts m WHERE m.actor_id = one.id)
                :members
              ORDER BY one.stands_under, one.id
              LIMIT $3)
             UNION
            (SELECT f.stands_under, f.target_id
               FROM follows f
              WHERE f.follower_id = $1 AND f.stands_under IS NOT NULL
                AND (f.state = 'accepted' OR {_ONLY_FOLLOWED})
                AND (f.stands_under, f.target_id) > {_AFTER_THEM}
                AND f.target_id <> ALL ({_BLOCKING})
                AND (SELECT one.suspended_at IS NULL AND one.gone_at IS NULL
                       FROM actors one WHERE one.id = f.target_id)
                :followed
              ORDER BY f.stands_under, f.target_id
              LIMIT $3)
             ORDER BY stands_under, id
             LIMIT $3) AS page
      JOIN actors a ON a.id = page.id
     ORDER BY a.stands_under, a.id
"""
_LIST = query("follows.list_people", _PAGE.replace(":members", "").replace(":followed", ""))
_SEARCH = query(
    "follows.search_people",
    _PAGE.replace(
        ":members", f"AND (strpos(one.stands_under, {_WORDS_FOLDED}) > 0 OR {_SAYS})"
    ).replace(":followed", f"AND strpos(f.stands_under, {_WORDS_FOLDED}) > 0"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the directory, and what they stand under: their name, folded, and username."""

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
    asked = (owner_id, after, limit, only_followed)
    rows = await (conn.fetch(_SEARCH, *asked, words) if words else conn.fetch(_LIST, *asked))
    return [Listed(row["stands_under"], actor_of(row)) for row in rows]
