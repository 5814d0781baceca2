"""Pages by which stewards read the policy: the rules, the record of changes, and why."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.federation.words import (
    ALERTS,
    MODE_NAMES,
    words_of_rule,
)
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.desk import desk_counts
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import store
from fedinet.policy.floods.alerts_store import list_open_alerts
from fedinet.policy.matching import parents

routes = web.RouteTableDef()

_PAGE: Final = 50
_SOON: Final = timedelta(days=14)


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
        counts={"active": active, "drafts": drafts, "held": desk_counts(request).get("held", 0)},
        alerts=alerts,
        alert_words=ALERTS,
        shown=shown,
        asked=asked,
        after=rules[-1].key if len(rules) == _PAGE and not asked else "",
        may_change=me.may_administer,
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
