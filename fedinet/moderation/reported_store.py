"""Posts that were reported, as stewards read them; and rows of ``reported_words``.

Whoever reports a post hands it to the stewards: those that few people could read too, and what it
said, should it be changed or deleted. SQL lives here only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.audiences.gate import VISIBLE_BY_ID, VISIBLE_TO
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.uris import Origin
from fedinet.moderation.acts_store import SAID_KEPT
from fedinet.moderation.model import MAX_POSTS
from fedinet.moderation.reports_store import NewReport
from fedinet.moderation.rights import TAKING
from fedinet.moderation.said import MOST_KEPT, said_in, written_at
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of
from fedinet.posts.store import list_visible
from fedinet.posts.words import line_of

ANY_STEWARD: Final = Viewer(is_member=True)
"""Whoever they are: what every steward reads of reports about others."""
_KEPT_FOR_NOTHING: Final = timedelta(days=30)
"""After a report was settled by which nothing was taken from anybody."""
_MOST_OF_REPORT: Final = 60
_LEAST_OF_POST: Final = 2_000
_MOST_OF_LINE: Final = 120
_FOR_FEW: Final = frozenset({Visibility.FOLLOWERS, Visibility.MENTIONED})
"""Of such a post its author would know who reported it."""

READ_BY_STEWARD = f"""
    (({VISIBLE_BY_ID} OR EXISTS (
        SELECT FROM (VALUES (NULL::bigint, true)) AS viewer (actor_id, is_member)
         WHERE {VISIBLE_TO})
      OR (EXISTS (SELECT FROM reported_words handed WHERE handed.post_id = p.id) AND EXISTS (
        SELECT FROM (VALUES (p.author_id, false)) AS viewer (actor_id, is_member)
         WHERE {VISIBLE_TO})))
     AND (p.visibility NOT IN ('followers', 'mentioned')
          OR p.author_id IS DISTINCT FROM $1::bigint))"""
"""``VISIBLE_BY_ID`` for a steward, or what every member may read: whom somebody keeps away for
themselves decides nothing about a report. Or what was handed to the stewards, as its author reads
it. None of their own that few could read: it says who reported it."""

_LIST = query(
    "moderation.list_reported_posts",
    f"""
    SELECT {POST_COLUMNS}, {VISIBLE_BY_ID} AS is_open
      FROM posts p
     WHERE p.id = ANY({unseen("$3", "bigint[]")}) AND {READ_BY_STEWARD}
     ORDER BY p.id""",
)

# Whom a post of ours may have reached at another server: its people who are named, or one who
# follows. One stands for all: where there is a follow there is no block of a person.
_LIST_READ_AT = query(
    "moderation.list_posts_read_at",
    f"""
      WITH follower AS MATERIALIZED (
        SELECT f.follower_id
          FROM follows f
          JOIN actors a ON a.id = f.follower_id
         WHERE f.target_id = $4 AND f.state = 'accepted' AND a.origin = $3
         LIMIT 1)
    SELECT p.id
      FROM posts p
     WHERE p.id = ANY($1::bigint[]) AND p.author_id = $4
       AND EXISTS (
            SELECT FROM (
                SELECT $2::bigint AS actor_id, false AS is_member
                 UNION ALL
                SELECT m.actor_id, false FROM audience_members m JOIN actors a ON a.id = m.actor_id
                 WHERE m.audience_id = p.id AND a.origin = $3
                 UNION ALL
                SELECT follower_id, false FROM follower) AS viewer
             WHERE {VISIBLE_TO})
     ORDER BY p.id
     LIMIT $5""",
)

# As ``told_of``.
_LIST_TOLD = query(
    "moderation.list_told_posts",
    f"""
    SELECT about.report_id, p.id, p.content_note, p.about->>'title' AS title, p.html
      FROM report_posts about
      JOIN posts p ON p.id = about.post_id
     WHERE about.report_id = ANY({unseen("$3", "bigint[]")}) AND p.author_id = $1::bigint
       AND p.visibility NOT IN ('followers', 'mentioned') AND {VISIBLE_BY_ID}
     ORDER BY p.id""",
)

_KEEP = query(
    "moderation.keep_reported_words",
    """
    INSERT INTO reported_words (report_id, post_id, said_at, words)
    SELECT $1, said.*
      FROM unnest($2::bigint[], $3::timestamptz[], $4::text[]) AS said
     LIMIT (SELECT greatest($5 - count(*), 0) FROM reported_words WHERE report_id = $1)
        ON CONFLICT DO NOTHING
