"""Rows of ``notifications``: what a member reads and dismisses. SQL lives here, in
grouped_store.py, telling_store.py and reactions_store.py only.

Every read applies the gate again, and leaves out who is muted, blocked,
suspended or gone by now. What is for stewards is shown to those who are it now,
whoever caused it.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE, keeps_server_away
from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, between, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.notifications.model import Kind, Notification

MOST_UNREAD: Final = 100
"""Nobody counts further; the page says "99+"."""

_ABOUT: Final = """
      LEFT JOIN LATERAL (  -- one by one, as far as the page goes: joined plainly, it reads all
            SELECT * FROM posts WHERE posts.id = n.post_id OFFSET 0) AS p ON true"""
_CONDITIONS: Final = (
    """
     WHERE n.owner_id = $1 AND n.dismissed_at IS NULL
       AND CASE WHEN n.kind IN ('sign_up', 'report', 'matter') THEN
            EXISTS (SELECT FROM accounts
                     WHERE accounts.actor_id = $1 AND accounts.role <> 'member')
            AND (n.about_id IS NULL OR EXISTS (SELECT FROM matters WHERE matters.id = n.about_id))
           WHEN n.kind IN ('severed', 'restored', 'appeal', 'moderated', 'standing')
                THEN true  -- nobody in person did it
           ELSE
            a.suspended_at IS NULL AND a.gone_at IS NULL
            AND NOT EXISTS (
                SELECT FROM mutes
                 WHERE mutes.actor_id = $1 AND mutes.target_id = n.actor_id
                   AND (mutes.until IS NULL OR mutes.until > now()))
            AND NOT EXISTS (
                SELECT FROM blocks
                 WHERE (blocks.actor_id = n.actor_id AND blocks.target_id = $1)
                    OR (blocks.actor_id = $1 AND blocks.target_id = n.actor_id))
            AND NOT"""
    + keeps_server_away("$1::bigint", "n.actor_id")
    + """
           END
       AND (n.post_id IS NULL OR ("""
    + VISIBLE
    + "))"
)
SHOWN: Final = " FROM notifications n JOIN actors a ON a.id = n.actor_id" + _ABOUT + _CONDITIONS


def _singly(source: str) -> str:
    return f"""
      FROM {source} n
     CROSS JOIN LATERAL (SELECT * FROM actors WHERE actors.id = n.actor_id OFFSET 0) AS a
      {_ABOUT}
      {_CONDITIONS}"""


SHOWN_SINGLY: Final = _singly("notifications")
"""The same for who looks for the next row again and again: hashed, all are read each time."""
COLUMNS: Final = (
    "n.id, n.kind, n.actor_id, n.post_id, n.about_id, n.created_at, n.group_key, n.filtered"
)
ROWS: Final = f"SELECT {COLUMNS}{SHOWN}"
_STRETCH: Final = (
    between("n.id")
    + """
       AND ($6::text[] IS NULL OR n.kind = ANY($6))
       AND ($7::bigint IS NULL OR n.actor_id = $7)
       AND ($8 OR NOT n.filtered)
"""
)


_IS_NEW: Final = """(n.id > coalesce((
            SELECT m.last_read FROM markers m
             WHERE m.owner_id = $1 AND m.timeline = 'notifications'), 0)
       AND NOT (p.visibility IS NOT DISTINCT FROM 'mentioned' AND (
            EXISTS (SELECT FROM likes l WHERE l.post_id = p.id AND l.actor_id = $1)
            OR EXISTS (
                SELECT FROM posts own
                 WHERE own.root_id = p.root_id AND own.id > p.id AND own.author_id = $1))))"""
"""Newer than the owner's marker, and no letter that they have answered or thanked for."""


def _page(order: str) -> str:
    """Rows in order first, then what is asked of each, as far as the page goes.

    The planner expects next to none to pass, and would ask it of all to sort what is left.
    """
    in_order = f"""(
            SELECT * FROM notifications n
             WHERE n.owner_id = $1 AND n.dismissed_at IS NULL {_STRETCH}
             ORDER BY n.id {order} OFFSET 0)"""
    return (
        f"SELECT {COLUMNS}, {_IS_NEW} AS is_new {_singly(in_order)} ORDER BY n.id {order} LIMIT $5"
    )


_LIST = Paged(
    query("notifications.list", _page("DESC")), query("notifications.list_up", _page("ASC"))
)
_FIND = query("notifications.find", ROWS + " AND n.id = $3 AND ($4 OR NOT n.filtered)")

_COUNT_UNREAD = query(
    "notifications.count_unread",
    "SELECT count(*) FROM (SELECT"
    + SHOWN
    + """
       AND ($4::text[] IS NULL OR n.kind = ANY($4))
       AND NOT n.filtered
       AND """
    + _IS_NEW
    + """
     ORDER BY n.id DESC  -- by its index, as far as the limit
     LIMIT $3) AS unread
""",
)

_DISMISS = query(
    "notifications.dismiss",
    """
    UPDATE notifications
       SET dismissed_at = now()
     WHERE owner_id = $1 AND id = $2 AND dismissed_at IS NULL
     RETURNING id
""",
)

_DISMISS_ALL = query(
    "notifications.dismiss_all",
    """
    UPDATE notifications
       SET dismissed_at = now()
     WHERE owner_id = $1 AND NOT filtered AND dismissed_at IS NULL
""",
)


_DISMISS_UP_TO = query(
    "notifications.dismiss_up_to",
    """
    UPDATE notifications
       SET dismissed_at = now()
     WHERE owner_id = $1 AND id <= $2 AND NOT filtered AND dismissed_at IS NULL
""",
)


async def list_notifications(
    conn: Conn,
    owner: Viewer,
    page: Page = FIRST_PAGE,
    *,
    kinds: Iterable[Kind] | None = None,
    by: ActorId | None = None,
    filtered: bool = False,
) -> list[Notification]:
    """List what a member was told, newest first; ``kinds`` None: everything; ``by``: by whom.

    ``filtered``: also what the member's policy keeps back.
    """
    wanted = None if kinds is None else list(kinds)
    rows = await read_page(conn, _LIST, page, owner.actor_id, owner.is_member, wanted, by, filtered)
    return [replace(notification_of(row), is_new=row["is_new"]) for row in rows]


async def find_notification(
    conn: Conn, owner: Viewer, notification_id: int, *, filtered: bool = False
) -> Notification | None:
    row = await conn.fetchrow(_FIND, owner.actor_id, owner.is_member, notification_id, filtered)
    return None if row is None else notification_of(row)


async def count_unread(conn: Conn, owner: Viewer, *, kinds: Iterable[Kind] | None = None) -> int:
    """Count what is new to the owner, at most ``MOST_UNREAD``."""
    wanted = None if kinds is None else list(kinds)
    found: int | None = await conn.fetchval(
        _COUNT_UNREAD, owner.actor_id, owner.is_member, MOST_UNREAD, wanted
    )
    return found or 0


async def dismiss(tx: Tx, owner_id: ActorId, notification_id: int) -> bool:
    """Put one away for good. False: it is not there."""
    return await tx.fetchval(_DISMISS, owner_id, notification_id) is not None


async def dismiss_up_to(tx: Tx, owner_id: ActorId, last: int) -> None:
    """Put everything away that was there when a page was shown; not what came since."""
    await tx.execute(_DISMISS_UP_TO, owner_id, last)


async def dismiss_all(tx: Tx, owner_id: ActorId) -> None:
    await tx.execute(_DISMISS_ALL, owner_id)


def notification_of(row: asyncpg.Record) -> Notification:
    return Notification(
        id=row["id"],
        kind=Kind(row["kind"]),
        actor_id=ActorId(row["actor_id"]),
        post_id=None if row["post_id"] is None else PostId(row["post_id"]),
        about_id=row["about_id"],
        created_at=row["created_at"],
        group_key=row["group_key"],
        is_filtered=row["filtered"],
    )
