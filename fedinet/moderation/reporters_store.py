"""Rows of ``reports`` as of who made them: what is open, how many, and what is added."""

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.moderation.model import Category
from fedinet.moderation.reports_store import NewReport

_LOCK_REPORTER = query(
    "moderation.lock_reporter", "SELECT FROM accounts WHERE actor_id = $1 FOR NO KEY UPDATE"
)

_FIND_OPEN = query(
    "moderation.find_open_report",
    """
    SELECT id, comment, category
      FROM reports
     WHERE reporter_id = $1 AND target_id = $2 AND resolved_at IS NULL
     ORDER BY id DESC
     LIMIT 1
       FOR NO KEY UPDATE
""",
)

_EXTEND = query(
    "moderation.extend_report",
    """
    WITH more AS (
        INSERT INTO report_posts (report_id, post_id)
        SELECT $1, p.id FROM posts p WHERE p.id = ANY($2::bigint[]) AND p.author_id = $3
           FOR KEY SHARE OF p
            ON CONFLICT DO NOTHING
        RETURNING post_id
    )
    UPDATE reports
       SET comment = $4, category = $5, forwarded = forwarded OR $7, updated_at = now(),
           rule_ids = ARRAY(SELECT DISTINCT unnest(rule_ids || $6::bigint[]) ORDER BY 1)
     WHERE id = $1
       AND (comment <> $4 OR category <> $5 OR forwarded < $7 OR NOT rule_ids @> $6::bigint[]
            OR EXISTS (SELECT FROM more))
    RETURNING id
""",
)

_COUNT_LATELY = query(
    "moderation.count_reports_lately",
    """
    SELECT count(*) FROM reports
     WHERE reporter_id = $1 AND created_at > now() - interval '1 hour'
""",
)

_COUNT_OPEN_OF = query(
    "moderation.count_open_reports_of",
    """
    SELECT count(*) FROM (
        SELECT FROM reports WHERE reporter_id = $1 AND resolved_at IS NULL LIMIT $2) AS open
""",
)

_COUNT_OPEN_OF_OWNER = query(
    "moderation.count_open_reports_of_owner",
    """
    SELECT count(*) FROM (
        SELECT FROM reports r JOIN actors a ON a.id = r.reporter_id
         WHERE r.resolved_at IS NULL AND NOT a.is_local
           AND (a.domain = $1 OR right(a.domain, length($1) + 1) = '.' || $1)
         LIMIT $2) AS open
""",
)


async def lock_reporter(tx: Tx, reporter_id: ActorId) -> None:
    """Let a member's reports queue: a second click waits, and then finds the first."""
    await tx.execute(_LOCK_REPORTER, reporter_id)


async def find_open(
    tx: Tx, reporter_id: ActorId | None, target_id: ActorId
) -> tuple[int, str, Category] | None:
    """Find the open report of somebody by somebody: its number, words and kind. Nobody settles it
    until ``tx`` ends."""
    row = await tx.fetchrow(_FIND_OPEN, reporter_id, target_id)
    return None if row is None else (row["id"], row["comment"], row["category"])


async def extend(tx: Tx, report_id: int, new: NewReport) -> bool:
    """Add posts and rules to a report, and set its words and kind. False: all of it was there."""
    found = await tx.fetchval(
        _EXTEND,
        report_id,
        list(new.post_ids),
        new.target_id,
        new.comment,
        new.category,
        list(new.rule_ids),
        new.forwarded,
    )
    return found is not None


async def count_lately(conn: Conn, reporter_id: ActorId) -> int:
    """Count what somebody reported within an hour, settled or not."""
    return int(await conn.fetchval(_COUNT_LATELY, reporter_id))


async def count_open_of(conn: Conn, reporter_id: ActorId, *, most: int) -> int:
    return int(await conn.fetchval(_COUNT_OPEN_OF, reporter_id, most))


async def count_open_of_owner(conn: Conn, domain: str, *, most: int) -> int:
    """Count what is open of everybody at a registered domain, its sub-domains included."""
    return int(await conn.fetchval(_COUNT_OPEN_OF_OWNER, domain, most))
