"""Rows of ``sessions``: browsers that are signed in. SQL of the table lives here only.

A session is named by a random cookie of which only the SHA-256 is stored.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.http.agents import browser_name
from fedinet.kernel.ids import AccountId

SHORT = timedelta(hours=16)
"""Of a browser that asked not to be remembered; its cookie goes when it closes."""
LONG = timedelta(days=90)
"""Of "stay signed in", counted from the last use."""
_TOUCH_EVERY = timedelta(minutes=10)
_MAX_USER_AGENT = 300

_INSERT = query(
    "http.insert_session",
    """
    INSERT INTO sessions
        (token_hash, account_id, created_at, last_used_at, expires_at, user_agent, network,
         verified_at)
    VALUES ($1, $2, $3, $3, $4, $5, $6, $3)
""",
)

_FIND = query(
    "http.find_session",
    """
    SELECT s.account_id, s.created_at, s.last_used_at, s.expires_at,
           a.role, a.language, a.app_visibility, a.actor_id, a.frozen_at IS NOT NULL AS is_frozen,
           coalesce(a.post_language, a.language) AS post_language, a.posts_sensitive, a.shortcuts,
           r.username, r.name, r.avatar_url,
           (SELECT h.time_zone FROM rhythms h WHERE h.account_id = a.id) AS time_zone,
           EXISTS (SELECT FROM security_notices n
                    WHERE n.account_id = s.account_id AND n.seen_at IS NULL
                      AND n.created_at <> s.created_at) AS has_notices,
           EXISTS (SELECT FROM house_versions v
                    WHERE v.asks AND NOT EXISTS (
                          SELECT FROM house_acceptances x
                           WHERE x.account_id = s.account_id AND x.kind = v.kind
                             AND x.number >= v.number)) AS has_terms,
           (SELECT json_agg(json_build_object(
                        'id', f.id, 'owner_id', f.owner_id, 'title', f.title,
                        'contexts', f.contexts, 'action', f.action, 'expires_at', f.expires_at,
                        'keywords', ARRAY(
                            SELECT json_build_object(
                                   'id', k.id, 'keyword', k.keyword, 'whole_word', k.whole_word)
                              FROM filter_keywords k WHERE k.filter_id = f.id ORDER BY k.id),
                        'posts', ARRAY(
                            SELECT json_build_object('id', fp.id, 'post_id', fp.post_id)
                              FROM filter_posts fp WHERE fp.filter_id = f.id ORDER BY fp.id))
                    ORDER BY f.id)
              FROM filters f
             WHERE f.owner_id = a.actor_id) AS filters
      FROM sessions s
      JOIN accounts a ON a.id = s.account_id
      JOIN actors r ON r.id = a.actor_id
     WHERE s.token_hash = $1 AND s.expires_at > $2
       AND a.disabled_at IS NULL AND r.suspended_at IS NULL AND r.gone_at IS NULL
""",
)

_LIST_LIVE = query(
    "http.list_live_sessions",
    """
    SELECT s.token_hash
      FROM sessions s
      JOIN accounts a ON a.id = s.account_id AND a.disabled_at IS NULL
      JOIN actors r ON r.id = a.actor_id AND r.suspended_at IS NULL AND r.gone_at IS NULL
     WHERE s.token_hash = ANY ($1::bytea[]) AND s.expires_at > $2
""",
)

_TOUCH = query(
    "http.touch_session",
    """
    UPDATE sessions
       SET last_used_at = $2, expires_at = $3
     WHERE token_hash = $1
""",
)

_IS_FRESH = query(
    "http.is_session_fresh",
    "SELECT EXISTS (SELECT FROM sessions WHERE token_hash = $1 AND verified_at > $2)",
)

_VERIFY = query(
    "http.verify_session",
    """
    UPDATE sessions
       SET verified_at = $2
     WHERE token_hash = $1
""",
)

_DELETE = query(
    "http.delete_session",
    """
    DELETE FROM sessions
     WHERE token_hash = $1
""",
)

_DELETE_OF_ACCOUNT = query(
    "http.delete_session_of_account",
    """
    DELETE FROM sessions
     WHERE account_id = $1 AND encode(token_hash, 'hex') LIKE $2 || '%'
""",
)

_DELETE_OTHERS = query(
    "http.delete_other_sessions",
    """
    DELETE FROM sessions
     WHERE account_id = $1 AND token_hash <> $2
""",
)

_DELETE_ALL = query("http.delete_all_sessions", "DELETE FROM sessions WHERE token_hash <> $1")

_LIST = query(
    "http.list_sessions",
    """
    SELECT token_hash, created_at, last_used_at, user_agent, network
      FROM sessions
     WHERE account_id = $1 AND expires_at > $2
     ORDER BY last_used_at DESC
     LIMIT 100
