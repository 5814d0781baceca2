"""Settings: which other accounts are mine, moving here and moving away."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.sign_in import check_own_password
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri, find_actors_by_uri, get_actor
from fedinet.db.pool import transaction
from fedinet.follows.store import count_follows
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import FedinetError, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.moves import commands, store
from fedinet.net.budget import Budget

logger = logging.getLogger(__name__)
routes = web.RouteTableDef()

BY_MEMBER: Final = Limit("moving", 30, timedelta(hours=1))
"""Each asks another server."""
_MAX_REQUESTS: Final = 8
_TIME_LIMIT_S: Final = 15.0
_MOST: Final = 500
_NOBODY: Final = N_(
    "We cannot find this account. Write it like @name@server.example, or paste its address."
)


@routes.get("/settings/moving")
async def show_moving(request: web.Request) -> web.Response:
    return await _page(request, require_member(request), EMPTY_FORM)


@routes.post("/settings/moving/aliases")
async def change_aliases(request: web.Request) -> web.Response:
    """Name an account elsewhere as one's own, or no longer."""
    member = require_member(request)
    fields = await read_form(request)
    now = datetime.now(UTC)
    match fields.text("do"):
        case "add":
            return await _add_alias(request, member, fields.text("alias"), now)
        case "remove":
            async with transaction(request.app[POOL]) as tx:
                me = await get_actor(tx, member.actor_id)
                await commands.remove_alias(tx, me, fields.text("uri"), now=now)
            return see_other("/settings/moving?saved=1")
        case other:
            raise Unprocessable(f"no such act on aliases: {other[:40]!r}")


@routes.post("/settings/moving")
async def move(request: web.Request) -> web.Response:
    """Move away, with the password; or come back."""
    member = require_member(request)
    fields = await read_form(request)
    now = datetime.now(UTC)
    if fields.text("do") == "back":
        async with transaction(request.app[POOL]) as tx:
            await commands.come_back(tx, await get_actor(tx, member.actor_id), now=now)
        return see_other("/settings/moving?saved=1")
    typed = fields.text("target")
    try:
        await check_own_password(request, member, fields.text("password"), now=now)
        target = await _find(request, member, "target", typed, now)
        async with transaction(request.app[POOL]) as tx:
            me = await get_actor(tx, member.actor_id)
            await commands.move_away(tx, me, target, now=now)
    except Invalid as error:
        return await _page(request, member, Form({"target": typed}, error.problems), status=422)
    return see_other("/settings/moving?saved=1")


async def _add_alias(
    request: web.Request, member: Member, typed: str, now: datetime
) -> web.Response:
    try:
        other = await _find(request, member, "alias", typed, now)
        async with transaction(request.app[POOL]) as tx:
            me = await get_actor(tx, member.actor_id)
            await commands.add_alias(tx, me, other, now=now)
    except Invalid as error:
        return await _page(request, member, Form({"alias": typed}, error.problems), status=422)
    return see_other("/settings/moving?saved=1")


async def _find(
    request: web.Request, member: Member, field: str, typed: str, now: datetime
) -> Actor:
    """Find whom a handle or an address names, as their own server shows them now.

    Raises:
        Invalid: nobody, or their server does not answer.
        TooManyRequests: asked too often.
    """
    pool, actors = request.app[POOL], request.app[ACTORS]
    await count_attempt(pool, BY_MEMBER, str(member.account_id), now=now)
    text = typed.strip().replace("\0", "")[:_MOST]
    budget = Budget(_MAX_REQUESTS)
    found: Actor | None = None
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            if request.app[URIS].is_ours(text):
                found = await find_actor_by_uri(pool, text)
            elif text.startswith(("https://", "http://")):
                found = await actors.refresh(text, budget=budget)
            elif text:
                found = await actors.resolve_handle(text, budget=budget)
                if found is not None and not found.is_local:
                    found = await actors.refresh(found.uri, budget=budget)
    except (FedinetError, TimeoutError) as error:
        logger.info("moves.not_found typed=%r why=%s", text, error)
    if found is None or found.is_gone or found.is_suspended:
        raise Invalid(Problem(field, _NOBODY))
    return found


async def _page(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        me = await get_actor(conn, member.actor_id)
        known = await find_actors_by_uri(conn, [*me.also_known_as, me.moved_to or ""])
        last = await store.find_move(conn, me.id)
        followers, _, _ = await count_follows(conn, me.id)
    handles = {str(uri): f"@{actor.full_handle}" for uri, actor in known.items()}
    return render(
        request,
        "moves/settings-moving.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        me=me,
        handles=handles,
        followers=followers,
        rests_until=None if last is None else last.rests_until(datetime.now(UTC)),
    )
