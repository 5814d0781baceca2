"""Rows of ``house_versions`` and ``house_acceptances``. SQL of the tables lives here only."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg
import msgspec

from fedinet.charter.law_model import Acceptance, Paper, Version
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId

_LOCK = query(
    "charter.lock_versions", "SELECT pg_advisory_xact_lock(hashtextextended('house versions', 0))"
)

_COLUMNS = "kind, number, html, in_force_on, asks, published_at"

_LIST = query(
    "charter.list_versions",
    f"""
    SELECT {_COLUMNS}
      FROM house_versions
     WHERE kind = $1
     ORDER BY number DESC
     LIMIT 100
""",
)

_FIND = query(
    "charter.find_version",
    f"SELECT {_COLUMNS} FROM house_versions WHERE kind = $1 AND number = $2",
)

_LATEST = query(
    "charter.list_latest_versions",
    f"""
    SELECT DISTINCT ON (kind) {_COLUMNS}
      FROM house_versions
     ORDER BY kind, number DESC
""",
)

_IS_ACCEPTED = query(
    "charter.is_version_accepted",
    "SELECT EXISTS (SELECT FROM house_acceptances WHERE kind = $1 AND number = $2)",
)

_INSERT = query(
    "charter.insert_version",
    """
    INSERT INTO house_versions (kind, number, html, in_force_on)
    VALUES ($1, $2, $3::jsonb, $4)
        ON CONFLICT (kind, number) DO UPDATE
       SET html = excluded.html, in_force_on = excluded.in_force_on, published_at = now()
""",
)

_ASK = query(
    "charter.ask_to_accept",
    """
    UPDATE house_versions
       SET asks = true
     WHERE kind = $1 AND number = $2
    RETURNING number
""",
)

_LIST_ASKED = query(
    "charter.list_asked",
    f"""
    SELECT DISTINCT ON (v.kind) {_COLUMNS}
      FROM house_versions v
     WHERE v.kind IN (
            SELECT q.kind FROM house_versions q
             WHERE q.asks AND NOT EXISTS (
                   SELECT FROM house_acceptances x
                    WHERE x.account_id = $1 AND x.kind = q.kind AND x.number >= q.number))
     ORDER BY v.kind, v.number DESC
""",
)

_ACCEPT = query(
    "charter.accept_versions",
    """
    INSERT INTO house_acceptances (account_id, kind, number)
    SELECT $1, v.kind, v.number
      FROM unnest($2::text[], $3::integer[]) AS wanted (kind, number)
      JOIN house_versions v ON v.kind = wanted.kind AND v.number = wanted.number
        ON CONFLICT DO NOTHING
""",
)

_LIST_ACCEPTED = query(
    "charter.list_accepted",
    """
    SELECT kind, number, at
      FROM house_acceptances
     WHERE account_id = $1
     ORDER BY at DESC, kind
     LIMIT 400
""",
)


async def lock(tx: Tx) -> None:
    """Let those who publish queue: numbers follow each other."""
    await tx.execute(_LOCK)


async def list_versions(conn: Conn | Pool, paper: Paper) -> list[Version]:
    """The versions of a paper, the last first."""
    return [_version(row) for row in await conn.fetch(_LIST, paper)]


async def find_version(conn: Conn | Pool, paper: Paper, number: int) -> Version | None:
    row = await conn.fetchrow(_FIND, paper, number)
    return None if row is None else _version(row)


async def list_latest(conn: Conn | Pool) -> dict[Paper, Version]:
    """The last version of each paper that has one."""
    found = [_version(row) for row in await conn.fetch(_LATEST)]
    return {one.paper: one for one in found}


async def is_accepted(tx: Tx, version: Version) -> bool:
    """Tell whether anybody accepted it: then it never changes again."""
    return bool(await tx.fetchval(_IS_ACCEPTED, version.paper, version.number))


async def write_version(
    tx: Tx, paper: Paper, number: int, html: Mapping[str, str], in_force_on: date
) -> None:
    """Write a version; one that is there is replaced."""
    await tx.execute(_INSERT, paper, number, msgspec.json.encode(html).decode(), in_force_on)


async def ask_to_accept(tx: Tx, paper: Paper, number: int) -> bool:
    """Ask members for it. False: there is no such version."""
    return await tx.fetchval(_ASK, paper, number) is not None


async def list_asked(conn: Conn | Pool, account_id: AccountId) -> list[Version]:
    """What a member is asked to accept and has not: the last version of each."""
    return [_version(row) for row in await conn.fetch(_LIST_ASKED, account_id)]


async def accept(tx: Tx, account_id: AccountId, versions: Sequence[tuple[str, int]]) -> None:
    """Note that a member accepts these. Those that do not exist are left out."""
    kinds, numbers = [kind for kind, _ in versions], [number for _, number in versions]
    await tx.execute(_ACCEPT, account_id, kinds, numbers)


async def list_accepted(conn: Conn | Pool, account_id: AccountId) -> list[Acceptance]:
    """What a member accepted, the last first."""
    return [
        Acceptance(Paper(row["kind"]), row["number"], row["at"])
        for row in await conn.fetch(_LIST_ACCEPTED, account_id)
    ]


def _version(row: asyncpg.Record) -> Version:
    return Version(
        paper=Paper(row["kind"]),
        number=row["number"],
        html=msgspec.json.decode(row["html"], type=dict[str, str]),
        in_force_on=row["in_force_on"],
        asks=row["asks"],
        published_at=row["published_at"],
    )
