"""What came in, as the log tells it: page by page, one by number, or all of some days.

Facts only; there is no text in the log. SQL lives here only.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import asyncpg

from fedinet.audiences.gate import VISIBLE
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.model import Envelope, Scope
from fedinet.policy.past import seen
from fedinet.policy.past.seen import RELEASED, Seen

OutcomeWord = Literal["applied", "dropped", "held", "failed"]
OUTCOMES: Final[tuple[OutcomeWord, ...]] = ("applied", "dropped", "held", "failed")
_CHUNK: Final = 1000
_COLUMNS: Final = """id, received_at, finished_at, actor_uri, domain, activity_uri, activity_type,
           object_type, object_uri, outcome, reason, size_bytes, seen::text"""
_PAGE: Final = """
       AND ($1::timestamptz IS NULL OR (received_at, id) < ($1, $2::bigint))
     ORDER BY received_at DESC, id DESC
     LIMIT $3
"""

_LIST = query("inbox.list_log", f"SELECT {_COLUMNS} FROM inbound_log WHERE true {_PAGE}")

_LIST_OF_OUTCOME = query(
    "inbox.list_log_of_outcome",
    f"SELECT {_COLUMNS} FROM inbound_log WHERE outcome = $4 {_PAGE}",
)

_LIST_OF_DOMAIN = query(
    "inbox.list_log_of_domain",
    f"""
    SELECT {_COLUMNS}
      FROM inbound_log
     WHERE domain = $4 AND ($5::text IS NULL OR outcome = $5) {_PAGE}
""",
)

_FIND = query("inbox.find_logged", f"SELECT {_COLUMNS} FROM inbound_log WHERE id = $1 LIMIT 1")

_FIND_BY_ADDRESS = query(
    "inbox.list_logged_by_address",
    f"""
    SELECT {_COLUMNS}
      FROM inbound_log
     WHERE domain = $1 AND (activity_uri = $2 OR object_uri = $2)
     ORDER BY received_at DESC, id DESC
     LIMIT $3
""",
)

_WALK = query(
    "inbox.walk_log",
    f"""
    SELECT {_COLUMNS}
      FROM inbound_log
     WHERE received_at <= $2 AND (received_at, id) > ($1, $3::bigint)
     ORDER BY received_at, id
     LIMIT $4
""",
)

_COUNT = query(
    "inbox.count_log",
    """
    SELECT count(*) AS total,
           count(*) FILTER (WHERE seen IS NULL) AS unasked,
           count(*) FILTER (WHERE seen ->> 'by' = $3) AS released
      FROM inbound_log
     WHERE received_at > $1 AND received_at <= $2
""",
)

_NEWEST = query(
    "inbox.find_log_start",
    """
    SELECT received_at
      FROM inbound_log
     WHERE received_at > $1
     ORDER BY received_at DESC
    OFFSET $2
     LIMIT 1
""",
)

_AT_DOOR = query(
    "inbox.count_refused",
    """
    SELECT coalesce(sum(count), 0)::bigint AS refused, count(DISTINCT host) AS hosts
      FROM inbound_refusals
     WHERE day >= $1::date AND reason = ANY ($2::text[])
""",
)

# What members did about a post: answered, thanked, shared. Nothing of the post itself is read.
_ANSWERED = query(
    "inbox.list_answered",
    """
    SELECT p.uri
      FROM posts p
     WHERE p.uri = ANY ($1::text[])
       AND (EXISTS (SELECT FROM posts reply WHERE reply.parent_id = p.id AND reply.is_local)
            OR EXISTS (SELECT FROM likes l JOIN actors me ON me.id = l.actor_id AND me.is_local
                        WHERE l.post_id = p.id)
            OR EXISTS (SELECT FROM boosts b JOIN actors me ON me.id = b.actor_id AND me.is_local
                        WHERE b.post_id = p.id))
