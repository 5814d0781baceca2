"""Rows of ``backup_runs`` and ``backup_passphrase``. SQL is here only."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from fedinet.backups.model import Run, RunKind, Standing
from fedinet.db.query import Conn, Pool, Tx, query

_COLUMNS = """id, kind, asked_by, wanted_at, started_at, ended_at, outcome, why, place, file,
           bytes, media_files, posts, members, gone_at"""

_WANT = query(
    "backups.insert_run",
    """
    INSERT INTO backup_runs (kind, asked_by, file) VALUES ($1, $2, $3)
        ON CONFLICT (kind) WHERE ended_at IS NULL DO NOTHING
    RETURNING id
""",
)

_LIST_OPEN = query(
    "backups.list_open_runs",
    f"""
    SELECT {_COLUMNS}
      FROM backup_runs
     WHERE ended_at IS NULL
     ORDER BY kind, id
     LIMIT 2
""",
)

_BEGIN = query(
    "backups.begin_run",
    f"""
    UPDATE backup_runs SET started_at = now()
     WHERE id = (SELECT id FROM backup_runs
                  WHERE ended_at IS NULL AND started_at IS NULL
                  ORDER BY kind, id LIMIT 1)
    RETURNING {_COLUMNS}
""",
)

_FINISH = query(
    "backups.finish_run",
    """
    UPDATE backup_runs
       SET ended_at = now(), outcome = 'done', place = $2, file = $3, bytes = $4,
           media_files = $5, posts = $6, members = $7
     WHERE id = $1
""",
)

_FAIL = query(
    "backups.fail_run",
    """
    UPDATE backup_runs SET ended_at = now(), outcome = 'failed', why = $2, file = $3
     WHERE id = $1
""",
)

_FAIL_BROKEN = query(
    "backups.fail_broken_runs",
    """
    UPDATE backup_runs SET ended_at = now(), outcome = 'failed', why = $1
     WHERE ended_at IS NULL AND started_at IS NOT NULL
""",
)

_FORGET_OPEN = query("backups.forget_open_runs", "DELETE FROM backup_runs WHERE ended_at IS NULL")

_LIST = query(
    "backups.list_runs",
    f"""
    SELECT {_COLUMNS}
      FROM backup_runs
     WHERE ($1::bigint IS NULL OR id < $1)
     ORDER BY id DESC
     LIMIT $2
""",
)

_MARK_GONE = query(
    "backups.mark_gone",
    """
    UPDATE backup_runs SET gone_at = now()
     WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done' AND place = $1
       AND gone_at IS NULL AND NOT file = ANY ($2::text[])
""",
)

_FORGET = query(
    "backups.forget_runs",
    """
    DELETE FROM backup_runs
     WHERE kind = ANY ('{make,verify}'::text[]) AND ended_at < $1
       AND (outcome = 'failed' OR kind = 'verify' OR gone_at IS NOT NULL)
""",
)

_STANDING = query(
    "backups.read_standing",
    """
    SELECT (SELECT set_up_at FROM node) AS set_up_at,
           (SELECT started_at FROM backup_runs
             WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done'
               AND ended_at <= now()
             ORDER BY ended_at DESC LIMIT 1) AS made_at,
           (SELECT ended_at FROM backup_runs
             WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'failed'
             ORDER BY ended_at DESC LIMIT 1) AS make_failed_at,
           (SELECT ended_at FROM backup_runs
             WHERE kind = 'verify' AND ended_at IS NOT NULL AND outcome = 'done'
               AND ended_at <= now()
             ORDER BY ended_at DESC LIMIT 1) AS verified_at,
           (SELECT ended_at FROM backup_runs
             WHERE kind = 'verify' AND ended_at IS NOT NULL AND outcome = 'failed'
             ORDER BY ended_at DESC LIMIT 1) AS verify_failed_at,
           (SELECT file FROM backup_runs
             WHERE kind = 'verify' AND ended_at IS NOT NULL AND outcome = 'failed'
             ORDER BY ended_at DESC LIMIT 1) AS verify_failed_file,
           (SELECT ended_at FROM backup_runs
             WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done'
             ORDER BY ended_at LIMIT 1) AS oldest_at
""",
)

_LAST_SIZE = query(
    "backups.last_size",
    """
    SELECT bytes FROM backup_runs
     WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done'
     ORDER BY ended_at DESC LIMIT 1
