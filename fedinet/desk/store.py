"""Rows of ``matters``. SQL lives here only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from fedinet.db.query import Conn, Tx, query
from fedinet.desk.model import KEPT_DAYS, MAX_OPEN_OF_KIND, MOST_COUNTED, Matter, MatterKind
from fedinet.kernel.ids import ActorId

_COLUMNS = """id, kind, subject, name, href, about_actor, times, created_at, last_at, settled_at"""

# xmax is 0 for a row that this statement made: only that one is news.
_RAISE = query(
    "desk.raise_matter",
    """
    INSERT INTO matters AS m (kind, subject, name, href, by_actor, about_actor)
    SELECT $1, $2, $3, $4, $5, $6
     WHERE (SELECT count(*) FROM (
                SELECT FROM matters o
                 WHERE o.kind = $1 AND o.settled_at IS NULL AND o.subject <> $2
                 LIMIT $7) AS open) < $7
        ON CONFLICT (kind, subject) WHERE settled_at IS NULL DO UPDATE
       SET times = m.times + 1, last_at = now(), name = excluded.name, href = excluded.href
    RETURNING m.id, (m.xmax = 0) AS is_new
""",
)

_SETTLE = query(
    "desk.settle_matter",
    """
    UPDATE matters SET settled_at = now()
     WHERE kind = $1 AND subject = ANY($2::text[]) AND settled_at IS NULL
""",
)

_KNOWN = query(
    "desk.find_known",
    "SELECT subject FROM matters WHERE kind = $1 AND subject = ANY($2::text[])",
)

_SETTLED_LATELY = query(
    "desk.settled_lately",
    """
    SELECT EXISTS (
        SELECT FROM matters
         WHERE kind = $1 AND subject = $2 AND settled_at > now() - interval '1 day')
""",
)

_SETTLE_ALL_BUT = query(
    "desk.settle_all_but",
    """
    UPDATE matters SET settled_at = now()
     WHERE kind = $1 AND subject <> ALL($2::text[]) AND settled_at IS NULL
""",
)

_PUT_AWAY = query(
    "desk.put_away",
    """
    UPDATE matters SET settled_at = now()
     WHERE id = $1 AND kind = ANY($2::text[]) AND settled_at IS NULL
    RETURNING id
""",
)

# Of the reports about one person the newest stands for all.
_NEWEST = """AND (kind <> 'report' OR NOT EXISTS (
                SELECT FROM matters newer
                 WHERE newer.about_actor = m.about_actor AND newer.kind = 'report'
                   AND newer.settled_at IS NULL AND newer.id > m.id))"""

_LIST_OPEN = query(
    "desk.list_open",
    f"""
    SELECT {_COLUMNS}
      FROM matters m
     WHERE settled_at IS NULL AND kind = ANY($1::text[])
       AND ($2::bigint IS NULL OR id < $2) {_NEWEST}
     ORDER BY id DESC
     LIMIT $3
""",
)

_LIST_BOTH = query(
    "desk.list_both",
    f"""
   (SELECT {_COLUMNS} FROM matters m
     WHERE settled_at IS NULL AND kind = ANY($1::text[]) {_NEWEST} ORDER BY id DESC LIMIT $3)
     UNION ALL
   (SELECT {_COLUMNS} FROM matters
     WHERE settled_at IS NULL AND kind = ANY($2::text[]) ORDER BY id DESC LIMIT $3)
     ORDER BY id DESC
""",
)

_LIST_BY_ID = query("desk.list_matters", f"SELECT {_COLUMNS} FROM matters WHERE id = ANY($1)")

# What is held has a table and a page of its own; the desk only counts it.
_COUNT_OPEN = query(
    "desk.count_open",
    """
    SELECT wanted.kind, counted.number
      FROM unnest($1::text[]) AS wanted (kind)
     CROSS JOIN LATERAL (
            SELECT count(*)::int AS number FROM (
                SELECT DISTINCT CASE wanted.kind WHEN 'report'
                                THEN coalesce(about_actor, matters.id) ELSE matters.id END
                  FROM matters
                 WHERE matters.kind = wanted.kind AND settled_at IS NULL
                 LIMIT $2) AS open) AS counted
     UNION ALL
    SELECT 'held', (SELECT count(*)::int FROM (SELECT FROM inbound_held LIMIT $2) AS held)
     UNION ALL
    SELECT $3, count(*)::int FROM policy_rules WHERE key = $3 AND state <> 'removed'
