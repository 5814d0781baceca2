"""Pages for who asks to join: the form, and the private page that shows how it stands."""

import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.model import MAX_NAME
from fedinet.charter import store as charter
from fedinet.db.pool import transaction
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import tell_stewards, was_settled_lately
from fedinet.http.auth import member
from fedinet.http.clients import client_address, limit_key, network_of
from fedinet.http.context import BOX, POLICY, POOL, SETTINGS, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import languages
from fedinet.http.limits import Limit, count_attempt, forgive_attempt
from fedinet.http.pages import language_of, render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.invitations.listed.store import find_listed
from fedinet.invitations.model import Host
from fedinet.invitations.store import find_host
from fedinet.joining import commands, places, places_store, store, ways_store
from fedinet.joining.commands import DeadKey
from fedinet.joining.context import elsewhere, invitation_of, post_of
from fedinet.joining.letters import private_path
from fedinet.joining.model import MAX_ANSWER, Asking, Question, Standing, Voucher, read_asking
from fedinet.kernel.errors import TooManyRequests, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail.server import sends_mail
from fedinet.policy.signing_up import check_sign_up

logger = logging.getLogger(__name__)
routes = web.RouteTableDef()

_BY_CLIENT: Final = Limit("ask-to-join", 5, timedelta(hours=1))
_BY_NETWORK: Final = Limit("ask-to-join-network", 20, timedelta(days=1))
_OF_ALL: Final = Limit("ask-to-join-all", 100, timedelta(days=1))
_GUESSES: Final = Limit("ask-to-join-key", 30, timedelta(minutes=10))
_FLOOD: Final = "requests"
_TYPED: Final = ("your_name", "email", "language")


@routes.get("/join/ask")
async def show_form(request: web.Request) -> web.Response:
    """The questions; with a link of a member (``?code=``) where it finds no room, the line."""
    if member(request) is not None:
        return see_other("/")
    if "sent" in request.query:
        return render(request, "joining/sent.html")
    return await _form(request, EMPTY_FORM, request.query.get("code", ""))


@routes.post("/join/ask")
async def ask(request: web.Request) -> web.Response:
    """Take a request. Nobody learns from the answer whether the address is a member's.

    Raises:
        TooManyRequests: enough from this network, or of all, for today.
    """
    now, pool = datetime.now(UTC), request.app[POOL]
    fields = await read_form(request)
    code, ways = fields.text("code"), await ways_store.get_ways(pool)
    host = await _find_host(request, code, now)
    if host is None and not ways.asking:
        return see_other("/join")
    asking, problems = _read(
        fields, () if host is not None else ways.questions, language_of(request)
    )
    if not problems:
        try:
            await check_sign_up(request.app[POLICY].current, asking.email, now=now)
        except Invalid as error:
            problems = list(error.problems)
    if problems:
        typed = {name: fields.text(name) for name in fields if name.startswith("answer-")}
        typed |= {name: fields.text(name) for name in _TYPED}
        return await _form(request, Form(typed, tuple(problems)), code, status=422)
    await _count(request, now)
    key = _key(request, fields.text("once"), asking.email)
    by_mail = await sends_mail(pool, request.app[SETTINGS])
    try:
        async with transaction(pool) as tx:
            voucher = None if host is None else Voucher(host.account_id, store.hash_of(code))
            await commands.ask(
                tx,
                asking,
                key=key,
                voucher=voucher,
                by_mail=by_mail,
                post=post_of(request),
                now=now,
            )
    except TooManyRequests:
        await _tell_of_flood(request)
        raise
    return see_other("/join/ask?sent=1" if by_mail else private_path(key))


@routes.get("/join/request")
async def show_request(request: web.Request) -> web.Response:
    """How it stands, for who has the private link."""
    return await _private(request, request.query.get("key", ""))


