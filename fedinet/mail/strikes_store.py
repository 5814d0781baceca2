"""Rows of ``mail_strikes``. SQL of the table lives here only."""

from datetime import datetime, timedelta

from fedinet.db.query import Pool, Tx, query

_COUNT = query(
    "mail.count_strike",
    """
      WITH before AS (
    SELECT s.strikes, s.first_at
      FROM mail_strikes s
     WHERE s.address_tag = $1 AND s.last_at >= $3
       AND NOT EXISTS (SELECT FROM mails m
                        WHERE m.address_tag = $1 AND m.outcome = 'sent'
                          AND m.ended_at > s.last_at AND m.ended_at < $4)
       FOR UPDATE)
    INSERT INTO mail_strikes (address_tag, strikes, first_at, last_at)
    SELECT $1, coalesce((SELECT strikes FROM before), 0) + 1,
           coalesce((SELECT first_at FROM before), $2), $2
        ON CONFLICT (address_tag) DO UPDATE
       SET strikes = excluded.strikes, first_at = excluded.first_at, last_at = excluded.last_at
 RETURNING strikes, first_at
""",
)

_DELETE = query("mail.delete_strikes", "DELETE FROM mail_strikes WHERE address_tag = $1")

_FORGET = query("mail.forget_strikes", "DELETE FROM mail_strikes WHERE last_at < $1")

_COMES_BACK_WITHIN = timedelta(days=1)
"""What was sent and has not come back by then has arrived, and ends the row."""


async def count_strike(
    tx: Tx, tag: str, *, now: datetime, forgotten: datetime
) -> tuple[int, datetime]:
    """How many in a row, and since when; one before ``forgotten`` begins no row."""
    row = await tx.fetchrow(_COUNT, tag, now, forgotten, now - _COMES_BACK_WITHIN)
    assert row is not None  # noqa: S101  # an upsert returns its row
    return row["strikes"], row["first_at"]


async def delete_strikes(tx: Tx, tag: str) -> None:
    await tx.execute(_DELETE, tag)


async def forget_strikes(pool: Pool, *, before: datetime) -> None:
    await pool.execute(_FORGET, before)
