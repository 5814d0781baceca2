"""Looking at the server: what its pages say of it, in two statements."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.health.findings import Line, State, lines_of
from fedinet.health.store import find_last_backup
from fedinet.http.admission import free_bytes
from fedinet.http.context import NODE, SETTINGS
from fedinet.node.backlog import read_backlog


async def read_state(request: web.Request, conn: Conn) -> tuple[State, list[Line]]:
    """The server as it is now, and what of that needs a steward."""
    settings, node = request.app[SETTINGS], await request.app[NODE].get()
    set_up_at, last_backup = await find_last_backup(conn)
    state = State(
        backlog=await read_backlog(conn),
        set_up_at=set_up_at,
        last_backup=last_backup,
        nightly_backups=settings.nightly_backups,
        free_bytes=free_bytes(settings.data),
        min_free_bytes=settings.min_free_bytes,
        is_paused=node.paused,
        now=datetime.now(UTC),
    )
    return state, lines_of(state)
