"""Every change of the policy on pages has two steps: see what it does, then do it with a reason."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from yarl import URL

from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.federation.foresight import Foresight, foresee
from fedinet.federation.trial import changes_rules, show_trial, try_out
from fedinet.federation.words import TURNS
from fedinet.http.auth import Member, require_administrator, require_steward
from fedinet.http.context import POLICY, POOL, SETTINGS, URIS
from fedinet.http.desk import DONE
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import Params
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Problem
from fedinet.policy import store
from fedinet.policy.commands import Stale, Steward
from fedinet.policy.impact.preview import Change

Act = Callable[[Tx, Steward], Awaitable[object]]
Again = Callable[[Conn], Awaitable[Mapping[str, str]]]

MAX_WHY: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is about to be done. ``path`` is where its forms post; ``fields`` come along.

    ``title`` and ``now`` are sentences with ``values``. ``again`` reads the fields
    that tell what the form has seen, once somebody else was faster.
    """

    path: str
    fields: Mapping[str, str]
    title: str
    change: Change
    act: Act
    save: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    words: tuple[str, ...] = ()
    """What a rule does, each to be translated."""
    why: str = ""
    back: str = "/admin/policy"
    done: str = "/admin/policy"
    again: Again | None = None
    may: Callable[[web.Request], Member] = require_administrator
    """Who may do it; it raises for anybody else."""
    is_about_rules: bool = True
    """Else what it does is said by ``words`` alone."""


def ours(request: web.Request) -> Sequence[Domain]:
    """This node's own domains: no rule may be about them."""
    return (request.app[SETTINGS].account_domain, request.app[URIS].origin.domain)


async def impact_of(request: web.Request, change: Change) -> Foresight:
    viewer = require_steward(request).viewer
    rules = await request.app[POLICY].current.rules()
    async with request.app[POOL].acquire() as conn:
        return await foresee(conn, rules, change, viewer=viewer, now=datetime.now(UTC))


async def take(request: web.Request, fields: Params, step: Step) -> web.Response:
    """Show what the step would do, or do it where the form says ``do=save`` and why.

    ``do=simulate`` tries it on what came in (``on``), and leads back with all that was typed.
    Where members lose by it, the name of the server (or ours) must be typed as well.
    """
    me = step.may(request)
    why, word = fields.text("why").strip(), fields.text("word").strip()
    if fields.text("do") == "simulate" and changes_rules(step.change):
        trial = await try_out(request, step.change, fields.text("on"))
        hidden = {**step.fields, "why": why, "word": word}
        return show_trial(request, trial, step=step, hidden=hidden)
    typed = Form({"why": why, "word": word})
    if fields.text("do") != "save":
        return await _show(request, step, Form({"why": why or step.why, "word": word}))
    problems: list[Problem] = []
    if not why or len(why) > MAX_WHY:
        told = N_("Say why: other stewards read it in the record of changes.")
        problems.append(Problem("why", told))
    expected = step.change.word(request.app[URIS].origin.domain)
    foresight = await impact_of(request, step.change)
    if foresight.impact.is_destructive and word.casefold() != expected:
        told = N_("Type %(word)s here: members lose something by this.")
        problems.append(Problem("word", told, {"word": expected}))
    if problems:
        form = typed.with_problems(problems)
        return await _show(request, step, form, foresight=foresight, status=422)
    by = Steward(name=f"@{me.username}", now=datetime.now(UTC), reason=why)
    try:
        async with transaction(request.app[POOL]) as tx:
            before = await store.read_standing(tx)
            await step.act(tx, by)
            after = await store.read_standing(tx)
    except Unprocessable as error:
        form = typed.with_problems([Problem.told_by(error, "why")])
        fresh: Mapping[str, str] = {}
        if isinstance(error, Stale) and step.again is not None:
            async with request.app[POOL].acquire() as conn:
                fresh = await step.again(conn)
        return await _show(request, step, form, fresh=fresh, status=422)
    request.app[POLICY].current.forget("")
    if after.version == before.version:
        return see_other(step.done)
    return see_other(str(URL(step.done).update_query({DONE: str(after.version)})))


async def _show(
    request: web.Request,
    step: Step,
    form: Form,
    *,
    foresight: Foresight | None = None,
    fresh: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "federation/preview.html",
        status=status,
        step=step,
        hidden={**step.fields, **(fresh or {})},
        form=form,
        severs=step.change.severs,
        told=foresight or await impact_of(request, step.change),
        word=step.change.word(request.app[URIS].origin.domain),
        turn_words=TURNS,
        may_try=changes_rules(step.change),
        most_why=MAX_WHY,
    )
