"""Pages of writing: a new post, a reply, a quote. Audience first, then words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import has_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME, SHARED, check_writer
from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.kernel.problems import N_, Problem, problems_of
from fedinet.polls.forms import FIELDS as POLL_FIELDS
from fedinet.polls.forms import read_page_poll
from fedinet.posts import commands, kept_store, local_store, store
from fedinet.posts.beginning_store import begin_post
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.frozen import frozen_page
from fedinet.posts.idempotency import MAX_KEY, read_key
from fedinet.posts.kept_form import look_first, show_wrong
from fedinet.posts.kept_store import Kept
from fedinet.posts.later import LATER, WaitsOtherwise
from fedinet.posts.later_form import FIELDS as LATER_FIELDS
from fedinet.posts.later_form import SCHEDULED
from fedinet.posts.model import NO_WORDS, Draft, Post
from fedinet.posts.naming import with_handle
from fedinet.posts.preview import preview_of
from fedinet.posts.readers import Around, read_around, read_names
from fedinet.posts.used_form import became_of
from fedinet.posts.web_files import (
    NO_FILES,
    Received,
    files_of_choices,
    files_of_kept,
    named_files,
    receive_files,
    with_missed,
)
from fedinet.posts.web_later import Plan, open_waiting, put_right, read_plan
from fedinet.posts.words import shared_words
from fedinet.posts.write_again import became
from fedinet.posts.write_form import ARTICLE, FIRST_CHOICE, first_choice, read_audience
from fedinet.posts.write_page import (
    BEGUN,
    FILES,
    FORM,
    GONE,
    LOST,
    MISSED,
    OVER,
    SEEN,
    SHOWN,
    SILENT,
    SURE,
    WAITS,
    WRONG,
    asks_again,
    is_only_names,
    look_of,
    misses,
    new_key,
    number,
    said_of,
    still_there,
    write_page,
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
    SHOWN,
    *POLL_FIELDS,
    *LATER_FIELDS,
)


@routes.get("/write")
async def show_write(request: web.Request) -> web.Response:
    """An empty page, or one for a ``?reply=``, a ``?quote=``, or that begins with ``?text=``;
    or what waits to be published, by its number as ``?scheduled=``. ``?as=article``: it has a
    title and a cover.

    Each form has an address of its own, by its key, so that Back and loading it again find what
    was kept of it.
    """
    writer, query = require_member(request), request.query
    frozen = await frozen_page(request, writer)
    if frozen is not None:
        return frozen
    once = query.get(FORM, "")
    if not once or len(once) > MAX_KEY or not once.isprintable():
        return see_other(str(request.rel_url.update_query({FORM: new_key()})))
    is_empty = not {"reply", "quote", SCHEDULED} & query.keys()
    known = await kept_store.find_form(request.app[POOL], writer.account_id, once, beside=is_empty)
    if known.kept is not None:
        return await _kept_page(request, writer, known.kept, once)
    if SCHEDULED in query:
        return await _waiting_page(request, writer, query[SCHEDULED], once)
    look = LOST if "look" in query and known.published is None else ""
    became = await became_of(request, writer, once, known.published)
    if became == WAITS:
        look, once = "", new_key()
    around = await read_around(request, writer, query.get("reply", ""), query.get("quote", ""))
    form, begun = EMPTY_FORM, ()
    if around.parent is None and around.quoted is None:
        begun = known.begun
        if query.get("as") == ARTICLE:
            form = Form({"as": ARTICLE, "audience": FIRST_CHOICE.value})
        elif chosen := read_audience(query.get("audience", ""), None):
            form = Form({"audience": chosen.value})
    return await write_page(
        request,
        around,
        form,
        once=once,
        look=look,
        greeting=query.get("text", ""),
        became=became,
        begun=begun,
    )


@routes.post("/write")
async def write(request: web.Request) -> web.Response:
    """Publish; what is wrong or worth a second look comes back with every word kept."""
    writer = require_member(request)
    fields = await read_form(request)
    form, once = _read(fields)
    around = await _still_there(request, writer, form)
    known = await _known(request, writer, once)
    sent = await receive_files(request, writer, fields)
    files = await with_missed(request, writer, sent, known)
    if misses(form, around):
        alone = Form({**form.values, **said_of(around)})
        return await look_first(request, writer, around, alone, files, look=GONE)
    if look := look_of(fields, files):
        return await look_first(request, writer, around, form, files, look=look)
    plan = await read_plan(request, writer, fields, known)
    audience = read_audience(fields.text("audience"), around.parent)
    is_empty = not files.media and await is_only_names(request, around, fields)
    form = form.with_problems([*plan.problems, *_missing(audience, is_empty=is_empty)])
    if is_empty:
        return await write_page(request, around, form, files=files, status=422)
    if audience is None or form.problems:
        return await show_wrong(request, writer, around, form, files)
    if files is not sent:
        return await look_first(request, writer, around, form, files, look=MISSED)
    names = await read_names(request, fields.text("text"))
    is_sure = fields.flag("sure")
    if await asks_again(
        request, around, form, names, audience=audience, files=files, is_sure=is_sure
    ):
        known = Form({**form.values, SILENT: " ".join(names.silent)})
        return await look_first(request, writer, around, known, files, look=SURE)
    draft = plan.with_unseen(_typed(fields, audience, around, files))
    try:
        return see_other(await _publish(request, writer, draft, names.found or {}, plan, once=once))
    except (_PublishedBefore, WaitsOtherwise):
        return await look_first(request, writer, around, form, files, look=OVER)
    except Unprocessable as error:
        form, newer = await put_right(request, writer, form, error)
        form = form.with_problems(problems_of(error, "text"))
        return await show_wrong(
            request, writer, around, form, files, newer=newer, status=error.status
        )


@routes.post("/write" + RESUME)
async def resume(request: web.Request) -> web.Response:
    """Show the form again that somebody sent after their session had ended. Publishes nothing."""
    writer = require_member(request)
    fields = await read_form(request)
    check_writer(fields, writer.username)
    form, once = _read(fields)
    around = await _still_there(request, writer, form)
    known = await _known(request, writer, once)
    files = await with_missed(request, writer, await named_files(request, writer, fields), known)
    return await look_first(request, writer, around, form, files, look=FILES)


@routes.post(SHARED + RESUME)
async def share(request: web.Request) -> web.Response:
    """Begin a post with what a phone shares. Publishes nothing.

    Who is not signed in is offered it again, as any form that can go on.
    Source: https://w3c.github.io/web-share-target/
    """
    writer, fields = require_member(request), await read_form(request)
    said = {name: fields.text(name) for name in ("title", "text", "url")}
    form = Form({"text": shared_words(said), "once": new_key()})
    return await look_first(request, writer, Around(None, None), form, NO_FILES, look=BEGUN)


class _PublishedBefore(Exception):  # no fault: the same form, with other words
    pass


def _read(fields: Params) -> tuple[Form, str]:
    """What a form says, and its key. One that has none is given one."""
    once = read_key(fields.text("once"), public=_BROKEN_FORM) or new_key()
    said = {name: fields.text(name) for name in _KEPT} | {"once": once}
    return Form(said | {"text": with_handle(said["text"], fields.text("do"))}), once


def _missing(audience: Visibility | None, *, is_empty: bool) -> list[Problem]:
    asked = [Problem("audience", _NO_AUDIENCE)] if audience is None else []
    return [*asked, Problem("text", NO_WORDS)] if is_empty else asked


async def _known(request: web.Request, writer: Member, once: str) -> Kept | None:
    """What is kept of a form."""
    return (await kept_store.find_form(request.app[POOL], writer.account_id, once)).kept


async def _waiting_page(request: web.Request, writer: Member, raw: str, once: str) -> web.Response:
    """Go on with what waits. Where that is over, it is said what became of it."""
    try:
        draft, form = await open_waiting(request, writer, raw)
    except NotFound:
        if not has_page(request, "/scheduled"):
            raise
        return see_other(f"/scheduled?gone={number(raw) or 0}")
    around = await _still_there(request, writer, form)
    files = await files_of_choices(request, writer, draft.files)
    return await write_page(request, around, form, once=once, files=files)


async def _kept_page(request: web.Request, writer: Member, kept: Kept, once: str) -> web.Response:
    """A form as it is kept. ``?look=`` says what to look at first."""
    form, look = Form({**kept.values, "once": once}), request.query.get("look", "")
    around = await _still_there(request, writer, form)
    if misses(form, around):
        look = GONE
    files = await files_of_kept(request, writer, kept)
    preview = names = None
    if look == WRONG:
        form = form.with_problems(files.not_taken)
    if look == SURE:
        names = await read_names(request, form.value("text"), form.value(SILENT).split())
    if look == SEEN:
        fields = Params(form.values)
        plan = await read_plan(request, writer, fields, kept)
        audience = read_audience(fields.text("audience"), around.parent)
        chosen = audience or first_choice(around.parent, around.quoted)
        draft = plan.with_unseen(_typed(fields, chosen, around, files))
        try:
            preview = await preview_of(request, writer, draft)
        except (Unprocessable, Forbidden) as error:
            form = form.with_problems(problems_of(error, "text"))
        form = form.with_problems(plan.problems)
    return await write_page(
        request,
        around,
        form,
        preview=preview,
        names=names,
        look=look,
        files=files,
        is_apart=kept.before is not None,
    )


def _typed(fields: Params, audience: Visibility, around: Around, files: Received) -> Draft:
    return Draft(
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


async def _publish(
    request: web.Request,
    writer: Member,
    draft: Draft,
    found: Mapping[str, Actor],
    plan: Plan,
    *,
    once: str,
) -> str:
    """Publish, or keep it until it is due; a second click changes nothing. Returns its address.

    Raises:
        _PublishedBefore, WaitsOtherwise: the same form said something else before.
    """
    app, now = request.app, _now()
    async with transaction(app[POOL]) as tx:
        post = await _published(tx, writer, once)
        if post is not None and not became(post, draft):
            raise _PublishedBefore
        await kept_store.drop(tx, writer.account_id, once)
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
            earlier = await app[LATER].find_form(tx, writer.actor_id, once)
            if earlier is not None and (waited is None or waited.id != earlier.id):
                raise WaitsOtherwise
            before = () if waited is None else await app[LATER].take(tx, writer, waited)
            begun = await begin_post(tx, writer.actor_id)
            post = await commands.publish(
                tx,
                app[URIS],
                begun.author,
                draft,
                mentioned=found,
                now=now,
                on_published=app[ON_PUBLISHED],
                begun=begun,
            )
            for key in {once, *before}:
                await local_store.remember_key(tx, writer.account_id, key, post.id)
    return f"/@{writer.username}/{post.id}?published=1"


async def _published(tx: Tx, writer: Member, once: str) -> Post | None:
    post_id = await local_store.find_post_by_key(tx, writer.account_id, once)
    return None if post_id is None else await store.find_visible(tx, writer.viewer, post_id)


async def _still_there(request: web.Request, writer: Member, form: Form) -> Around:
    parent, quoted = number(form.value("parent")), number(form.value("quoted"))
    return await still_there(request, writer, parent, quoted)


def _now() -> datetime:
    return datetime.now(UTC)
