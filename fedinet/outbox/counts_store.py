"""Rows of ``delivery_counts`` and ``host_counts``: what became of attempts, by the day, of all
servers together and of each. SQL lives here only.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import Domain

COUNTS_KEPT_FOR: Final = timedelta(days=400)
OF_HOSTS_KEPT_FOR: Final = timedelta(days=8)

Became: TypeAlias = Literal["delivered", "postponed", "given_up"]
Outcomes: TypeAlias = Mapping[tuple[Domain, Became], int]

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

_COUNT_BY_HOST = query(
    "outbox.count_by_host",
    """
    INSERT INTO host_counts AS h (host, day, delivered, postponed, given_up)
    SELECT host, current_date, delivered, postponed, given_up
      FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[])
           AS counted (host, delivered, postponed, given_up)
     ORDER BY host
        ON CONFLICT (host, day) DO UPDATE
       SET delivered = h.delivered + excluded.delivered,
           postponed = h.postponed + excluded.postponed,
           given_up = h.given_up + excluded.given_up
""",
)

_FORGET = query(
    "outbox.forget_counts", "DELETE FROM delivery_counts WHERE day < (now() - $1::interval)::date"
)

_FORGET_BY_HOST = query(
    "outbox.forget_host_counts", "DELETE FROM host_counts WHERE day < (now() - $1::interval)::date"
)


async def count_outcomes(tx: Tx, counted: Outcomes) -> None:
    """Add to what is counted today. The last statements of their transaction: all add here."""
    some = {key: number for key, number in counted.items() if number}
    if not some:
        return
    hosts = sorted({host for host, _ in some})
    await tx.execute(
        _COUNT_BY_HOST,
        hosts,
        [some.get((host, "delivered"), 0) for host in hosts],
        [some.get((host, "postponed"), 0) for host in hosts],
        [some.get((host, "given_up"), 0) for host in hosts],
    )
    total = Counter[str]()
    for (_, became), number in some.items():
        total[became] += number
    await tx.execute(_COUNT, list(total), list(total.values()))


async def forget_counts(tx: Tx) -> None:
    await tx.execute(_FORGET, COUNTS_KEPT_FOR)
    await tx.execute(_FORGET_BY_HOST, OF_HOSTS_KEPT_FOR)
