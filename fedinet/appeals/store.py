"""Rows of ``appeals`` and ``appeal_answers``. SQL lives here only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from fedinet.appeals.model import KEPT_DAYS, Answer, Appeal, State
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, Domain

_COLUMNS = """id, member_id, domain, rule_key, signer_uri, contact, words, state, is_shown,
              created_at, settled_at"""

# Appeals from elsewhere are few and queue here; so counts are exact.
_LOCK = query(
    "appeals.lock", "SELECT pg_advisory_xact_lock(hashtextextended('appeals ' || $1::text, 0))"
)

_INSERT = query(
    "appeals.insert",
    """
    INSERT INTO appeals (member_id, domain, rule_key, signer_uri, contact, words)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id
""",
)

_FIND = query("appeals.find", f"SELECT {_COLUMNS} FROM appeals WHERE id = $1")
_LOCK_ONE = query("appeals.lock_one", f"SELECT {_COLUMNS} FROM appeals WHERE id = $1 FOR UPDATE")

_LIST_BY_ID = query(
    "appeals.list_by_id", f"SELECT {_COLUMNS} FROM appeals WHERE id = ANY($1::bigint[])"
)

_LIST_OPEN_OF_SERVER = query(
    "appeals.list_open_of_server",
    f"""
    SELECT {_COLUMNS}
      FROM appeals
     WHERE domain = $1 AND state = 'open' AND member_id IS NULL
     ORDER BY id
     LIMIT 100
""",
)

_COUNT_OPEN = query(
    "appeals.count_open_elsewhere",
    """
    SELECT count(*) FROM (
        SELECT FROM appeals
         WHERE state = 'open' AND member_id IS NULL AND (signer_uri <> '') = $2
         LIMIT $1) AS open
""",
)

_LIST_OF_MEMBER = query(
    "appeals.list_of_member",
    f"SELECT {_COLUMNS} FROM appeals WHERE member_id = $1 ORDER BY id DESC LIMIT 50",
)

_STRETCH = " AND ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2"
_LIST_OPEN = query(
    "appeals.list_open", f"SELECT {_COLUMNS} FROM appeals WHERE state = 'open'" + _STRETCH
)
_LIST_ALL = query("appeals.list_all", f"SELECT {_COLUMNS} FROM appeals WHERE true" + _STRETCH)

_SHOWN = query(
    "appeals.list_shown",
    """
    SELECT rule_key, words
      FROM appeals
     WHERE is_shown AND rule_key = ANY($1::text[])
     ORDER BY id
     LIMIT 500
""",
)

_SETTLE = query(
    "appeals.settle",
    """
    UPDATE appeals
       SET state = $2, settled_by = $3, settled_at = now()
     WHERE id = $1 AND state = 'open'
    RETURNING id
""",
)

_SHOW = query("appeals.show", "UPDATE appeals SET is_shown = $2 WHERE id = $1")

_ANSWER = query(
    "appeals.insert_answer",
    """
    INSERT INTO appeal_answers (appeal_id, steward_id, by_steward, words)
    VALUES ($1, $2, $3, $4)
""",
)

_ANSWERS = query(
    "appeals.list_answers",
    """
    SELECT words, by_steward, steward_id, said_at
      FROM appeal_answers
     WHERE appeal_id = $1
     ORDER BY id
     LIMIT 100
""",
)

_FORGET = query(
    "appeals.forget_settled",
    """
    DELETE FROM appeals
     WHERE settled_at < now() - make_interval(days => $1) AND NOT is_shown
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppeal:
    domain: Domain
    rule_key: str
    words: str
    member_id: ActorId | None = None
    signer_uri: str = ""
    contact: str = ""


async def lock_of(tx: Tx, who: str) -> None:
    """Let appeals of one kind of people queue until the transaction ends."""
    await tx.execute(_LOCK, who)


