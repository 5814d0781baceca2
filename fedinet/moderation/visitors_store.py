"""Rows of ``visitor_reports``: reports without an account. SQL that writes them lives here only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.moderation.model import without_names
from fedinet.moderation.reports_store import say

NAMED_FOR: Final = timedelta(days=180)
"""A visitor's name and address stay no longer, even where nobody settles the report."""

_INSERT = query(
    "moderation.insert_visitor_report",
    """
    INSERT INTO visitor_reports (report_id, key_hash, name, email, language)
    VALUES ($1, $2, $3, $4, $5)
""",
)

_LOCK = query(
    "moderation.lock_visitor_reports",
    "SELECT pg_advisory_xact_lock(hashtextextended('visitor reports', 0))",
)

_COUNT_OPEN = query(
    "moderation.count_open_visitor_reports",
    """
    SELECT count(*) FROM (
        SELECT FROM reports r JOIN visitor_reports v ON v.report_id = r.id
         WHERE r.resolved_at IS NULL LIMIT $1) AS open
""",
)

_FIND = query(
    "moderation.find_visitor_report",
    """
    SELECT r.created_at, r.resolved_at, r.comment, v.answer
      FROM visitor_reports v
      JOIN reports r ON r.id = v.report_id
     WHERE v.key_hash = $1
""",
)

_ANSWER = query(
    "moderation.answer_visitor",
    """
    WITH asked AS (
        SELECT report_id, name, email, language
          FROM visitor_reports WHERE report_id = $1 FOR UPDATE
    )
    UPDATE visitor_reports v
       SET answer = CASE WHEN $2 <> '' THEN $2 ELSE v.answer END, email = '',
           name = CASE WHEN $3 THEN v.name ELSE '' END
      FROM asked
      JOIN reports r ON r.id = asked.report_id
     WHERE v.report_id = asked.report_id
    RETURNING asked.name, asked.email, asked.language, r.comment
""",
)

_FORGET = query(
    "moderation.forget_visitors",
    """
    WITH them AS (
        SELECT v.report_id, v.name
          FROM visitor_reports v
          JOIN reports r ON r.id = v.report_id
         WHERE r.created_at < $1 AND (v.name <> '' OR v.email <> '')
           FOR UPDATE OF v
    )
    UPDATE visitor_reports v
       SET name = '', email = ''
      FROM them
      JOIN reports r ON r.id = them.report_id
     WHERE v.report_id = them.report_id
    RETURNING them.report_id, them.name, r.comment
""",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor reads of their own report."""

    created_at: datetime
    resolved_at: datetime | None
    comment: str
    answer: str


async def lock(tx: Tx) -> None:
    """Let visitors' reports queue, so that their number is kept."""
    await tx.execute(_LOCK)


async def count_open(conn: Conn, *, most: int) -> int:
    return int(await conn.fetchval(_COUNT_OPEN, most))


async def insert(tx: Tx, report_id: int, key: str, *, name: str, email: str, language: str) -> None:
    """Note that a report is a visitor's. Of ``key`` only the hash is kept."""
    await tx.execute(_INSERT, report_id, _hash(key), name, email, language)


async def find(conn: Conn | Pool, key: str) -> Asked | None:
    """What became of the report with this link."""
    row = await conn.fetchrow(_FIND, _hash(key))
    return None if row is None else Asked(**dict(row))


async def answer(tx: Tx, report_id: int, text: str, *, keeps_name: bool) -> tuple[str, str] | None:
    """Write the answer, and forget name and address. Returns the address and its language.

    Words lose both as in ``forget_visitors``: whom they are about may be the only steward one day.
    ``keeps_name``: it is needed until ``forget_visitors``. None: no visitor's report. The address
    is "" where there was none, or it was told already.
    """
    row = await tx.fetchrow(_ANSWER, report_id, text, keeps_name)
    if row is None:
        return None
    if not keeps_name and (row["name"] or row["email"]):
        await say(tx, report_id, without_names(row["comment"], (row["name"],)))
    return row["email"], row["language"]


async def forget_visitors(tx: Tx, *, before: datetime) -> None:
    """Forget who made the reports from before, settled or not. The reports stay.

    Their words lose the name with which they were signed: no later reader could leave it out.
    """
    for row in await tx.fetch(_FORGET, before):
        words = without_names(row["comment"], (row["name"],))
        await say(tx, row["report_id"], words)


def _hash(key: str) -> bytes:
    return sha256(key.encode(errors="surrogatepass")).digest()
