"""The page by which members report a post or somebody."""

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.charter import store as charter
from fedinet.db.pool import transaction
from fedinet.desk.stewards import is_only_steward
from fedinet.http.auth import require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import TooManyRequests, Unprocessable
from fedinet.kernel.problems import problems_of
from fedinet.moderation.model import MAX_COMMENT, check_subject, read_category
from fedinet.moderation.reportable import find_reportable
from fedinet.moderation.reporting import report
from fedinet.posts.model import Post

routes = web.RouteTableDef()


@routes.get("/report")
async def show_form(request: web.Request) -> web.Response:
    """What is reported (``?post=`` or ``?person=``), and what to say about it."""
    found = require_member(request)
    query = request.query
    target, post = await find_reportable(
        request, found.viewer, query.get("person", ""), query.get("post", ""), only_ours=False
    )
    return await _form(request, target, post, EMPTY_FORM, sent="sent" in query)


@routes.post("/report")
async def make_report(request: web.Request) -> web.Response:
    """Tell the stewards, and the other server where that was asked for."""
    found = require_member(request)
    fields = await read_form(request)
    target, post = await find_reportable(
        request, found.viewer, fields.text("person"), fields.text("post"), only_ours=False
    )
    rules = await charter.list_rules(request.app[POOL])
    names = ("comment", "category", "forward", *(f"rule_{rule.id}" for rule in rules))
    form = Form({name: fields.text(name) for name in names})
    broken = [rule.id for rule in rules if fields.flag(f"rule_{rule.id}")]
    try:
        check_subject("violation" if broken else fields.text("category"), fields.text("comment"))
        async with transaction(request.app[POOL]) as tx:
            await report(
                tx,
                request.app[URIS],
                await get_actor(tx, found.actor_id),
                target,
                post_ids=[] if post is None else [post.id],
                comment=fields.text("comment"),
                category=read_category(fields.text("category")),
                forward=fields.flag("forward"),
                rule_ids=broken,
            )
    except (Unprocessable, TooManyRequests) as error:
        form = form.with_problems(problems_of(error, "comment"))
        return await _form(request, target, post, form, sent=False, status=error.status)
    about = f"person={target.id}" if post is None else f"post={post.id}"
    return see_other(f"/report?{about}&sent=1")


async def _form(
    request: web.Request,
    target: Actor,
    post: Post | None,
    form: Form,
    *,
    sent: bool,
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "moderation/report-form.html",
        status=status,
        form=form,
        target=target,
        post_=post,
        sent=sent,
        is_of_only_steward=await is_only_steward(request.app[POOL], target.id),
        rules=await charter.list_rules(request.app[POOL]),
        most=MAX_COMMENT,
    )
