"""The stewards' pages where rules and texts are written.

All stewards read them; owner and admins write.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from aiohttp import web

from fedinet.charter import commands, contact_store, drafts, imprint_store, store
from fedinet.charter.model import MAX_HINT, MAX_RULE, MAX_TEXT, Kind, Rule, RuleWords, Text
from fedinet.charter.papers import publish_papers
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_administrator, require_steward
from fedinet.http.context import NODE, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import catalogue, languages
from fedinet.http.meanwhile import MARK, UNCHANGED, changed_meanwhile, mark_of
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.policy.commands import Steward
from fedinet.policy.deeds import record_words

routes = web.RouteTableDef()
_RULE = "/admin/house/rules/{id:[0-9]{1,18}}"
_KIND = "/admin/house/{kind:description|privacy|terms}"
_PAGES: Final[Mapping[Kind, str]] = {
    Kind.DESCRIPTION: "/about",
    Kind.PRIVACY: "/privacy",
    Kind.TERMS: "/terms",
}


@routes.get("/admin/house")
async def show_house(request: web.Request) -> web.Response:
    """All rules in their order, a form for another, and the way to the texts."""
    require_steward(request)
    return await _house(request, EMPTY_FORM)


@routes.post("/admin/house")
async def add_rule(request: web.Request) -> web.Response:
    require_administrator(request)
    fields = await read_form(request)
    if fields.text("do") == "start":
        return await _start(request, fields)
    words, translations = await _read_rule(request, fields)
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.add_rule(tx, words, translations)
    except Invalid as error:
        return await _house(request, _typed(fields, error.problems), status=422)
    return see_other("/admin/house")


async def _start(request: web.Request, fields: Params) -> web.Response:
    """Take over what was ticked of the starting set, in all languages; where no rule is yet."""
    own, others = (await request.app[NODE].get()).language, await _other_languages(request)
    async with transaction(request.app[POOL]) as tx:
        await store.lock_house(tx)
        if not await store.list_rules(tx):
            for number, rule in enumerate(drafts.RULES):
                if fields.flag(f"start_{number}"):
                    words = drafts.rule_in(rule, catalogue(own).gettext)
                    more = {code: drafts.rule_in(rule, catalogue(code).gettext) for code in others}
                    await commands.add_rule(tx, words, more)
    return see_other("/admin/house?saved=1")


@routes.get(_RULE)
async def show_rule(request: web.Request) -> web.Response:
    """One rule to be written anew."""
    require_administrator(request)
    rule = await _rule(request)
    values = _values_of_rule(rule)
    return await _rule_page(request, rule, Form(values), mark_of(values))


def _values_of_rule(rule: Rule) -> dict[str, str]:
    values = {"text": rule.words.text, "hint": rule.words.hint}
    for language, words in rule.translations.items():
        values |= {f"text_{language}": words.text, f"hint_{language}": words.hint}
    return values


@routes.post(_RULE)
async def change_rule(request: web.Request) -> web.Response:
    """Write it anew, unless another steward did meanwhile; move it, or take it back."""
    found = require_administrator(request)
    fields = await read_form(request)
    rule = await _rule(request)
    words, translations = await _read_rule(request, fields)
    try:
        async with transaction(request.app[POOL]) as tx:
            match fields.text("do"):
                case "up" | "down" as way:
                    await commands.move_rule(tx, rule.id, up=way == "up")
                case "remove":
                    await commands.remove_rule(tx, rule.id)
                case "save":
                    await store.lock_house(tx)
                    rule = await _rule(request, tx)
                    present, form = _values_of_rule(rule), _typed(fields, ())
                    if newer := changed_meanwhile(form, fields, present):
                        mark = mark_of(present)
                        return await _rule_page(request, rule, form, mark, status=409, newer=newer)
                    await commands.change_rule(tx, rule.id, words, translations)
                    await record_words(tx, "/rules", present, form.values, by=_by(found))
                case other:
                    raise Unprocessable(f"no such act on a rule: {other[:40]!r}")
    except Invalid as error:
        form = _typed(fields, error.problems)
        return await _rule_page(request, rule, form, fields.text(MARK), status=422)
    return see_other("/admin/house")


@routes.get(_KIND)
async def show_text(request: web.Request) -> web.Response:
    """A text to be written: as it will be, where a later one is written already."""
    require_administrator(request)
    kind = Kind(request.match_info["kind"])
    text = await store.find_text(request.app[POOL], kind, on=date.max)
    values = present = _values_of(text)
    if text is None and kind is Kind.TERMS and "draft" in request.query:
        values = await _draft(request)
    mark = mark_of(present)
    return await _text_page(request, kind, Form(values), mark, may_draft=text is None)


def _values_of(text: Text | None) -> dict[str, str]:
    if text is None:
        return {"source": ""}
    others = {f"source_{code}": one.source for code, one in text.translations.items()}
    return {"source": text.source, **others}


async def _draft(request: web.Request) -> dict[str, str]:
    """Terms to begin with, in each language, with what the node knows filled in."""
    settled, pool = await request.app[NODE].get(), request.app[POOL]
    names = {"community": settled.name}
    names["controller"] = (await imprint_store.find_imprint(pool)).controller
    values = {"source": drafts.terms_in(catalogue(settled.language).gettext, **names)}
    for code in await _other_languages(request):
        values[f"source_{code}"] = drafts.terms_in(catalogue(code).gettext, **names)
    return values


@routes.post(_KIND)
async def write_text(request: web.Request) -> web.Response:
    """Write it, unless another steward did since the page was opened."""
    found = require_administrator(request)
    kind = Kind(request.match_info["kind"])
    fields, today = await read_form(request), datetime.now(UTC).date()
    others: Mapping[str, str] = await _other_languages(request) if kind is Kind.TERMS else {}
    names = ("source", *(f"source_{code}" for code in others))
    form, mark = Form({name: fields.text(name) for name in names}), fields.text(MARK)
    typed = Form({**form.values, "from": fields.text("from")})
    try:
        async with transaction(request.app[POOL]) as tx:
            await store.lock_house(tx)
            present = _values_of(await store.find_text(tx, kind, on=date.max))
            if newer := changed_meanwhile(form, fields, present):
                mark = mark_of(present)
                return await _text_page(request, kind, typed, mark, status=409, newer=newer)
            await record_words(tx, _PAGES[kind], _told(present), _told(form.values), by=_by(found))
            await commands.write_text(
                tx,
                kind,
                _lines(fields, "source"),
                others={code: _lines(fields, f"source_{code}") for code in others},
                effective_on=_day(fields.text("from"), today) if kind is Kind.TERMS else today,
                today=today,
                by=found.account_id,
            )
            if kind is Kind.PRIVACY:
                await publish_papers(request, tx)
    except Invalid as error:
        typed = typed.with_problems(error.problems)
        return await _text_page(request, kind, typed, mark, status=422)
    return see_other("/admin/house?saved=1")


async def _house(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    pool, today = request.app[POOL], datetime.now(UTC).date()
    return render(
        request,
        "charter/house.html",
        status=status,
        form=form,
        rules=await store.list_rules(pool),
        texts=await store.list_texts(pool, *Kind, on=today),
        contact=await contact_store.find_contact(pool),
        saved="saved" in request.query,
        starting=drafts.RULES,
        **await _what_rules_have(request),
    )


async def _rule_page(
    request: web.Request,
    rule: Rule,
    form: Form,
    mark: str,
    *,
    status: int = 200,
    newer: Mapping[str, str] = UNCHANGED,
) -> web.Response:
    return render(
        request,
        "charter/house-rule.html",
        status=status,
        form=form,
        mark=mark,
        newer=newer,
        rule=rule,
        **await _what_rules_have(request),
    )


async def _text_page(
    request: web.Request,
    kind: Kind,
    form: Form,
    mark: str,
    *,
    status: int = 200,
    may_draft: bool = False,
    newer: Mapping[str, str] = UNCHANGED,
) -> web.Response:
    return render(
        request,
        "charter/house-text.html",
        status=status,
        form=form,
        mark=mark,
        newer=newer,
        kind=kind,
        today=datetime.now(UTC).date().isoformat(),
        most=MAX_TEXT,
        others=await _other_languages(request) if kind is Kind.TERMS else {},
        may_draft=may_draft and "draft" not in request.query,
    )


def _told(values: Mapping[str, str]) -> dict[str, str]:
    """The same under the names that the record has words for."""
    return {
        name.replace("source", "text"): text.replace("\r\n", "\n").strip()
        for name, text in values.items()
    }


def _by(found: Member) -> Steward:
    return Steward(name=f"@{found.username}", now=datetime.now(UTC))


def _lines(fields: Params, name: str) -> str:
    return fields.text(name).replace("\r\n", "\n").strip()


async def _what_rules_have(request: web.Request) -> dict[str, object]:
    return {
        "others": await _other_languages(request),
        "most_rule": MAX_RULE,
        "most_hint": MAX_HINT,
    }


async def _other_languages(request: web.Request) -> Mapping[str, str]:
    own = (await request.app[NODE].get()).language
    return {code: name for code, name in languages().items() if code != own}


async def _rule(request: web.Request, tx: Tx | None = None) -> Rule:
    number = int(request.match_info["id"])
    for rule in await store.list_rules(tx or request.app[POOL]):
        if rule.id == number:
            return rule
    raise NotFound(f"no rule {number}")


async def _read_rule(
    request: web.Request, fields: Params
) -> tuple[RuleWords, dict[str, RuleWords]]:
    others = await _other_languages(request)
    return _words(fields, ""), {code: _words(fields, f"_{code}") for code in others}


def _words(fields: Params, end: str) -> RuleWords:
    text, hint = fields.text(f"text{end}"), fields.text(f"hint{end}")
    return RuleWords(" ".join(text.split()), " ".join(hint.split()))


def _typed(fields: Params, problems: tuple[Problem, ...]) -> Form:
    names = (name for name in fields if name.startswith(("text", "hint")))
    return Form({name: fields.text(name) for name in names}, problems)


def _day(written: str, today: date) -> date:
    try:
        return date.fromisoformat(written) if written else today
    except ValueError:
        raise Invalid(Problem("from", N_("Please choose today or a later day."))) from None
