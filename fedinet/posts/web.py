"""Pages of writing: a new post, a reply, a quote. Audience first, then words."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.allies.store import list_mutual
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import written_languages
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain, PostId
from fedinet.kernel.problems import N_, Problem, problems_of
from fedinet.markup.compose import find_mentions
from fedinet.media.model import Media
from fedinet.polls.forms import FIELDS as POLL_FIELDS
from fedinet.polls.forms import OPTION_FIELDS, USUAL_LENGTH, lengths_with, read_page_poll
from fedinet.posts import commands, local_store, store
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.idempotency import read_key
from fedinet.posts.later import LATER
from fedinet.posts.later_form import FIELDS as LATER_FIELDS
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Draft, Post
from fedinet.posts.preview import Preview, preview_of, wants_preview
from fedinet.posts.readers_store import count_readers
from fedinet.posts.web_files import file_fields, files_of_draft, named_files, receive_files
from fedinet.posts.web_later import (
    Plan,
    open_waiting,
    put_right,
    read_plan,
    zone_of_writer,
)
from fedinet.posts.write_form import (
    SUMMARIES,
    choices,
    first_choice,
    left_out,
    read_audience,
    unknown_names,
)

routes = web.RouteTableDef()
_NO_AUDIENCE: Final = N_("Choose who this is for.")
_BROKEN_FORM: Final = N_("This form is broken. Open the page for writing again.")
_KEPT: Final = (
    "text",
    "content_note",
    "language",
    "audience",
    "parent",
    "quoted",
    "once",
    *POLL_FIELDS,
    *LATER_FIELDS,
)


@routes.get("/write")
async def show_write(request: web.Request) -> web.Response:
    """An empty page, or one for a ``?reply=``, a ``?quote=``, or that begins with ``?text=``;
    or what waits to be published, by its number as ``?scheduled=``.
    """
    writer = require_member(request)
    if "scheduled" in request.query:
        return await _waiting_page(request, writer, request.query["scheduled"])
    parent = await _parent(request, writer, request.query.get("reply", ""))
    quoted = await _parent(request, writer, request.query.get("quote", ""))
    greeting = request.query.get("text", "")[:5000]
    if parent is not None and parent.author_id != writer.actor_id:
        greeting = f"@{(await get_actor(request.app[POOL], parent.author_id)).handle} "
    return await _write_page(request, Around(parent, quoted), EMPTY_FORM, greeting=greeting)


@routes.post("/write")
async def write(request: web.Request) -> web.Response:
    """Publish; what is wrong or worth a second look comes back with every word kept."""
    writer = require_member(request)
    fields = await read_form(request)
    form = Form({name: fields.text(name) for name in _KEPT})
    once = read_key(fields.text("once"), public=_BROKEN_FORM)
    parent = await _parent(request, writer, fields.text("parent"))
    around = Around(parent, await _parent(request, writer, fields.text("quoted")))
    files = await receive_files(request, writer, fields)
    plan = await read_plan(request, writer, fields, _now())
    form = form.with_problems((*files.problems, *plan.problems))
    audience = read_audience(fields.text("audience"), parent)
    looking = files.to_show_first or wants_preview(fields)
    if audience is None and not looking:
        form = form.with_problems([Problem("audience", _NO_AUDIENCE)])
    if audience is None or form.problems or looking:
        preview, form = await preview_of(request, form, fields, has_files=bool(files.media))
        status = 422 if form.problems else 200
        return await _write_page(
            request, around, form, preview=preview, files=files.media, status=status
        )
    found = await resolve_mentions(request.app[ACTORS], fields.text("text"))
    unknown = unknown_names(find_mentions(fields.text("text")), found)
    outside = left_out(audience, found, await _allied(request))
    if (unknown or outside or files.undescribed) and not fields.flag("sure"):
        return await _write_page(
            request,
            around,
            form,
            unknown=unknown,
            outside=outside,
            undescribed=files.undescribed,
            files=files.media,
        )
    draft = Draft(
        text=fields.text("text"),
        visibility=audience,
        content_note=fields.text("content_note"),
        language=fields.text("language") or None,
        parent_id=None if parent is None else parent.id,
        quoted_id=None if around.quoted is None else around.quoted.id,
        poll=read_page_poll(fields),
        files=files.choices,
    )
    try:
        return see_other(
            await _publish(request, writer, plan.with_unseen(draft), found, plan, once=once)
        )
    except Unprocessable as error:
        form, newer = await put_right(request, writer, form, error)
        form = form.with_problems(problems_of(error, "text"))
        return await _write_page(
            request, around, form, files=files.media, newer=newer, status=error.status
        )


@routes.post("/write" + RESUME)
async def resume(request: web.Request) -> web.Response:
    """Show the form again that somebody sent after their session had ended. Publishes nothing."""
    writer = require_member(request)
    fields = await read_form(request)
    form = Form({name: fields.text(name) for name in _KEPT})
    parent = await _parent(request, writer, fields.text("parent"))
    around = Around(parent, await _parent(request, writer, fields.text("quoted")))
    files = await named_files(request, writer, fields)
    return await _write_page(request, around, form, files=files)


async def _waiting_page(request: web.Request, writer: Member, raw: str) -> web.Response:
    """Go on with what waits. What it answers or quotes may be gone: then it can do without."""
    draft, form = await open_waiting(request, writer, raw)
    around = Around(
        await _still_there(request, writer, draft.parent_id),
        await _still_there(request, writer, draft.quoted_id),
    )
    files = await files_of_draft(request, writer, draft)
    return await _write_page(request, around, form, files=files)


async def _publish(
    request: web.Request,
    writer: Member,
    draft: Draft,
    found: dict[str, Actor],
    plan: Plan,
    *,
    once: str | None,
) -> str:
    """Publish, or keep it until it is due; a second click changes nothing. Returns its address."""
    app, now = request.app, _now()
    async with transaction(app[POOL]) as tx:
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


async def _still_there(request: web.Request, writer: Member, post_id: PostId | None) -> Post | None:
    async with request.app[POOL].acquire() as conn:
        return None if post_id is None else await store.find_visible(conn, writer.viewer, post_id)


async def _parent(request: web.Request, writer: Member, raw: str) -> Post | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):
        raise NotFound(f"no post {raw[:40]!r} to answer")
    async with request.app[POOL].acquire() as conn:
        return await store.get_visible(conn, writer.viewer, PostId(int(raw)))


@dataclass(frozen=True, slots=True)
class Around:
    """What a new post is about: what it answers, what it quotes."""

    parent: Post | None
    quoted: Post | None


async def _write_page(
    request: web.Request,
    around: Around,
    form: Form,
    *,
    greeting: str = "",
    preview: Preview | None = None,
    unknown: tuple[str, ...] = (),
    outside: tuple[Actor, ...] = (),
    undescribed: bool = False,
    files: tuple[Media, ...] = (),
    newer: Draft | None = None,
    status: int = 200,
) -> web.Response:
    parent, quoted = around.parent, around.quoted
    author = None if parent is None else await get_actor(request.app[POOL], parent.author_id)
    voice = None if quoted is None else await get_actor(request.app[POOL], quoted.author_id)
    async with request.app[POOL].acquire() as conn:
        readers = await count_readers(conn, require_member(request).actor_id)
    allied = await _allied(request)
    offered = choices(parent, has_allies=bool(allied))
    first = first_choice(parent, quoted)
    return render(
        request,
        "posts/write.html",
        status=status,
        form=form,
        nav="write",
        parent=parent,
        parent_author=author,
        quoted=quoted,
        quoted_author=voice,
        greeting=greeting,
        preview=preview,
        choices=[audience.value for audience in offered],
        allied=allied,
        chosen=first.value,
        summaries=SUMMARIES,
        poll_fields=OPTION_FIELDS,
        poll_lengths=lengths_with(form.value("lasts")),
        usual_length=USUAL_LENGTH,
        languages=list(written_languages().items()),
        unknown=unknown,
        outside=outside,
        undescribed=undescribed,
        readers=readers,
        newer=newer,
        zone=(await zone_of_writer(request, require_member(request))).key,
        **file_fields(files),
        once=form.value("once") or secrets.token_urlsafe(16),
    )


async def _allied(request: web.Request) -> list[Domain]:
    """The allied communities of now, by name."""
    async with request.app[POOL].acquire() as conn:
        return [ally.domain for ally in await list_mutual(conn, _now())]


def _now() -> datetime:
    return datetime.now(UTC)
