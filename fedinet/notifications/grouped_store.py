"""Notifications in groups, as apps list them: read through the same conditions as the list.

SQL lives here, and where store.py says.

Source: https://docs.joinmastodon.org/methods/grouped_notifications/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.notifications.model import Notification
from fedinet.notifications.store import COLUMNS, ROWS, SHOWN, SHOWN_SINGLY, notification_of
from fedinet.notifications.wanted import Wanted

_SAMPLE: Final = 8
"""So many people of a group are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is said of a group; ``page_…`` of those of its rows that the page stands for."""

    number: int
    newest: int
    page_newest: int
    page_oldest: int
    page_newest_at: datetime
    actor_ids: tuple[ActorId, ...]
    """The last of them first, each once."""


def _walk(begin: str, bound: str, order: str) -> str:
    """One row after the other by the index of the owner, but for those of groups met already."""
    return f"""
    WITH RECURSIVE page (place, seen, id, kind, actor_id, post_id, about_id, created_at,
                         group_key, filtered) AS (
        SELECT 0, '{{}}'::text[] COLLATE "C", {begin}, NULL::text, NULL::bigint, NULL::bigint,
               NULL::bigint, NULL::timestamptz, NULL::text COLLATE "C", false
         UNION ALL
        SELECT page.place + 1,
               CASE WHEN one.group_key IS NULL THEN page.seen ELSE page.seen || one.group_key END,
               one.id, one.kind, one.actor_id, one.post_id, one.about_id, one.created_at,
               one.group_key, one.filtered
          FROM page
         CROSS JOIN LATERAL (
            SELECT {_COLUMNS}
            {SHOWN_SINGLY}
               AND {bound}
               AND n.kind = ANY($6::text[])
               AND ($7::bigint IS NULL OR n.actor_id = $7)
               AND ($9 OR NOT n.filtered)
               AND NOT coalesce({_KEY} = ANY(page.seen), false)
             ORDER BY n.id {order} LIMIT 1) AS one
         WHERE page.place < $5)
    SELECT * FROM page WHERE place > 0 ORDER BY place"""


_KEY: Final = "CASE WHEN n.kind = ANY($8::text[]) THEN n.group_key END"
_COLUMNS: Final = COLUMNS.replace("n.group_key", f"{_KEY} AS group_key")

_LIST = Paged(
    query(
        "notifications.list_grouped",
        _walk(
            f"coalesce($3::bigint, {2**63 - 1})",
            "n.id < page.id AND ($4::bigint IS NULL OR n.id > $4)",
            "DESC",
        ),
    ),
    query(
        "notifications.list_grouped_up",
        _walk(
            "coalesce($4::bigint, 0)", "n.id > page.id AND ($3::bigint IS NULL OR n.id < $3)", ""
        ),
    ),
)

_FIGURES = query(
    "notifications.figures_of_groups",
    f"""
    SELECT n.group_key, count(*) AS number, max(n.id) AS newest,
           max(n.id) FILTER (WHERE n.id BETWEEN $4 AND $5) AS page_newest,
           min(n.id) FILTER (WHERE n.id BETWEEN $4 AND $5) AS page_oldest,
           max(n.created_at) FILTER (WHERE n.id BETWEEN $4 AND $5) AS page_newest_at,
           (array_agg(n.actor_id ORDER BY n.id DESC))[1:{2 * _SAMPLE}] AS actor_ids
    {SHOWN}
       AND n.group_key = ANY($3::text[]) AND ($6 OR NOT n.filtered)
     GROUP BY n.group_key
""",
)

_FIND = query(
    "notifications.find_group",
    ROWS + " AND n.group_key = $3 AND NOT n.filtered ORDER BY n.id DESC LIMIT 1",
)

_OF_GROUP = paged(
    "notifications.list_of_group",
    ROWS + between("n.id") + " AND n.group_key = $6 AND NOT n.filtered",
    by="n.id",
)

_DISMISS = query(
    "notifications.dismiss_group",
    """
    UPDATE notifications
       SET dismissed_at = now()
     WHERE owner_id = $1 AND group_key = $2 AND NOT filtered AND dismissed_at IS NULL
""",
)


async def list_grouped(conn: Conn, owner: Viewer, page: Page, wanted: Wanted) -> list[Notification]:
    """List one row for each group, newest first; its key is None where the row stands alone.

    It is the newest of its group in the page, or, with ``min_id``, the oldest. A
    page that follows may have older rows of the same groups.
    """
    rows = await read_page(
        conn,
        _LIST,
        page,
        owner.actor_id,
        owner.is_member,
        list(wanted.kinds),
        wanted.by,
        list(wanted.grouped),
        wanted.filtered,
    )
    return [notification_of(row) for row in rows]


async def list_figures(
    conn: Conn,
    owner: Viewer,
    told: Sequence[Notification],
    oldest: int,
    newest: int,
    *,
    filtered: bool = False,
) -> dict[str, Figures]:
    """Figures by key, of the groups that these rows stand for; the page is what lies between.

    ``filtered``: they count what the member's policy keeps back, too.
    """
    figures = {
        one.key: Figures(
            number=1,
            newest=one.id,
            page_newest=one.id,
            page_oldest=one.id,
            page_newest_at=one.created_at,
            actor_ids=(one.actor_id,),
        )
        for one in told
    }
    keys = [one.group_key for one in told if one.group_key is not None]
    if not keys:
        return figures
    rows = await conn.fetch(
        _FIGURES, owner.actor_id, owner.is_member, keys, oldest, newest, filtered
    )
    for row in rows:
        if row["page_newest"] is not None:
            figures[row["group_key"]] = Figures(
                number=row["number"],
                newest=row["newest"],
                page_newest=row["page_newest"],
                page_oldest=row["page_oldest"],
                page_newest_at=row["page_newest_at"],
                actor_ids=tuple(dict.fromkeys(map(ActorId, row["actor_ids"])))[:_SAMPLE],
            )
    return figures


async def find_group(conn: Conn, owner: Viewer, key: str) -> Notification | None:
    """Find the newest row of a group."""
    row = await conn.fetchrow(_FIND, owner.actor_id, owner.is_member, key)
    return None if row is None else notification_of(row)


async def list_of_group(conn: Conn, owner: Viewer, key: str, page: Page) -> list[Notification]:
    rows = await read_page(conn, _OF_GROUP, page, owner.actor_id, owner.is_member, key)
    return [notification_of(row) for row in rows]


async def dismiss_group(tx: Tx, owner_id: ActorId, key: str) -> None:
    """Put all of a group away for good; what comes later is news again."""
    await tx.execute(_DISMISS, owner_id, key)