async def insert_appeal(tx: Tx, new: NewAppeal) -> int:
    return int(
        await tx.fetchval(
            _INSERT,
            new.member_id,
            new.domain,
            new.rule_key,
            new.signer_uri,
            new.contact,
            new.words,
        )
    )


async def find_appeal(conn: Conn, appeal_id: int) -> Appeal | None:
    row = await conn.fetchrow(_FIND, appeal_id)
    return None if row is None else _appeal(row)


async def find_appeals(conn: Conn, ids: Iterable[int]) -> Mapping[int, Appeal]:
    """Those of these that exist, by their numbers."""
    return {row["id"]: _appeal(row) for row in await conn.fetch(_LIST_BY_ID, list(ids))}


async def lock_appeal(tx: Tx, appeal_id: int) -> Appeal | None:
    """Read one and hold its row until the transaction ends."""
    row = await tx.fetchrow(_LOCK_ONE, appeal_id)
    return None if row is None else _appeal(row)


async def list_open_of_server(conn: Conn, domain: Domain) -> Sequence[Appeal]:
    """List what people of a server ask, and is open; oldest first."""
    return [_appeal(row) for row in await conn.fetch(_LIST_OPEN_OF_SERVER, domain)]


async def count_open_elsewhere(conn: Conn, *, is_signed: bool, most: int) -> int:
    """Count what people of other servers ask and is open, signed or not; at most ``most``."""
    return int(await conn.fetchval(_COUNT_OPEN, most, is_signed))


async def list_of_member(conn: Conn, member_id: ActorId) -> Sequence[Appeal]:
    """List a member's own, newest first."""
    return [_appeal(row) for row in await conn.fetch(_LIST_OF_MEMBER, member_id)]


async def list_appeals(
    conn: Conn, *, before: int | None, limit: int, with_settled: bool
) -> Sequence[Appeal]:
    """List appeals, newest first."""
    rows = await conn.fetch(_LIST_ALL if with_settled else _LIST_OPEN, before, limit)
    return [_appeal(row) for row in rows]


async def list_shown(conn: Conn, keys: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """What those that rules are about say themselves, where stewards agreed, by rule."""
    found: dict[str, list[str]] = {}
    for row in await conn.fetch(_SHOWN, list(keys)):
        found.setdefault(row["rule_key"], []).append(row["words"])
    return found


async def settle(tx: Tx, appeal_id: int, state: State, *, by: ActorId) -> bool:
    """Settle an open appeal. False: it is settled already."""
    return await tx.fetchval(_SETTLE, appeal_id, state, by) is not None


async def show(tx: Tx, appeal_id: int, *, is_shown: bool) -> None:
    """Put their words on the public page, or take them off."""
    await tx.execute(_SHOW, appeal_id, is_shown)


async def insert_answer(tx: Tx, appeal_id: int, words: str, *, steward: ActorId | None) -> None:
    """Add to the thread; ``steward`` None: by who appeals."""
    await tx.execute(_ANSWER, appeal_id, steward, steward is not None, words)


async def list_answers(conn: Conn, appeal_id: int) -> Sequence[Answer]:
    return [
        Answer(
            words=row["words"],
            by_steward=row["by_steward"],
            steward_id=None if row["steward_id"] is None else ActorId(row["steward_id"]),
            said_at=row["said_at"],
        )
        for row in await conn.fetch(_ANSWERS, appeal_id)
    ]


async def forget_settled(tx: Tx) -> int:
    """Forget what was settled 180 days ago. Returns how many."""
    return int((await tx.execute(_FORGET, KEPT_DAYS)).rsplit(" ", 1)[1])


def _appeal(row: asyncpg.Record) -> Appeal:
    return Appeal(
        id=row["id"],
        member_id=None if row["member_id"] is None else ActorId(row["member_id"]),
        domain=Domain(row["domain"]),
        rule_key=row["rule_key"],
        signer_uri=row["signer_uri"],
        contact=row["contact"],
        words=row["words"],
        state=State(row["state"]),
        is_shown=row["is_shown"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )
