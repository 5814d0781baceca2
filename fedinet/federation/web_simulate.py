"""The page on which rules are tried on last week, or on a made wave, and nothing changes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.federation.trial import Trial, show_trial, try_out
from fedinet.federation.words import MODE_NAMES
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.params import read_form
from fedinet.kernel.errors import Unprocessable
from fedinet.policy import store
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change
from fedinet.policy.lists.activating import Choice, chosen_drafts
from fedinet.policy.model import Mode

routes = web.RouteTableDef()

SIMULATE: Final = "/admin/policy/simulate"
_MODE: Final = "mode:"
_DRAFTS: Final = "drafts:"


@routes.get(SIMULATE)
async def show(request: web.Request) -> web.Response:
    """What can be tried; ``?what=`` as the form has it."""
    require_steward(request)
    form = Form({"what": request.query.get("what", "")[:300]})
    async with request.app[POOL].acquire() as conn:
        sources = await store.count_drafts(conn)
    return _page(request, form, sources)


@routes.post(SIMULATE)
async def simulate(request: web.Request) -> web.Response:
    """Try the drafts (``what=drafts:`` or ``drafts:SOURCE``), a mode (``mode:open``), or nothing.

    ``on``: ``week``, or the name of a replay that comes with the project.
    """
    me = require_steward(request)
    fields = await read_form(request)
    what, on = fields.text("what"), fields.text("on")
    by = Steward(name=f"@{me.username}", now=datetime.now(UTC))
    async with request.app[POOL].acquire() as conn:
        sources = await store.count_drafts(conn)
        change = await _change(conn, what, by)
    trial = await try_out(request, change, on)
    return _page(request, Form({"what": what, "on": on}), sources, trial)


async def _change(conn: Conn, what: str, by: Steward) -> Change | None:
    """What is to be tried; None: the rules of now, beside what was decided then.

    Raises:
        Unprocessable: nothing that can be tried.
    """
    if what.startswith(_DRAFTS):
        choice = Choice(source=what.removeprefix(_DRAFTS).replace("\0", ""))
        return Change(put=(await chosen_drafts(conn, choice, by)).rules)
    if what.startswith(_MODE):
        try:
            return Change(mode=Mode(what.removeprefix(_MODE)))
        except ValueError as error:
            raise Unprocessable(f"no mode {what[:30]!r}") from error
    if what:
        raise Unprocessable(f"nothing to try: {what[:30]!r}")
    return None


def _page(
    request: web.Request, form: Form, sources: Mapping[str, int], trial: Trial | None = None
) -> web.Response:
    return show_trial(
        request,
        trial,
        form=form,
        modes={_MODE + mode: names[0] for mode, names in MODE_NAMES.items()},
        sources={_DRAFTS + source: (source, count) for source, count in sources.items()},
    )