@routes.post("/join/request")
async def change_request(request: web.Request) -> web.Response:
    """Confirm the address, or withdraw."""
    now, fields = datetime.now(UTC), await read_form(request)
    key, post = fields.text("key"), post_of(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            match fields.text("do"):
                case "confirm":
                    await commands.confirm(tx, key, post=post, now=now)
                case "withdraw":
                    await commands.withdraw(tx, key, post=post)
                case other:
                    raise Unprocessable(f"no such thing to do: {other[:40]!r}")
    except DeadKey:
        return await _private(request, key)
    if fields.text("do") == "withdraw":
        return render(request, "joining/withdrawn.html")
    return see_other(private_path(key))


async def _private(request: web.Request, key: str) -> web.Response:
    """The page of one request; a key that opens nothing is a guess."""
    pool, now = request.app[POOL], datetime.now(UTC)
    who = limit_key(client_address(request))
    await count_attempt(pool, _GUESSES, who, now=now)
    found = await store.find_by_key(pool, key)
    if found is None or (found.standing is Standing.ASKED and not found.is_unopened(now)):
        return render(request, "joining/no-request.html", status=DeadKey.status)
    await forgive_attempt(pool, _GUESSES, who, now=now)
    line = found.standing is Standing.IN_LINE
    page = render(
        request,
        "joining/mine.html",
        asked=found,
        key=key,
        here=f"{request.app[URIS].origin}{private_path(key)}",
        place=await places_store.find_place(pool, found) if line else 0,
        elsewhere=await elsewhere(request) if line else (),
        invitation=invitation_of(request, found),
        ways=await ways_store.get_ways(pool),
        sends_mail=await sends_mail(pool, request.app[SETTINGS]),
    )
    page.headers["Cache-Control"] = "no-store"
    return page


async def _form(request: web.Request, form: Form, code: str, *, status: int = 200) -> web.Response:
    pool, now = request.app[POOL], datetime.now(UTC)
    ways = await ways_store.get_ways(pool)
    host = await _find_host(request, code, now)
    if host is None and not ways.asking:
        return see_other("/join")
    if host is not None and await places.is_open(pool, code, now=now):
        return see_other(f"/join?code={code}")
    room = await ways_store.read_room(pool, now=now)
    language = language_of(request)
    return render(
        request,
        "joining/ask.html",
        status=status,
        form=form,
        code=code if host is not None else "",
        host=host,
        questions=() if host is not None else [one.read_in(language) for one in ways.questions],
        full=room.is_full,
        elsewhere=await elsewhere(request),
        kept_days=ways.kept_days,
        sends_mail=await sends_mail(pool, request.app[SETTINGS]),
        rules=await charter.list_rules(pool),
        languages=tuple(languages().items()),
        language=language,
        once=secrets.token_urlsafe(18),
        most_name=MAX_NAME,
        most_answer=MAX_ANSWER,
    )


def _read(
    fields: Params, questions: Sequence[Question], shown_in: str
) -> tuple[Asking, list[Problem]]:
    """Read the form; ``shown_in``: the language of the page, and of the questions on it."""
    language = fields.text("language")
    problems: list[Problem] = []
    if language not in languages():
        problems.append(Problem("language", N_("Please choose one of the languages.")))
    answers = [
        (question.read_in(shown_in), fields.text(f"answer-{number}"))
        for number, question in enumerate(questions, 1)
    ]
    asking, more = read_asking(fields.text("your_name"), fields.text("email"), language, answers)
    return asking, problems + more


async def _find_host(request: web.Request, code: str, now: datetime) -> Host | None:
    """Who vouches for who holds this link; a link that does not work is a guess."""
    if not code:
        return None
    pool, who = request.app[POOL], limit_key(client_address(request))
    await count_attempt(pool, _GUESSES, who, now=now)
    host = await find_host(pool, code, now=now)
    personal = None if host else await find_listed(pool, code)
    if personal is not None and personal.works(now):
        host = personal.host
    if host is not None:
        await forgive_attempt(pool, _GUESSES, who, now=now)
    return host


async def _count(request: web.Request, now: datetime) -> None:
    """Count a request that is whole: typing errors use nothing up."""
    pool, address = request.app[POOL], client_address(request)
    await count_attempt(pool, _BY_CLIENT, limit_key(address), now=now)
    await count_attempt(pool, _BY_NETWORK, network_of(address), now=now)
    try:
        await count_attempt(pool, _OF_ALL, "", now=now)
    except TooManyRequests:
        await _tell_of_flood(request)
        raise


async def _tell_of_flood(request: web.Request) -> None:
    """Put one line on the desk, and no other for a day after it was put away."""
    async with transaction(request.app[POOL]) as tx:
        if not await was_settled_lately(tx, MatterKind.JOIN_FLOOD, _FLOOD):
            name, href = request.app[URIS].origin.domain, "/admin/joining"
            await tell_stewards(tx, MatterKind.JOIN_FLOOD, _FLOOD, name=name, href=href)
    logger.warning("joining.flood")


def _key(request: web.Request, once: str, email: str) -> str:
    """The private link's secret part, made of the form's own number: the same form, the same one.

    Who goes back and puts the address right asks anew. Nobody else has seen that number, and
    nobody makes the key of it without ours.
    """
    if not 20 <= len(once) <= 64 or not once.isascii():
        raise Unprocessable("a form to ask to join without its number")
    return request.app[BOX].tag(f"ask to join {once} {email.lower()}")
