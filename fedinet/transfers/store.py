"""Rows of ``imports`` and ``import_rows``. SQL lives here only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.transfers.model import (
    Counts,
    Import,
    Kind,
    Reading,
    Reason,
    Row,
    RowState,
    State,
)

_COLUMNS: Final = "id, actor_id, kind, state, overwrite, run, created_at, ended_at"
_ROW: Final = "line, raw, target, server, title, boosts, notify, languages, reason, tries"

_LOCK_OWNER = query(
    "transfers.lock_owner",
    "SELECT pg_advisory_xact_lock(hashtextextended('imports ' || $1::bigint, 0))",
)
_INSERT = query(
    "transfers.insert_import",
    f"""
    INSERT INTO imports (actor_id, kind, state, created_at)
    VALUES ($1, $2, 'ready', $3)
    RETURNING {_COLUMNS}
""",
)
_INSERT_ROWS = query(
    "transfers.insert_rows",
    """
    INSERT INTO import_rows (import_id, line, raw, target, server, title, boosts, notify,
                             languages, reason, state, due_at)
    SELECT $1, r.line, r.raw, r.target, r.server, r.title, r.boosts, r.notify, r.languages,
           r.reason, CASE WHEN r.reason IS NULL THEN 'new' ELSE 'failed' END, $2
      FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[],
                  $9::bool[], $10::text[], $11::text[])
           AS r (line, raw, target, server, title, boosts, notify, languages, reason)
""",
)
_FIND = query(
    "transfers.find_import", f"SELECT {_COLUMNS} FROM imports WHERE id = $1 AND actor_id = $2"
)
_LOCK = query("transfers.lock_import", f"SELECT {_COLUMNS} FROM imports WHERE id = $1 FOR UPDATE")
_LIST = query(
    "transfers.list_imports",
    f"SELECT {_COLUMNS} FROM imports WHERE actor_id = $1 ORDER BY id DESC LIMIT 50",
)
_SET_STATE = query(
    "transfers.set_state",
    f"""
    UPDATE imports
       SET state = $2, overwrite = $3, run = $4, ended_at = $5
     WHERE id = $1
    RETURNING {_COLUMNS}
""",
)
_DELETE = query(
    "transfers.delete_import", "DELETE FROM imports WHERE id = $1 AND state <> 'working'"
)
_COUNTS = query(
    "transfers.count_rows",
    """
    SELECT count(*) FILTER (WHERE state IN ('new', 'asking')) AS waiting,
           count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state = 'failed') AS failed
      FROM import_rows
     WHERE import_id = $1
""",
)
_LIST_NEW = query(
    "transfers.list_new",
    f"""
    SELECT {_ROW} FROM import_rows
     WHERE import_id = $1 AND state = 'new'
     ORDER BY line
     LIMIT $2
""",
)
_LIST_ASKING = query(
    "transfers.list_asking",
    f"""
    SELECT DISTINCT ON (server) {_ROW} FROM import_rows r
     WHERE import_id = $1 AND state = 'asking' AND due_at <= $2
       AND NOT EXISTS (SELECT FROM import_turns t
                        WHERE t.server = r.server AND t.import_id = $1 AND t.ask_at > $2)
     ORDER BY server, due_at, line
     LIMIT $3
""",
)
_LIST_FAILED = query(
    "transfers.list_failed",
    f"""
    SELECT {_ROW} FROM import_rows
     WHERE import_id = $1 AND state = 'failed' AND line > $2
     ORDER BY line
     LIMIT $3
""",
)
_NEXT_DUE = query(
    "transfers.next_due",
    "SELECT min(due_at) FROM import_rows WHERE import_id = $1 AND state IN ('new', 'asking')",
)
_MARK = query(
    "transfers.mark_row",
    """
    UPDATE import_rows SET state = $3, reason = $4, target_id = $5
     WHERE import_id = $1 AND line = $2 AND state IN ('new', 'asking')
""",
)
_REST = query(
    "transfers.rest_server",
    """
    UPDATE import_rows
       SET due_at = CASE line WHEN $3 THEN $4::timestamptz + interval '1 second' ELSE $4 END,
           tries = tries + $5
     WHERE import_id = $1 AND server = $2 AND state = 'asking'
