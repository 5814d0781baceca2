"""Rows of ``node`` and ``setup_links``: who this node is. SQL lives here only."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import Origin, origin_of
from fedinet.settings import Settings

NODE_CHANNEL = "fedinet_node"
"""Told whenever the row changes; processes that keep a copy read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """This node, as its owner set it up."""

    origin: Origin
    account_domain: Domain
    instance_id: UUID
    name: str
    purpose: str
    language: str
    hue: int
    time_zone: str = ""
    """That stewards chose on the pages; "": as the setting says."""
    is_set_up: bool
    paused: bool
    """After a restore or in a lockdown: nothing goes out, inboxes answer 503 (TRAPS 13)."""
    mailed_sign_in: bool
    """Whether members may sign in by a link in a message."""
    is_locked: bool = False
    """Locked down: nobody changes anything."""
    has_allies: bool = False
    """Some community and we call each other allies."""


class AnotherNode(FedinetError):
    """The database belongs to a node of another origin."""


_GET = query(
    "node.get",
    """
    SELECT origin, account_domain, instance_id, name, purpose, language, hue, time_zone,
           set_up_at IS NOT NULL AS is_set_up, paused_at IS NOT NULL AS paused,
           mailed_sign_in, locked_at IS NOT NULL AS is_locked,
           EXISTS (SELECT FROM allies
                    WHERE mutual_until > now() AND node_id IS NOT NULL) AS has_allies
      FROM node
""",
)

_GET_ZONE = query("node.get_time_zone", "SELECT time_zone FROM node")

_LOCK = query(
    "node.lock",
    """
    SELECT set_up_at IS NOT NULL AS is_set_up
      FROM node
       FOR UPDATE
""",
)

_PIN = query(
    "node.pin",
    """
    INSERT INTO node (origin, account_domain)
    VALUES ($1, $2)
        ON CONFLICT (singleton) DO NOTHING
""",
)

_DESCRIBE = query(
    "node.describe",
    """
    UPDATE node
       SET name = $1, purpose = $2, language = $3, hue = $4, time_zone = $5
""",
)

_SET_MAILED_SIGN_IN = query(
    "node.set_mailed_sign_in",
    "UPDATE node SET mailed_sign_in = $1 WHERE mailed_sign_in <> $1 RETURNING true",
)

_FINISH_SETUP = query(
    "node.finish_setup",
    """
    UPDATE node
       SET name = $1, purpose = $2, language = $3, hue = $4, time_zone = $5,
           set_up_at = coalesce(set_up_at, now())
""",
)

_PAUSE = query(
    "node.pause",
    """
    UPDATE node
       SET paused_at = coalesce(paused_at, now())
""",
)

_RESUME = query(
    "node.resume",
    """
    UPDATE node
       SET paused_at = CASE WHEN locked_at IS NOT NULL THEN paused_at END,
           paused_before_lock = false
""",
)

_LOCK_DOWN = query(
    "node.lock_down",
    """
    UPDATE node
       SET paused_before_lock = paused_at IS NOT NULL, paused_at = coalesce(paused_at, now()),
           locked_at = now(), locked_by = $1, locked_reason = $2
     WHERE locked_at IS NULL
    RETURNING true
""",
)

_LIFT = query(
    "node.lift_lockdown",
    """
    UPDATE node
       SET paused_at = CASE WHEN paused_before_lock THEN paused_at END,
           locked_at = NULL, locked_by = '', locked_reason = '', paused_before_lock = false
     WHERE locked_at IS NOT NULL
    RETURNING true
""",
)

_GET_LOCKDOWN = query(
    "node.get_lockdown",
    """
    SELECT locked_at AS since, locked_by AS by_whom, locked_reason AS reason
      FROM node WHERE locked_at IS NOT NULL
""",
)

_NEW_LINK = query(
    "node.insert_setup_link",
    """
      WITH expired AS (DELETE FROM setup_links WHERE expires_at < now())
    INSERT INTO setup_links (token_hash, expires_at)
    VALUES ($1, now() + interval '1 hour')
""",
)

_HAS_LINK = query(
    "node.has_setup_link",
    """
    SELECT EXISTS (SELECT FROM setup_links WHERE token_hash = $1 AND expires_at > now())
""",
)

_USE_LINK = query(
    "node.use_setup_link",
    """
    DELETE FROM setup_links
     WHERE token_hash = $1 AND expires_at > now()
 RETURNING token_hash
""",
)

_DROP_LINKS = query(
    "node.delete_setup_links",
    """
    DELETE FROM setup_links
""",
)


async def get_node(conn: Conn) -> Node:
    """Read the one row.

    Raises:
        NotFound: nothing has been started on this database yet.
    """
    row = await conn.fetchrow(_GET)
    if row is None:
        raise NotFound("the node is not pinned yet")
    return _node(row)


