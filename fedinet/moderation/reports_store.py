"""Rows of ``reports``. SQL that writes them lives here and in ``reporters_store``.

Posts are ids here: their text is behind the gate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.desk.stewards import STEWARDS
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.moderation.model import Category, Report

# Posts that somebody else deletes at this moment are waited for, and left out.
_INSERT = query(
    "moderation.insert_report",
    """
    WITH report AS (
        INSERT INTO reports (reporter_id, target_id, uri, category, comment, unknown, forwarded,
                             rule_ids)
        VALUES ($1, $2, $3, $4, $5, $6::text[], $7, $9::bigint[])
        RETURNING id
    ), about AS (
        INSERT INTO report_posts (report_id, post_id)
        SELECT report.id, p.id
          FROM report, posts p
         WHERE p.id = ANY($8::bigint[]) AND p.author_id = $2
           FOR KEY SHARE OF p
    )
    SELECT id FROM report
""",
)

_EXISTS = query(
    "moderation.has_report",
    """
    SELECT EXISTS (SELECT FROM reports
                    WHERE reporter_id = $1 AND target_id = $2 AND uri = $3)
""",
)

_LIST_SAID = query(
    "moderation.list_said_in_reports",
    """
    SELECT id, comment
      FROM reports r
     WHERE reporter_id = $1 AND comment <> ''
       AND EXISTS (SELECT FROM accounts a WHERE a.actor_id = r.target_id)
       FOR NO KEY UPDATE
""",
)

_SAY = query("moderation.say_in_report", "UPDATE reports SET comment = $2 WHERE id = $1")

COLUMNS: Final = f"""
    SELECT r.id, r.reporter_id, r.target_id, r.category, r.comment, r.unknown, r.forwarded,
           r.created_at, r.resolved_at, r.resolved_by, r.assigned_to, r.rule_ids,
           visited.name IS NOT NULL AS from_visitor, coalesce(visited.name, '') AS visitor,
           {STEWARDS} = ARRAY[r.target_id] AS is_of_only_steward,
           coalesce(r.updated_at, r.resolved_at, r.created_at) AS updated_at,
           ARRAY(SELECT post_id FROM report_posts WHERE report_posts.report_id = r.id
                  ORDER BY post_id LIMIT 50) AS post_ids
      FROM reports r
      LEFT JOIN LATERAL (SELECT name FROM visitor_reports v WHERE v.report_id = r.id) AS visited
        ON true
     WHERE """

_STRETCH = """ AND ($1::bigint IS NULL OR r.id < $1) AND ($2::bigint IS NULL OR r.id > $2) """
_LIST_OPEN = query(
    "moderation.list_open_reports",
    COLUMNS
    + """r.resolved_at IS NULL
       AND NOT EXISTS (SELECT FROM reports newer
                        WHERE newer.target_id = r.target_id AND newer.resolved_at IS NULL
                          AND newer.id > r.id)"""
    + _STRETCH
    + "ORDER BY r.id DESC LIMIT $3",
)
_LIST_ALL = query(
    "moderation.list_reports", COLUMNS + "true" + _STRETCH + "ORDER BY r.id DESC LIMIT $3"
)
_FIND = query("moderation.find_report", COLUMNS + "r.id = $1")
_LIST_BY_ID = query("moderation.list_reports_by_id", COLUMNS + "r.id = ANY($1::bigint[])")
_RESOLVE = query(
    "moderation.resolve_report",
    """
    UPDATE reports
       SET resolved_at = CASE WHEN $2 THEN coalesce(resolved_at, now()) END,
           resolved_by = CASE WHEN $2 THEN coalesce(resolved_by, $3::bigint) END,
           updated_at = now()
     WHERE id = $1
    RETURNING id
