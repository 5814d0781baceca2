"""The stewards' pages of the reasons that they choose from when they act on somebody."""

from collections.abc import Mapping

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import require_steward
from fedinet.http.context import NODE, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import catalogue, languages
from fedinet.http.pages import render, say_in
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.problems import Invalid
from fedinet.moderation import reasoning, reasons_store
from fedinet.moderation.model import Category, read_category
from fedinet.moderation.reasons import MAX_NAME, MAX_TEXT, Reason, ReasonWords

routes = web.RouteTableDef()
_REASON = "/admin/reasons/{id:[0-9]{1,9}}"


@routes.get("/admin/reasons")
async def list_reasons(request: web.Request) -> web.Response:
    """Those in use, those put away, and a form for another."""
    require_steward(request)
    return await _list_page(request, EMPTY_FORM)


@routes.post("/admin/reasons")
async def add_reason(request: web.Request) -> web.Response:
    require_steward(request)
    fields = await read_form(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            await reasoning.add_reason(tx, _category(fields), _written(fields))
    except Invalid as error:
        return await _list_page(request, _typed(fields, error), status=422)
    return see_other("/admin/reasons?saved=1")


@routes.get(_REASON)
async def show_reason(request: web.Request) -> web.Response:
    """One reason to be written anew, put away, or offered again."""
    require_steward(request)
    found = await _reason(request)
    values = {"category": found.category or ""}
    for code in languages():
        if code in found.written or found.key is not None:
            words = found.read_in(code, catalogue(code).gettext)
            values |= {f"name_{code}": words.name, f"text_{code}": words.text}
    return _reason_page(request, found, Form(values))


@routes.post(_REASON)
async def change_reason(request: web.Request) -> web.Response:
    require_steward(request)
    fields, found = await read_form(request), await _reason(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            match fields.text("do"):
                case "retire" | "use" as word:
                    await reasoning.retire_reason(tx, found.id, retired=word == "retire")
                case "original" if found.key is not None:
                    await reasoning.change_reason(tx, found.id, found.category, {})
                case _:
                    written = _only_changed(found, _written(fields))
                    await reasoning.change_reason(tx, found.id, _category(fields), written)
    except Invalid as error:
        return _reason_page(request, found, _typed(fields, error), status=422)
    return see_other("/admin/reasons?saved=1")


async def _list_page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    found = require_steward(request)
    house = (await request.app[NODE].get()).language
    async with request.app[POOL].acquire() as conn:
        reasons = await reasons_store.list_reasons(conn)
    say = say_in(found.language)
    words = [(one, one.read_in(found.language, say, or_else=house)) for one in reasons]
    return render(
        request,
        "moderation/reasons.html",
        status=status,
        form=form,
        used=[pair for pair in words if not pair[0].is_retired],
        retired=[pair for pair in words if pair[0].is_retired],
        saved="saved" in request.query,
        **_what_reasons_have(),
    )


def _reason_page(
    request: web.Request, found: Reason, form: Form, *, status: int = 200
) -> web.Response:
    return render(
        request,
        "moderation/reason.html",
        status=status,
        form=form,
        reason=found,
        **_what_reasons_have(),
    )


def _what_reasons_have() -> dict[str, object]:
    return {"tongues": languages(), "most_name": MAX_NAME, "most_text": MAX_TEXT}


async def _reason(request: web.Request) -> Reason:
    number = int(request.match_info["id"])
    async with request.app[POOL].acquire() as conn:
        found = await reasons_store.find_reason(conn, number)
    if found is None:
        raise NotFound(f"no reason {number}")
    return found


def _category(fields: Params) -> Category | None:
    word = fields.text("category")
    return read_category(word) if word else None


def _written(fields: Params) -> dict[str, ReasonWords]:
    """What was typed, by language; one that is left empty is left out."""
    written: dict[str, ReasonWords] = {}
    for code in languages():
        name, text = (" ".join(fields.text(f"{part}_{code}").split()) for part in ("name", "text"))
        if name or text:
            written[code] = ReasonWords(name, text)
    return written


def _only_changed(found: Reason, written: Mapping[str, ReasonWords]) -> dict[str, ReasonWords]:
    """Leave out what is as it came with fedinet: it goes on being translated with it."""
    if found.key is None:
        return dict(written)
    ours = Reason(id=found.id, key=found.key, category=None, written={})
    return {
        code: words
        for code, words in written.items()
        if words != ours.read_in(code, catalogue(code).gettext)
    }


def _typed(fields: Params, error: Invalid) -> Form:
    names = (name for name in fields if name.startswith(("name_", "text_", "category")))
    return Form({name: fields.text(name) for name in names}, error.problems)
