"""Who is suspended here. A read over ``actors``; SQL lives here only."""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.query import Conn, query
from fedinet.kernel.paging import FIRST_PAGE, Page

_SUSPENDED: Final = (
    "SELECT"
    + ACTOR_COLUMNS
    + """FROM actors a
     WHERE a.suspended_at IS NOT NULL AND NOT a.suspended_there
       AND ($1::bigint IS NULL OR a.id < $1)
       AND ($2::bigint IS NULL OR a.id > $2)
"""
)
_LIST = query("moderation.list_suspended", _SUSPENDED + " ORDER BY a.id DESC LIMIT $3")
_LIST_UP = query("moderation.list_suspended_up", _SUSPENDED + " ORDER BY a.id LIMIT $3")


async def list_suspended(conn: Conn, page: Page = FIRST_PAGE) -> Sequence[Actor]:
    """List suspended actors, those that were known last first; the cursor is the actor's id."""
    sql = _LIST_UP if page.is_ascending else _LIST
    rows = await conn.fetch(sql, page.max_id, page.newer_than, page.limit)
    return [actor_of(row) for row in page.newest_first(rows)]
