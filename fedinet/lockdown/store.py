"""Rows of ``ended_sessions``, and what other tables tell about who did what. SQL is here only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.lockdown.model import Happened, Line

KEPT: Final = timedelta(days=30)

_KEEP_SESSIONS = query(
    "lockdown.keep_sessions",
    """
    INSERT INTO ended_sessions (account_id, created_at, last_used_at, user_agent, network)
    SELECT account_id, created_at, last_used_at, user_agent, coalesce(network, '')
      FROM sessions
""",
)

_FORGET = query(
    "lockdown.forget_sessions", "DELETE FROM ended_sessions WHERE ended_at < now() - $1::interval"
)

_LIST_ACTORS = query(
    "lockdown.list_actors",
    """
    SELECT DISTINCT k.actor_id
      FROM actor_keys k JOIN actors a ON a.id = k.actor_id
     WHERE k.private_sealed IS NOT NULL AND a.is_local AND a.gone_at IS NULL AND k.actor_id > $1
     ORDER BY k.actor_id
     LIMIT $2
""",
)

_FIND_OWNER = query(
    "lockdown.find_owner",
    """
    SELECT a.id
      FROM accounts a JOIN actors r ON r.id = a.actor_id
     WHERE a.role = 'owner' AND a.disabled_at IS NULL AND r.suspended_at IS NULL
       AND ($1 = '' OR lower(r.username) = lower($1))
     ORDER BY a.id
     LIMIT 1
""",
)

_LIST_PROCESSES = query(
    "lockdown.list_processes",
    """
    SELECT DISTINCT application_name
      FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND application_name LIKE 'fedinet%' AND application_name NOT LIKE 'fedinet command%'
     ORDER BY 1
""",
)

# Small tables, looked at seldom: whole, by time.
_REPORT = query(
    "lockdown.report",
    """
    WITH people AS (
        SELECT a.id, a.actor_id, '@' || r.username AS name, a.created_at, a.invited_by
          FROM accounts a JOIN actors r ON r.id = a.actor_id)
    SELECT happened.at, happened.what, happened.who, happened.detail
      FROM (
        SELECT s.last_used_at AS at, 'session' AS what, p.name AS who,
               concat_ws(', ', nullif(s.user_agent, ''), nullif(s.network, ''),
                         to_char(s.created_at, 'YYYY-MM-DD HH24:MI') || ' …') AS detail
          FROM sessions s JOIN people p ON p.id = s.account_id
         UNION ALL
        SELECT s.last_used_at, 'session', p.name,
               concat_ws(', ', nullif(s.user_agent, ''), nullif(s.network, ''),
                         to_char(s.created_at, 'YYYY-MM-DD HH24:MI') || ' …')
          FROM ended_sessions s JOIN people p ON p.id = s.account_id
         UNION ALL
        SELECT n.created_at, 'security', p.name,
               concat_ws(', ', n.kind, nullif(n.browser, ''), nullif(n.network, ''))
          FROM security_notices n JOIN people p ON p.id = n.account_id
         UNION ALL
        SELECT t.created_at, 'token', p.name,
               concat_ws(', ', nullif(t.app_name, ''), array_to_string(t.scopes, ' '))
          FROM access_tokens t JOIN people p ON p.id = t.account_id
         UNION ALL
        SELECT t.last_used_at, 'token_used', p.name,
               concat_ws(', ', nullif(t.app_name, ''), array_to_string(t.scopes, ' '))
          FROM access_tokens t JOIN people p ON p.id = t.account_id
         WHERE t.last_used_at IS NOT NULL
         UNION ALL
        SELECT created_at, 'app', '', name FROM oauth_apps
         UNION ALL
        SELECT k.created_at, 'passkey', p.name, k.name
          FROM passkeys k JOIN people p ON p.id = k.account_id
         UNION ALL
        SELECT p.created_at, 'account', p.name, coalesce(host.name, '')
          FROM people p LEFT JOIN people host ON host.id = p.invited_by
         UNION ALL
        SELECT i.created_at, 'invitation', p.name, i.note
          FROM invitations i JOIN people p ON p.id = i.created_by
         UNION ALL
        SELECT acts.at, 'act', acts.by_whom,
               concat_ws(' ', acts.act, acts.detail, '@' || target.username)
          FROM account_acts acts JOIN actors target ON target.id = acts.target_id
         UNION ALL
        SELECT at, 'policy', by_whom, action || ' ' || subject FROM policy_audit
         UNION ALL
        SELECT ended_at, 'backup', CASE asked_by WHEN '' THEN '' ELSE '@' || asked_by END, file
          FROM backup_runs WHERE kind = 'make' AND outcome = 'done'
      ) AS happened
     WHERE happened.at >= $1
     ORDER BY happened.at DESC
     LIMIT $2
""",
)


async def keep_sessions(tx: Tx) -> None:
    """Remember who is signed in, before everybody is signed out; for 30 days."""
    await tx.execute(_KEEP_SESSIONS)


async def forget_sessions(tx: Tx) -> None:
    await tx.execute(_FORGET, KEPT)


async def list_actors(conn: Conn | Pool, after: int, limit: int) -> Sequence[ActorId]:
    """List actors of ours that sign, by their number."""
    return [ActorId(row["actor_id"]) for row in await conn.fetch(_LIST_ACTORS, after, limit)]


async def find_owner(conn: Conn | Pool, username: str = "") -> AccountId | None:
    """An owner who may act: the one of this name, or the first."""
    found = await conn.fetchval(_FIND_OWNER, username)
    return None if found is None else AccountId(found)


async def list_processes(conn: Conn | Pool) -> list[str]:
    """What of the node is connected to the database, but for commands."""
    return [row["application_name"] for row in await conn.fetch(_LIST_PROCESSES)]


async def report(conn: Conn | Pool, since: datetime, *, limit: int) -> Sequence[Line]:
    """What the records hold since a time, newest first."""
    return [
        Line(row["at"], Happened(row["what"]), row["who"], row["detail"] or "")
        for row in await conn.fetch(_REPORT, since, limit)
    ]
