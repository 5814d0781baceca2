"""The page Why?: what holds for a server, a person, a post, or an activity in a file."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.federation.arrivals import BECAME, arrival
from fedinet.federation.words import DECISIONS, EFFECTS, SAID, decided_without
from fedinet.health.findings import INBOUND, inbound_kind
from fedinet.http.auth import require_steward
from fedinet.http.context import POLICY, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.inbox.explaining import explain_body
from fedinet.inbox.limits import MAX_BODY
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.problems import N_, Problem
from fedinet.policy.ask import Case
from fedinet.policy.inquiry_store import cases_of, find_subject, read_inquiry

routes = web.RouteTableDef()

EXPLAIN: Final = "/admin/policy/explain"
_CASES: Final = (
    N_("speaks to somebody here"), N_("asks to follow"), N_("publishes"),
    N_("takes something back"), N_("is sent something"), N_("is asked for something"),
    N_("asks for something"), N_("has its pictures shown"),
)  # fmt: skip
"""The words of ``cases_of``, to be translated."""


@routes.get(EXPLAIN)
async def explain(request: web.Request) -> web.Response:
    """What holds for a domain, an actor, a post or an activity (``?address=``), and who decides."""
    require_steward(request)
    address = request.query.get("address", "").strip()
    form = Form({"address": address})
    if not address:
        return _page(request, form)
    async with request.app[POOL].acquire() as conn:
        try:
            subject = await find_subject(conn, address, scheme=request.app[URIS].origin.scheme)
        except FedinetError as error:
            return _page(request, form.with_problems([Problem.told_by(error, "address")]), 422)
        found = await read_inquiry(conn, subject, address)
    cases = cases_of(subject, datetime.now(UTC))
    explained = await request.app[POLICY].explain(
        [Case(envelope, subject.origin) for envelope in cases.values()]
    )
    told = dict(zip(cases, explained, strict=True))
    return _page(
        request,
        form,
        subject=subject.actor or subject.domain,
        handle=subject.handle,
        told=told,
        first=next(iter(told.values())),
        last=found.last,
        listed=found.listed,
        came=found.came,
    )


@routes.post(EXPLAIN)
async def explain_file(request: web.Request) -> web.Response:
    """What would be decided on the activity in a file (JSON, at most 1 MB), if it came in now."""
    require_steward(request)
    file = (await read_form(request)).file("file")
    raw = b"" if file is None else file.file.read(MAX_BODY)
    try:
        activity, told = await explain_body(request.app[POLICY], raw, now=datetime.now(UTC))
    except Malformed:
        said = N_("Choose a file with one activity as JSON, of at most 1 MB.")
        return _page(request, EMPTY_FORM.with_problems([Problem("file", said)]), 422)
    words = arrival(activity.type, activity.object_type)
    return _page(request, EMPTY_FORM, subject=activity.actor, told={words: told}, first=told)


def _page(request: web.Request, form: Form, status: int = 200, **found: object) -> web.Response:
    shown = {"subject": None, "handle": "", "last": (), "listed": (), "came": (), **found}
    return render(
        request,
        "federation/explain.html",
        status=status,
        form=form,
        found=shown,
        arrival=arrival,
        outcomes=BECAME,
        decisions=DECISIONS,
        effects=EFFECTS,
        said=SAID,
        decided_without=decided_without,
        kind_of=inbound_kind,
        kinds=INBOUND,
    )
