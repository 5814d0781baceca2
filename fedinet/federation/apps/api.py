"""The admin API about other servers, as Mastodon's clients and list tools speak it.

Owner and admins change; moderators read. Nothing is previewed there: these apps have no
place for it. Each change is a steward's rule, written down under the member and the app,
and can be undone.

Source: https://docs.joinmastodon.org/methods/admin/ (domain_blocks, domain_allows,
email_domain_blocks, canonical_email_blocks, ip_blocks).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.apps.commands import (
    AlreadyBlocked,
    change_block,
    create_block,
    create_simple,
    get_named,
    lift,
)
from fedinet.federation.apps.entities import (
    allow_entity,
    block_entity,
    email_entity,
    read_domain,
    read_wanted,
)
from fedinet.federation.steps import ours
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import Member, require_desk
from fedinet.http.context import POLICY, POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.policy.commands import Steward
from fedinet.policy.servers.named_store import Kind, Named, list_named

routes = web.RouteTableDef()

_BLOCKS: Final = "/api/v1/admin/domain_blocks"
_ALLOWS: Final = "/api/v1/admin/domain_allows"
_EMAIL: Final = "/api/v1/admin/email_domain_blocks"
_USUAL, _MOST = 100, 200


@routes.get(_BLOCKS)
async def list_blocks(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:domain_blocks")
    return await _list(request, "block", block_entity)


@routes.get(f"{_BLOCKS}/{ID}")
async def show_block(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:domain_blocks")
    return await _show(request, "block", block_entity)


@routes.post(_BLOCKS)
async def make_block(request: web.Request) -> web.Response:
    """Write a rule. Where there is one already: 422, and that one."""
    me = require_desk(request, "admin:write:domain_blocks", administers=True)
    params = await read_params(request)
    domain, wanted = read_domain(params), read_wanted(params)
    try:
        async with transaction(request.app[POOL]) as tx:
            made = await create_block(
                tx, domain, wanted, ours=ours(request), by=_steward(me, wanted.why)
            )
    except AlreadyBlocked as error:
        existing = {"error": error.public, "existing_domain_block": block_entity(error.existing)}
        return json_response(existing, status=error.status)
    return _done(request, block_entity(made))


@routes.put(f"{_BLOCKS}/{ID}")
async def alter_block(request: web.Request) -> web.Response:
    me = require_desk(request, "admin:write:domain_blocks", administers=True)
    wanted = read_wanted(await read_params(request))
    async with transaction(request.app[POOL]) as tx:
        made = await change_block(
            tx, row_id(request), wanted, ours=ours(request), by=_steward(me, wanted.why)
        )
    return _done(request, block_entity(made))


@routes.delete(f"{_BLOCKS}/{ID}")
async def lift_block(request: web.Request) -> web.Response:
    me = require_desk(request, "admin:write:domain_blocks", administers=True)
    return await _lift(request, "block", me)


@routes.get(_ALLOWS)
async def list_allows(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:domain_allows")
    return await _list(request, "allow", allow_entity)


@routes.get(f"{_ALLOWS}/{ID}")
async def show_allow(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:domain_allows")
    return await _show(request, "allow", allow_entity)


@routes.post(_ALLOWS)
async def make_allow(request: web.Request) -> web.Response:
    """Welcome a server: whatever mode and lists say. Twice is once."""
    me = require_desk(request, "admin:write:domain_allows", administers=True)
    domain = read_domain(await read_params(request))
    async with transaction(request.app[POOL]) as tx:
        made = await create_simple(tx, "allow", domain, ours=ours(request), by=_steward(me, ""))
    return _done(request, allow_entity(made))


@routes.delete(f"{_ALLOWS}/{ID}")
async def lift_allow(request: web.Request) -> web.Response:
    me = require_desk(request, "admin:write:domain_allows", administers=True)
    return await _lift(request, "allow", me)


@routes.get(_EMAIL)
async def list_email(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:email_domain_blocks")
    return await _list(request, "signup", email_entity)


@routes.get(f"{_EMAIL}/{ID}")
async def show_email(request: web.Request) -> web.Response:
    require_desk(request, "admin:read:email_domain_blocks")
    return await _show(request, "signup", email_entity)


@routes.post(_EMAIL)
async def make_email(request: web.Request) -> web.Response:
    """Let nobody join with an address of that domain."""
    me = require_desk(request, "admin:write:email_domain_blocks", administers=True)
    params = await read_params(request)
    if params.flag("allow_with_approval"):
        said = "Validation failed: nobody waits for approval here: people join by invitation"
        raise Unprocessable("allow_with_approval", public=said)
    domain = read_domain(params)
    async with transaction(request.app[POOL]) as tx:
        made = await create_simple(tx, "signup", domain, ours=ours(request), by=_steward(me, ""))
    return _done(request, email_entity(made))


@routes.delete(f"{_EMAIL}/{ID}")
async def lift_email(request: web.Request) -> web.Response:
    me = require_desk(request, "admin:write:email_domain_blocks", administers=True)
    return await _lift(request, "signup", me)


def _none_here(subject: str, said: str) -> None:
    """Answer for what this server has none of: empty lists, nothing to find, nothing to make."""
    path = f"/api/v1/admin/{subject}"

    async def none(request: web.Request) -> web.Response:
        require_desk(request, f"admin:read:{subject}")
        return json_response([])

    async def unknown(request: web.Request) -> web.Response:
        require_desk(request, f"admin:read:{subject}")
        raise NotFound(f"no {subject}")

    async def not_made(request: web.Request) -> web.Response:
        require_desk(request, f"admin:write:{subject}", administers=True)
        raise Unprocessable(subject, public=said)

    async def not_changed(request: web.Request) -> web.Response:
        require_desk(request, f"admin:write:{subject}", administers=True)
        raise NotFound(f"no {subject}")

    routes.get(path)(none)
    routes.post(path)(not_made)
    routes.get(f"{path}/{ID}")(unknown)
    routes.put(f"{path}/{ID}")(not_changed)
    routes.delete(f"{path}/{ID}")(not_changed)
    if subject == "canonical_email_blocks":
        routes.post(f"{path}/test")(none)


_none_here("ip_blocks", "Validation failed: network addresses are not blocked here")
_none_here("canonical_email_blocks", "Validation failed: single addresses are not blocked here")


async def _list(
    request: web.Request, kind: Kind, entity: Callable[[Named], dict[str, object]]
) -> web.Response:
    page = read_page(request, default=_USUAL, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        found = await list_named(conn, kind, page)
    return listed(request, page, [one.id for one in found], map(entity, found))


async def _show(
    request: web.Request, kind: Kind, entity: Callable[[Named], dict[str, object]]
) -> web.Response:
    async with transaction(request.app[POOL]) as tx:
        return json_response(entity(await get_named(tx, kind, row_id(request))))


async def _lift(request: web.Request, kind: Kind, me: Member) -> web.Response:
    async with transaction(request.app[POOL]) as tx:
        await lift(tx, kind, row_id(request), ours=ours(request), by=_steward(me, ""))
    return _done(request, {})


def _done(request: web.Request, entity: dict[str, object]) -> web.Response:
    request.app[POLICY].current.forget("")
    return json_response(entity)


def _steward(me: Member, why: str) -> Steward:
    """Who it was, for the record of changes: the member, by the app's own name for itself."""
    name = f"@{me.username} ({me.app_name[:60]})"
    return Steward(name=name, now=datetime.now(UTC), reason=why.strip() or f"by {me.app_name[:60]}")