""",
)
_ANSWERED = query(
    "transfers.server_answered",
    """
    UPDATE import_rows SET tries = 0
     WHERE import_id = $1 AND server = $2 AND state = 'asking' AND tries > 0
""",
)
_GIVE_UP = query(
    "transfers.give_server_up",
    """
    UPDATE import_rows SET state = 'failed', reason = $3
     WHERE import_id = $1 AND server = $2 AND state = 'asking'
""",
)
_IS_BEHIND = query(
    "transfers.is_behind",
    """
    SELECT EXISTS (
        SELECT FROM imports WHERE actor_id = $1 AND state = 'working' AND id < $2
    )
""",
)
_FORGET = query(
    "transfers.forget_imports",
    """
    DELETE FROM imports
     WHERE (state = 'ready' AND created_at < $1)
        OR (state IN ('stopped', 'done') AND ended_at < $2)
""",
)
_STOP_ABANDONED = query(
    "transfers.stop_abandoned",
    """
    UPDATE imports i
       SET state = 'stopped', ended_at = $2
     WHERE state = 'working'
       AND NOT EXISTS (SELECT FROM jobs j
                        WHERE j.kind = $1 AND j.failed_at IS NULL
                          AND j.unique_key LIKE i.id || ':' || i.run || ':%')
 RETURNING id
""",
)
_NAMED = query(
    "transfers.list_named",
    """
    SELECT title, target, target_id FROM import_rows
     WHERE import_id = $1 AND target <> ''
     ORDER BY line
""",
)


@dataclass(frozen=True, slots=True)
class Named:
    """What the lines of a file name: titles with handles, servers, addresses; and whom they are."""

    targets: frozenset[tuple[str, str]]
    ids: frozenset[tuple[str, int]]

    @property
    def titles(self) -> frozenset[str]:
        return frozenset(title for title, _ in self.targets)

    def has(self, target: str, target_id: int | None = None, *, title: str = "") -> bool:
        return (title, target.lower()) in self.targets or (title, target_id) in self.ids


async def lock_owner(tx: Tx, actor_id: ActorId) -> None:
    """Let nobody else change this member's imports until the end of the transaction."""
    await tx.execute(_LOCK_OWNER, actor_id)


async def insert_import(tx: Tx, actor_id: ActorId, reading: Reading, now: datetime) -> Import:
    """Keep what was read; nothing happens with it yet."""
    made = await tx.fetchrow(_INSERT, actor_id, reading.kind, now)
    assert made is not None  # noqa: S101  # RETURNING of an insert
    rows = reading.rows
    await tx.execute(
        _INSERT_ROWS,
        made["id"],
        now,
        [row.line for row in rows],
        [row.raw for row in rows],
        [row.target for row in rows],
        [row.server for row in rows],
        [row.title for row in rows],
        [row.boosts for row in rows],
        [row.notify for row in rows],
        [row.languages for row in rows],
        [row.reason for row in rows],
    )
    return _import(made)


async def find_import(conn: Conn | Pool, actor_id: ActorId, import_id: int) -> Import | None:
    """Read an import of this member; that of somebody else is none."""
    row = await conn.fetchrow(_FIND, import_id, actor_id)
    return None if row is None else _import(row)


async def lock_import(tx: Tx, import_id: int) -> Import | None:
    """Read one, and hold it until ``tx`` ends: who stops it now is heard."""
    row = await tx.fetchrow(_LOCK, import_id)
    return None if row is None else _import(row)


async def list_imports(conn: Conn, actor_id: ActorId) -> list[Import]:
    """List a member's imports, the last first."""
    return [_import(row) for row in await conn.fetch(_LIST, actor_id)]


async def set_state(
    tx: Tx,
    one: Import,
    state: State,
    *,
    overwrite: bool | None = None,
    run: int | None = None,
    ended_at: datetime | None = None,
) -> Import:
    """Write how far it is; what is None stays, but for ``ended_at``."""
    over = one.overwrite if overwrite is None else overwrite
    row = await tx.fetchrow(
        _SET_STATE, one.id, state, over, one.run if run is None else run, ended_at
    )
    assert row is not None  # noqa: S101  # the caller holds it
    return _import(row)


