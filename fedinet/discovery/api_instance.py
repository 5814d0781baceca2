"""The client API about the server itself, and the lists that are empty on every fedinet.

Apps ask for these at every start; an empty list says that there is nothing,
where 404 would make some of them stop.

Source: https://docs.joinmastodon.org/methods/instance/
"""

from datetime import UTC, datetime
from html import escape
from typing import Final

from aiohttp import web

from fedinet.accounts.context import ASKING
from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actor
from fedinet.charter import store as charter
from fedinet.charter.contact_store import find_contact
from fedinet.charter.entities import rule_entities
from fedinet.charter.model import Kind, Steward
from fedinet.discovery.api import COUNTS
from fedinet.discovery.instance import Described, instance_v1, instance_v2
from fedinet.discovery.weeks import week_entities
from fedinet.emojis.model import own_entity
from fedinet.emojis.own_store import list_own
from fedinet.http.apps import absolute, answer_empty
from fedinet.http.context import ASSETS, NODE, POOL, PUSH_KEYS, URIS
from fedinet.http.i18n import catalogue, written_languages
from fedinet.http.json import json_response
from fedinet.kernel.problems import N_

routes = web.RouteTableDef()

_PUBLIC_LISTS: Final = (
    "v1/instance/peers",
    "v1/trends",
    "v1/trends/tags",
    "v1/trends/statuses",
    "v1/trends/links",
)
_BY_INVITATION: Final = N_("By invitation: a member sends you a link.")
_ASK: Final = N_("Ask to join")
_ICON_WIDTHS: Final = (192, 512)
_LANGUAGES: Final = tuple(written_languages().items())


@routes.get("/api/v1/instance")
async def show_instance_v1(request: web.Request) -> web.Response:
    return json_response(instance_v1(await _described(request)))


@routes.get("/api/v2/instance")
async def show_instance_v2(request: web.Request) -> web.Response:
    return json_response(instance_v2(await _described(request)))


@routes.get("/api/v1/instance/activity")
async def list_activity(request: web.Request) -> web.Response:
    """The last twelve weeks in totals, counted once an hour."""
    weeks = await request.app[COUNTS].weeks(request.app[POOL], datetime.now(UTC))
    return json_response(week_entities(weeks))


@routes.get("/api/v1/instance/languages")
async def list_languages(_request: web.Request) -> web.Response:
    """What a post may say that it is written in, each language by its own name."""
    return json_response([{"code": code, "name": name} for code, name in _LANGUAGES])


@routes.get("/api/v1/instance/translation_languages")
async def list_translations(_request: web.Request) -> web.Response:
    """Nothing is translated here."""
    return json_response({})


async def _described(request: web.Request) -> Described:
    app = request.app
    node, today = await app[NODE].get(), datetime.now(UTC).date()
    terms = await charter.find_text(app[POOL], Kind.TERMS, on=today)
    contact = await find_contact(app[POOL])
    return Described(
        origin=app[URIS].origin,
        name=node.name,
        purpose=node.purpose,
        language=node.language,
        thumbnail=absolute(request, app[ASSETS].url("header.png")),
        icons={px: absolute(request, app[ASSETS].url(f"icon-{px}.png")) for px in _ICON_WIDTHS},
        push_key=(await app[PUSH_KEYS].get()).public,
        rules=rule_entities(await charter.list_rules(app[POOL])),
        has_terms=terms is not None,
        usage=await app[COUNTS].get(app[POOL], datetime.now(UTC)),
        joining=await _joining(request, node.language),
        email=contact.email,
        contact=await _account(request, contact.steward),
    )


async def _joining(request: web.Request, language: str) -> str:
    """How one becomes a member, as ``/about`` says it too."""
    say = catalogue(language).gettext
    words = f"<p>{escape(say(_BY_INVITATION))}</p>"
    if not await request.app[ASKING](request.app[POOL]):
        return words
    return f'{words}<p><a href="{absolute(request, "/join/ask")}">{escape(say(_ASK))}</a></p>'


async def _account(request: web.Request, steward: Steward | None) -> object | None:
    if steward is None:
        return None
    async with request.app[POOL].acquire() as conn:
        actor = await find_actor(conn, steward.actor_id)
        if actor is None:
            return None
        return (await request.app[ACCOUNTS].render(conn, None, [actor]))[actor.id]


@routes.get("/api/v1/custom_emojis")
async def list_emojis(request: web.Request) -> web.Response:
    """The community's own, those that pickers hide too.

    Source: https://docs.joinmastodon.org/methods/custom_emojis/
    """
    origin = str(request.app[URIS].origin)
    return json_response([own_entity(own, origin) for own in await list_own(request.app[POOL])])


for _path in _PUBLIC_LISTS:
    routes.get(f"/api/{_path}")(answer_empty)
