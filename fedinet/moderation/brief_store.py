"""Reports as lists name them: who reported it, in which words, about what. SQL lives here only.

A read over ``reports``, visitors’ names, ``actors`` and, through the gate, ``posts``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import VISIBLE_BY_ID
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, query
from fedinet.desk.stewards import STEWARDS
from fedinet.kernel.ids import ActorId
from fedinet.moderation.model import Category, must_be_read, words_for_reported
from fedinet.posts.words import line_of, shortened

_MOST_WORDS: Final = 160
_MOST_OF_POST: Final = 120

_LIST = query(
    "moderation.list_briefs",
    f"""
    SELECT r.id AS report_id, r.target_id, r.category, r.comment, {ACTOR_COLUMNS},
           v.report_id IS NOT NULL AS from_visitor, v.name AS visitor,
           {STEWARDS} = ARRAY[r.target_id] AS is_of_only_steward, r.resolved_at,
           coalesce(nullif(w.name, ''), w.username) AS worker,
           (SELECT count(*) FROM report_posts WHERE report_posts.report_id = r.id) AS named,
           shown.html, shown.content_note, shown.title
      FROM reports r
      LEFT JOIN actors a ON a.id = r.reporter_id
      LEFT JOIN actors w ON w.id = r.assigned_to
      LEFT JOIN visitor_reports v ON v.report_id = r.id
      LEFT JOIN LATERAL (
            SELECT p.html, p.content_note, p.about->>'title' AS title
              FROM report_posts
              JOIN posts p ON p.id = report_posts.post_id
             WHERE report_posts.report_id = r.id AND {VISIBLE_BY_ID}
             ORDER BY p.id
             LIMIT 1) AS shown ON true
     WHERE r.id = ANY({unseen("$3", "bigint[]")})
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A report in two lines, as this reader may know it."""

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
    post: str
    """The first words of the first post that the reader may see; ``""``: there is none."""


async def list_briefs(conn: Conn, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Brief]:
    """Those of these reports that exist, by their numbers, as a steward may read them."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await conn.fetch(_LIST, viewer.actor_id, viewer.is_member, wanted)
    return {row["report_id"]: _brief(row, viewer.actor_id) for row in rows}


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
    return Brief(
        category=row["category"],
        is_about_reader=is_about_reader,
        by=None if is_about_reader else by,
        from_visitor=row["from_visitor"],
        visitor="" if is_about_reader else row["visitor"] or "",
        words=shortened(words, _MOST_WORDS),
        hides_words=bool(said) and not words,
        is_of_only_steward=is_alone,
        worker=row["worker"] or "",
        posts=row["named"],
        post=post,
    )
