"""The client API about what a community says of itself. Open to everybody.

Source: https://docs.joinmastodon.org/methods/instance/
"""

from datetime import UTC, date, datetime

from aiohttp import web

from fedinet.charter import store
from fedinet.charter.entities import rule_entities, terms_entity, text_entity, version_entity
from fedinet.charter.law_model import Paper
from fedinet.charter.model import Kind, Text
from fedinet.charter.versions_store import list_latest
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.pages import language_of
from fedinet.kernel.errors import NotFound

routes = web.RouteTableDef()


@routes.get("/api/v1/instance/rules")
async def list_rules(request: web.Request) -> web.Response:
    return json_response(rule_entities(await store.list_rules(request.app[POOL])))


@routes.get("/api/v1/instance/extended_description")
async def show_description(request: web.Request) -> web.Response:
    return json_response(text_entity(await _current(request, Kind.DESCRIPTION)))


@routes.get("/api/v1/instance/privacy_policy")
async def show_privacy(request: web.Request) -> web.Response:
    """As it was published last: what the node does, then what the stewards say of it."""
    latest = (await list_latest(request.app[POOL])).get(Paper.PRIVACY)
    if latest is None:
        return json_response(text_entity(await _current(request, Kind.PRIVACY)))
    return json_response(version_entity(latest, language_of(request)))


@routes.get("/api/v1/instance/terms_of_service")
async def show_terms(request: web.Request) -> web.Response:
    return json_response(terms_entity(await _current(request, Kind.TERMS), _today()))


@routes.get(r"/api/v1/instance/terms_of_service/{date:\d{4}-\d\d-\d\d}")
async def show_terms_of(request: web.Request) -> web.Response:
    """The terms that hold from a day on, past or to come."""
    written = request.match_info["date"]
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise NotFound(f"no day {written}") from None
    found = await store.find_text_from(request.app[POOL], Kind.TERMS, day)
    if found is None:
        raise NotFound(f"no terms from {day}")
    return json_response(terms_entity(found, _today()))


async def _current(request: web.Request, kind: Kind) -> Text:
    found = await store.find_text(request.app[POOL], kind, on=_today())
    if found is None:
        raise NotFound(f"no {kind} is written")
    return found


def _today() -> date:
    return datetime.now(UTC).date()
