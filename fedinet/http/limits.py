"""Limits that hold across processes: counted in the table ``attempts``.

Only for what must be exact (sign-in, invitations, tokens, set-up): one
statement per attempt. Losing the counts in a crash is fine (UNLOGGED).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from fedinet.db.query import Pool, Tx, query
from fedinet.kernel.errors import TooManyRequests

ATTEMPTS_KEPT: Final = timedelta(days=2)
"""Twice the longest window: all that a limit looks at."""

_COUNT = query(
    "http.count_attempt",
    """
    INSERT INTO attempts (bucket, window_start, count)
    VALUES ($1, $2, 1)
    ON CONFLICT (bucket, window_start) DO UPDATE SET count = attempts.count + 1
    RETURNING count, coalesce(
        (SELECT before.count FROM attempts before
          WHERE before.bucket = $1 AND before.window_start = $3), 0) AS previous
""",
)

_FORGIVE = query(
    "http.forgive_attempt",
    """
    UPDATE attempts
       SET count = greatest(count - 1, 0)
     WHERE bucket = $1 AND window_start = $2
""",
)

_FORGET = query(
    "http.forget_attempts_of_names",
    """
    DELETE FROM attempts
     USING unnest($1::text[]) AS begins
     WHERE bucket ~ begins AND regexp_replace(bucket, begins, '') = ANY($2::text[])
""",
)

_PRUNE = query(
    "http.prune_attempts",
    """
    DELETE FROM attempts
     WHERE window_start < $1
""",
)


def attempts_of(limits: str, name: str) -> str:
    """SQL: a column with what ``closed_until`` reads. ``limits``, ``name``: SQL of an array of
    what ``Limit.before_name`` says, and of whom they count.
    """
    return f"""
           (SELECT jsonb_agg(jsonb_build_array(bucket, extract(epoch FROM window_start), count))
              FROM attempts
              JOIN unnest({limits}) AS begins ON bucket ~ begins
             WHERE regexp_replace(bucket, begins, '') IN ({name})) AS attempts
    """  # noqa: S608  # names of columns and parameters, none from outside


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` attempts in any stretch of ``window``, counted under ``name``.

    ``is_of_pairs``: who is counted is an address, a space and the name of somebody.
    """

    name: str
    count: int
    window: timedelta
    is_of_pairs: bool = False

    @property
    def before_name(self) -> str:
        """Regular expression: all of a bucket before the name of somebody, which is any text."""
        return f"^{self.name}:{'[^ ]* ' if self.is_of_pairs else ''}"

    def bucket(self, who: str) -> str:
        return f"{self.name}:{who}"

    def window_start(self, now: datetime) -> datetime:
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def opens_at(self, counts: Mapping[datetime, int], now: datetime) -> datetime | None:
        """When one more attempt passes, if nobody makes one before; None: it does now. Pure.

        ``counts``: of one bucket, by the start of the window.
        """
        start, most = self.window_start(now), self.count - 1
        count, previous = counts.get(start, 0), counts.get(start - self.window, 0)
        if count > most:
            return start + self.window * (2 - most / count)
        if previous * (1 - (now - start) / self.window) > most - count:
            return start + self.window * (1 - (most - count) / previous)
        return None


async def count_attempt(pool: Pool, limit: Limit, who: str, *, now: datetime) -> int:
    """Count one attempt, and say how many are left; refuse it where the limit is passed.

    The window before counts in proportion to what of it is still within reach,
    so that a limit cannot be doubled around the turn of a window.

    Raises:
        TooManyRequests: with the seconds until an attempt can succeed, if nobody makes one before.
    """
    start = limit.window_start(now)
    row = await pool.fetchrow(_COUNT, limit.bucket(who), start, start - limit.window)
    if row is None:
        raise AssertionError("an upsert returns its row")
    count, previous = row["count"], row["previous"]
    used = count + previous * (1 - (now - start) / limit.window)
    opens = limit.opens_at({start: count, start - limit.window: previous}, now)
    if used > limit.count and opens is not None:
        wait = math.ceil((opens - now).total_seconds())
        raise TooManyRequests(f"limit {limit.name}", retry_after_s=wait)
    return int(limit.count - used)


async def forgive_attempt(pool: Pool, limit: Limit, who: str, *, now: datetime) -> None:
    """Take one attempt back: it was the right password, the limit is for guesses."""
    await pool.execute(_FORGIVE, limit.bucket(who), limit.window_start(now))


def closed_until(limits: Iterable[Limit], attempts: str | None, now: datetime) -> datetime | None:
    """When the last of these limits opens; None: all of them are open. Pure.

    ``attempts``: what a column of ``attempts_of`` says.
    """
    known = {limit.name: limit for limit in limits}
    counts = defaultdict[str, dict[datetime, int]](dict)
    rows = msgspec.json.decode(attempts or "[]", type=list[tuple[str, float, int]])
    for bucket, start, count in rows:
        counts[bucket][datetime.fromtimestamp(start, UTC)] = count
    ends = [known[one.partition(":")[0]].opens_at(found, now) for one, found in counts.items()]
    return max((end for end in ends if end is not None), default=None)


async def forget_attempts(tx: Tx, limits: Iterable[Limit], names: Iterable[str]) -> None:
    """Let who is counted under these names begin anew, from whatever address."""
    await tx.execute(_FORGET, [limit.before_name for limit in limits], list(names))


async def prune_attempts(pool: Pool, *, now: datetime) -> None:
    """Forget windows that no limit looks at any more."""
    await pool.execute(_PRUNE, now - ATTEMPTS_KEPT)
