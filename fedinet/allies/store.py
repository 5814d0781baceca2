"""Rows of ``allies``: what communities say of each other. SQL lives here only.

``mutual_until`` is the one thing that the gate and the policy look at.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from fedinet.allies.model import MOST, MOST_OF_OWNER, Ally
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, Domain
from fedinet.net.domains import registrable

_COLUMNS = """domain, origin, node_uri, node_id, allies_uri, our_since, our_until, our_uri, told,
           their_since, their_until, their_offer, node_key, new_key, mutual_until, allied_at,
           ended_at, ended_by, checked_at, trouble, names, takes_rules, people_read_at"""

_FIND = query("allies.find", f"SELECT {_COLUMNS} FROM allies WHERE domain = $1")
_LOCK = query("allies.lock", f"SELECT {_COLUMNS} FROM allies WHERE domain = $1 FOR UPDATE")
_LIST = query(
    "allies.list",
    f"""
    SELECT {_COLUMNS}
      FROM allies
     WHERE our_until IS NOT NULL OR their_until IS NOT NULL OR ended_at IS NOT NULL
     ORDER BY domain
     LIMIT {2 * MOST}
""",
)

_LIST_MUTUAL = query(
    "allies.list_mutual",
    f"""
    SELECT {_COLUMNS}
      FROM allies
     WHERE mutual_until > $1 AND node_id IS NOT NULL
     ORDER BY domain
     LIMIT {MOST}
""",
)

_MAKE_ROOM = query("allies.lock_count", "SELECT pg_advisory_xact_lock(hashtext('allies'))")
_COUNT_NAMED = query(
    "allies.count_named", "SELECT count(*) FROM allies WHERE our_until IS NOT NULL"
)
_LIST_ASKING = query(
    "allies.list_asking",
    f"""
    SELECT domain
      FROM allies
     WHERE our_until IS NULL AND allied_at IS NULL
     LIMIT {MOST}
""",
)

_SAVE = query(
    "allies.save",
    """
    INSERT INTO allies
           (domain, origin, node_uri, node_id, allies_uri, our_since, our_until, our_uri, told,
            their_since, their_until, their_offer, node_key, new_key, mutual_until, allied_at,
            ended_at, ended_by, checked_at, trouble, names, takes_rules, check_after,
            people_read_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24)
        ON CONFLICT (domain) DO UPDATE
       SET node_uri = excluded.node_uri, node_id = excluded.node_id,
           allies_uri = excluded.allies_uri, our_since = excluded.our_since,
           our_until = excluded.our_until, our_uri = excluded.our_uri, told = excluded.told,
           their_since = excluded.their_since, their_until = excluded.their_until,
           their_offer = excluded.their_offer, node_key = excluded.node_key,
           new_key = excluded.new_key, mutual_until = excluded.mutual_until,
           allied_at = excluded.allied_at, ended_at = excluded.ended_at,
           ended_by = excluded.ended_by, checked_at = excluded.checked_at,
           trouble = excluded.trouble, names = excluded.names,
           takes_rules = excluded.takes_rules, check_after = excluded.check_after,
           people_read_at = excluded.people_read_at
""",
)

_FORGET = query("allies.forget", "DELETE FROM allies WHERE domain = $1")

_CLAIM_DUE = query(
    "allies.claim_due",
    """
    UPDATE allies
       SET check_after = $2
     WHERE domain = ANY (ARRAY(
        SELECT domain FROM allies
         WHERE check_after <= $1
         ORDER BY check_after LIMIT 50 FOR UPDATE SKIP LOCKED))
       AND (our_until IS NOT NULL OR their_until IS NOT NULL)
    RETURNING domain
""",
)

_FORGET_UNPROVEN = query(
    "allies.forget_unproven",
    """
    DELETE FROM allies
     WHERE check_after < $1 AND our_until IS NULL AND their_until IS NULL AND allied_at IS NULL
""",
)

_FIND_NODE = query(
    "allies.find_by_node",
    f"SELECT {_COLUMNS} FROM allies WHERE node_id = $1 AND mutual_until > $2",
)


async def find_ally(conn: Conn, domain: Domain) -> Ally | None:
    row = await conn.fetchrow(_FIND, domain)
    return None if row is None else _ally(row)


async def lock_ally(tx: Tx, domain: Domain) -> Ally | None:
    row = await tx.fetchrow(_LOCK, domain)
    return None if row is None else _ally(row)


async def list_allies(conn: Conn) -> Sequence[Ally]:
    """All of whom anything was said that still matters, by domain; at most 400."""
    return [_ally(row) for row in await conn.fetch(_LIST)]


async def list_mutual(conn: Conn, now: datetime) -> Sequence[Ally]:
    """Those who are allies at this moment; at most 200."""
    return [_ally(row) for row in await conn.fetch(_LIST_MUTUAL, now)]


async def find_by_node(conn: Conn, node_id: ActorId, now: datetime) -> Ally | None:
    """The ally whose node actor this is, at this moment."""
    row = await conn.fetchrow(_FIND_NODE, node_id, now)
    return None if row is None else _ally(row)


async def may_name_more(tx: Tx) -> bool:
    """Tell whether we can name one more community. Nobody else adds one until ``tx`` ends."""
    await tx.execute(_MAKE_ROOM)
    return bool(await tx.fetchval(_COUNT_NAMED) < MOST)


async def may_ask(tx: Tx, domain: Domain) -> bool:
    """Tell whether one more community may ask us: so many, and few of one owner."""
    await tx.execute(_MAKE_ROOM)
    asking = [Domain(row["domain"]) for row in await tx.fetch(_LIST_ASKING)]
    owner = registrable(domain)
    return len(asking) < MOST and sum(registrable(one) == owner for one in asking) < MOST_OF_OWNER


async def save_ally(tx: Tx, ally: Ally, *, check_after: datetime) -> None:
    """Write a row that the caller has locked, or is the first to write."""
    await tx.execute(
        _SAVE,
        ally.domain,
        ally.origin,
        ally.node_uri,
        ally.node_id,
        ally.allies_uri,
        ally.our_since,
        ally.our_until,
        ally.our_uri,
        ally.told,
        ally.their_since,
        ally.their_until,
        ally.their_offer,
        ally.node_key,
        ally.new_key,
        ally.mutual_until,
        ally.allied_at,
        ally.ended_at,
        "" if ally.ended_by is None else ally.ended_by.value,
        ally.checked_at,
        ally.trouble,
        list(ally.names),
        ally.takes_rules,
        check_after,
        ally.people_read_at,
    )


async def forget_ally(tx: Tx, domain: Domain) -> None:
    """Remove a row of which nothing was ever proven."""
    await tx.execute(_FORGET, domain)


async def forget_unproven(tx: Tx, before: datetime) -> None:
    """Remove those who said that they ask, and of whom nothing was proven since."""
    await tx.execute(_FORGET_UNPROVEN, before)


async def claim_due(tx: Tx, now: datetime, *, next_at: datetime) -> Sequence[Domain]:
    """Take those that were not looked at for a day, and nobody else takes them meanwhile."""
    return [Domain(row["domain"]) for row in await tx.fetch(_CLAIM_DUE, now, next_at)]


def _ally(row: asyncpg.Record) -> Ally:
    return msgspec.convert({**dict(row), "ended_by": row["ended_by"] or None}, Ally)
