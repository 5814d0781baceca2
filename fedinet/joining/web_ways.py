"""The stewards' page on how people come in: asking, questions, readers, and how many fit."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from fedinet.charter.model import RuleWords
from fedinet.db.pool import transaction
from fedinet.http.auth import require_administrator
from fedinet.http.context import NODE, POOL
from fedinet.http.forms import Form
from fedinet.http.i18n import languages
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.joining import ways_store
from fedinet.joining.jobs import promise_to_fill
from fedinet.joining.model import (
    MAX_QUESTION,
    MAX_QUESTIONS,
    Question,
    Ways,
    check_question,
    check_ways,
)
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_, Problem

routes = web.RouteTableDef()


@routes.get("/admin/joining/settings")
async def show_ways(request: web.Request) -> web.Response:
    require_administrator(request)
    return await _page(request, _form_of(await ways_store.get_ways(request.app[POOL])))


@routes.post("/admin/joining/settings")
async def save_ways(request: web.Request) -> web.Response:
    """Save how people come in; where there is more room, the first in line are told."""
    require_administrator(request)
    fields = await read_form(request)
    ways, problems = _read(fields, await _others(request))
    if problems:
        typed = {name: fields.text(name) for name in fields}
        return await _page(request, Form(typed, tuple(problems)), status=422)
    async with transaction(request.app[POOL]) as tx:
        await ways_store.lock_room(tx)
        await ways_store.update_ways(tx, ways)
        await promise_to_fill(tx)
    return see_other("/admin/joining/settings?saved=1")


def _read(fields: Params, others: Mapping[str, str]) -> tuple[Ways, list[Problem]]:
    problems: list[Problem] = []
    questions: list[Question] = []
    for number in range(1, MAX_QUESTIONS + 1):
        words = _words(fields, f"-{number}")
        problems += check_question(number, words)
        translations: dict[str, RuleWords] = {}
        for code in others:
            other = _words(fields, f"-{number}_{code}")
            problems += check_question(number, other, code)
            if other.text:
                translations[code] = other
        if words.text:
            questions.append(Question(words, translations))
        elif translations:
            problems.append(Problem(f"text-{number}", N_("Please fill this in.")))
    numbers = {name: _number(fields, name) for name in ("readers", "kept_days")}
    typed_most = fields.text("most_members").strip()
    most = _number(fields, "most_members") if typed_most else None
    checked = most if most is not None or not typed_most else 0
    problems += check_ways(
        readers=numbers["readers"], kept_days=numbers["kept_days"], most_members=checked
    )
    ways = Ways(
        asking=fields.text("asking") == "1",
        readers=numbers["readers"] or 0,
        questions=tuple(questions),
        kept_days=numbers["kept_days"] or 0,
        most_members=most,
    )
    return ways, problems


def _number(fields: Params, name: str) -> int | None:
    try:
        return fields.integer(name)
    except Unprocessable:
        return None


def _words(fields: Params, end: str) -> RuleWords:
    text, hint = fields.text(f"text{end}"), fields.text(f"hint{end}")
    return RuleWords(" ".join(text.split()), " ".join(hint.split()))


def _form_of(ways: Ways) -> Form:
    values = {
        "asking": "1" if ways.asking else "0",
        "readers": str(ways.readers),
        "kept_days": str(ways.kept_days),
        "most_members": "" if ways.most_members is None else str(ways.most_members),
    }
    for number, question in enumerate(ways.questions, 1):
        every = {"": question.words} | {
            f"_{code}": it for code, it in question.translations.items()
        }
        for end, words in every.items():
            values |= {f"text-{number}{end}": words.text, f"hint-{number}{end}": words.hint}
    return Form(values)


async def _others(request: web.Request) -> Mapping[str, str]:
    own = (await request.app[NODE].get()).language
    return {code: name for code, name in languages().items() if code != own}


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "joining/settings.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        others=await _others(request),
        numbers=range(1, MAX_QUESTIONS + 1),
        room=await ways_store.read_room(request.app[POOL], now=datetime.now(UTC)),
        most=MAX_QUESTION,
    )
