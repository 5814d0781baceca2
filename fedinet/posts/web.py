"""Pages of writing: a new post, a reply, a quote. Audience first, then words."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import written_languages
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.problems import N_, Problem, problems_of
from fedinet.markup.compose import find_mentions
from fedinet.polls.forms import FIELDS as POLL_FIELDS
from fedinet.polls.forms import OPTION_FIELDS, USUAL_LENGTH, lengths_with, read_page_poll
from fedinet.posts import commands, kept_store, local_store, store
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.idempotency import read_key
from fedinet.posts.later import LATER
from fedinet.posts.later_form import FIELDS as LATER_FIELDS
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS, MAX_TITLE, Draft, Post
from fedinet.posts.preview import Preview, preview_of, wants_preview
from fedinet.posts.readers import Around, Names, read_around, read_names, read_readership
from fedinet.posts.readership import greeting_of, summary_of
from fedinet.posts.web_again import DRAFT, find_kept, keep_on, number
from fedinet.posts.web_files import (
    NO_FILES,
    Received,
    file_fields,
    files_of_choices,
    named_files,
    receive_files,
)
from fedinet.posts.web_later import (
    Plan,
    open_waiting,
    put_right,
    read_plan,
    zone_of_writer,
)
from fedinet.posts.write_form import (
    ARTICLE,
    DELETING,
    FIRST_CHOICE,
    choices,
    first_choice,
    read_audience,
)

routes = web.RouteTableDef()
_NO_AUDIENCE: Final = N_("Choose who this is for.")
_BROKEN_FORM: Final = N_("This form is broken. Open the page for writing again.")
_KEPT: Final = (
    "text",
    "as",
    "title",
    "content_note",
    "language",
    "audience",
    "parent",
    "quoted",
    "once",
    *POLL_FIELDS,
    *LATER_FIELDS,
    DRAFT,
)


@routes.get("/write")
async def show_write(request: web.Request) -> web.Response:
    """An empty page, or one for a ``?reply=``, a ``?quote=``, or that begins with ``?text=``;
    or what waits to be published, by its number as ``?scheduled=``, or what was kept, as
    ``?draft=``.

    ``?as=article``: it has a title and a cover.
    """
    writer = require_member(request)
    if "scheduled" in request.query:
        return await _waiting_page(request, writer, request.query["scheduled"])
    if DRAFT in request.query:
        return await _kept_page(request, writer, request.query[DRAFT])
    query = request.query
    around = await read_around(request, writer, query.get("reply", ""), query.get("quote", ""))
    greeting = request.query.get("text", "")[:5000]
    form = EMPTY_FORM
    if around.parent is None and around.quoted is None and query.get("as") == ARTICLE:
        form = Form({"as": ARTICLE, "audience": FIRST_CHOICE.value})
    begun = None
    if around.parent is None and around.quoted is None:
        begun = await kept_store.find_newest(request.app[POOL], writer.account_id)
    return await _write_page(request, around, form, greeting=greeting, begun=begun)


@routes.post("/write")
async def write(request: web.Request) -> web.Response:
    """Publish; what is wrong or worth a second look comes back with every word kept."""
    writer = require_member(request)
    fields = await read_form(request)
    form = Form({name: fields.text(name) for name in _KEPT})
    once = read_key(fields.text("once"), public=_BROKEN_FORM)
    around = await read_around(request, writer, fields.text("parent"), fields.text("quoted"))
    files = await receive_files(request, writer, fields)
    plan = await read_plan(request, writer, fields, _now())
    form = form.with_problems((*files.problems, *plan.problems))
    audience = read_audience(fields.text("audience"), around.parent)
    looking = files.to_show_first or wants_preview(fields)
    if audience is None and not looking:
        form = form.with_problems([Problem("audience", _NO_AUDIENCE)])
    if audience is None or form.problems or looking:
        preview, form = await preview_of(request, form, fields, has_files=bool(files.media))
        if form.problems or files.refused:
            status = 422 if form.problems else 200
            return await _write_page(
                request, around, form, preview=preview, files=files, status=status
            )
        where = "&look=1#preview" if preview is not None else "#files"
        return see_other(
            f"/write?{DRAFT}={await keep_on(request, writer, form, files.choices)}{where}"
        )
    names = await read_names(request, fields.text("text"))
    if not fields.flag("sure"):
        read = await read_readership(request, writer, around, names)
        outside = summary_of(audience, read.readership).outside
        if names.unknown or outside or files.undescribed:
            return await _write_page(
                request,
                around,
                form,
                names=names,
                look_again=True,
                undescribed=files.undescribed,
                files=files,
            )
    draft = Draft(
        text=fields.text("text"),
        title=fields.text("title") if fields.text("as") == ARTICLE else None,
        visibility=audience,
        content_note=fields.text("content_note"),
        language=fields.text("language") or None,
        parent_id=None if around.parent is None else around.parent.id,
        quoted_id=None if around.quoted is None else around.quoted.id,
        poll=read_page_poll(fields),
        files=files.choices,
    )
    try:
        found = names.found or {}
        return see_other(
            await _publish(request, writer, plan.with_unseen(draft), found, plan, once=once)
        )
    except Unprocessable as error:
        form, newer = await put_right(request, writer, form, error)
        form = form.with_problems(problems_of(error, "text"))
        return await _write_page(
            request, around, form, files=files, newer=newer, status=error.status
        )


@routes.post("/write" + RESUME)
async def resume(request: web.Request) -> web.Response:
    """Show the form again that somebody sent after their session had ended. Publishes nothing."""
    writer = require_member(request)
    fields = await read_form(request)
    form = Form({name: fields.text(name) for name in _KEPT})
    around = await read_around(request, writer, fields.text("parent"), fields.text("quoted"))
    files = await named_files(request, writer, fields)
    return await _write_page(request, around, form, files=files)


async def _waiting_page(request: web.Request, writer: Member, raw: str) -> web.Response:
    """Go on with what waits."""
    draft, form = await open_waiting(request, writer, raw)
    around = await _still_there(request, writer, form)
    files = await files_of_choices(request, writer, draft.files)
    return await _write_page(request, around, form, files=files)


async def _kept_page(request: web.Request, writer: Member, raw: str) -> web.Response:
    """Go on with what was kept, such as the words of a post that was deleted for that.

    A form that shows pictures or its preview leads here, so that Back sends nothing anew.
    ``?look=``: with the preview.
    """
    kept = await find_kept(request, writer, raw)
    if kept is None:
        return await _write_page(request, Around(None, None), EMPTY_FORM, lost=True, status=404)
    form = Form({**kept.values, DRAFT: raw})
    around = await _still_there(request, writer, form)
    files = await files_of_choices(request, writer, kept.files)
    look = Params({**form.values, "do": "preview" if "look" in request.query else ""})
    preview, form = await preview_of(request, form, look, has_files=bool(files.media))
    return await _write_page(request, around, form, preview=preview, files=files)


async def _publish(
    request: web.Request,
    writer: Member,
    draft: Draft,
    found: Mapping[str, Actor],
    plan: Plan,
    *,
    once: str | None,
) -> str:
    """Publish, or keep it until it is due; a second click changes nothing. Returns its address."""
    app, now = request.app, _now()
    async with transaction(app[POOL]) as tx:
        if plan.draft_id is not None:
            await kept_store.drop(tx, writer.account_id, plan.draft_id)
        post = await _published(tx, writer, once)
        if post is None and plan.gone is not None:
            raise plan.gone
        if post is None and plan.due_at is not None:
            return await app[LATER].keep(
                tx,
                app[URIS],
                writer,
                draft,
                plan.due_at,
                mentioned=found,
                now=now,
                once=once,
                instead=plan.instead,
            )
        if post is None:
            waited = plan.instead
            before = None if waited is None else await app[LATER].take(tx, writer, waited)
            post = await commands.publish(
                tx,
                app[URIS],
                await get_actor(tx, writer.actor_id),
                draft,
                mentioned=found,
                now=now,
                on_published=app[ON_PUBLISHED],
            )
            for key in {once, before}:
                if key is not None:
                    await local_store.remember_key(tx, writer.account_id, key, post.id)
    return f"/@{writer.username}/{post.id}"


async def _published(tx: Tx, writer: Member, once: str | None) -> Post | None:
    if once is None:
        return None
    post_id = await local_store.find_post_by_key(tx, writer.account_id, once)
    return None if post_id is None else await store.find_visible(tx, writer.viewer, post_id)


async def _still_there(request: web.Request, writer: Member, form: Form) -> Around:
    """What a draft answers and quotes, as far as it is there: it can do without."""
    numbers = [number(form.value(name)) for name in ("parent", "quoted")]
    async with request.app[POOL].acquire() as conn:
        parent, quoted = [
            None if one is None else await store.find_visible(conn, writer.viewer, PostId(one))
            for one in numbers
        ]
    return Around(parent, quoted)


async def _write_page(
    request: web.Request,
    around: Around,
    form: Form,
    *,
    greeting: str = "",
    preview: Preview | None = None,
    names: Names | None = None,
    look_again: bool = False,
    undescribed: bool = False,
    files: Received = NO_FILES,
    newer: Draft | None = None,
    lost: bool = False,
    begun: tuple[int, datetime] | None = None,
    status: int = 200,
) -> web.Response:
    parent, quoted = around.parent, around.quoted
    if preview is not None:
        names = Names(find_mentions(form.value("text")), preview.found)
    begins = parent is not None and form == EMPTY_FORM
    names = names or Names(() if begins else find_mentions(form.value("text", greeting)))
    read = await read_readership(request, require_member(request), around, names)
    if begins:
        greeting = greeting_of(read.readership)
    offered = choices(parent, has_allies=bool(read.readership.allied))
    first = first_choice(parent, quoted)
    return render(
        request,
        "posts/write.html",
        status=status,
        form=form,
        nav="write",
        parent=parent,
        parent_author=None if parent is None else read.people[parent.author_id],
        quoted=quoted,
        quoted_author=None if quoted is None else read.people[quoted.author_id],
        greeting=greeting,
        preview=preview,
        choices=[audience.value for audience in offered],
        readers=read.readership,
        summaries=[summary_of(audience, read.readership) for audience in offered],
        deleting=DELETING,
        look_again=look_again,
        chosen=first.value,
        poll_fields=OPTION_FIELDS,
        poll_lengths=lengths_with(form.value("lasts")),
        usual_length=USUAL_LENGTH,
        languages=list(written_languages().items()),
        undescribed=undescribed,
        newer=newer,
        lost=lost,
        begun=begun,
        zone=(await zone_of_writer(request, require_member(request))).key,
        most_title=MAX_TITLE,
        most_article=MAX_ARTICLE_CHARACTERS,
        **file_fields(files),
        once=form.value("once") or secrets.token_urlsafe(16),
    )


def _now() -> datetime:
    return datetime.now(UTC)
