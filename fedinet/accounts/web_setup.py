"""Set-up in the browser, behind a link that works once and for an hour."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts import commands
from fedinet.accounts.commands import AlreadySetUp, Community, DeadSetupLink
from fedinet.accounts.community_form import FIELDS, read_community
from fedinet.accounts.context import ENTER, house
from fedinet.accounts.model import (
    HUES,
    MAX_COMMUNITY_NAME,
    MAX_NAME,
    MAX_PURPOSE,
    NewAccount,
)
from fedinet.accounts.newcomer import Newcomer, account_of, read_newcomer
from fedinet.accounts.passwords import PASSWORDS
from fedinet.accounts.sign_in import find_just_made
from fedinet.actors.keys import generate_keys
from fedinet.db.pool import transaction
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import NODE, POLICY, POOL, SETTINGS, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import languages
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import language_of, render
from fedinet.http.params import Params, read_form
from fedinet.http.zones import zone_choices
from fedinet.kernel.errors import Gone
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import Invalid
from fedinet.kernel.zones import UTC_NAME
from fedinet.mail.server import sends_mail
from fedinet.node.store import is_setup_link
from fedinet.policy.signing_up import check_sign_up

routes = web.RouteTableDef()
_BY_ADDRESS: Final = Limit("set-up", 60, timedelta(minutes=10))


@routes.get("/setup")
async def show_setup(request: web.Request) -> web.Response:
    """The form, where the link is alive; else how to get one."""
    now = datetime.now(UTC)
    await count_attempt(request.app[POOL], _BY_ADDRESS, limit_key(client_address(request)), now=now)
    token = request.query.get("token", "")
    if (await request.app[NODE].get()).is_set_up:
        return _closed(request, AlreadySetUp("set up already"))
    async with request.app[POOL].acquire() as conn:
        alive = await is_setup_link(conn, token)
    if not alive:
        return _closed(request, DeadSetupLink("shown with a dead link"))
    return _form(request, EMPTY_FORM, token)


@routes.post("/setup")
async def set_up(request: web.Request) -> web.Response:
    """Name the community, make its owner and open the house, all or nothing."""
    now = datetime.now(UTC)
    await count_attempt(request.app[POOL], _BY_ADDRESS, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    token = fields.text("token")
    community, problems = read_community(fields)
    newcomer = read_newcomer(fields, not_like=(community.name,))
    form = _as_typed(fields).with_problems((*problems, *newcomer.problems))
    if form.problems:
        return _form(request, form, token, status=422)
    try:
        account_id = await _set_up(request, token, community, newcomer)
    except Invalid as error:
        return _form(request, form.with_problems(error.problems), token, status=422)
    except (AlreadySetUp, DeadSetupLink) as error:
        account = await find_just_made(request, newcomer.username, newcomer.password, now=now)
        if account is None or account.role != "owner":
            return _closed(request, error)
        account_id = account.id  # they are in
    request.app[NODE].forget()
    settled = await sends_mail(request.app[POOL], request.app[SETTINGS])
    there = "/" if settled else "/admin/mail?setup=1"
    return await request.app[ENTER](request, account_id, there=there, stay=False, now=now)


async def _set_up(
    request: web.Request, token: str, community: Community, newcomer: Newcomer
) -> AccountId:
    async with request.app[POOL].acquire() as conn:
        if not await is_setup_link(conn, token):  # before the costly work
            raise DeadSetupLink("sent with a dead link")
    await check_sign_up(request.app[POLICY].current, newcomer.email, now=datetime.now(UTC))
    owner: NewAccount = account_of(
        newcomer,
        await request.app[PASSWORDS].hash(newcomer.password),
        role="owner",
        language=community.language,
    )
    keys = await generate_keys()
    async with transaction(request.app[POOL]) as tx:
        return await commands.set_up(tx, token, community, owner, house=house(request), keys=keys)


def _as_typed(fields: Params) -> Form:
    names = (*FIELDS, "username", "your_name", "email")
    return Form({name: fields.text(name) for name in names})


def _form(request: web.Request, form: Form, token: str, *, status: int = 200) -> web.Response:
    usual_zone = request.app[SETTINGS].time_zone
    return render(
        request,
        "accounts/setup.html",
        status=status,
        form=form,
        token=token,
        origin=request.app[URIS].origin,
        account_domain=request.app[SETTINGS].account_domain,
        language_choices=tuple(languages().items()),
        zones=zone_choices(language_of(request), form.value("time_zone")),
        machine_zone="" if usual_zone == UTC_NAME else usual_zone,
        hues=HUES,
        most_name=MAX_COMMUNITY_NAME,
        most_purpose=MAX_PURPOSE,
        most_your_name=MAX_NAME,
    )


def _closed(request: web.Request, error: Gone) -> web.Response:
    return render(
        request,
        "accounts/setup-closed.html",
        status=error.status,
        is_set_up=isinstance(error, AlreadySetUp),
    )
