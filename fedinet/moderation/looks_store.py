"""Rows of ``second_looks``. SQL lives here only."""

from collections.abc import Collection, Iterable
from datetime import datetime

import asyncpg

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.moderation.acts_store import KNOWN, act_of_row
from fedinet.moderation.looks import Look, Outcome, Reviewed
from fedinet.moderation.rights import Act, Acting

_COLUMNS = """
    SELECT a.id, a.target_id, a.act, a.detail, a.reason, a.by_actor, a.by_whom, a.report_id,
           a.reason_id, a.reason_language, a.at, l.words, l.asked_at, l.outcome, l.answer,
           l.by_actor AS look_by_actor, l.by_whom AS look_by_whom, l.answered_at,
           CASE WHEN a.act IN ('warn', 'remove') THEN coalesce(l.outcome = 'undone', false)
                ELSE EXISTS (SELECT FROM account_acts later
                              WHERE later.target_id = a.target_id AND later.id > a.id
                                AND later.act = 'un' || a.act) END AS is_over,
           coalesce((SELECT w.words FROM removed_words w WHERE w.act_id = a.id), '') AS said
      FROM account_acts a
"""

_REVIEW = query(
    "moderation.review_acts",
    _COLUMNS + "LEFT JOIN second_looks l ON l.act_id = a.id WHERE a.id = ANY($1::bigint[])",
)

_LIST_OF = paged(
    "moderation.list_reviewed",
    _COLUMNS
    + """LEFT JOIN second_looks l ON l.act_id = a.id
     WHERE a.target_id = $1 AND a.act = ANY($2::text[])"""
    + between("a.id"),
    by="a.id",
)

_LIST = paged(
    "moderation.list_looks",
    _COLUMNS
    + """JOIN second_looks l ON l.act_id = a.id
     WHERE ($1::boolean OR l.answered_at IS NULL) AND a.act = ANY($2::text[])"""
    + between("l.act_id"),
    by="l.act_id",
)

_INSERT = query(
    "moderation.insert_look",
    """
    INSERT INTO second_looks (act_id, words)
    VALUES ($1, $2)
        ON CONFLICT DO NOTHING
 RETURNING act_id
""",
)

_LOCK = query(
    "moderation.lock_look",
    "SELECT FROM second_looks WHERE act_id = $1 AND answered_at IS NULL FOR UPDATE",
)

_CLOSE = query(
    "moderation.close_look",
    """
    UPDATE second_looks
       SET outcome = $2, answer = $3, by_actor = $4, by_whom = $5, answered_at = now()
     WHERE act_id = $1 AND answered_at IS NULL
""",
)

_LIST_OPEN_OF = query(
    "moderation.list_open_looks_of",
    """
    SELECT l.act_id
      FROM second_looks l
      JOIN account_acts a ON a.id = l.act_id
     WHERE l.answered_at IS NULL AND a.target_id = $1 AND a.act = $2
     ORDER BY l.act_id
""",
)

_WAITING = query(
    "moderation.list_waiting_looks",
    """
    SELECT l.act_id, r.username, l.asked_at < $1 AS is_late
      FROM second_looks l
      JOIN account_acts a ON a.id = l.act_id
      JOIN actors r ON r.id = a.target_id
     WHERE l.answered_at IS NULL AND r.gone_at IS NULL
     ORDER BY l.act_id
     LIMIT 1000
""",
)


async def review(conn: Conn, act_ids: Collection[int]) -> dict[int, Reviewed]:
    """Acts with what was asked about them, by their numbers."""
    rows = await conn.fetch(_REVIEW, list(act_ids))
    return {row["id"]: _reviewed(row) for row in rows if row["act"] in KNOWN}


async def list_reviewed(
    conn: Conn, target_id: ActorId, page: Page = FIRST_PAGE, *, acts: Iterable[Act] | None = None
) -> list[Reviewed]:
    """What was ever done to somebody, and asked about it; the last act first, of these kinds."""
    wanted = KNOWN if acts is None else list(acts)
    return [_reviewed(row) for row in await read_page(conn, _LIST_OF, page, target_id, wanted)]


async def list_looks(
    conn: Conn, page: Page = FIRST_PAGE, *, with_answered: bool = False
) -> list[Reviewed]:
    """What was asked, the last decision first."""
    return [_reviewed(row) for row in await read_page(conn, _LIST, page, with_answered, KNOWN)]


async def insert_look(tx: Tx, act_id: int, words: str) -> bool:
    """False: it was asked before."""
    return await tx.fetchval(_INSERT, act_id, words) is not None


async def lock_open(tx: Tx, act_id: int) -> bool:
    """Let nobody else answer until ``tx`` ends. False: nothing is open."""
    return await tx.fetchrow(_LOCK, act_id) is not None


async def close_look(tx: Tx, act_id: int, outcome: Outcome, answer: str, *, by: Acting) -> None:
    await tx.execute(_CLOSE, act_id, outcome, answer, by.actor_id, by.name)


async def list_open_of(tx: Tx, target_id: ActorId, act: str) -> list[int]:
    """The acts of a kind about somebody that wait for a second look."""
    return [row["act_id"] for row in await tx.fetch(_LIST_OPEN_OF, target_id, act)]


async def list_waiting(conn: Conn, *, late_before: datetime) -> list[tuple[int, str, bool]]:
    """What waits: the act's number, whose it is, and whether it has waited too long."""
    rows = await conn.fetch(_WAITING, late_before)
    return [(row["act_id"], row["username"], row["is_late"]) for row in rows]


def _reviewed(row: asyncpg.Record) -> Reviewed:
    if row["words"] is None:
        return Reviewed(act_of_row(row), None, is_over=row["is_over"])
    by = row["look_by_actor"]
    look = Look(
        act_id=row["id"],
        words=row["words"],
        asked_at=row["asked_at"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        answer=row["answer"],
        by_actor=None if by is None else ActorId(by),
        by_whom=row["look_by_whom"],
        answered_at=row["answered_at"],
    )
    return Reviewed(act_of_row(row), look, is_over=row["is_over"])
