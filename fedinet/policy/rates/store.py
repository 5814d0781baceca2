"""Rows of ``policy_rates``: how much of their rates rules have counted. SQL lives here only."""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import asyncpg

from fedinet.db.query import Conn, Tx, query
from fedinet.policy.model import Rule, RuleId
from fedinet.policy.rates.model import Window, window_start
from fedinet.policy.rates.tally import Counted

MAX_ROWS: Final = 100_000
"""Kept at most: beyond, those that would be forgotten first go early."""
_LONGEST_SUBJECT: Final = 300

_ADD = query(
    "policy.add_to_rates",
    """
    INSERT INTO policy_rates (rule_id, subject, starts_at, current, forget_at)
    SELECT *
      FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::integer[], $5::timestamptz[])
           AS added (rule_id, subject, starts_at, current, forget_at)
     ORDER BY rule_id, subject
        ON CONFLICT (rule_id, subject) DO UPDATE
       SET previous = CASE
               WHEN policy_rates.starts_at >= excluded.starts_at THEN policy_rates.previous
               WHEN policy_rates.forget_at = excluded.starts_at
                    + (excluded.forget_at - excluded.starts_at) / 2 THEN policy_rates.current
               ELSE 0 END,
           current = excluded.current + CASE
               WHEN policy_rates.starts_at >= excluded.starts_at
               THEN least(policy_rates.current, 1000000000) ELSE 0 END,
           starts_at = greatest(policy_rates.starts_at, excluded.starts_at),
           forget_at = greatest(policy_rates.forget_at, excluded.forget_at)
    RETURNING rule_id, subject, starts_at, current, previous
""",
)

_READ = query(
    "policy.read_rates",
    """
    SELECT r.rule_id, r.subject, r.starts_at, r.current, r.previous
      FROM unnest($1::bigint[], $2::text[]) AS asked (rule_id, subject)
      JOIN policy_rates r USING (rule_id, subject)
""",
)

_PRUNE = query(
    "policy.prune_rates",
    """
    DELETE FROM policy_rates
     WHERE forget_at < $1
        OR (rule_id, subject) IN (
            SELECT rule_id, subject FROM policy_rates ORDER BY forget_at DESC OFFSET $2)
""",
)


async def add_to_rates(
    tx: Tx, counts: Mapping[Counted, int], rated: Mapping[RuleId, Rule], now: datetime
) -> Mapping[Counted, Window]:
    """Count so many for each; give what was counted before. One statement, exact across processes.

    Rows are taken in one order, so that two workers wait for each other and do not deadlock.
    """
    keys = {_stored(key): key for key in counts}
    spans = [_span(rated[rule_id], now) for rule_id, _ in keys]
    rows = await tx.fetch(
        _ADD,
        [rule_id for rule_id, _ in keys],
        [subject for _, subject in keys],
        [start for start, _ in spans],
        [counts[key] for key in keys.values()],
        [end for _, end in spans],
    )
    after = {keys[row["rule_id"], row["subject"]]: _window(row) for row in rows}
    return {
        key: Window(window.start, window.current - counts[key], window.previous)
        for key, window in after.items()
    }


async def read_rates(conn: Conn, keys: Collection[Counted]) -> Mapping[Counted, Window]:
    """Give what is counted, without counting."""
    stored = {_stored(key): key for key in keys}
    rows = await conn.fetch(
        _READ, [rule_id for rule_id, _ in stored], [subject for _, subject in stored]
    )
    return {stored[row["rule_id"], row["subject"]]: _window(row) for row in rows}


async def prune_rates(tx: Tx, now: datetime) -> None:
    """Forget what no rate looks at any more, and the oldest of too many."""
    await tx.execute(_PRUNE, now, MAX_ROWS)


def _span(rule: Rule, now: datetime) -> tuple[datetime, datetime]:
    """When the running period began, and when nobody looks at it any more."""
    if rule.rate is None:
        raise AssertionError("only rules with a rate are counted")
    start = window_start(rule.rate, now)
    return start, start + 2 * rule.rate.period


def _stored(key: Counted) -> Counted:
    """A very long address is known by its hash."""
    rule_id, subject = key
    if len(subject) <= _LONGEST_SUBJECT:
        return key
    return (rule_id, f"sha256:{sha256(subject.encode()).hexdigest()}")


def _window(row: asyncpg.Record) -> Window:
    return Window(row["starts_at"], row["current"], row["previous"])
