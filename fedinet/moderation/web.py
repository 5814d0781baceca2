"""Pages of reports: the list that stewards work through, and each with what stands around it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.charter import store as charter
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_house
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_, Invalid, Problem, problems_of
from fedinet.media.passes import PASSES
from fedinet.moderation import reports_store
from fedinet.moderation.asking import acting
from fedinet.moderation.brief_store import (
    Brief,
    list_briefs,
    list_briefs_beside,
    who_report_much,
)
from fedinet.moderation.case_store import get_case
from fedinet.moderation.commands import act_on
from fedinet.moderation.model import (
    MAX_NOTE,
    Report,
    as_read_by,
    check_note,
)
from fedinet.moderation.people_store import find_people, get_person
from fedinet.moderation.removing import take_away
from fedinet.moderation.reported_store import list_reported, told_of
from fedinet.moderation.reporting import (
    answer_alone,
    assign_report,
    get_report,
    note_report,
    settle_report,
    settle_together,
)
from fedinet.moderation.rights import Act
from fedinet.moderation.rights import as_read_by as act_as_read_by
from fedinet.moderation.said import said_before
from fedinet.moderation.web_people import (
    check_reasoned,
    choices_of,
    is_done,
    language_of_person,
    read_because,
    read_deed,
    ticked,
    typed,
    what_they_read,
    words_to_choose,
)
from fedinet.moderation.words import CATEGORIES, ROLES_SAID, SAID_TO_STEWARDS
from fedinet.posts.model import Post
from fedinet.posts.shown import shown_files, with_pass

routes = web.RouteTableDef()


@routes.get("/admin/reports")
async def list_reports(request: web.Request) -> web.Response:
    """What is open, newest first; with ``?all=1`` what was settled too."""
    found = require_steward(request)
    page, whole = read_page(request), "all" in request.query
    async with request.app[POOL].acquire() as conn:
        reports = await reports_store.list_reports(conn, page, with_resolved=whole)
        people = await find_actors(conn, {one.target_id for one in reports})
        briefs = await list_briefs(conn, found.viewer, [one.id for one in reports])
    older = ""
    if len(reports) >= page.limit:
        kept = {"all": "1"} if whole else {}
        older = str(request.rel_url.with_query({**kept, "max_id": str(reports[-1].id)}))
    return render(
        request,
        "moderation/reports.html",
        reports=reports,
        people=people,
        briefs=briefs,
        much=who_report_much(briefs.values()),
        kinds=CATEGORIES,
        whole=whole,
        older=older,
    )


@routes.get(r"/admin/reports/{id:[0-9]{1,18}}")
async def show_report(request: web.Request) -> web.Response:
    """One report with what it is about, as far as the steward may read it."""
    return await _report_page(request, require_steward(request), EMPTY_FORM)


@routes.post(r"/admin/reports/{id:[0-9]{1,18}}")
async def settle(request: web.Request) -> web.Response:
    """Mark as settled, open it again, take it, leave it; only leave a note; or act, or preview."""
    found = require_steward(request)
    fields = await read_form(request)
    report_id = int(request.match_info["id"])
    if fields.text("do") in ("act", "preview"):
        return await _act(request, found, report_id, fields)
    note = fields.text("note")
    try:
        async with transaction(request.app[POOL]) as tx:
            match fields.text("do"):
                case "take":
                    await assign_report(tx, report_id, found.actor_id, by=acting(found))
                case "leave":
                    await assign_report(tx, report_id, None, by=acting(found))
                case "answer":
                    now = datetime.now(UTC)
                    await answer_alone(
                        tx, report_id, fields.text("answer"), by=acting(found), now=now
                    )
                case "note":
                    await note_report(tx, report_id, by=found.actor_id, note=note)
                case word:
                    await _settle(tx, found, report_id, fields, settled=_is_settled(word))
    except Unprocessable as error:
        named = [name for name in fields if name.startswith("also_")]
        values = {name: fields.text(name) for name in ("note", "answer", *named)}
        of = "answer" if fields.text("do") == "answer" else "note"
        form = Form(values, problems_of(error, of))
        return await _report_page(request, found, form, status=422)
    return see_other(f"/admin/reports/{report_id}")


async def _settle(tx: Tx, found: Member, report_id: int, fields: Params, *, settled: bool) -> None:
    """Settle a report, with the others about the same person that are ticked; or open it again."""
    by, now, note = acting(found), datetime.now(UTC), check_note(fields.text("note"))
    answer, others = fields.text("answer"), ticked(fields, "also_")
    if settled and others:
        of, together = (await get_report(tx, report_id)).target_id, [report_id, *others]
        await settle_together(tx, together, by=by, now=now, note=note, answer=answer, of=of)
        return
    await settle_report(tx, report_id, settled=settled, by=by, now=now, note=note, answer=answer)


def _is_settled(word: str) -> bool:
    """What a button of the page makes of a report.

    Raises:
        Unprocessable: there is no such button.
    """
    if word not in ("settle", "reopen"):
        said = N_("Choose what is to be done")
        raise Unprocessable(f"no act {word[:40]!r} on reports", public=said)
    return word == "settle"


async def _act(request: web.Request, found: Member, report_id: int, fields: Params) -> web.Response:
    """Do something about who was reported, which settles it; or show what they would read."""
    preview = None
    try:
        async with transaction(request.app[POOL]) as tx:
            if fields.text("do") == "preview":
                made = await get_report(tx, report_id)
                posts = await _chosen(tx, found, made, fields)
                _check_there(fields, posts)
                target = await get_person(tx, made.target_id)
                house_zone = zone_of_house(request).key
                preview = await what_they_read(tx, target, fields, posts, house_zone=house_zone)
            else:
                await _do(tx, found, report_id, fields)
    except Invalid as error:
        form = typed(fields).with_problems(error.problems)
        return await _report_page(request, found, form, status=error.status)
    except Unprocessable as error:
        form = typed(fields).with_problems([Problem.told_by(error, "reason")])
        return await _report_page(request, found, form, status=422)
    if preview is not None:
        return await _report_page(request, found, typed(fields), preview=preview)
    return see_other(f"/admin/reports/{report_id}")


async def _do(tx: Tx, found: Member, report_id: int, fields: Params) -> None:
    """Do what was chosen, and settle the report; nothing where a first click has done it."""
    also = ticked(fields, "also_")
    await reports_store.lock_all(tx, [report_id, *also])
    made = await get_report(tx, report_id)
    of, now, by = made.target_id, datetime.now(UTC), acting(found)
    act = read_deed(fields, has_posts=True)
    posts = await _chosen(tx, found, made, fields)
    if await is_done(tx, found, of, fields, act=act, report_id=report_id, posts=posts):
        return
    _check_there(fields, posts)
    check_reasoned(act, fields)
    await settle_report(tx, report_id, settled=True, by=by, now=now, of=of)
    await settle_together(tx, [*also], by=by, now=now, of=of)
    do = partial(take_away, tx, of, posts) if act is Act.REMOVE else partial(act_on, tx, of, act)
    await do(
        by=by,
        now=now,
        reason=fields.text("reason"),
        because=read_because(fields),
        report_id=report_id,
    )


async def _chosen(tx: Tx, found: Member, made: Report, fields: Params) -> Sequence[Post]:
    """The posts to be taken away that are still there, of those that the steward may read.

    Raises:
        Invalid: none was chosen.
    """
    if fields.text("act") != Act.REMOVE:
        return ()
    chosen = ticked(fields, "post_")
    if not chosen and made.post_ids:
        raise Invalid(Problem("posts", N_("Choose at least one post")))
    visible = await list_reported(tx, found.viewer, [one for one in made.post_ids if one in chosen])
    return [one.post for one in visible.values() if one.post.author_id == made.target_id]


def _check_there(fields: Params, posts: Sequence[Post]) -> None:
    if fields.text("act") == Act.REMOVE and not posts:
        said = N_("The post is not there any more. Do something else, or mark it as settled")
        raise Invalid(Problem("act", said))


async def _report_page(
    request: web.Request,
    found: Member,
    form: Form,
    *,
    status: int = 200,
    preview: tuple[str, str] | None = None,
) -> web.Response:
    report_id = int(request.match_info["id"])
    async with request.app[POOL].acquire() as conn:
        case = await get_case(conn, report_id)
        one = case.report
        noted = {note.by for note in case.notes if note.by is not None}
        known = await find_people(conn, _people([one]) | noted)
        posts = await list_reported(conn, found.viewer, one.post_ids)
        beside: Mapping[int, Brief] = {}
        if one.is_open and one.target_id != found.actor_id:
            beside = await list_briefs_beside(conn, found.viewer, one.target_id, one.id)
        house_rules, rules = await charter.list_rules_and(conn, one.rule_ids)
    people = {number: known_as.actor for number, known_as in known.items()}
    reporter = None if one.reporter_id is None else people.get(one.reporter_id)
    is_about_me = one.target_id == found.actor_id
    shown = as_read_by(one, found.actor_id, reporter)
    read = {number: reported.post for number, reported in posts.items()}
    said = () if is_about_me else said_before(case.said, read, case.led_to)
    written = request.app[PASSES].written
    words = await words_to_choose(
        request, found, case.reasons, category=one.category, named=one.rule_ids
    )
    return render(
        request,
        "moderation/report.html",
        status=status,
        form=form,
        report=shown,
        kinds=CATEGORIES,
        is_about_me=is_about_me,
        hides_words=bool(one.comment) and not shown.comment,
        target=people[one.target_id],
        reporter=reporter,
        notes=[note for note in case.notes if not is_about_me or note.by == found.actor_id],
        people=people,
        choices=choices_of(found, known[one.target_id], has_posts=bool(posts)),
        said_before=said,
        preview=preview,
        told=() if form.value("act") == Act.REMOVE else told_of(read.values()),
        their_language=language_of_person(known[one.target_id]),
        seen=case.done[0].id if case.done else 0,
        house_rules=house_rules,
        **words,
        steward=None if one.resolved_by is None else people.get(one.resolved_by),
        posts=list(read.values()),
        opens={number for number, reported in posts.items() if reported.is_open},
        files={
            number: [with_pass(one, written(one.path)) for one in shown_files(post)]
            for number, post in read.items()
        },
        hidden=0
        if is_about_me
        else len({*one.post_ids} - posts.keys() - {then.post_id for then in said}),
        others=[other for other in case.others if other.id not in beside],
        beside=beside,
        done_before=[
            (act_as_read_by(act, found.actor_id), SAID_TO_STEWARDS[act.act]) for act in case.done
        ],
        roles=ROLES_SAID,
        rules=rules,
        most_note=MAX_NOTE,
    )


def _people(reports: Sequence[Report]) -> set[ActorId]:
    named = {one.target_id for one in reports}
    named |= {one.reporter_id for one in reports if one.reporter_id is not None}
    named |= {one.assigned_to for one in reports if one.assigned_to is not None}
    return named | {one.resolved_by for one in reports if one.resolved_by is not None}
