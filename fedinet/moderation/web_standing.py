"""What stewards did to one's own account, and why: a member's page; asking for a second look."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.store import list_stewards
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Problem
from fedinet.moderation import looks_store
from fedinet.moderation.looking import ask_to_look
from fedinet.moderation.looks import MAX_WORDS
from fedinet.moderation.reported_store import list_told
from fedinet.moderation.rights import TAKING, TOLD, Act
from fedinet.moderation.words import OUTCOMES, ROLES_SAID, SAID_TO_MEMBER

routes = web.RouteTableDef()
ASKS: Final = Limit("second-look", 20, timedelta(days=1))


@routes.get("/settings/standing")
async def show_standing(request: web.Request) -> web.Response:
    """Every act with its reason, the last first, and whom to write to. By whom is not said."""
    return await _page(request, require_member(request), EMPTY_FORM)


@routes.post(r"/settings/standing/{id:[0-9]{1,18}}")
async def ask(request: web.Request) -> web.Response:
    """Ask that a steward looks again. Who is frozen may ask, too.

    Raises:
        TooManyRequests: twenty in a day.
    """
    found, fields, now = require_member(request), await read_form(request), datetime.now(UTC)
    number = int(request.match_info["id"])
    words = fields.text(f"words_{number}")
    await count_attempt(request.app[POOL], ASKS, str(found.account_id), now=now)
    try:
        async with transaction(request.app[POOL]) as tx:
            await ask_to_look(tx, found.actor_id, number, words, now=now)
    except Unprocessable as error:
        form = Form({f"words_{number}": words}, (Problem.told_by(error, f"words_{number}"),))
        return await _page(request, found, form, status=422)
    return see_other("/settings/standing?asked=1")


async def _page(
    request: web.Request, found: Member, form: Form, *, status: int = 200
) -> web.Response:
    page, now = read_page(request), datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        reviewed = await looks_store.list_reviewed(conn, found.actor_id, page, acts=TOLD)
        stewards = await list_stewards(conn)
        of = {
            one.done.id: one.done.report_id
            for one in reviewed
            if one.done.report_id is not None and one.done.act in TAKING - {Act.REMOVE}
        }
        told = await list_told(conn, found.actor_id, of.values())
    return render(
        request,
        "moderation/standing.html",
        status=status,
        form=form,
        lines=[(one, SAID_TO_MEMBER[one.done.act], one.may_ask(now)) for one in reviewed],
        told={number: told[report_id] for number, report_id in of.items()},
        outcomes=OUTCOMES,
        stewards=[one for one in stewards if one.username != found.username],
        older=older_address(request, page, [one.done.id for one in reviewed]),
        roles=ROLES_SAID,
        most=MAX_WORDS,
        asked="asked" in request.query,
        saved=False,
    )
