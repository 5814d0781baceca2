"""The stewards' pages of second looks: who asks, about what, and the answer."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.problems import Problem
from fedinet.moderation import looks_store
from fedinet.moderation.asking import acting
from fedinet.moderation.looking import answer_look, check_may_look, get_asked
from fedinet.moderation.model import MAX_REASON
from fedinet.moderation.rights import Act
from fedinet.moderation.words import ANSWERS, OUTCOMES, ROLES_SAID, SAID_TO_STEWARDS

routes = web.RouteTableDef()
_LOOK = r"/admin/looks/{id:[0-9]{1,18}}"


@routes.get("/admin/looks")
async def list_looks(request: web.Request) -> web.Response:
    """What waits for an answer; with ``?all=1`` what was answered too."""
    require_steward(request)
    page, whole, now = read_page(request), "all" in request.query, datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        found = await looks_store.list_looks(conn, page, with_answered=whole)
        people = await find_actors(conn, {one.done.target_id for one in found})
    return render(
        request,
        "moderation/looks.html",
        lines=[
            (one, one.look, people.get(one.done.target_id), SAID_TO_STEWARDS[one.done.act])
            for one in found
        ],
        now=now,
        whole=whole,
        outcomes=OUTCOMES,
        roles=ROLES_SAID,
        older=older_address(request, page, [one.done.id for one in found]),
    )


@routes.get(_LOOK)
async def show_look(request: web.Request) -> web.Response:
    """What was decided and why, what the member says, and how it can be answered."""
    return await _page(request, require_steward(request), EMPTY_FORM)


@routes.post(_LOOK)
async def answer(request: web.Request) -> web.Response:
    """Keep it, soften it or take it back, with a reason."""
    found, fields = require_steward(request), await read_form(request)
    number, words = int(request.match_info["id"]), fields.text("words")
    try:
        async with transaction(request.app[POOL]) as tx:
            now, word = datetime.now(UTC), fields.text("answer")
            await answer_look(tx, number, word, words, by=acting(found), now=now)
    except Unprocessable as error:
        form = Form(
            {"answer": fields.text("answer"), "words": words}, (Problem.told_by(error, "words"),)
        )
        return await _page(request, found, form, status=422)
    return see_other(f"/admin/looks/{number}")


def _said(word: str, act: Act) -> str:
    """A post that was taken away does not come back: that answer has words of its own."""
    return act if act is Act.UNREMOVE else word


async def _page(
    request: web.Request, found: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        reviewed = await get_asked(conn, int(request.match_info["id"]))
        done = reviewed.done
        people = await find_actors(conn, [done.target_id])
        refused: str | None = None
        try:
            await check_may_look(conn, reviewed, acting(found))
        except (Forbidden, Unprocessable) as error:
            refused = error.sentence
    return render(
        request,
        "moderation/look.html",
        status=status,
        form=form,
        done=done,
        look=reviewed.look,
        is_over=reviewed.is_over,
        target=people[done.target_id],
        sentence=SAID_TO_STEWARDS[done.act],
        choices=[(word, ANSWERS[_said(word, act)]) for word, act in reviewed.choices],
        refused=refused,
        outcomes=OUTCOMES,
        roles=ROLES_SAID,
        most=MAX_REASON,
    )
