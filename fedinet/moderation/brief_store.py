"""Reports as lists name them: who reported it, in which words, about what. SQL lives here only.

A read over ``reports``, visitors’ names, ``actors``, ``reported_words`` and, through the gate,
``posts``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.desk.stewards import STEWARDS
from fedinet.kernel.ids import ActorId
from fedinet.moderation.model import MAX_TOGETHER, Category, must_be_read, words_for_reported
from fedinet.moderation.reported_store import READ_BY_STEWARD
from fedinet.posts.words import line_of, shortened

MANY: Final = 5
"""Open reports by one person that the desk speaks of."""
_MOST_WORDS: Final = 160
_MOST_OF_POST: Final = 120

_BRIEFS = f"""
    SELECT r.id AS report_id, r.created_at, by_one.number AS by_number, by_one.since,
           r.target_id, r.category, r.comment, {ACTOR_COLUMNS},
           v.report_id IS NOT NULL AS from_visitor, v.name AS visitor,
           {STEWARDS} = ARRAY[r.target_id] AS is_of_only_steward, r.resolved_at,
           coalesce(nullif(w.name, ''), w.username) AS worker,
           (SELECT count(*)
              FROM (SELECT post_id FROM report_posts WHERE report_posts.report_id = r.id
                     UNION
                    SELECT post_id FROM reported_words WHERE reported_words.report_id = r.id)
                   AS about) AS named,
           shown.html, shown.content_note, shown.title, before.words AS said_then,
           of_one.times, of_one.called,
           ARRAY(SELECT DISTINCT k.category FROM reports k
                  WHERE k.target_id = r.target_id AND k.resolved_at IS NULL
                  ORDER BY k.category) AS categories
      FROM reports r
      LEFT JOIN actors a ON a.id = r.reporter_id
      LEFT JOIN actors w ON w.id = r.assigned_to
      LEFT JOIN visitor_reports v ON v.report_id = r.id
      LEFT JOIN LATERAL (
            SELECT p.html, p.content_note, p.about->>'title' AS title
              FROM report_posts
              JOIN posts p ON p.id = report_posts.post_id
             WHERE report_posts.report_id = r.id AND {READ_BY_STEWARD}
             ORDER BY p.id
             LIMIT 1) AS shown ON true
      LEFT JOIN LATERAL (
            SELECT w.words FROM reported_words w
             WHERE w.report_id = r.id AND r.target_id IS DISTINCT FROM $1::bigint
             ORDER BY w.post_id, w.said_at
             LIMIT 1) AS before ON shown.html IS NULL
      LEFT JOIN LATERAL (
            SELECT array_agg(one.times ORDER BY one.times DESC, one.called) AS times,
                   array_agg(one.called ORDER BY one.times DESC, one.called) AS called
              FROM (SELECT CASE WHEN x.kind = 'Application' THEN x.domain
                                ELSE coalesce(nullif(x.name, ''), x.username, '') END AS called,
                           count(*)::int AS times
                      FROM reports o
                      LEFT JOIN actors x ON x.id = o.reporter_id
                     WHERE o.target_id = r.target_id AND o.resolved_at IS NULL
                     GROUP BY x.id) AS one) AS of_one ON true
      LEFT JOIN LATERAL (
            SELECT count(*)::int AS number, min(m.created_at) AS since
              FROM reports m
             WHERE m.reporter_id = r.reporter_id AND m.resolved_at IS NULL
               AND m.target_id IS DISTINCT FROM $1::bigint) AS by_one ON true
