"""Pages for everybody: the house rules, privacy, and the terms."""

from datetime import UTC, date, datetime

from aiohttp import web

from fedinet.charter import store, versions_store
from fedinet.charter.law_model import Paper
from fedinet.charter.model import Kind
from fedinet.charter.papers import facts_of
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.kernel.errors import NotFound

routes = web.RouteTableDef()


@routes.get("/rules")
async def show_rules(request: web.Request) -> web.Response:
    """What is asked of everybody here, in the reader's language where it was translated."""
    pool = request.app[POOL]
    return render(
        request,
        "charter/rules.html",
        rules=await store.list_rules(pool),
        terms=await store.find_text(pool, Kind.TERMS, on=_today()),
        versions=await versions_store.list_versions(pool, Paper.RULES),
    )


@routes.get("/privacy")
async def show_privacy(request: web.Request) -> web.Response:
    """What the software does, and what the stewards say of it."""
    pool = request.app[POOL]
    return render(
        request,
        "charter/privacy.html",
        text=await store.find_text(pool, Kind.PRIVACY, on=_today()),
        versions=await versions_store.list_versions(pool, Paper.PRIVACY),
        facts=await facts_of(request),
    )


@routes.get("/terms")
async def show_terms(request: web.Request) -> web.Response:
    """The terms of today, or with ``?from=`` those that hold from a day on.

    Raises:
        NotFound: none are written.
    """
    pool, written = request.app[POOL], request.query.get("from", "")
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        raise NotFound(f"no day {written[:20]!r}") from None
    if day is None:
        text = await store.find_text(pool, Kind.TERMS, on=_today())
    else:
        text = await store.find_text_from(pool, Kind.TERMS, day)
    if text is None:
        raise NotFound("no terms are written")
    return render(
        request,
        "charter/terms.html",
        text=text,
        is_of_now=text.effective_on <= _today(),
        versions=await versions_store.list_versions(pool, Paper.TERMS),
    )


def _today() -> date:
    return datetime.now(UTC).date()
