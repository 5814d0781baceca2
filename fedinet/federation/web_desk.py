"""Pages by which stewards read the policy: the rules, the record of changes, and why."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.federation.arrivals import BECAME, arrival
from fedinet.federation.words import (
    ALERTS,
    DECISIONS,
    EFFECTS,
    MODE_NAMES,
    SAID,
    decided_by,
    words_of_rule,
)
from fedinet.http.auth import require_steward
from fedinet.http.context import POLICY, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.inbox.held_store import count_held
from fedinet.inbox.log_store import list_logged_by_address
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import store
from fedinet.policy.ask import Case
from fedinet.policy.floods.alerts_store import list_open_alerts
from fedinet.policy.inquiry_store import cases_of, find_subject, list_last_outcomes
from fedinet.policy.lists.store import entries_naming
from fedinet.policy.matching import parents

routes = web.RouteTableDef()

_PAGE: Final = 50
_SOON: Final = timedelta(days=14)
_CASES: Final = (
    N_("speaks to somebody here"), N_("asks to follow"), N_("publishes"),
    N_("takes something back"), N_("is sent something"), N_("is asked for something"),
    N_("asks for something"), N_("has its pictures shown"),
)  # fmt: skip
"""The words of ``cases_of``, to be translated."""


@routes.get("/admin/policy")
async def show_rules(request: web.Request) -> web.Response:
    """The mode, what waits, and rules: all, drafts, that end soon, are due, or about a server."""
    me = require_steward(request)
    shown, asked = request.query.get("show", ""), request.query.get("domain", "").strip()
    problems: tuple[Problem, ...] = ()
    rules: list[store.StoredRule] = []
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        active, drafts = await store.count_rules(conn)
        held = sum(count for _, count, _ in await count_held(conn))
        alerts = await list_open_alerts(conn)
        try:
            rules = await _rules(
                conn, shown, asked, request.query.get("after", "").replace("\0", "") or None
            )
        except FedinetError as error:
            problems = (Problem.told_by(error, "domain"),)
    return render(
        request,
        "federation/desk.html",
        form=Form({"domain": asked}, problems),
        mode_form=EMPTY_FORM,
        mode=standing.mode,
        modes=MODE_NAMES,
        rules=[(rule, words_of_rule(rule.document)) for rule in rules],
        counts={"active": active, "drafts": drafts, "held": held},
        alerts=alerts,
        alert_words=ALERTS,
        shown=shown,
        asked=asked,
        after=rules[-1].key if len(rules) == _PAGE and not asked else "",
        may_change=me.may_administer,
    )


@routes.get("/admin/policy/explain")
async def explain(request: web.Request) -> web.Response:
    """What holds for a domain, an actor or a post (``?address=``), and who decides it."""
    require_steward(request)
    address = request.query.get("address", "").strip()
    form = Form({"address": address})
    if not address:
        return render(request, "federation/explain.html", form=form, subject=None)
    async with request.app[POOL].acquire() as conn:
        try:
            subject = await find_subject(conn, address, scheme=request.app[URIS].origin.scheme)
        except FedinetError as error:
            told = form.with_problems([Problem.told_by(error, "address")])
            return render(request, "federation/explain.html", status=422, form=told, subject=None)
        last = [] if subject.actor is None else await list_last_outcomes(conn, subject.actor)
        listed = await entries_naming(conn, list(parents(subject.domain)))
        came = await list_logged_by_address(conn, subject.domain, address)
    told = {
        words: await request.app[POLICY].explain(Case(envelope, subject.origin))
        for words, envelope in cases_of(subject, datetime.now(UTC)).items()
    }
    return render(
        request,
        "federation/explain.html",
        arrival=arrival,
        outcomes=BECAME,
        form=form,
        subject=subject,
        told=told,
        first=next(iter(told.values())),
        decisions=DECISIONS,
        effects=EFFECTS,
        said=SAID,
        decided_by=decided_by,
        last=last,
        listed=listed,
        came=came,
    )


async def _rules(conn: Conn, shown: str, asked: str, after: str | None) -> list[store.StoredRule]:
    if asked:
        return list(await store.list_rules_about(conn, list(parents(domain_of(asked)))))
    return list(
        await store.list_rules(
            conn,
            after=after,
            limit=_PAGE,
            state="draft" if shown == "drafts" else None,
            ends_before=datetime.now(UTC) + _SOON if shown == "ending" else None,
            review_before=datetime.now(UTC) if shown == "review" else None,
        )
    )