async def pin_node(tx: Tx, settings: Settings) -> Node:
    """Write origin and account domain at the first start; compare them at every later one.

    Raises:
        AnotherNode: the database knows another origin or account domain. Every
            id that other servers hold would be wrong under the new one.
    """
    await tx.execute(_PIN, str(settings.origin), settings.account_domain)
    node = await get_node(tx)
    if node.origin != settings.origin or node.account_domain != settings.account_domain:
        raise AnotherNode(
            f"pinned to {node.origin} and @{node.account_domain}",
            public=(
                f"This data belongs to {node.origin} (names end in @{node.account_domain}), "
                f"not to {settings.origin} (@{settings.account_domain}). An address can never "
                "change: other servers know everybody here by it. Start with "
                f"--origin {node.origin}{_names_flag(node)}, or with another --data folder."
            ),
        )
    return node


def _names_flag(node: Node) -> str:
    if node.account_domain == node.origin.domain:
        return ""
    return f" --account-domain {node.account_domain}"


async def get_time_zone(conn: Conn | Pool) -> str:
    """That the stewards chose; "": as the setting says."""
    return await conn.fetchval(_GET_ZONE) or ""


async def lock_node(tx: Tx) -> bool:
    """Hold the row until the transaction ends, and tell whether the node is set up.

    Two who set it up, or describe it, at once queue here; the second sees the first.
    """
    return bool(await tx.fetchval(_LOCK))


async def finish_setup(
    tx: Tx, *, name: str, purpose: str, language: str, hue: int, time_zone: str = ""
) -> None:
    """Open the node to visitors; the remaining set-up links die."""
    await tx.execute(_FINISH_SETUP, name, purpose, language, hue, time_zone)
    await tx.execute(_DROP_LINKS)
    await _tell(tx)


async def describe(
    tx: Tx, *, name: str, purpose: str, language: str, hue: int, time_zone: str
) -> None:
    """Change what the community says of itself. Its address stays."""
    await tx.execute(_DESCRIBE, name, purpose, language, hue, time_zone)
    await _tell(tx)


async def allow_mailed_sign_in(tx: Tx, allowed: bool) -> None:  # the whole of it
    """Let members sign in by a link in a message, or not."""
    if await tx.fetchval(_SET_MAILED_SIGN_IN, allowed):
        await _tell(tx)


async def pause(tx: Tx) -> None:
    """Stop everything between this node and others until ``resume``."""
    await tx.execute(_PAUSE)
    await _tell(tx)


async def resume(tx: Tx) -> None:
    """Go on; in a lockdown, as soon as that is lifted."""
    await tx.execute(_RESUME)
    await _tell(tx)


@dataclass(frozen=True, slots=True)
class Lockdown:
    """The node is locked down: since when, by whom, and why."""

    since: datetime
    by_whom: str
    reason: str


async def lock_down(tx: Tx, *, by: str, reason: str) -> bool:
    """Pause the node and let nobody change anything until ``lift``. False: it was locked."""
    locked = await tx.fetchval(_LOCK_DOWN, by, reason) is not None
    await _tell(tx)
    return locked


async def lift(tx: Tx) -> bool:
    """End a lockdown; who was paused before it stays so. False: there was none."""
    lifted = await tx.fetchval(_LIFT) is not None
    await _tell(tx)
    return lifted


async def find_lockdown(conn: Conn | Pool) -> Lockdown | None:
    row = await conn.fetchrow(_GET_LOCKDOWN)
    return None if row is None else Lockdown(**row)


async def new_setup_link(tx: Tx) -> str:
    """Make a token for ``/setup?token=…``. Good for an hour, for one use; only its hash is kept."""
    token = secrets.token_urlsafe(24)
    await tx.execute(_NEW_LINK, _hash(token))
    return token


async def is_setup_link(conn: Conn, token: str) -> bool:
    """Tell whether the token would work, without using it: for showing the form."""
    return bool(await conn.fetchval(_HAS_LINK, _hash(token)))


async def use_setup_link(tx: Tx, token: str) -> bool:
    """Use the token up. False: unknown, used before, or older than an hour."""
    return await tx.fetchval(_USE_LINK, _hash(token)) is not None


async def _tell(tx: Tx) -> None:
    await tx.execute("SELECT pg_notify($1, '')", NODE_CHANNEL)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _node(row: asyncpg.Record) -> Node:
    return Node(
        origin=origin_of(row["origin"]),
        account_domain=Domain(row["account_domain"]),
        instance_id=row["instance_id"],
        name=row["name"],
        purpose=row["purpose"],
        language=row["language"],
        hue=row["hue"],
        time_zone=row["time_zone"],
        is_set_up=row["is_set_up"],
        paused=row["paused"],
        mailed_sign_in=row["mailed_sign_in"],
        is_locked=row["is_locked"],
        has_allies=row["has_allies"],
    )
