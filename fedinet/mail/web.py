"""The stewards' page on mail: which server sends, whether that was proven, and what is stuck."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.desk.model import MatterKind
from fedinet.desk.store import list_open
from fedinet.desk.words import sentence_of
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import BOX, NODE, POOL, SETTINGS
from fedinet.http.desk import desk_counts
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import ask_again
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import language_of, render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME
from fedinet.kernel.errors import Forbidden, RemoteUnavailable, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail import server_store, store
from fedinet.mail.failing import settle_failing
from fedinet.mail.model import KEPT, Trouble, check_email
from fedinet.mail.proving import enter_code, send_code, tell_unproven
from fedinet.mail.server import is_in_settings, keep_server, mail_settings, settings_with, way_of
from fedinet.mail.server_form import FIELDS, read_server
from fedinet.mail.smtp import RefusedForGood
from fedinet.mail.transports import open_transport
from fedinet.mail.words import TROUBLES, subject_of
from fedinet.settings import Settings

routes = web.RouteTableDef()

HERE: Final = "/admin/mail"
_SHOWN: Final = 50
_FIELDS_OF: Final[Mapping[Trouble, str]] = MappingProxyType(
    {
        Trouble.NO_NAME: "host",
        Trouble.CERTIFICATE: "host",
        Trouble.NOT_MAIL: "host",
        Trouble.CLOSED: "port",
        Trouble.SILENT: "port",
        Trouble.NO_ENCRYPTION: "security",
        Trouble.SIGN_IN: "user",
        Trouble.SENDER: "sender",
    }
)
"""Where it is put right; the rest is about the address that was written to."""
_NOBODY_SAID: Final = frozenset({Trouble.NO_NAME, Trouble.CLOSED, Trouble.SILENT})
"""No server was reached that could have said anything."""
_TRIES: Final = Limit("mail-server", 20, timedelta(hours=1))
"""Of the whole house: this machine speaks to a host that somebody typed."""


@routes.get(HERE)
async def show_mail(request: web.Request) -> web.Response:
    """Members' addresses are not shown: stewards know members by name."""
    require_steward(request)
    return await _page(request, EMPTY_FORM)


@routes.post(HERE)
async def change_mail(request: web.Request) -> web.Response:
    """Enter a server, have a code sent, and enter it. For administrators.

    Another server reads all links that open accounts: it asks for a fresh sign-in.
    """
    require_administrator(request)
    fields, now = await read_form(request), datetime.now(UTC)
    setting_up = "&setup=1" if "setup" in request.query else ""
    if fields.text("do") in ("save", "forget"):
        asked = await ask_again(request, HERE + setting_up.replace("&", "?"), now=now)
        if asked is not None:
            return asked
    try:
        match fields.text("do"):
            case "save":
                await _save(request, fields, now)
            case "forget":
                await _forget(request, now)
            case "try":
                await _try(request, fields, now)
                return see_other(f"{HERE}?asked=1{setting_up}")
            case "code":
                await _enter(request, fields, now)
                return see_other(f"{HERE}?proven=1{setting_up}")
            case other:
                raise Unprocessable(f"no such act on mail: {other[:40]!r}")
    except Invalid as error:
        form = _typed(fields).with_problems(error.problems)
        return await _page(request, form, status=422, why=getattr(error, "why", ""))
    return see_other(f"{HERE}?saved=1{setting_up}")


@routes.post(HERE + RESUME)
async def resume_mail(request: web.Request) -> web.Response:
    """Show the server that was entered; it is not saved yet."""
    require_administrator(request)
    return await _page(request, _typed(await read_form(request)), is_resumed=True)


def _typed(fields: Params) -> Form:
    names = (*FIELDS, "address", "code")
    return Form({name: fields.text(name) for name in names if name in fields})


class _TriedInVain(Invalid):
    """``why``: what the server said, as it said it."""

    def __init__(self, trouble: Trouble, why: str, *, is_ours_to_mend: bool) -> None:
        of = _FIELDS_OF.get(trouble, "address") if is_ours_to_mend else "address"
        super().__init__(Problem(of, TROUBLES[trouble]))
        self.why = "" if trouble in _NOBODY_SAID else why


