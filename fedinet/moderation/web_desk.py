"""Where stewards begin: what waits for them, each matter once."""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.desk import store
from fedinet.desk.model import BY_HAND, OF_THE_SERVER, Matter, MatterKind
from fedinet.desk.words import sentence_of
from fedinet.health.findings import is_new
from fedinet.health.reading import read_state
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.desk import desk_counts
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.moderation.brief_store import list_briefs, who_report_much
from fedinet.moderation.words import CATEGORIES

routes = web.RouteTableDef()

_PAGE: Final = 50
_OF_PEOPLE: Final = frozenset(MatterKind) - OF_THE_SERVER


@routes.get("/admin")
async def show_desk(request: web.Request) -> web.Response:
    """What is open: reports first, what may be put away last, and the newest first of each.

    What is held has a page of its own, and is counted here.
    """
    found = require_steward(request)
    raw = request.query.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= 18 else None
    async with request.app[POOL].acquire() as conn:
        if before is None:
            matters, told = await store.list_both(conn, _OF_PEOPLE, OF_THE_SERVER, limit=_PAGE)
            state, lines = await read_state(request, conn, told)
        else:
            matters = await store.list_open(conn, kinds=_OF_PEOPLE, before=before, limit=_PAGE)
            state, lines = None, []
        last = matters[-1].id if len(matters) == _PAGE else 0
        matters = sorted(matters, key=_rank)
        reports = {
            m.id: int(m.subject)
            for m in matters
            if m.kind is MatterKind.REPORT and m.subject.isdecimal()
        }
        briefs = await list_briefs(conn, found.viewer, reports.values())
    return render(
        request,
        "moderation/desk.html",
        matters=[
            (matter, sentence_of(matter), briefs.get(reports.get(matter.id, 0)))
            for matter in matters
        ],
        is_new=state is not None and is_new(state),
        lines=lines,
        lacks_steward=state is not None and state.lacks_steward,
        much=who_report_much(briefs.values()),
        held=desk_counts(request).get("held", 0),
        before=last,
        is_first=before is None,
        kinds=CATEGORIES,
    )


def _rank(matter: Matter) -> int:
    """Of what stands together on a page: somebody was hurt, somebody waits, something happened."""
    return 0 if matter.kind is MatterKind.REPORT else 2 if matter.is_put_away_by_hand else 1


@routes.post("/admin")
async def put_away(request: web.Request) -> web.Response:
    """A steward has seen a matter that nothing else settles. Twice is once."""
    require_steward(request)
    number = (await read_form(request)).integer("id") or 0
    if not 0 < number < 2**63:
        raise NotFound("no such matter")
    async with transaction(request.app[POOL]) as tx:
        await store.put_away(tx, number, BY_HAND)
    return see_other("/admin")
