"""The stewards' page of the community's own emoji."""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.emojis.own_store import list_own
from fedinet.house_emoji import commands
from fedinet.house_emoji.model import MAX_BYTES, MAX_CATEGORY, read_wish
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Invalid, Problem, problems_of
from fedinet.media.context import LIBRARY

routes = web.RouteTableDef()
PATH: Final = "/admin/emoji"


@routes.get(PATH)
async def show_emoji(request: web.Request) -> web.Response:
    """All of them by category, and the form for another."""
    require_steward(request)
    return await _page(request, EMPTY_FORM)


@routes.post(PATH)
async def add_emoji(request: web.Request) -> web.Response:
    require_steward(request)
    fields = await read_form(request)
    form = Form({name: fields.text(name) for name in ("shortcode", "category")})
    try:
        await _add(request, fields)
    except Unprocessable as error:
        problems = problems_of(error, "picture")
        return await _page(request, form.with_problems(problems), status=422)
    return see_other(f"{PATH}?saved=1")


@routes.post(PATH + "/" + ID)
async def change_emoji(request: web.Request) -> web.Response:
    """Sort it anew, hide it from pickers, or delete it."""
    require_steward(request)
    fields, number = await read_form(request), row_id(request)
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "save":
                hides = fields.flag("is_hidden")
                await commands.change(tx, number, fields.text("category"), is_hidden=hides)
            case "delete":
                await commands.delete(tx, number)
            case other:
                raise Unprocessable(f"no such act on emoji: {other[:40]!r}")
    return see_other(f"{PATH}?saved=1")


async def _add(request: web.Request, fields: Params) -> None:
    """Raises ``Unprocessable`` for what is not taken."""
    wish, problems = read_wish(fields.text("shortcode"), fields.text("category"))
    file = fields.file("picture")
    if file is None:
        raise Invalid(*problems, Problem("picture", commands.CHOOSE))
    if problems:
        raise Invalid(*problems)
    commands.check_source(file.file)
    kept = await request.app[LIBRARY].keep(file.file, "emoji", cached=False)
    async with transaction(request.app[POOL]) as tx:
        await commands.add(tx, str(request.app[URIS].origin), wish, kept)


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "house_emoji/emoji.html",
        status=status,
        form=form,
        listed=await list_own(request.app[POOL]),
        most_kb=MAX_BYTES // 1024,
        most_category=MAX_CATEGORY,
        saved="saved" in request.query,
    )