""",
)

_PRUNE = query(
    "http.prune_sessions",
    """
    DELETE FROM sessions
     WHERE expires_at < $1
""",
)


_FORGET_NETWORKS = query(
    "http.forget_networks",
    "UPDATE sessions SET network = '' WHERE created_at < $1 AND network <> ''",
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of "where you are signed in". ``key`` names it in a form; it opens nothing."""

    key: str
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    network: str
    """E.g. ``203.0.113.0/24``; ``""`` where it is not known."""
    is_this_one: bool

    @property
    def browser(self) -> str:
        """Two words for the owner, e.g. ``Firefox, Linux``; ``""`` where it gave no name."""
        return browser_name(self.user_agent)


async def open_session(
    tx: Tx,
    account_id: AccountId,
    *,
    stay: bool,
    user_agent: str,
    now: datetime,
    network: str = "",
) -> str:
    """Make a session and return the value of its cookie: always a new one."""
    token = secrets.token_urlsafe(32)
    expires = now + (LONG if stay else SHORT)
    agent = "".join(ch for ch in user_agent if ch.isprintable())[:_MAX_USER_AGENT]
    await tx.execute(_INSERT, hash_session(token), account_id, now, expires, agent, network)
    return token


async def find_session(pool: Pool, token: str, *, now: datetime) -> asyncpg.Record | None:
    """Read the live session and its member; None where it ended or the account is closed."""
    row = await pool.fetchrow(_FIND, hash_session(token), now)
    if row is not None and now - row["last_used_at"] > _TOUCH_EVERY:
        is_long = row["expires_at"] - row["last_used_at"] > SHORT
        expires = now + LONG if is_long else row["expires_at"]
        await pool.execute(_TOUCH, hash_session(token), now, expires)
    return row


async def list_live_sessions(pool: Pool, hashes: Collection[bytes], *, now: datetime) -> set[bytes]:
    """Of these sessions (``hash_session``), those that a member is signed in with."""
    return {row["token_hash"] for row in await pool.fetch(_LIST_LIVE, list(hashes), now)}


async def is_fresh(conn: Conn | Pool, token: str, *, since: datetime) -> bool:
    """Tell whether this browser proved whose it is after ``since``."""
    return bool(await conn.fetchval(_IS_FRESH, hash_session(token), since))


async def verify_session(conn: Conn | Pool, token: str, *, now: datetime) -> None:
    """Note that this browser proved just now whose it is."""
    await conn.execute(_VERIFY, hash_session(token), now)


async def close_session(pool: Conn | Pool, token: str) -> None:
    """Sign out: the cookie is worth nothing from now on, wherever a copy of it is."""
    await pool.execute(_DELETE, hash_session(token))


async def close_session_named(pool: Pool, account_id: AccountId, key: str) -> None:
    """End one of the member's own sessions by the key of its line."""
    if len(key) == 16 and all(ch in "0123456789abcdef" for ch in key):
        await pool.execute(_DELETE_OF_ACCOUNT, account_id, key)


async def close_other_sessions(tx: Tx, account_id: AccountId, token: str) -> None:
    """End all sessions of the member but this one; with ``""`` all of them."""
    await tx.execute(_DELETE_OTHERS, account_id, hash_session(token))


async def end_all_sessions(tx: Tx, *, but_not: str = "") -> int:
    """Sign everybody out, but for one session. Returns how many there were."""
    tag = await tx.execute(_DELETE_ALL, hash_session(but_not))
    return int(tag.rpartition(" ")[2])


async def list_sessions(
    conn: Conn, account_id: AccountId, current: str, *, now: datetime
) -> list[OpenSession]:
    """Where the member is signed in, the last used first, at most 100."""
    rows = await conn.fetch(_LIST, account_id, now)
    this = hash_session(current)
    return [
        OpenSession(
            key=row["token_hash"].hex()[:16],
            created_at=row["created_at"],
            last_used_at=row["last_used_at"],
            user_agent=row["user_agent"],
            network=row["network"],
            is_this_one=row["token_hash"] == this,
        )
        for row in rows
    ]


async def forget_networks(pool: Pool, *, before: datetime) -> None:
    """Forget from which network a session was begun before then; it goes on."""
    await pool.execute(_FORGET_NETWORKS, before)


async def prune_sessions(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE, now)


def hash_session(token: str) -> bytes:
    """What is kept of a session's cookie: the rows are found by it."""
    return sha256(token.encode()).digest()