""",
)

_DATABASE_SIZE = query(
    "backups.database_size", "SELECT pg_database_size(current_database()) AS bytes"
)

_KEPT = query("backups.find_kept", "SELECT mark, kept_by, kept_at FROM backup_passphrase")

_SAVE_KEPT = query(
    "backups.save_kept",
    """
    INSERT INTO backup_passphrase (mark, kept_by) VALUES ($1, $2)
        ON CONFLICT (singleton) DO UPDATE
       SET mark = excluded.mark, kept_by = excluded.kept_by, kept_at = now()
""",
)

_LOCK = 6_069_001
"""Session lock: at most one process works off what is wanted."""
_TRY_LOCK = query("backups.try_to_work", f"SELECT pg_try_advisory_lock({_LOCK})")


async def want(tx: Tx, kind: RunKind, *, asked_by: str = "", file: str = "") -> bool:
    """Ask for a run; False: one of its kind is wanted or under way. ``file``: to read back."""
    return await tx.fetchval(_WANT, kind, asked_by, file) is not None


async def list_wanted(conn: Conn | Pool) -> Sequence[Run]:
    """What is wanted or under way: at most one of each kind."""
    return [_run(row) for row in await conn.fetch(_LIST_OPEN)]


async def begin_next(tx: Tx) -> Run | None:
    """Take up what is wanted next; the caller holds the lock of ``may_work``."""
    row = await tx.fetchrow(_BEGIN)
    return None if row is None else _run(row)


async def finish(
    tx: Tx,
    run_id: int,
    *,
    place: str,
    file: str,
    size: int,
    media_files: int = 0,
    posts: int = 0,
    members: int = 0,
) -> None:
    await tx.execute(_FINISH, run_id, place, file, size, media_files, posts, members)


async def fail(tx: Tx, run_id: int, why: str, *, file: str = "") -> None:
    await tx.execute(_FAIL, run_id, why[:1000], file)


async def fail_broken(tx: Tx, why: str) -> None:
    """End what a killed process left under way; the caller holds the lock of ``may_work``."""
    await tx.execute(_FAIL_BROKEN, why)


async def forget_open(tx: Tx) -> None:
    """After a restore: a backup holds itself as one that is under way."""
    await tx.execute(_FORGET_OPEN)


async def list_runs(conn: Conn, *, before: int | None = None, limit: int = 50) -> Sequence[Run]:
    """List runs, newest first."""
    return [_run(row) for row in await conn.fetch(_LIST, before, limit)]


async def mark_gone(tx: Tx, place: str, there: Sequence[str]) -> None:
    """Note that all backups of a place but these are not there any more."""
    await tx.execute(_MARK_GONE, place, list(there))


async def forget_runs(tx: Tx, before: datetime) -> None:
    """Forget what failed, was read back, or is gone, and ended before."""
    await tx.execute(_FORGET, before)


async def read_standing(conn: Conn | Pool) -> Standing:
    """Read it. What was done in the future was done while the clock was wrong, and counts not."""
    row = await conn.fetchrow(_STANDING)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Standing(
        set_up_at=row["set_up_at"],
        made_at=row["made_at"],
        make_failed_at=row["make_failed_at"],
        verified_at=row["verified_at"],
        verify_failed_at=row["verify_failed_at"],
        verify_failed_file=row["verify_failed_file"] or "",
        oldest_at=row["oldest_at"],
    )


async def read_sizes(conn: Conn) -> tuple[int, int | None]:
    """How many bytes the database has, and the last backup had."""
    return await conn.fetchval(_DATABASE_SIZE), await conn.fetchval(_LAST_SIZE)


async def may_work(conn: Conn) -> bool:
    """Become the one who works off what is wanted, until ``conn`` is closed."""
    return bool(await conn.fetchval(_TRY_LOCK))


async def find_kept(conn: Conn | Pool) -> tuple[str, str, datetime] | None:
    """The mark of the passphrase that somebody keeps a copy of, who, and since when."""
    row = await conn.fetchrow(_KEPT)
    return None if row is None else (row["mark"], row["kept_by"], row["kept_at"])


async def save_kept(tx: Tx, mark: str, *, by: str) -> None:
    await tx.execute(_SAVE_KEPT, mark, by)


def _run(row: asyncpg.Record) -> Run:
    return Run(
        id=row["id"],
        kind=RunKind(row["kind"]),
        asked_by=row["asked_by"],
        wanted_at=row["wanted_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        failed=row["outcome"] == "failed",
        why=row["why"],
        place=row["place"],
        file=row["file"],
        size=row["bytes"],
        media_files=row["media_files"],
        posts=row["posts"],
        members=row["members"],
        gone_at=row["gone_at"],
    )
