"""The row of ``joining_ways``, and how much room there is. SQL of the table lives here only."""

from datetime import datetime
from typing import Final

import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.joining.model import Question, Room, Ways
from fedinet.joining.readings_store import STEWARDS

_questions: Final = msgspec.json.Decoder(tuple[Question, ...])

_GET = query(
    "joining.get_ways",
    "SELECT asking, readers, questions, kept_days, most_members FROM joining_ways",
)

_READERS = query(
    "joining.read_readers",
    f"SELECT readers, (SELECT count(*) {STEWARDS}) AS stewards FROM joining_ways",
)

_UPDATE = query(
    "joining.update_ways",
    """
    UPDATE joining_ways
       SET asking = $1, readers = $2, questions = $3::jsonb, kept_days = $4, most_members = $5
""",
)

_LOCK = query("joining.lock_room", "SELECT pg_advisory_xact_lock(hashtextextended('room', 0))")

_ROOM = query(
    "joining.read_room",
    """
    SELECT most_members,
           (SELECT count(*) FROM accounts WHERE disabled_at IS NULL) AS members,
           (SELECT count(*) FROM join_requests
             WHERE standing = 'invited' AND invited_until > $1) AS promised
      FROM joining_ways
""",
)


async def get_ways(conn: Conn | Pool) -> Ways:
    row = await conn.fetchrow(_GET)
    assert row is not None  # noqa: S101  # the migration made it
    return Ways(
        asking=row["asking"],
        readers=row["readers"],
        questions=_questions.decode(row["questions"]),
        kept_days=row["kept_days"],
        most_members=row["most_members"],
    )


async def read_readers(conn: Conn | Pool) -> tuple[int, int]:
    """How many stewards are to read a request, and how many there are who could."""
    row = await conn.fetchrow(_READERS)
    assert row is not None  # noqa: S101  # as above
    return row["readers"], row["stewards"]


async def is_asking(conn: Conn | Pool) -> bool:
    """Tell whether strangers may ask."""
    return (await get_ways(conn)).asking


async def update_ways(tx: Tx, ways: Ways) -> None:
    questions = msgspec.json.encode(ways.questions).decode()
    await tx.execute(
        _UPDATE, ways.asking, ways.readers, questions, ways.kept_days, ways.most_members
    )


async def lock_room(tx: Tx) -> None:
    """Let whoever comes in, or is given a place, count after one another.

    Taken before any row of a request or an invitation, by all who take both.
    """
    await tx.execute(_LOCK)


async def read_room(conn: Conn | Pool, *, now: datetime) -> Room:
    row = await conn.fetchrow(_ROOM, now)
    assert row is not None  # noqa: S101  # as above
    return Room(row["most_members"], row["members"], row["promised"])