"""

_LIST = query(
    "moderation.list_briefs", _BRIEFS + f"     WHERE r.id = ANY({unseen('$3', 'bigint[]')})"
)

_LIST_BESIDE = query(
    "moderation.list_briefs_beside",
    _BRIEFS
    + """     WHERE r.target_id = $3 AND r.id <> $4 AND r.resolved_at IS NULL
     ORDER BY r.id DESC
     LIMIT $5""",
)

_LIST_BY = query(
    "moderation.list_briefs_by",
    _BRIEFS
    + """     WHERE r.reporter_id = $3 AND r.resolved_at IS NULL AND r.target_id IS DISTINCT FROM $1
     ORDER BY r.id DESC
     LIMIT $4""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A report in two lines, as this reader may know it."""

    target_id: ActorId
    created_at: datetime

    category: Category
    is_about_reader: bool
    """``by`` and ``visitor`` are for the other stewards."""
    by: Actor | None
    from_visitor: bool
    visitor: str
    """A visitor’s name; ``""``: they gave none, or it is forgotten."""
    words: str
    """What they said, one line; ``""``: nothing."""
    hides_words: bool
    """They would tell the reader who reported them."""
    is_of_only_steward: bool
    worker: str
    """The steward who works on it; ``""``: nobody."""
    posts: int
    """How many it is about. Whom it is about is not told of those that few could read."""
    post: str
    """The first words of the first post that the reader may see, or of what one said; ``""``:
    there is none."""
    open_of_person: int
    """How many reports about the same person are open."""
    by_number: int
    """How many open reports ``by`` made, without those about the reader."""
    since: datetime | None
    """When the first of these was made."""
    categories: Sequence[Category]
    """What those are about."""
    callers: Sequence[tuple[str, int]]
    """Who made those, and how many, the most first; ``""``: visitors, and who has left. Empty
    where they are for the other stewards."""


async def list_briefs(conn: Conn, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Brief]:
    """Those of these reports that exist, by their numbers, as a steward may read them."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await conn.fetch(_LIST, viewer.actor_id, viewer.is_member, wanted)
    return {row["report_id"]: _brief(row, viewer.actor_id) for row in rows}


async def list_briefs_beside(
    conn: Conn, viewer: Viewer, target_id: ActorId, report_id: int
) -> Mapping[int, Brief]:
    """The other open reports about somebody, newest first, as many as are settled together."""
    rows = await conn.fetch(
        _LIST_BESIDE, viewer.actor_id, viewer.is_member, target_id, report_id, MAX_TOGETHER
    )
    return {row["report_id"]: _brief(row, viewer.actor_id) for row in rows}


async def list_briefs_by(conn: Conn, viewer: Viewer, reporter_id: ActorId) -> Mapping[int, Brief]:
    """What somebody reported and is open, newest first, as much as is settled together; without
    what is about the reader, who is not told by whom it is."""
    rows = await conn.fetch(_LIST_BY, viewer.actor_id, viewer.is_member, reporter_id, MAX_TOGETHER)
    return {row["report_id"]: _brief(row, viewer.actor_id) for row in rows}


def who_report_much(briefs: Iterable[Brief]) -> list[Brief]:
    """Of everybody who made many of the open reports, one of theirs."""
    found = {one.by.id: one for one in briefs if one.by is not None and one.by_number >= MANY}
    return list(found.values())


def _brief(row: asyncpg.Record, reader: ActorId | None) -> Brief:
    by = None if row["id"] is None else actor_of(row)
    is_about_reader = row["target_id"] == reader
    is_open, is_alone = row["resolved_at"] is None, row["is_of_only_steward"]
    said: str = row["comment"]
    words = said
    if is_about_reader:
        must = must_be_read(row["category"], is_open=is_open, is_of_only_steward=is_alone)
        words = words_for_reported(said, by, row["visitor"] or "", must_be_read=must)
    post = ""
    if row["html"] is not None:
        post = line_of(row["content_note"], row["title"], row["html"], _MOST_OF_POST)
    elif row["said_then"] is not None:
        post = shortened(row["said_then"], _MOST_OF_POST)
    return Brief(
        target_id=ActorId(row["target_id"]),
        created_at=row["created_at"],
        by_number=row["by_number"],
        since=row["since"],
        category=row["category"],
        is_about_reader=is_about_reader,
        by=None if is_about_reader else by,
        from_visitor=row["from_visitor"],
        visitor="" if is_about_reader else row["visitor"] or "",
        words=shortened(words, _MOST_WORDS),
        hides_words=bool(said) and not words,
        is_of_only_steward=is_alone,
        worker=row["worker"] or "",
        posts=int(bool(post)) if is_about_reader else row["named"],
        post=post,
        open_of_person=sum(row["times"] or ()),
        categories=row["categories"],
        callers=()
        if is_about_reader
        else tuple(zip(row["called"] or (), row["times"] or (), strict=True)),
    )
