"""Looking at the server: what its pages say of it, in two statements, or three."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.desk.model import Matter
from fedinet.health.findings import Line, State, lines_of
from fedinet.health.store import Silent, find_silent, find_times
from fedinet.http.admission import free_bytes, may_write_in
from fedinet.http.context import NODE, SETTINGS
from fedinet.node.backlog import read_backlog
from fedinet.settings import Settings


async def read_state(
    request: web.Request, conn: Conn, told: Sequence[Matter]
) -> tuple[State, list[Line]]:
    """The server as it is now, and what of that needs a steward; ``told``: ``OF_THE_SERVER``."""
    settings, node = request.app[SETTINGS], await request.app[NODE].get()
    backlog, times = await read_backlog(conn), await find_times(conn)
    alone = 1 in (backlog.allies_silent, backlog.hosts_failing)
    silent = await find_silent(conn) if alone else Silent()
    state = State(
        backlog=backlog,
        set_up_at=times.set_up_at,
        last_backup=times.made_at,
        nightly_backups=settings.nightly_backups,
        free_bytes=free_bytes(settings.data),
        min_free_bytes=settings.min_free_bytes,
        keeps_files=keeps_files(settings),
        is_paused=node.paused,
        has_worker=times.workers > 0,
        now=datetime.now(UTC),
        database_now=times.now,
        apart_s=times.apart_s,
        peers=times.peers,
        told=told,
        silent_ally=silent.ally,
        ally_answered_at=silent.ally_answered_at,
        failing_host=silent.host,
        failing_since=silent.host_failing_since,
        troubles=times.troubles,
        lacks_steward=times.lacks_steward,
    )
    return state, lines_of(state)


def keeps_files(settings: Settings) -> bool:
    """Tell whether the files of members can be stored where they are to lie."""
    return settings.media_store is not None or may_write_in(settings.media)