""",
)

_LOCK = query(
    "moderation.lock_report",
    "SELECT resolved_at IS NULL AS is_open FROM reports WHERE id = $1 FOR NO KEY UPDATE",
)

_LOCK_ALL = query(
    "moderation.lock_reports",
    "SELECT id FROM reports WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
)

_ASSIGN = query(
    "moderation.assign_report",
    "UPDATE reports SET assigned_to = $2, updated_at = now() WHERE id = $1 RETURNING id",
)

_SET_SUBJECT = query(
    "moderation.set_report_subject",
    """
    UPDATE reports
       SET category = coalesce($2, category), rule_ids = coalesce($3::bigint[], rule_ids),
           updated_at = now()
     WHERE id = $1
    RETURNING id
""",
)

_ADD_NOTE = query(
    "moderation.add_report_note",
    """
    INSERT INTO report_notes (report_id, by_actor, text)
    SELECT $1, $2, $3
     WHERE NOT EXISTS (
        SELECT FROM (SELECT by_actor, text FROM report_notes WHERE report_id = $1
                      ORDER BY id DESC LIMIT 1) AS newest
         WHERE newest.by_actor = $2 AND newest.text = $3)
""",
)

_LIST_WANTED = paged(
    "moderation.list_wanted_reports",
    COLUMNS
    + """($1::boolean IS NULL OR (r.resolved_at IS NOT NULL) = $1)
       AND ($2::bigint IS NULL OR r.target_id = $2)
       AND ($6::bigint IS NULL OR (r.reporter_id = $6 AND r.target_id <> $7::bigint))"""
    + between("r.id"),
    by="r.id",
)

_FIND_OURS = query(
    "moderation.find_reported",
    """
    SELECT p.uri, p.id AS post_id, p.author_id AS actor_id
      FROM posts p
     WHERE p.uri = ANY($1::text[]) AND p.is_local
     UNION ALL
    SELECT a.uri, NULL, a.id
      FROM actors a
     WHERE a.uri = ANY($1::text[]) AND a.is_local AND a.kind <> 'Application'
""",
)

_URIS_OF = query(
    "moderation.list_reported_uris",
    "SELECT uri FROM posts WHERE id = ANY($1::bigint[]) AND author_id = $2 ORDER BY id",
)


@dataclass(frozen=True, slots=True)
class Reported:
    """Something of ours that a Flag names; ``post_id`` None: the person."""

    uri: str
    post_id: PostId | None
    actor_id: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report on its way in. Posts that are not by the target are left out."""

    reporter_id: ActorId | None
    """None: a visitor."""
    target_id: ActorId
    uri: str
    category: Category
    comment: str
    post_ids: tuple[PostId, ...] = ()
    unknown: tuple[str, ...] = ()
    forwarded: bool = False
    rule_ids: tuple[int, ...] = ()


async def list_said(tx: Tx, reporter_id: ActorId) -> Mapping[int, str]:
    """What somebody said of members, by the number of the report. Nobody changes it until then."""
    return {row["id"]: row["comment"] for row in await tx.fetch(_LIST_SAID, reporter_id)}


async def say(tx: Tx, report_id: int, words: str) -> None:
    """Let a report say this instead."""
    await tx.execute(_SAY, report_id, words)


async def insert_report(tx: Tx, new: NewReport) -> int:
    return int(
        await tx.fetchval(
            _INSERT,
            new.reporter_id,
            new.target_id,
            new.uri,
            new.category,
            new.comment,
            list(new.unknown),
            new.forwarded,
            list(new.post_ids),
            list(new.rule_ids),
        )
    )


async def has_report(conn: Conn, reporter_id: ActorId, target_id: ActorId, uri: str) -> bool:
    """Tell whether this very Flag is here already."""
    return bool(uri) and bool(await conn.fetchval(_EXISTS, reporter_id, target_id, uri))


async def find_ours(conn: Conn, uris: Sequence[str]) -> list[Reported]:
    """Find what of these addresses is a member or a member's post."""
    rows = await conn.fetch(_FIND_OURS, list(uris))
    return [Reported(row["uri"], row["post_id"], ActorId(row["actor_id"])) for row in rows]