""",
)

# An act names one report: those that were settled with it were at the same moment.
_FORGET = query(
    "moderation.forget_reported_words",
    """
    DELETE FROM reported_words w
     USING reports r
     WHERE r.id = w.report_id
       AND (w.kept_at < $1
            OR (r.resolved_at < $2
                AND NOT EXISTS (SELECT FROM account_acts a
                                 WHERE a.target_id = r.target_id AND a.act = ANY($3::text[])
                                   AND (a.report_id = r.id OR a.at = r.resolved_at))))
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPost:
    """A post in a report. ``is_open``: the steward may open it where it stands, too."""

    post: Post
    is_open: bool


@dataclass(frozen=True, slots=True)
class ToldPost:
    """A post of theirs, in a line, as who wrote it reads what a report was about."""

    id: PostId
    line: str


async def list_reported(
    conn: Conn, steward: Viewer, post_ids: Sequence[PostId]
) -> Mapping[PostId, ReportedPost]:
    """Read reported posts, as ``READ_BY_STEWARD`` says which, by number."""
    if not post_ids:
        return {}
    rows = await conn.fetch(_LIST, steward.actor_id, steward.is_member, list(post_ids))
    return {
        PostId(row["id"]): ReportedPost(post=post_of(row), is_open=row["is_open"]) for row in rows
    }


def told_of(posts: Iterable[Post]) -> list[ToldPost]:
    """Those of which their author is told where something is done about them."""
    return [
        ToldPost(one.id, line_of(one.content_note, one.about.title, one.html, _MOST_OF_LINE))
        for one in posts
        if one.visibility not in _FOR_FEW
    ]


async def list_told(
    conn: Conn, author: ActorId, report_ids: Iterable[int]
) -> Mapping[int, Sequence[ToldPost]]:
    """Read which posts an author is told of, where something was done about them, by report."""
    told: dict[int, list[ToldPost]] = {number: [] for number in report_ids}
    for row in await conn.fetch(_LIST_TOLD, author, True, list(told)) if told else ():
        line = line_of(row["content_note"], row["title"], row["html"], _MOST_OF_LINE)
        told[row["report_id"]].append(ToldPost(PostId(row["id"]), line))
    return told


async def hand_over(tx: Tx, report_id: int, posts: Sequence[Post]) -> None:
    """Keep what posts say that somebody reports who may read them; the same once."""
    if posts:
        await tx.execute(
            _KEEP,
            report_id,
            [post.id for post in posts],
            [written_at(post) for post in posts],
            [said_in(post, max(_LEAST_OF_POST, MOST_KEPT // len(posts))) for post in posts],
            _MOST_OF_REPORT,
        )


async def hand_over_from(tx: Tx, report_id: int, new: NewReport, origin: Origin) -> None:
    """The same for what a server reports: those of the posts that its people may read, or who
    sent the report; as many as a member may name."""
    rows = await tx.fetch(
        _LIST_READ_AT, list(new.post_ids), new.reporter_id, str(origin), new.target_id, MAX_POSTS
    )
    author = Viewer(new.target_id, is_member=True)
    posts = await list_visible(tx, author, [row["id"] for row in rows])
    await hand_over(tx, report_id, list(posts.values()))


async def forget_reported(pool: Pool, *, now: datetime) -> None:
    """Forget what nobody needs to look at again: sooner where nothing was done."""
    taking = [act.value for act in TAKING]
    await pool.execute(_FORGET, now - SAID_KEPT, now - _KEPT_FOR_NOTHING, taking)
