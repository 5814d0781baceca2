"""Rows of ``ally_entrances``: what allies say about room. SQL lives here only."""

from collections.abc import Sequence
from datetime import datetime

from fedinet.allies.entrances import Entrance, EntranceState
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import Domain

_CLAIM = query(
    "allies.claim_entrances",
    """
    INSERT INTO ally_entrances AS e (domain, asked_at)
    SELECT a.domain, $1
      FROM allies a
      LEFT JOIN ally_entrances o ON o.domain = a.domain
     WHERE a.mutual_until > $1 AND (o.asked_at IS NULL OR o.asked_at <= $2)
     ORDER BY o.asked_at NULLS FIRST, a.domain
     LIMIT 50
        ON CONFLICT (domain) DO UPDATE
       SET asked_at = excluded.asked_at
     WHERE e.asked_at <= $2
 RETURNING domain
""",
)

_KNOW = query(
    "allies.know_entrance",
    """
    UPDATE ally_entrances SET read_at = $2, state = $3, name = $4, address = $5 WHERE domain = $1
""",
)

_FORGET = query("allies.forget_entrance", "DELETE FROM ally_entrances WHERE domain = $1")

_LIST_WITH_ROOM = query(
    "allies.list_with_room",
    """
    SELECT e.domain, e.state, e.name, e.address
      FROM ally_entrances e
      JOIN allies a ON a.domain = e.domain AND a.mutual_until > $1
     WHERE e.state IN ('ask', 'invitation') AND e.read_at > $2
     ORDER BY e.state, lower(e.name), e.domain
     LIMIT $3
""",
)


async def claim_entrances(tx: Tx, now: datetime, *, before: datetime) -> Sequence[Domain]:
    """Take allies that were not asked since ``before``, at most 50; nobody else takes them."""
    return [Domain(row["domain"]) for row in await tx.fetch(_CLAIM, now, before)]


async def know_entrance(
    tx: Tx, domain: Domain, entrance: Entrance | None, *, now: datetime
) -> None:
    """Write down what an ally said. None: nothing that we understand."""
    said = ("", "", "") if entrance is None else (entrance.state, entrance.name, entrance.address)
    await tx.execute(_KNOW, domain, now, *map(str, said))


async def forget_entrance(tx: Tx, domain: Domain) -> None:
    await tx.execute(_FORGET, domain)


async def list_with_room(
    conn: Conn | Pool, now: datetime, *, since: datetime, limit: int
) -> Sequence[Entrance]:
    """Allies that said since then that they have room; first those where strangers can ask."""
    return [
        Entrance(Domain(row["domain"]), EntranceState(row["state"]), row["address"], row["name"])
        for row in await conn.fetch(_LIST_WITH_ROOM, now, since, limit)
    ]
