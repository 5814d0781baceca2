"""Pages for visitors who report something: the form, and what became of it."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.desk.stewards import is_only_steward
from fedinet.http.auth import viewer
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import BOX, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import language_of, render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import Invalid, Problem
from fedinet.moderation import visitors_store
from fedinet.moderation.model import MAX_COMMENT, check_subject, read_category
from fedinet.moderation.reportable import find_reportable
from fedinet.moderation.visiting import MAX_NAME, Visit, report_as_visitor
from fedinet.posts.model import Post

routes = web.RouteTableDef()
_BY_NETWORK: Final = Limit("report-visitor", 5, timedelta(days=1))
_ANSWER: Final = "/report/visitor/answer"
_TRAP: Final = "website"
"""A field that people do not see: who fills it in is a program."""


@routes.get("/report/visitor")
async def show_form(request: web.Request) -> web.Response:
    """What is reported (``?post=`` or ``?person=``), if whoever asks may see it."""
    query = request.query
    target, post = await find_reportable(
        request,
        await viewer(request),
        query.get("person", ""),
        query.get("post", ""),
        only_ours=True,
    )
    return await _form(request, target, post, EMPTY_FORM)


@routes.post("/report/visitor")
async def make_report(request: web.Request) -> web.Response:
    """Tell the stewards, and lead to the page with the answer.

    Raises:
        TooManyRequests: five a day of one network, and so many open of all.
    """
    fields = await read_form(request)
    target, post = await find_reportable(
        request, await viewer(request), fields.text("person"), fields.text("post"), only_ours=True
    )
    if fields.text(_TRAP):
        return render(request, "moderation/visitor-report.html", asked=None)
    pool, now = request.app[POOL], datetime.now(UTC)
    try:
        visit = _visit(request, fields)
        check_subject(fields.text("category"), visit.comment)
        await count_attempt(pool, _BY_NETWORK, limit_key(client_address(request)), now=now)
        async with transaction(pool) as tx:
            about = None if post is None else post.id
            key = _key(request, fields.text("once"), f"{target.id} {about} {visit}")
            await report_as_visitor(tx, target, post, visit, key=key)
    except Invalid as error:
        return await _form(request, target, post, _typed(fields, *error.problems), status=422)
    except Unprocessable as error:
        form = _typed(fields, Problem.told_by(error, "comment"))
        return await _form(request, target, post, form, status=422)
    return see_other(f"{_ANSWER}?key={key}")


@routes.get(_ANSWER)
async def show_answer(request: web.Request) -> web.Response:
    """What became of it, for who has the link. Its key is no part of the path: logs have that."""
    asked = await visitors_store.find(request.app[POOL], request.query.get("key", ""))
    if asked is None:
        raise NotFound("no report with this link")
    answer = render(request, "moderation/visitor-report.html", asked=asked)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _key(request: web.Request, once: str, said: str) -> str:
    """The secret part of their link, made of the form's own number: sent twice, it is the same.

    Who goes back and says something else makes another report.
    """
    if not 20 <= len(once) <= 64 or not once.isascii():
        raise Unprocessable("a report of a visitor without its number")
    digest = sha256(said.encode(errors="surrogatepass")).hexdigest()
    return request.app[BOX].tag(f"report of a visitor {once} {digest}")


def _visit(request: web.Request, fields: Params) -> Visit:
    return Visit(
        category=read_category(fields.text("category")),
        comment=fields.text("comment"),
        name=fields.text("name"),
        email=fields.text("email"),
        language=language_of(request),
    )


def _typed(fields: Params, *problems: Problem) -> Form:
    names = ("category", "comment", "name", "email")
    return Form({name: fields.text(name) for name in names}, problems)


async def _form(
    request: web.Request, target: Actor, post: Post | None, form: Form, *, status: int = 200
) -> web.Response:
    return render(
        request,
        "moderation/visitor-form.html",
        status=status,
        form=form,
        target=target,
        post_=post,
        is_of_only_steward=await is_only_steward(request.app[POOL], target.id),
        trap=_TRAP,
        most=MAX_COMMENT,
        most_name=MAX_NAME,
        once=secrets.token_urlsafe(18),
    )
