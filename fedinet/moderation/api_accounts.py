"""The admin API about people, as Mastodon's apps for stewards speak it.

Moderators act on members and people elsewhere, owner and admins on stewards too (``rights``).

Source: https://docs.joinmastodon.org/methods/admin/accounts/
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import Member, require_desk
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.moderation.admin_entities import admin_account_entity
from fedinet.moderation.asking import acting, read_act, read_first, read_second
from fedinet.moderation.commands import act_on
from fedinet.moderation.people_store import Person, Wanted, get_person, list_people
from fedinet.moderation.reasons import Because
from fedinet.moderation.reporting import settle_report
from fedinet.moderation.rights import Act

routes = web.RouteTableDef()

_ACCOUNTS: Final = "/api/v1/admin/accounts"
_READ, _WRITE = "admin:read:accounts", "admin:write:accounts"
_USUAL, _MOST = 100, 200


@routes.get(_ACCOUNTS)
async def list_first(request: web.Request) -> web.Response:
    found = require_desk(request, _READ)
    return await _list(request, found, read_first(await read_params(request)))


@routes.get("/api/v2/admin/accounts")
async def list_second(request: web.Request) -> web.Response:
    found = require_desk(request, _READ)
    return await _list(request, found, read_second(await read_params(request)))


@routes.get(f"{_ACCOUNTS}/{ID}")
async def show(request: web.Request) -> web.Response:
    return await _show(request, require_desk(request, _READ))


@routes.post(f"{_ACCOUNTS}/{ID}/action")
async def act(request: web.Request) -> web.Response:
    """Warn, freeze, limit or suspend; ``report_id`` is settled by it. Members read ``text``.

    They are told here and by mail, the latter unless ``send_email_notification`` is false.
    ``warning_preset_id`` is a reason of those that stewards choose from; ``text`` follows it.
    """
    found = require_desk(request, _WRITE)
    params = await read_params(request)
    what, report_id = read_act(params), params.integer("report_id")
    because = Because(reason_id=params.integer("warning_preset_id"))
    if what is None and report_id is None:
        said = "Validation failed: Text can't be blank"
        raise Unprocessable("nothing to do", public=said)
    by, now = acting(found), datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        target = await get_person(tx, row_id(request))
        if report_id is not None:
            await settle_report(tx, report_id, settled=True, by=by, now=now, of=target.actor.id)
        if what is not None:
            await act_on(
                tx,
                target.actor.id,
                what,
                by=by,
                now=now,
                reason=params.text("text"),
                because=because,
                report_id=report_id,
                by_mail=params.flag("send_email_notification", default=True),
            )
    return json_response({})


def _lifting(word: str, what: Act) -> None:
    """Answer an address that gives something back."""

    @routes.post(f"{_ACCOUNTS}/{ID}/{word}")
    async def lift(request: web.Request) -> web.Response:
        found = require_desk(request, _WRITE)
        async with transaction(request.app[POOL]) as tx:
            target = await get_person(tx, row_id(request))
            by, now = acting(found), datetime.now(UTC)
            await act_on(tx, target.actor.id, what, by=by, now=now)
            person = await get_person(tx, target.actor.id)
            entity = await _entity(request, tx, found, person)
        return json_response(entity)


_lifting("enable", Act.UNFREEZE)
_lifting("unsilence", Act.UNLIMIT)
_lifting("unsuspend", Act.UNSUSPEND)


@routes.post(f"{_ACCOUNTS}/{ID}/unsensitive")
async def unsensitive(request: web.Request) -> web.Response:
    """Nobody's pictures are covered as a whole here, so that nothing is to be lifted."""
    return await _show(request, require_desk(request, _WRITE))


@routes.post(f"{_ACCOUNTS}/{ID}/approve")
@routes.post(f"{_ACCOUNTS}/{ID}/reject")
async def answer(request: web.Request) -> web.Response:
    """People join by invitation, and nobody waits: refused, as Mastodon refuses it for members.

    Raises:
        NotFound: nobody. Forbidden: they are in.
    """
    require_desk(request, _WRITE)
    async with request.app[POOL].acquire() as conn:
        await get_person(conn, row_id(request))
    raise Forbidden(f"{row_id(request)} waits for nothing")


@routes.delete(f"{_ACCOUNTS}/{ID}")
async def delete(request: web.Request) -> web.Response:
    """Stewards delete nobody: members do it themselves, and who is suspended is seen by nobody.

    Raises:
        NotFound: nobody. Forbidden: not suspended, as with Mastodon. Unprocessable: suspended.
    """
    require_desk(request, _WRITE, administers=True)
    async with request.app[POOL].acquire() as conn:
        person = await get_person(conn, row_id(request))
    if not person.actor.is_suspended:
        raise Forbidden(f"{person.actor.uri} is not suspended")
    said = "Validation failed: stewards delete nobody here; a suspended account stays hidden"
    raise Unprocessable(f"deletion of {person.actor.uri}", public=said)


async def _list(request: web.Request, found: Member, wanted: Wanted | None) -> web.Response:
    page = read_page(request, default=_USUAL, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        people = [] if wanted is None else await list_people(conn, wanted, page)
        entities = await render_people(request, conn, found, people)
    cursors = [person.actor.id for person in people]
    return listed(request, page, cursors, [entities[number] for number in cursors])


async def _show(request: web.Request, found: Member) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        person = await get_person(conn, row_id(request))
        return json_response(await _entity(request, conn, found, person))


async def _entity(
    request: web.Request, conn: Conn, found: Member, person: Person
) -> dict[str, object]:
    return (await render_people(request, conn, found, [person]))[person.actor.id]


async def render_people(
    request: web.Request, conn: Conn, found: Member, people: Sequence[Person]
) -> Mapping[ActorId, dict[str, object]]:
    """Admin::Accounts by number."""
    actors = [person.actor for person in people]
    accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors)
    return {
        person.actor.id: admin_account_entity(person, accounts[person.actor.id])
        for person in people
    }