""",
)

_FORGET = query(
    "desk.forget_settled",
    """
    DELETE FROM matters
     WHERE settled_at < now() - make_interval(days => $1)
""",
)

_KINDS = [kind.value for kind in MatterKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatter:
    kind: MatterKind
    subject: str
    name: str
    href: str
    by: ActorId | None
    about: ActorId | None


async def raise_matter(tx: Tx, new: NewMatter) -> tuple[int, bool] | None:
    """Open a matter, or count that it came again. Its id, and whether it is new.

    None: too many of its kind are open.
    """
    row = await tx.fetchrow(
        _RAISE, new.kind, new.subject, new.name, new.href, new.by, new.about, MAX_OPEN_OF_KIND
    )
    return None if row is None else (row["id"], row["is_new"])


async def settle(tx: Tx, kind: MatterKind, subjects: Iterable[str]) -> None:
    await tx.execute(_SETTLE, kind, list(subjects))


async def find_known(conn: Conn, kind: MatterKind, subjects: Iterable[str]) -> set[str]:
    """Which of these were told already, settled or not."""
    rows = await conn.fetch(_KNOWN, kind, list(subjects))
    return {row["subject"] for row in rows}


async def was_settled_lately(conn: Conn, kind: MatterKind, subject: str) -> bool:
    """Tell whether the same was settled within a day."""
    return bool(await conn.fetchval(_SETTLED_LATELY, kind, subject))


async def settle_all_but(tx: Tx, kind: MatterKind, subjects: Iterable[str]) -> None:
    """Settle all that is open of a kind, but for these."""
    await tx.execute(_SETTLE_ALL_BUT, kind, list(subjects))


async def put_away(tx: Tx, matter_id: int, kinds: Iterable[MatterKind]) -> bool:
    """Settle one of these kinds. False: there is none, or it is settled already."""
    return await tx.fetchval(_PUT_AWAY, matter_id, [kind.value for kind in kinds]) is not None


async def list_open(
    conn: Conn,
    *,
    kinds: Iterable[MatterKind] = MatterKind,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Matter]:
    """List what waits, newest first; reports about one person are one line, their newest."""
    rows = await conn.fetch(_LIST_OPEN, [kind.value for kind in kinds], before, limit)
    return [_matter(row) for row in rows]


async def list_both(
    conn: Conn, first: Collection[MatterKind], second: Collection[MatterKind], *, limit: int = 50
) -> tuple[Sequence[Matter], Sequence[Matter]]:
    """List what waits of some kinds and of some others, each newest first, in one statement."""
    rows = await conn.fetch(_LIST_BOTH, list(first), list(second), limit)
    matters = [_matter(row) for row in rows]
    return (
        [matter for matter in matters if matter.kind in first],
        [matter for matter in matters if matter.kind in second],
    )


async def find_matters(conn: Conn, ids: Iterable[int]) -> Mapping[int, Matter]:
    """Those that exist, settled ones too; kinds of another release are left out."""
    rows = await conn.fetch(_LIST_BY_ID, list(ids))
    return {row["id"]: _matter(row) for row in rows if row["kind"] in _KINDS}


async def count_open(conn: Conn, rule: str = "") -> Mapping[str, int]:
    """Count what waits, by kind and ``held``, each at most ``MOST_COUNTED``; zeros left out.

    ``rule``: the key of a rule; it is counted, too, where it stands.
    """
    rows = await conn.fetch(_COUNT_OPEN, _KINDS, MOST_COUNTED, rule)
    return {row["kind"]: row["number"] for row in rows if row["number"]}


async def forget_settled(tx: Tx) -> int:
    """Forget what was settled 90 days ago. Returns how much."""
    return int((await tx.execute(_FORGET, KEPT_DAYS)).rsplit(" ", 1)[1])


def _matter(row: asyncpg.Record) -> Matter:
    about = row["about_actor"]
    return Matter(
        id=row["id"],
        kind=MatterKind(row["kind"]),
        subject=row["subject"],
        name=row["name"],
        href=row["href"],
        about_actor=None if about is None else ActorId(about),
        times=row["times"],
        created_at=row["created_at"],
        last_at=row["last_at"],
        settled_at=row["settled_at"],
    )
