"""Rows of ``delivery_counts``: what became of attempts, by the day. SQL lives here only."""

from datetime import timedelta
from typing import Final

from fedinet.db.query import Tx, query

COUNTS_KEPT_FOR: Final = timedelta(days=400)

_COUNT = query(
    "outbox.count_outcomes",
    """
    INSERT INTO delivery_counts AS d (day, outcome, number)
    SELECT current_date, outcome, number
      FROM unnest($1::text[], $2::bigint[]) AS counted (outcome, number)
     ORDER BY outcome
        ON CONFLICT (day, outcome) DO UPDATE SET number = d.number + excluded.number
""",
)

_FORGET = query(
    "outbox.forget_counts", "DELETE FROM delivery_counts WHERE day < (now() - $1::interval)::date"
)


async def count_outcomes(
    tx: Tx, *, delivered: int = 0, postponed: int = 0, given_up: int = 0
) -> None:
    """Add to what is counted today. The last statement of its transaction: all workers add here."""
    counted = {"delivered": delivered, "postponed": postponed, "given_up": given_up}
    some = {outcome: number for outcome, number in counted.items() if number}
    if some:
        await tx.execute(_COUNT, list(some), list(some.values()))


async def forget_counts(tx: Tx) -> None:
    await tx.execute(_FORGET, COUNTS_KEPT_FOR)
