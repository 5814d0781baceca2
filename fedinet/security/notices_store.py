"""Rows of ``known_browsers`` and ``security_notices``. SQL of these tables lives here only.

That a member has notices to look at is read with each session (``http/sessions.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId

_BROWSERS_KEPT = timedelta(days=400)
_NOTICES_KEPT = timedelta(days=90)
_SHOWN = 10

_REMEMBER = query(
    "security.remember_browser",
    """
    INSERT INTO known_browsers (account_id, browser_hash, last_seen_at)
    VALUES ($1, $2, $3)
    ON CONFLICT (account_id, browser_hash) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at
 RETURNING xmax = 0
""",
)

_INSERT = query(
    "security.insert_notice",
    """
    INSERT INTO security_notices (account_id, kind, browser, network, created_at, seen_at)
    VALUES ($1, $2, $3, $4, $5, $6)
""",
)

_LIST = query(
    "security.list_notices",
    """
    SELECT kind, browser, network, created_at, seen_at
      FROM security_notices
     WHERE account_id = $1
     ORDER BY id DESC
     LIMIT $2
""",
)

_SEE = query(
    "security.see_notices",
    """
    UPDATE security_notices n
       SET seen_at = $3
      FROM sessions s
     WHERE s.token_hash = $2 AND s.account_id = $1
       AND n.account_id = $1 AND n.seen_at IS NULL AND n.created_at <> s.created_at
""",
)

_PRUNE_BROWSERS = query(
    "security.prune_browsers", "DELETE FROM known_browsers WHERE last_seen_at < $1"
)
_FORGET_NETWORKS = query(
    "security.forget_networks",
    "UPDATE security_notices SET network = '' WHERE created_at < $1 AND network <> ''",
)

_PRUNE_NOTICES = query(
    "security.prune_notices", "DELETE FROM security_notices WHERE created_at < $1"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to how a member signs in. ``kind``: of ``mail.model.MailKind``."""

    kind: str
    browser: str
    network: str
    created_at: datetime
    is_seen: bool


async def remember_browser(tx: Tx, account_id: AccountId, browser: str, *, now: datetime) -> bool:
    """Note that a member signs in with this browser (its cookie); True: for the first time."""
    return bool(await tx.fetchval(_REMEMBER, account_id, _hash(browser), now))


async def insert_notice(
    tx: Tx,
    account_id: AccountId,
    kind: str,
    *,
    browser: str,
    network: str,
    now: datetime,
    asks: bool,
) -> None:
    """Keep a notice. ``asks``: every page asks whether it was them, until they say so."""
    seen_at = None if asks else now
    await tx.execute(_INSERT, account_id, kind, browser, network, now, seen_at)


async def list_notices(conn: Conn | Pool, account_id: AccountId) -> list[Notice]:
    """What happened lately, the newest first, at most ten."""
    return [
        Notice(
            kind=row["kind"],
            browser=row["browser"],
            network=row["network"],
            created_at=row["created_at"],
            is_seen=row["seen_at"] is not None,
        )
        for row in await conn.fetch(_LIST, account_id, _SHOWN)
    ]


async def see_notices(pool: Pool, account_id: AccountId, session: str, *, now: datetime) -> None:
    """It was them, says this browser. Of its own coming in, another has to say so."""
    await pool.execute(_SEE, account_id, _hash(session), now)


async def forget_networks(pool: Pool, *, before: datetime) -> None:
    """Forget from which network something was done before then; the notice stays."""
    await pool.execute(_FORGET_NETWORKS, before)


async def prune_notices(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE_BROWSERS, now - _BROWSERS_KEPT)
    await pool.execute(_PRUNE_NOTICES, now - _NOTICES_KEPT)


def _hash(value: str) -> bytes:
    return sha256(value.encode()).digest()
