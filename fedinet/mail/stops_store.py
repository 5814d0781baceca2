"""Rows of ``mail_stops``. SQL of the table lives here only; no address stands in it."""

from collections.abc import Sequence

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.db.text import storable_reason
from fedinet.mail.model import WIDER, Stop, StopReason, Topic

_INSERT = query(
    "mail.insert_stop",
    """
    INSERT INTO mail_stops (address_tag, topic, reason, said)
    VALUES ($1, $2, $3, $4)
        ON CONFLICT (address_tag, topic) DO NOTHING
    RETURNING true
""",
)

_DELETE = query(
    "mail.delete_stop",
    "DELETE FROM mail_stops WHERE address_tag = $1 AND topic = $2 RETURNING true",
)

_IS_STOPPED = query(
    "mail.is_stopped",
    """
    SELECT EXISTS (SELECT FROM mail_stops
                    WHERE address_tag = $1 AND topic = ANY ($2::text[]))
""",
)

_FILTER_STOPPED = query(
    "mail.filter_stopped",
    """
    SELECT address_tag, min(reason) AS reason
      FROM mail_stops
     WHERE address_tag = ANY ($1::text[]) AND topic = ANY ($2::text[])
     GROUP BY address_tag
""",
)

_LIST = query(
    "mail.list_stops",
    """
    SELECT topic, reason, said, created_at
      FROM mail_stops
     WHERE address_tag = $1
     ORDER BY topic
     LIMIT 20
""",
)


async def insert_stop(
    tx: Tx, tag: str, topic: Topic | None, reason: StopReason, *, said: str
) -> bool:
    """Idempotent; what was said first stays. False: there was one."""
    found = await tx.fetchval(_INSERT, tag, topic or "", reason, storable_reason(said)[:400])
    return found is not None


async def delete_stop(tx: Tx, tag: str, topic: Topic | None) -> bool:
    return await tx.fetchval(_DELETE, tag, topic or "") is not None


async def is_stopped(conn: Conn | Pool, tag: str, topic: Topic) -> bool:
    return bool(await conn.fetchval(_IS_STOPPED, tag, _ends(topic)))


async def filter_stopped(
    conn: Conn | Pool, tags: Sequence[str], topic: Topic
) -> dict[str, StopReason]:
    """Which of many tags are not written to of a topic, and why; what a reader said goes first."""
    rows = await conn.fetch(_FILTER_STOPPED, list(tags), _ends(topic))
    return {row["address_tag"]: StopReason(row["reason"]) for row in rows}


async def list_stops(conn: Conn | Pool, tag: str) -> list[Stop]:
    """What is not sent to an address: a few rows at most."""
    return [
        Stop(
            topic=Topic(row["topic"]) if row["topic"] else None,
            reason=StopReason(row["reason"]),
            said=row["said"],
            created_at=row["created_at"],
        )
        for row in await conn.fetch(_LIST, tag)
    ]


def _ends(topic: Topic) -> list[str]:
    """What ends a topic where it stands: all, itself, or a wider one."""
    return ["", topic, *([WIDER[topic]] if topic in WIDER else [])]