""",
)

# As a visitor reads it: what is not for everybody is not found here.
_TEXTS = query(
    "inbox.list_public_texts",
    f"SELECT p.uri, p.html FROM posts p WHERE p.uri = ANY ($3::text[]) AND {VISIBLE}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One activity that was finished. ``seen`` None: policy was not asked, or did not write yet."""

    id: int
    received_at: datetime
    finished_at: datetime
    actor_uri: ActorUri
    domain: Domain | None
    activity_uri: str | None
    activity_type: str
    object_type: str
    object_uri: str | None
    outcome: OutcomeWord
    reason: str
    size_bytes: int
    seen: Seen | None

    @property
    def is_released(self) -> bool:
        """A steward has let it in: what policy saw stands where it was held."""
        return self.seen is not None and self.seen.by == RELEASED and not self.seen.is_rule

    @property
    def is_simulable(self) -> bool:
        return self.seen is not None and not self.is_released


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCounts:
    """What there is of some days. ``unasked``: it ended before policy was asked."""

    total: int
    unasked: int
    released: int


async def list_log(
    conn: Conn,
    *,
    domain: Domain | None = None,
    outcome: OutcomeWord | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[Logged]:
    """List what came in, newest first; ``before``: time and number of the last one shown."""
    at, number = before or (None, None)
    if domain is not None:
        rows = await conn.fetch(_LIST_OF_DOMAIN, at, number, limit, domain, outcome)
    elif outcome is not None:
        rows = await conn.fetch(_LIST_OF_OUTCOME, at, number, limit, outcome)
    else:
        rows = await conn.fetch(_LIST, at, number, limit)
    return [_logged(row) for row in rows]


async def find_logged(conn: Conn, number: int) -> Logged | None:
    row = await conn.fetchrow(_FIND, number) if 0 <= number < 2**63 else None
    return None if row is None else _logged(row)


async def list_logged_by_address(
    conn: Conn, domain: Domain, address: str, *, limit: int = 10
) -> Sequence[Logged]:
    """List what came of an activity or about an object, newest first; ``domain``: its server."""
    return [_logged(row) for row in await conn.fetch(_FIND_BY_ADDRESS, domain, address, limit)]


async def walk_log(
    conn: Conn, *, since: datetime, until: datetime
) -> AsyncGenerator[Sequence[Logged]]:
    """Yield what came in a time, oldest first, some at a time."""
    at, number = since, 2**63 - 1
    while rows := await conn.fetch(_WALK, at, until, number, _CHUNK):
        yield [_logged(row) for row in rows]
        at, number = rows[-1]["received_at"], rows[-1]["id"]


async def count_log(conn: Conn, *, since: datetime, until: datetime) -> LogCounts:
    row = await conn.fetchrow(_COUNT, since, until, RELEASED)
    return LogCounts(**dict(row)) if row else LogCounts(total=0, unasked=0, released=0)


async def find_log_start(conn: Conn, *, since: datetime, most: int) -> datetime:
    """From when on there are no more than so many; ``since`` where all of it is."""
    return await conn.fetchval(_NEWEST, since, most) or since


async def count_refused(conn: Conn, since: datetime, reasons: Collection[str]) -> tuple[int, int]:
    """How many requests were refused at the door for these reasons, and of how many hosts."""
    row = await conn.fetchrow(_AT_DOOR, since.date(), list(reasons))
    return (0, 0) if row is None else (row["refused"], row["hosts"])


async def list_answered(conn: Conn, uris: Collection[str]) -> frozenset[str]:
    """Of these posts, those that members answered, thanked or shared."""
    return frozenset(row["uri"] for row in await conn.fetch(_ANSWERED, list(uris)))


async def list_public_texts(conn: Conn, uris: Collection[str]) -> Mapping[str, str]:
    """The HTML of those of these posts that stand here and that a visitor may read."""
    rows = await conn.fetch(_TEXTS, None, False, list(uris))
    return {row["uri"]: row["html"] for row in rows}


def _logged(row: asyncpg.Record) -> Logged:
    known = dict(row)
    stored: str | None = known.pop("seen")
    beside = Envelope(
        scope=Scope.INBOUND,
        domain=Domain(known["domain"] or ""),
        now=known["finished_at"],
        actor=ActorUri(known["actor_uri"]),
        activity=known["activity_type"],
        object=known["object_type"],
        size_bytes=known["size_bytes"],
    )
    return Logged(**known, seen=None if stored is None else seen.read(stored, beside))
