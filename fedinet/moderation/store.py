"""Who is suspended here. A read over ``actors``; SQL lives here only."""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn
from fedinet.kernel.paging import FIRST_PAGE, Page

_SUSPENDED: Final = (
    "SELECT"
    + ACTOR_COLUMNS
    + """FROM actors a
     WHERE a.suspended_at IS NOT NULL AND NOT a.suspended_there"""
    + between("a.id", at=1)
)
_LIST = paged("moderation.list_suspended", _SUSPENDED, by="a.id", at=1)


async def list_suspended(conn: Conn, page: Page = FIRST_PAGE) -> Sequence[Actor]:
    """List suspended actors, those that were known last first; the cursor is the actor's id."""
    return [actor_of(row) for row in await read_page(conn, _LIST, page)]
