"""Pages by which owner and admins change the policy: rules, drafts, the mode, undoing, lists."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn, Tx
from fedinet.federation.rules.follows_form import FOLLOWS
from fedinet.federation.rules.form import (
    ACTIONS,
    COMMON,
    EXTRAS,
    FIELDS,
    PERIODS,
    USUAL,
    fits,
    moment_of,
    read_rule_form,
    review_of,
    values_of,
)
from fedinet.federation.rules.rate_form import COUNTED
from fedinet.federation.steps import Step, ours, take
from fedinet.federation.words import EFFECTS, ENDINGS, MODE_NAMES, words_of_rule
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.policy import commands, store
from fedinet.policy.audit_store import list_of_version
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.impact.preview import Change, in_force
from fedinet.policy.model import Mode
from fedinet.policy.ours import check_not_ours

routes = web.RouteTableDef()

RULE: Final = "/admin/policy/rule"


@routes.get(RULE)
async def show_rule(request: web.Request) -> web.Response:
    """The form: empty, for one server (``?domain=``), or of a rule that stands (``?key=``)."""
    require_administrator(request)
    key = request.query.get("key", "")
    if not key:
        given = {"domain": request.query.get("domain", "")[:300]}
        return _form(request, Form(given) if given["domain"] else EMPTY_FORM, None)
    async with request.app[POOL].acquire() as conn:
        stored = await _stored(conn, key)
    form = Form(values_of(stored.document, stored.version))
    return _form(request, form, stored)


@routes.post(RULE)
async def save_rule(request: web.Request) -> web.Response:
    """Preview a rule, or save what was previewed; ``do=change`` goes back to the form."""
    require_administrator(request)
    fields = await read_form(request)
    values = {name: fields.text(name) for name in (*FIELDS, *EXTRAS)}
    async with request.app[POOL].acquire() as conn:
        stored = await store.find_rule(conn, values["key"]) if values["key"] else None
    if fields.text("do") == "change":
        return _form(request, Form(values), stored)
    known = None if stored is None else stored.document
    try:
        document = read_rule_form(values, known=known, now=datetime.now(UTC))
        check_not_ours(document, ours(request))
        if not values["key"]:
            await _check_new(request, document, is_saved=fields.text("do") == "save")
    except Unprocessable as error:
        problems = error.problems if isinstance(error, Invalid) else (
            Problem.told_by(error, "domain"),
        )  # fmt: skip
        return _form(request, Form(values).with_problems(problems), stored, status=422)
    seen = int(values["seen"]) if values["seen"].isdecimal() else 0

    async def act(tx: Tx, by: Steward) -> int:
        return await commands.put_seen_rule(tx, document, seen=seen, ours=ours(request), by=by)

    async def again(conn: Conn) -> Mapping[str, str]:
        now = await store.find_rule(conn, document.key)
        return {"seen": "0" if now is None else str(now.version)}

    title = N_("A draft for %(server)s") if document.draft else N_("A rule for %(server)s")
    return await take(
        request,
        fields,
        Step(
            path=RULE,
            fields={**values, "until": moment_of(document), "review": review_of(document)},
            title=title,
            values={"server": ", ".join(document.domains)},
            words=words_of_rule(document),
            change=Change(put=in_force([document])),
            act=act,
            save=N_("Save the draft") if document.draft else N_("Save this rule"),
            why=document.reason,
            again=again,
        ),
    )


@routes.post("/admin/policy/remove")
async def remove_rule(request: web.Request) -> web.Response:
    """Preview lifting a rule, with what comes back; or lift it."""
    require_administrator(request)
    fields = await read_form(request)
    key = fields.text("key")
    async with request.app[POOL].acquire() as conn:
        stored = await store.find_rule(conn, key)

    async def act(tx: Tx, by: Steward) -> None:
        await store.lock_policy(tx)
        now = await store.find_rule(tx, key)
        if now is None:
            return  # sent twice, or somebody else did it
        if str(now.version) != fields.text("seen"):
            raise commands.Stale(f"rule {key!r} was changed")
        await commands.remove_rules(tx, [key], by=by)

    async def again(conn: Conn) -> Mapping[str, str]:
        return {"seen": str((await _stored(conn, key)).version)}

    seen = fields.text("seen") or ("" if stored is None else str(stored.version))
    return await take(
        request,
        fields,
        Step(
            path="/admin/policy/remove",
            fields={"key": key, "seen": seen},
            title=N_("Lift the rule %(server)s"),
            values={"server": key},
            change=Change(remove=(key,)),
            act=act,
            save=N_("Lift it"),
            again=again,
        ),
    )


@routes.post("/admin/policy/mode")
async def switch_mode(request: web.Request) -> web.Response:
    """Preview another mode, or switch to it."""
    require_administrator(request)
    fields = await read_form(request)
    try:
        mode = Mode(fields.text("mode"))
    except ValueError as error:
        raise Unprocessable(f"no mode {fields.text('mode')[:20]!r}") from error

    async def act(tx: Tx, by: Steward) -> int:
        return await commands.switch_mode(tx, mode, by=by)

    return await take(
        request,
        fields,
        Step(
            path="/admin/policy/mode",
            fields={"mode": mode.value},
            title=MODE_NAMES[mode][0],
            change=Change(mode=mode),
            act=act,
            save=N_("Switch"),
        ),
    )


@routes.post("/admin/policy/undo")
async def undo(request: web.Request) -> web.Response:
    """Preview taking a change back, or do it."""
    require_administrator(request)
    fields = await read_form(request)
    version = fields.integer("version") or 0
    async with request.app[POOL].acquire() as conn:
        change = commands.reversal(await list_of_version(conn, version))

    async def act(tx: Tx, by: Steward) -> int:
        return await commands.undo_version(tx, version, ours=ours(request), by=by)

    return await take(
        request,
        fields,
        Step(
            path="/admin/policy/undo",
            fields={"version": str(version)},
            title=N_("Undo this change"),
            change=change,
            act=act,
            save=N_("Undo it"),
            back="/admin/policy/audit",
            done="/admin/policy/audit",
        ),
    )


def _form(
    request: web.Request, form: Form, stored: store.StoredRule | None, *, status: int = 200
) -> web.Response:
    return render(
        request,
        "federation/rule.html",
        status=status,
        form=form,
        stored=stored,
        fits=stored is None or fits(stored.document),
        actions=ACTIONS,
        common=COMMON,
        usual=USUAL,
        extras={effect.value: EFFECTS[effect] for effect in EXTRAS},
        follows=FOLLOWS,
        periods={key: words for key, (_, words) in PERIODS.items()},
        endings=ENDINGS,
        counted=COUNTED,
        words=() if stored is None else words_of_rule(stored.document),
    )


async def _stored(conn: Conn, key: str) -> store.StoredRule:
    stored = await store.find_rule(conn, key)
    if stored is None:
        raise NotFound(f"no rule {key[:100]!r}")
    return stored


async def _check_new(request: web.Request, document: RuleDocument, *, is_saved: bool) -> None:
    """Two rules about one server would only confuse: the one there is, is changed.

    Once it is saved, one of the same key is either this very rule, sent twice, or stale.
    """
    async with request.app[POOL].acquire() as conn:
        about = await store.list_rules_about(conn, [Domain(name) for name in document.domains])
    for rule in about:
        if not (is_saved and rule.key == document.key):
            told = N_("There is a rule about this server already: change that one (%(key)s).")
            raise Invalid(Problem("domain", told, {"key": rule.key}))
