"""The client API of one's own profile as it is edited: what was typed, not what is shown.

Source: https://docs.joinmastodon.org/methods/profile/, entities/Profile/
"""

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.query import Conn
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.markup.sanitise import plain_text
from fedinet.media.api_profile import change_profile
from fedinet.pins.api import featured_tag
from fedinet.pins.store import list_tags

routes = web.RouteTableDef()

_AS_SHOWN = (
    "id",
    "display_name",
    "avatar_description",
    "header_description",
    "locked",
    "bot",
    "hide_collections",
    "discoverable",
    "indexable",
    "show_media",
    "show_media_replies",
    "show_featured",
)


@routes.get("/api/v1/profile")
async def show_own(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts", "profile")
    return await _profile(request, found)


@routes.patch("/api/v1/profile")
async def change_own(request: web.Request) -> web.Response:
    """Change what is given, by the names that ``update_credentials`` has."""
    found = require_scope(request, "write:accounts")
    await change_profile(request, found)
    return await _profile(request, found)


async def _profile(request: web.Request, found: Member) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        actor = await get_actor(conn, found.actor_id)
        return json_response(await _entity(request, conn, actor))


async def _entity(request: web.Request, conn: Conn, actor: Actor) -> dict[str, object]:
    """The Profile entity. Pictures are null where there is none: an app offers to add one."""
    shown = await request.app[ACCOUNTS].render_one(conn, actor.id, actor)
    avatar = shown["avatar"] if actor.avatar_url else None
    header = shown["header"] if actor.header_url else None
    return {name: shown[name] for name in _AS_SHOWN} | {
        "note": actor.summary_source,
        "fields": [
            {"name": field.name, "value": plain_text(field.value), "verified_at": None}
            for field in actor.fields
        ],
        "avatar": avatar,
        "avatar_static": avatar,
        "header": header,
        "header_static": header,
        "attribution_domains": actor.presentation.attribution_domains,
        "featured_tags": [
            featured_tag(request, actor, tag_id, tag)
            for tag_id, tag in await list_tags(conn, actor.id)
        ],
    }
