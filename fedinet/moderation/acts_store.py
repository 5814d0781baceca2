"""Rows of ``account_acts``: who did what to whom, and why. Append-only. SQL lives here only.

Beside them those of ``removed_words``, which are forgotten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.moderation.looks import ASK_WITHIN
from fedinet.moderation.rights import Act, Acting, DoneAct

_INSERT = query(
    "moderation.insert_act",
    """
    WITH done AS (
        INSERT INTO account_acts (target_id, act, detail, reason, by_actor, by_whom, report_id,
                                  reason_id, reason_language)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     RETURNING id
    ), kept AS (
        INSERT INTO removed_words (act_id, words)
        SELECT id, $10 FROM done WHERE $10::text <> ''
    )
    SELECT id FROM done
""",
)

KNOWN: Final = [act.value for act in Act]
"""What is read of the record. Acts of another release, which runs beside or ran before, stand in it
and are left out here."""

_COLUMNS = """SELECT id, target_id, act, detail, reason, by_actor, by_whom, report_id, reason_id,
           reason_language, at"""

_FIND = query("moderation.find_acts", _COLUMNS + " FROM account_acts WHERE id = ANY($1::bigint[])")

_LIST_OF = paged(
    "moderation.list_acts_of",
    _COLUMNS + " FROM account_acts WHERE target_id = $1 AND act = ANY($2::text[])" + between("id"),
    by="id",
)

_LIST = paged(
    "moderation.list_acts",
    _COLUMNS
    + """ FROM account_acts
     WHERE act = ANY($1::text[]) AND ($2::text IS NULL OR by_whom = $2)"""
    + between("id"),
    by="id",
)

_LATEST = query(
    "moderation.find_latest_act",
    _COLUMNS + " FROM account_acts WHERE target_id = $1 AND act = $2 ORDER BY id DESC LIMIT 1",
)

_FORGET_SAID = query(
    "moderation.forget_removed_words", "DELETE FROM removed_words WHERE kept_at < $1"
)

SAID_KEPT: Final = ASK_WITHIN + timedelta(days=30)
"""So long may be asked to look again, and then somebody has to look."""


@dataclass(frozen=True, slots=True)
class NewAct:
    """What is written down. ``reason`` is what the person reads, ``reason_id`` what was chosen."""

    act: Act
    reason: str
    detail: str = ""
    reason_id: int | None = None
    reason_language: str = ""
    report_id: int | None = None
    said: str = ""
    """What is taken away, as far as every steward can read it."""


async def insert_act(tx: Tx, target_id: ActorId, done: NewAct, *, by: Acting) -> int:
    return int(
        await tx.fetchval(
            _INSERT,
            target_id,
            done.act,
            done.detail,
            done.reason,
            by.actor_id,
            by.name,
            done.report_id,
            done.reason_id,
            done.reason_language,
            done.said,
        )
    )


async def forget_said(pool: Pool, *, before: datetime) -> None:
    """Forget what was taken away before; that it was stays written."""
    await pool.execute(_FORGET_SAID, before)


async def find_acts(conn: Conn, ids: Iterable[int]) -> Mapping[int, DoneAct]:
    rows = await conn.fetch(_FIND, list(ids))
    return {row["id"]: act_of_row(row) for row in rows if row["act"] in KNOWN}


async def list_acts_of(
    conn: Conn, target_id: ActorId, page: Page = FIRST_PAGE, *, acts: Iterable[Act] | None = None
) -> list[DoneAct]:
    """What was ever done to somebody, the last first; ``acts`` None: everything."""
    wanted = KNOWN if acts is None else list(acts)
    return [act_of_row(row) for row in await read_page(conn, _LIST_OF, page, target_id, wanted)]


async def list_acts(
    conn: Conn, page: Page, *, act: Act | None = None, by: str | None = None
) -> list[DoneAct]:
    """What was ever done to anybody, the last first; ``by``: a steward as they were called then."""
    wanted = KNOWN if act is None else [act.value]
    return [act_of_row(row) for row in await read_page(conn, _LIST, page, wanted, by)]


async def why_suspended(conn: Conn | Pool, target_id: ActorId) -> str:
    """Why somebody was suspended the last time; ``""``: it was not said, or never done."""
    row = await conn.fetchrow(_LATEST, target_id, Act.SUSPEND)
    return "" if row is None else act_of_row(row).reason


async def why_frozen(conn: Conn | Pool, target_id: ActorId) -> tuple[str, str]:
    """Why somebody was frozen the last time, and the language of that; ``""``: it was not said."""
    row = await conn.fetchrow(_LATEST, target_id, Act.FREEZE)
    done = None if row is None else act_of_row(row)
    return ("", "") if done is None else (done.reason, done.reason_language)


def act_of_row(row: asyncpg.Record) -> DoneAct:
    by = row["by_actor"]
    return DoneAct(
        id=row["id"],
        target_id=ActorId(row["target_id"]),
        act=Act(row["act"]),
        detail=row["detail"],
        reason=row["reason"],
        by_actor=None if by is None else ActorId(by),
        by_whom=row["by_whom"],
        report_id=row["report_id"],
        reason_id=row["reason_id"],
        reason_language=row["reason_language"],
        at=row["at"],
        said=row.get("said", ""),
    )
