"""Rows of ``push_subscriptions``. SQL of the table lives here only.

Jobs are promised by the table of notifications itself (0031), and a token that
is revoked takes its row along.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.notifications.model import Kind
from fedinet.push.model import AppKeys, Choice, Policy, Subscription

_GIVEN_UP_AFTER: Final = timedelta(days=7)

_COLUMNS: Final = """
    id, token_id, owner_id, endpoint, p256dh, auth, standard, alerts, policy, token_sealed, retry_at
"""

_UPSERT = query(
    "push.upsert",
    """
    INSERT INTO push_subscriptions
        (token_id, owner_id, endpoint, p256dh, auth, standard, alerts, kinds, policy, token_sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (token_id) DO UPDATE
       SET endpoint = EXCLUDED.endpoint, p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth,
           standard = EXCLUDED.standard, alerts = EXCLUDED.alerts, kinds = EXCLUDED.kinds,
           policy = EXCLUDED.policy, token_sealed = EXCLUDED.token_sealed,
           failures = 0, failing_since = NULL, retry_at = NULL, created_at = now()
    RETURNING """
    + _COLUMNS,
)

_KEEP_NEWEST = query(
    "push.keep_newest",
    """
    DELETE FROM push_subscriptions
     WHERE id IN (
        SELECT id FROM push_subscriptions
         WHERE owner_id = $1
         ORDER BY created_at DESC, id DESC
        OFFSET $2)
""",
)

_CHOOSE = query(
    "push.choose",
    "UPDATE push_subscriptions SET alerts = $2, kinds = $3, policy = $4"
    " WHERE token_id = $1 RETURNING " + _COLUMNS,
)

_FIND_OF_TOKEN = query(
    "push.find_of_token", "SELECT " + _COLUMNS + " FROM push_subscriptions WHERE token_id = $1"
)

_FIND = query(
    "push.find",
    "SELECT "
    + _COLUMNS
    + ", EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL) AS is_paused"
    + " FROM push_subscriptions WHERE id = $1",
)

_DELETE_EVERY = query("push.delete_every", "DELETE FROM push_subscriptions")
_DELETE_OF_TOKEN = query(
    "push.delete_of_token", "DELETE FROM push_subscriptions WHERE token_id = $1"
)

_END = query("push.end", "DELETE FROM push_subscriptions WHERE id = $1 AND endpoint = $2")

_WORKED = query(
    "push.worked",
    """
    UPDATE push_subscriptions
       SET failures = 0, failing_since = NULL, retry_at = NULL
     WHERE id = $1 AND endpoint = $2 AND failures > 0
""",
)

_FAILED = query(
    "push.failed",
    """
    UPDATE push_subscriptions
       SET failures = failures + 1,
           failing_since = coalesce(failing_since, now()),
           retry_at = now() + make_interval(secs => least(10 * 3 ^ least(failures, 6), 3600))
     WHERE id = $1 AND endpoint = $2 AND (retry_at IS NULL OR retry_at <= now())
""",
)

_GIVE_UP = query(
    "push.give_up",
    "DELETE FROM push_subscriptions WHERE id = $1 AND failing_since < now() - $2::interval",
)


async def upsert(
    tx: Tx, wanted: Subscription, kinds: Iterable[Kind], token_sealed: bytes
) -> Subscription:
    """Keep the one subscription of a token, instead of what it had; the number given is not read.

    The oldest of a member who has too many end.
    """
    row = await tx.fetchrow(
        _UPSERT,
        wanted.token_id,
        wanted.owner_id,
        wanted.endpoint,
        wanted.keys.point,
        wanted.keys.secret,
        wanted.standard,
        sorted(wanted.choice.alerts),
        sorted(kinds),
        wanted.choice.policy,
        token_sealed,
    )
    assert row is not None  # noqa: S101  # an upsert without WHERE returns its row
    return _subscription(row)


async def keep_newest(tx: Tx, owner_id: ActorId, most: int) -> None:
    """End the oldest subscriptions of a member who has more than so many."""
    await tx.execute(_KEEP_NEWEST, owner_id, most)


async def choose(
    tx: Tx, token_id: int, choice: Choice, kinds: Iterable[Kind]
) -> Subscription | None:
    """Change what rings. None: the token has no subscription."""
    row = await tx.fetchrow(_CHOOSE, token_id, sorted(choice.alerts), sorted(kinds), choice.policy)
    return None if row is None else _subscription(row)


async def find_of_token(conn: Conn, token_id: int) -> Subscription | None:
    row = await conn.fetchrow(_FIND_OF_TOKEN, token_id)
    return None if row is None else _subscription(row)


async def find(conn: Conn | Pool, subscription_id: int) -> tuple[Subscription, bytes] | None:
    """Find one with its sealed token. None: it has ended, or the node is paused."""
    row = await conn.fetchrow(_FIND, subscription_id)
    if row is None or row["is_paused"]:
        return None
    return _subscription(row), row["token_sealed"]


async def delete_of_token(tx: Tx, token_id: int) -> None:
    await tx.execute(_DELETE_OF_TOKEN, token_id)


async def end(pool: Pool, gone: Subscription) -> None:
    """Forget one whose service refused it; not the one that the app has made meanwhile."""
    await pool.execute(_END, gone.id, gone.endpoint)


async def mark_working(pool: Pool, working: Subscription) -> None:
    await pool.execute(_WORKED, working.id, working.endpoint)


async def mark_failing(pool: Pool, failing: Subscription) -> None:
    """Leave its service alone for a while, longer each time; after a week of that, for good."""
    await pool.execute(_FAILED, failing.id, failing.endpoint)
    await pool.execute(_GIVE_UP, failing.id, _GIVEN_UP_AFTER)


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(
        id=row["id"],
        token_id=row["token_id"],
        owner_id=ActorId(row["owner_id"]),
        endpoint=row["endpoint"],
        keys=AppKeys(point=row["p256dh"], secret=row["auth"]),
        standard=row["standard"],
        choice=Choice(alerts=frozenset(row["alerts"]), policy=Policy(row["policy"])),
        retry_at=row["retry_at"],
    )


async def delete_every(tx: Tx) -> int:
    """End all subscriptions of all apps: the key that they were made with is gone."""
    return int((await tx.execute(_DELETE_EVERY)).rpartition(" ")[2])