async def list_reports(
    conn: Conn, page: Page = FIRST_PAGE, *, with_resolved: bool = False
) -> list[Report]:
    """List reports, newest first; without those that are settled, the newest of each person."""
    rows = await conn.fetch(
        _LIST_ALL if with_resolved else _LIST_OPEN, page.max_id, page.newer_than, page.limit
    )
    return [report_of(row) for row in rows]


async def find_report(conn: Conn, report_id: int) -> Report | None:
    row = await conn.fetchrow(_FIND, report_id)
    return None if row is None else report_of(row)


async def find_reports(conn: Conn, ids: Iterable[int]) -> Mapping[int, Report]:
    """Those of these reports that exist, by their numbers."""
    return {row["id"]: report_of(row) for row in await conn.fetch(_LIST_BY_ID, list(ids))}


async def list_wanted(
    conn: Conn,
    page: Page,
    *,
    resolved: bool | None,
    of: ActorId | None,
    by: ActorId | None,
    reader: ActorId,
) -> list[Report]:
    """List reports of somebody, by somebody, settled or open; None: any. Newest first.

    ``reader`` is not told by whom they were reported themselves.
    """
    rows = await read_page(conn, _LIST_WANTED, page, resolved, of, by, reader)
    return [report_of(row) for row in rows]


async def lock(tx: Tx, report_id: int) -> bool:
    """Let nobody else work on it until ``tx`` ends. False: it is settled, or there is none."""
    return bool(await tx.fetchval(_LOCK, report_id))


async def lock_all(tx: Tx, report_ids: Iterable[int]) -> None:
    """Let nobody else work on any of them until ``tx`` ends, before ``lock`` of one of them.

    They are locked by number, so that two who work on some of the same wait for each other in turn.
    """
    await tx.fetch(_LOCK_ALL, list(report_ids))


async def resolve(tx: Tx, report_id: int, *, resolved: bool, by: ActorId | None) -> bool:
    """Mark as settled, or open it again. False: there is none. ``by`` None: the command line."""
    return await tx.fetchval(_RESOLVE, report_id, resolved, by) is not None


async def assign(tx: Tx, report_id: int, to: ActorId | None) -> bool:
    """Say who works on it; None: nobody. False: there is none."""
    return await tx.fetchval(_ASSIGN, report_id, to) is not None


async def set_subject(
    tx: Tx, report_id: int, category: Category | None, rule_ids: Sequence[int] | None
) -> bool:
    """Say that it is about something else; None: as it was. False: there is none."""
    rules = None if rule_ids is None else list(rule_ids)
    return await tx.fetchval(_SET_SUBJECT, report_id, category, rules) is not None


async def add_note(tx: Tx, report_id: int, by: ActorId, text: str) -> None:
    """Add a note, unless it is the last one there: a second click. ``tx`` holds the report."""
    await tx.execute(_ADD_NOTE, report_id, by, text)


async def list_uris(conn: Conn, post_ids: Sequence[PostId], author: ActorId) -> list[ObjectUri]:
    """Name those of the posts that are by ``author``."""
    rows = await conn.fetch(_URIS_OF, list(post_ids), author)
    return [ObjectUri(row["uri"]) for row in rows]


def report_of(row: asyncpg.Record) -> Report:
    """A report from a row of ``COLUMNS``."""
    return Report(
        id=row["id"],
        reporter_id=row["reporter_id"],
        target_id=ActorId(row["target_id"]),
        category=row["category"],
        comment=row["comment"],
        unknown=tuple(row["unknown"]),
        forwarded=row["forwarded"],
        created_at=row["created_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        assigned_to=row["assigned_to"],
        updated_at=row["updated_at"],
        post_ids=tuple(PostId(post_id) for post_id in row["post_ids"]),
        rule_ids=tuple(row["rule_ids"]),
        from_visitor=row["from_visitor"],
        visitor=row["visitor"],
        is_of_only_steward=row["is_of_only_steward"],
    )