async def _save(request: web.Request, fields: Params, now: datetime) -> None:
    _refuse_where_settings_say(request)
    names = (*FIELDS, "password")
    choice = read_server({name: fields.text(name) for name in names})
    before = await _present(request)
    async with transaction(request.app[POOL]) as tx:
        await keep_server(tx, request.app[BOX], choice)
    after = await _present(request)
    is_set_anew = way_of(after) != way_of(before)
    if is_set_anew:
        async with transaction(request.app[POOL]) as tx:
            await settle_failing(tx)
    await tell_unproven(request.app[POOL], after, now=now, is_set_anew=is_set_anew)


async def _forget(request: web.Request, now: datetime) -> None:
    _refuse_where_settings_say(request)
    async with transaction(request.app[POOL]) as tx:
        await server_store.delete_server(tx)
        await settle_failing(tx)
    await tell_unproven(request.app[POOL], await _present(request), now=now)


async def _try(request: web.Request, fields: Params, now: datetime) -> None:
    address, present = fields.text("address").strip(), await _present(request)
    problems = check_email(address)
    if problems or present.smtp_host is None:
        raise Invalid(*(Problem("address", one.text) for one in problems or [_NO_SERVER]))
    await count_attempt(request.app[POOL], _TRIES, "house", now=now)
    house = await request.app[NODE].get()
    try:
        await send_code(
            request.app[POOL],
            present,
            address,
            box=request.app[BOX],
            community=house.name or str(present.account_domain),
            language=language_of(request),
            now=now,
        )
    except (RefusedForGood, RemoteUnavailable) as error:
        trouble = getattr(error, "trouble", Trouble.OTHER)
        shown = not is_in_settings(request.app[SETTINGS])
        raise _TriedInVain(trouble, str(error), is_ours_to_mend=shown) from error


_NO_SERVER: Final = Problem("address", N_("Say first which server sends."))


async def _enter(request: web.Request, fields: Params, now: datetime) -> None:
    present = await _present(request)
    async with transaction(request.app[POOL]) as tx:
        right = await enter_code(tx, present, fields.text("code"), box=request.app[BOX], now=now)
    if not right:
        text = N_(
            "This is not the code that was sent last, or it is too old."
            " After five wrong ones have another sent."
        )
        raise Invalid(Problem("code", text))


def _refuse_where_settings_say(request: web.Request) -> None:
    if is_in_settings(request.app[SETTINGS]):
        raise Forbidden("the settings of this machine name the mail server")


async def _present(request: web.Request) -> Settings:
    return await mail_settings(request.app[POOL], request.app[BOX], request.app[SETTINGS])


async def _page(
    request: web.Request,
    form: Form,
    *,
    status: int = 200,
    why: str = "",
    is_resumed: bool = False,
) -> web.Response:
    now = datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        kept, proofs = await server_store.read_server_and_proofs(conn, now=now)
        present = settings_with(kept, request.app[BOX], request.app[SETTINGS])
        state = await store.read_state(conn, since=now - KEPT)
        stuck = await store.list_troubled(conn, limit=_SHOWN)
        fails = desk_counts(request).get(MatterKind.MAIL_FAILING)
        failing = await list_open(conn, kinds=(MatterKind.MAIL_FAILING,)) if fails else ()
    if kept is not None:
        said = (kept.host, kept.port, kept.security, kept.username or "", kept.mail_from or "")
        known = dict(zip(FIELDS, map(str, said), strict=True))
        form = Form({**known, **form.values}, form.problems)
    return render(
        request,
        "mail/mail.html",
        status=status,
        form=form,
        why=why,
        is_resumed=is_resumed,
        way=open_transport(present),
        sender=present.mail_sender,
        sender_without=replace(present, mail_from=None).mail_sender,
        in_settings=is_in_settings(request.app[SETTINGS]),
        kept=kept,
        proof=proofs.of(way_of(present)),
        failing=[(one, sentence_of(one)) for one in failing],
        troubles=TROUBLES,
        may_change=require_steward(request).may_administer,
        said={name: name in request.query for name in ("saved", "asked", "proven", "setup")},
        state=state,
        dead=state.dead,
        stuck=[(one, subject_of(one.kind)) for one in stuck],
        days=KEPT.days,
    )
