"""A report with what stands beside it on its page, in one statement. SQL lives here only.

A read over ``reports``, their notes, visitors’ names, ``account_acts``,
``removed_words``, ``reported_words`` and ``reason_texts``.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from fedinet.db.query import Conn, query
from fedinet.kernel.errors import NotFound
from fedinet.moderation.acts_store import KNOWN
from fedinet.moderation.model import Note, Report
from fedinet.moderation.reasons import Reason
from fedinet.moderation.reports_store import COLUMNS, report_of
from fedinet.moderation.rights import DoneAct
from fedinet.moderation.said import SaidThen

_BEFORE: Final = 10
"""Reports and acts about the same person."""

_FIND = query(
    "moderation.find_case",
    f"""
    WITH one AS ({COLUMNS} r.id = $1)
    SELECT one.*,
           ARRAY(SELECT to_json(n)::text
                   FROM (SELECT by_actor AS by, text, at FROM report_notes
                          WHERE report_id = one.id ORDER BY id LIMIT 200) AS n) AS notes,
           ARRAY(SELECT to_json(w)::text
                   FROM (SELECT post_id, said_at, words, about.post_id IS NOT NULL AS is_there
                           FROM reported_words
                           LEFT JOIN report_posts about USING (report_id, post_id)
                          WHERE report_id = one.id ORDER BY post_id, said_at) AS w) AS said,
           ARRAY(SELECT to_json(o)::text
                   FROM ({COLUMNS} r.target_id = one.target_id AND r.id <> one.id
                          ORDER BY r.id DESC LIMIT {_BEFORE}) AS o) AS others,
           ARRAY(SELECT to_json(d)::text
                   FROM (SELECT account_acts.*, coalesce(w.words, '') AS said
                           FROM account_acts LEFT JOIN removed_words w ON w.act_id = id
                          WHERE target_id = one.target_id AND act = ANY($2::text[])
                          ORDER BY id DESC LIMIT {_BEFORE}) AS d) AS done,
           ARRAY(SELECT to_json(t)::text
                   FROM (SELECT id, key, category, words AS written
                           FROM reason_texts WHERE retired_at IS NULL ORDER BY id) AS t) AS reasons
      FROM one
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``others`` and ``done``: reports about the same person and what was done, newest first."""

    report: Report
    notes: tuple[Note, ...]
    others: tuple[Report, ...]
    done: tuple[DoneAct, ...]
    reasons: tuple[Reason, ...]
    """Those that stewards are offered."""
    said: tuple[SaidThen, ...]
    """What the posts said that it is about, each time that it was reported."""

    @property
    def led_to(self) -> list[DoneAct]:
        """What was done because of it."""
        return [act for act in self.done if act.report_id == self.report.id]


async def get_case(conn: Conn, report_id: int) -> Case:
    """Read a report with its surroundings.

    Raises:
        NotFound: there is none.
    """
    row = await conn.fetchrow(_FIND, report_id, KNOWN)
    if row is None:
        raise NotFound(f"no report {report_id}")
    return Case(
        report=report_of(row),
        notes=tuple(msgspec.json.decode(one, type=Note) for one in row["notes"]),
        others=tuple(msgspec.json.decode(one, type=Report) for one in row["others"]),
        done=tuple(msgspec.json.decode(one, type=DoneAct) for one in row["done"]),
        said=tuple(msgspec.json.decode(one, type=SaidThen) for one in row["said"]),
        reasons=tuple(msgspec.json.decode(one, type=Reason) for one in row["reasons"]),
    )
