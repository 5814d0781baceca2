"""Rows of ``rhythms``. SQL of the table lives here only."""

from typing import Final

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.digests.model import RUNG, USUAL, Pace, Quiet, Rhythm, Rubric
from fedinet.kernel.ids import AccountId, ActorId

_COLUMNS: Final = """
    h.time_zone, h.quiet_from, h.quiet_until, h.hour, h.weekday, h.mail_waiting, h.mail_mentions,
    h.mail_newcomers, h.mail_community, h.push_waiting, h.push_mentions
"""

_FIND = query("digests.find_rhythm", f"SELECT {_COLUMNS} FROM rhythms h WHERE h.account_id = $1")

_FIND_OF = query(
    "digests.find_rhythm_of",
    f"""
    SELECT {_COLUMNS}
      FROM accounts a
      JOIN rhythms h ON h.account_id = a.id
     WHERE a.actor_id = $1
""",
)

_SET = query(
    "digests.set_rhythm",
    """
    INSERT INTO rhythms (account_id, time_zone, quiet_from, quiet_until, hour, weekday,
                         mail_waiting, mail_mentions, mail_newcomers, mail_community,
                         push_waiting, push_mentions)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (account_id) DO UPDATE
       SET time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
           quiet_until = excluded.quiet_until, hour = excluded.hour, weekday = excluded.weekday,
           mail_waiting = excluded.mail_waiting, mail_mentions = excluded.mail_mentions,
           mail_newcomers = excluded.mail_newcomers, mail_community = excluded.mail_community,
           push_waiting = excluded.push_waiting, push_mentions = excluded.push_mentions,
           updated_at = now()
""",
)


async def find_rhythm(conn: Conn | Pool, account_id: AccountId) -> Rhythm:
    row = await conn.fetchrow(_FIND, account_id)
    return USUAL if row is None else _rhythm(row)


async def find_rhythm_of(conn: Conn | Pool, actor_id: ActorId) -> Rhythm:
    row = await conn.fetchrow(_FIND_OF, actor_id)
    return USUAL if row is None else _rhythm(row)


async def set_rhythm(tx: Tx, account_id: AccountId, rhythm: Rhythm) -> None:
    quiet = rhythm.quiet
    await tx.execute(
        _SET,
        account_id,
        rhythm.time_zone,
        None if quiet is None else quiet.begins,
        None if quiet is None else quiet.ends,
        rhythm.hour,
        rhythm.weekday,
        *(rhythm.mail[rubric] for rubric in Rubric),
        *(rubric in rhythm.push for rubric in RUNG),
    )


def _rhythm(row: asyncpg.Record) -> Rhythm:
    is_quiet = row["quiet_from"] is not None
    return Rhythm(
        time_zone=row["time_zone"],
        quiet=Quiet(row["quiet_from"], row["quiet_until"]) if is_quiet else None,
        hour=row["hour"],
        weekday=row["weekday"],
        mail={rubric: Pace(row[f"mail_{rubric}"]) for rubric in Rubric},
        push=frozenset(rubric for rubric in RUNG if row[f"push_{rubric}"]),
    )
