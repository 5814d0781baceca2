"""Who can act as a steward, as SQL: a read over ``accounts`` and ``actors``."""

from typing import Final

from fedinet.db.query import Conn, Pool, query
from fedinet.kernel.ids import ActorId

STEWARDS: Final = """ARRAY(
        SELECT s.actor_id
          FROM accounts s
          JOIN actors sa ON sa.id = s.actor_id
         WHERE s.role <> 'member' AND s.disabled_at IS NULL AND s.frozen_at IS NULL
           AND sa.suspended_at IS NULL AND sa.gone_at IS NULL
         LIMIT 2)"""
"""Actors of stewards who can act: enough of them to tell whether somebody is the only one."""

_IS_ONLY = query("desk.is_only_steward", f"SELECT {STEWARDS} = ARRAY[$1::bigint]")  # a constant


async def is_only_steward(conn: Conn | Pool, actor_id: ActorId) -> bool:
    """Tell whether nobody but this one can act as a steward."""
    return bool(await conn.fetchval(_IS_ONLY, actor_id))
