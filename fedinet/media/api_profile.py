"""The client API about one's own profile, with its pictures.

Source: https://docs.joinmastodon.org/methods/accounts/#update_credentials, methods/profile/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts import commands, store
from fedinet.accounts.api import render_own
from fedinet.accounts.posting_store import update_posting
from fedinet.accounts.profile_changes import (
    read_app_visibility,
    read_change,
    read_own_quote_policy,
    read_posting,
)
from fedinet.actors.model import ProfileChange
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.media.commands import drop_former_pictures
from fedinet.media.context import LIBRARY
from fedinet.media.faces import with_picture, without_picture
from fedinet.media.model import Media, Purpose

routes = web.RouteTableDef()
_PICTURES: tuple[Purpose, ...] = ("avatar", "header")


@routes.patch("/api/v1/accounts/update_credentials")
async def change_own(request: web.Request) -> web.Response:
    """Change what is given of the profile; followers elsewhere are told."""
    found = require_scope(request, "write:accounts")
    await change_profile(request, found)
    async with request.app[POOL].acquire() as conn:
        return json_response(await render_own(request, conn, found))


@routes.delete("/api/v1/profile/{kind:avatar|header}")
async def drop_picture(request: web.Request) -> web.Response:
    """Take one's picture away."""
    found = require_scope(request, "write:accounts")
    kind: Purpose = "avatar" if request.match_info["kind"] == "avatar" else "header"
    async with transaction(request.app[POOL]) as tx:
        change = without_picture(kind)
        await commands.update_profile(tx, found.actor_id, change, now=datetime.now(UTC))
        await drop_former_pictures(tx, [], owner_id=found.actor_id, purpose=kind)
        return json_response(await render_own(request, tx, found))


async def change_profile(request: web.Request, found: Member) -> None:
    """Change what the parameters of the request name: texts, choices, pictures.

    Raises:
        Unprocessable: too long, too many, not offered here, or no picture.
    """
    params = await read_params(request)
    change = read_change(params, uris=request.app[URIS])
    audience = read_app_visibility(params, found.app_visibility)
    quote_policy = read_own_quote_policy(params)
    language, sensitive = read_posting(params)
    pictures = await _uploaded(request, found, params)
    for picture in pictures:
        change = with_picture(change or ProfileChange(), picture, str(request.app[URIS].origin))
    async with transaction(request.app[POOL]) as tx:
        if change is not None:
            await commands.update_profile(tx, found.actor_id, change, now=datetime.now(UTC))
            await drop_former_pictures(tx, pictures)
        if audience is not found.app_visibility:
            await store.update_preferences(
                tx, found.account_id, language=found.language, app_visibility=audience
            )
        if language is not None or sensitive is not None:
            await update_posting(tx, found.account_id, language=language, sensitive=sensitive)
        if quote_policy is not None:
            await store.update_quote_policy(tx, found.account_id, quote_policy)


async def _uploaded(request: web.Request, found: Member, params: Params) -> list[Media]:
    worn: list[Media] = []
    for kind in _PICTURES:
        file = params.file(kind)
        if file is not None:
            worn.append(await request.app[LIBRARY].upload(found.actor_id, file.file, purpose=kind))
    return worn