async def delete_import(tx: Tx, import_id: int) -> None:
    """Forget one that rests; who began with it a moment ago goes on."""
    await tx.execute(_DELETE, import_id)


async def count_rows(conn: Conn | Pool, import_id: int) -> Counts:
    row = await conn.fetchrow(_COUNTS, import_id)
    return Counts() if row is None else Counts(row["waiting"], row["done"], row["failed"])


async def list_new(conn: Conn | Pool, import_id: int, limit: int) -> list[Row]:
    """List lines that nobody has looked at yet."""
    return [_row(row) for row in await conn.fetch(_LIST_NEW, import_id, limit)]


async def list_asking(conn: Conn | Pool, import_id: int, now: datetime, limit: int) -> list[Row]:
    """List one line of each server that has to be asked and may be asked now."""
    return [_row(row) for row in await conn.fetch(_LIST_ASKING, import_id, now, limit)]


async def list_failed(
    conn: Conn | Pool, import_id: int, *, after: int = 0, limit: int
) -> list[Row]:
    """List lines that cannot be used or failed, from line ``after`` on."""
    return [_row(row) for row in await conn.fetch(_LIST_FAILED, import_id, after, limit)]


async def next_due(conn: Conn | Pool, import_id: int) -> datetime | None:
    """When the next line is due; None where none waits."""
    found: datetime | None = await conn.fetchval(_NEXT_DUE, import_id)
    return found


async def mark_row(
    tx: Tx,
    import_id: int,
    line: int,
    state: RowState,
    *,
    reason: Reason | None = None,
    target_id: int | None = None,
) -> None:
    """Write what became of a line that waited."""
    await tx.execute(_MARK, import_id, line, state, reason, target_id)


async def rest_server(tx: Tx, import_id: int, row: Row, due_at: datetime, *, counts: bool) -> None:
    """Ask a server nothing more before that time, and then for another line than this one first.

    ``counts``: it was asked and did not answer.
    """
    await tx.execute(_REST, import_id, row.server, row.line, due_at, int(counts))


async def note_answer(tx: Tx, import_id: int, server: str) -> None:
    """A server that did not answer before has answered: its silence is counted anew."""
    await tx.execute(_ANSWERED, import_id, server)


async def give_server_up(tx: Tx, import_id: int, server: str) -> None:
    """Ask a server nothing more: the lines that wait for it fail."""
    await tx.execute(_GIVE_UP, import_id, server, Reason.SILENT)


async def is_behind(conn: Conn | Pool, one: Import) -> bool:
    """Tell whether the same member has a file at work that they brought before."""
    return bool(await conn.fetchval(_IS_BEHIND, one.actor_id, one.id))


async def forget_imports(tx: Tx, *, looked_at: datetime, ended: datetime) -> None:
    """Delete what was only looked at before, and what ended before."""
    await tx.execute(_FORGET, looked_at, ended)


async def stop_abandoned(tx: Tx, job: str, *, now: datetime) -> list[int]:
    """Stop what is at work and has no ``job`` left, as where it failed too often. Which it was."""
    return [row["id"] for row in await tx.fetch(_STOP_ABANDONED, job, now)]


async def list_named(conn: Conn | Pool, import_id: int) -> Named:
    """List all that the lines name, also those that failed: none of it is taken away."""
    rows = await conn.fetch(_NAMED, import_id)
    return Named(
        frozenset((row["title"], row["target"].lower()) for row in rows),
        frozenset((row["title"], row["target_id"]) for row in rows if row["target_id"]),
    )


def _import(row: asyncpg.Record) -> Import:
    return Import(
        id=row["id"],
        actor_id=ActorId(row["actor_id"]),
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        overwrite=row["overwrite"],
        run=row["run"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


def _row(row: asyncpg.Record) -> Row:
    return Row(
        line=row["line"],
        raw=row["raw"],
        target=row["target"],
        server=row["server"],
        title=row["title"],
        boosts=row["boosts"],
        notify=row["notify"],
        languages=row["languages"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        tries=row["tries"],
    )
