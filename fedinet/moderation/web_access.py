"""Pages by which stewards help members in who cannot sign in: written down, and told to them."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.resets import LIVES, make_reset_link
from fedinet.accounts.sign_in import OF_NAMES
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_administrator, require_steward
from fedinet.http.context import POOL, URIS
from fedinet.http.fresh import ask_again
from fedinet.http.limits import forget_attempts
from fedinet.http.pages import render
from fedinet.http.qr import qr_code
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.moderation.asking import acting
from fedinet.moderation.commands import note_help
from fedinet.moderation.people_store import Membership, Person, get_person
from fedinet.moderation.rights import Act, check_may_act

routes = web.RouteTableDef()
_PERSON: Final = r"/admin/people/{id:[0-9]{1,18}}"


@routes.post(_PERSON + "/unlock")
async def unlock(request: web.Request) -> web.Response:
    """Forget the wrong passwords that were tried with a member's name."""
    found = require_steward(request)
    async with transaction(request.app[POOL]) as tx:
        person, _ = await _member(request, tx, found)
        await forget_attempts(tx, OF_NAMES, person.logins)
        await note_help(tx, person.actor, Act.UNLOCK, by=acting(found))
    return see_other(f"/admin/people/{person.actor.id}?unlocked=1")


@routes.post(_PERSON + "/link")
async def make_link(request: web.Request) -> web.Response:
    """Show a link for a new password, once. It opens an account: it asks for a fresh sign-in."""
    found, now = require_administrator(request), datetime.now(UTC)
    asked = await ask_again(request, f"/admin/people/{request.match_info['id']}", now=now)
    if asked is not None:
        return asked
    async with transaction(request.app[POOL]) as tx:
        person, membership = await _member(request, tx, found)
        path = await make_reset_link(tx, membership.account_id, now=now)
        await note_help(tx, person.actor, Act.RESET_LINK, by=acting(found))
    link = f"{request.app[URIS].origin}{path}"
    response = render(
        request,
        "moderation/access-link.html",
        person_=person,
        link=link,
        picture=qr_code(link),
        until=now + LIVES,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


async def _member(request: web.Request, tx: Tx, found: Member) -> tuple[Person, Membership]:
    """Whom it is about.

    Raises:
        NotFound: nobody of ours. Forbidden, Unprocessable: it is not for this steward.
    """
    person = await get_person(tx, int(request.match_info["id"]))
    if person.membership is None:
        raise NotFound(f"{person.actor.id} is of another server")
    check_may_act(acting(found), person.actor.id, person.membership.role)
    return person, person.membership
