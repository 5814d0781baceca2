"""Pages of changing and deleting one's own post."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME, check_writer
from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.problems import problems_of
from fedinet.posts import changing, commands, kept_store
from fedinet.posts.frozen import frozen_page
from fedinet.posts.kept_store import Kept
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS, MAX_TITLE, Change, Post
from fedinet.posts.naming import with_handle
from fedinet.posts.own import asked_of, own_post
from fedinet.posts.preview import Preview, preview_of_change
from fedinet.posts.reach import list_inside
from fedinet.posts.readers import Around, Names, read_names, read_readership
from fedinet.posts.readership import summary_of
from fedinet.posts.store import find_visible
from fedinet.posts.used_form import key_after, unused
from fedinet.posts.web_files import (
    Received,
    file_fields,
    files_of_kept,
    files_of_post,
    named_files,
    receive_files,
    with_missed,
)
from fedinet.posts.write_again import may_be_written_again
from fedinet.posts.write_form import FIRST_CHOICE
from fedinet.posts.write_page import (
    BEGUN,
    FILES,
    GONE,
    MISSED,
    SEEN,
    SHOWN,
    SILENT,
    SURE,
    WRONG,
    asks_again,
    form_path,
    look_of,
    still_there,
    unawares,
    write_page,
)

_FIELDS: Final = ("text", "title", "content_note", "revision", SHOWN)
_FIELDS_ANEW: Final = ("as", "title", "text", "content_note", "language")

routes = web.RouteTableDef()


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/edit")
async def show_edit(request: web.Request) -> web.Response:
    """One's own post, to be changed: as it is, or as it was begun. ``?look=``: what is shown."""
    writer = require_member(request)
    post, look = await own_post(request, writer), request.query.get("look", "")
    frozen = await frozen_page(request, writer)
    if frozen is not None:
        return frozen
    kept = await kept_store.find_change(request.app[POOL], writer.account_id, post.id)
    if kept is None:
        files = await files_of_post(request, writer, post)
        return await _edit_page(request, post, EMPTY_FORM, writer, files=files)
    form, files = Form(kept.values), await files_of_kept(request, writer, kept)
    preview = None
    if look == WRONG:
        form = form.with_problems(files.not_taken)
    if look == SEEN:
        try:
            preview = await preview_of_change(request, writer, post, _change(form, post, files))
        except (Unprocessable, Forbidden) as error:
            form = form.with_problems(problems_of(error, "text"))
    newer = form.value("revision") != str(post.revision)
    return await _edit_page(
        request, post, form, writer, files=files, preview=preview, newer=newer, look=look or BEGUN
    )


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/edit")
async def edit(request: web.Request) -> web.Response:
    """Save a change, unless the post was changed elsewhere since the page was opened."""
    writer = require_member(request)
    fields = await read_form(request)
    if await _is_gone(request, writer):
        sent = await receive_files(request, writer, fields)
        kept = await kept_store.find_change(request.app[POOL], writer.account_id, _number(request))
        files = await with_missed(request, writer, sent, kept)
        return await _anew(request, writer, fields, files)
    post = await own_post(request, writer)
    if fields.text("do") == "afresh":
        await _forget(request, writer, post)
        return see_other(f"{_path(writer, post)}/edit")
    said = {name: fields.text(name) for name in _FIELDS}
    form = Form(said | {"text": with_handle(said["text"], fields.text("do"))})
    kept = await kept_store.find_change(request.app[POOL], writer.account_id, post.id)
    sent = await receive_files(request, writer, fields)
    files = await with_missed(request, writer, sent, kept)
    change = _change(form, post, files)
    newer = form.value("revision") != str(post.revision)
    if newer and changing.says(post, change):
        await _forget(request, writer, post)
        return see_other(_path(writer, post))
    if look := look_of(fields, files):
        return await _looks_first(request, writer, post, form, files, look=look)
    if newer:
        return await _put_right(request, writer, post, form, files, newer=True)
    if files is not sent:
        return await _looks_first(request, writer, post, form, files, look=MISSED)
    names = await read_names(request, change.text)
    around = await still_there(request, writer, post.parent_id, None)
    is_sure = fields.flag("sure")
    if await asks_again(
        request,
        around,
        form,
        names,
        audience=post.visibility,
        files=files,
        is_sure=is_sure,
        changed=post,
    ):
        known = Form({**form.values, SILENT: " ".join(names.silent)})
        return await _looks_first(request, writer, post, known, files, look=SURE)
    return await _save(request, post, form, files, names)


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/edit" + RESUME)
async def resume(request: web.Request) -> web.Response:
    """Show a change again that somebody sent after their session had ended. Saves nothing."""
    writer = require_member(request)
    fields = await read_form(request)
    check_writer(fields, writer.username)
    files = await named_files(request, writer, fields)
    if await _is_gone(request, writer):
        return await _anew(request, writer, fields, files)
    post = await own_post(request, writer)
    form = Form({name: fields.text(name) for name in _FIELDS})
    return await _looks_first(request, writer, post, form, files, look=BEGUN)


async def _save(
    request: web.Request, post: Post, form: Form, files: Received, names: Names
) -> web.Response:
    """Save the change of a post that is as it was read; else say what has become of it."""
    writer, change = require_member(request), _change(form, post, files)
    try:
        async with transaction(request.app[POOL]) as tx:
            await changing.edit(
                tx,
                request.app[URIS],
                await get_actor(tx, writer.actor_id),
                post.id,
                change,
                mentioned=names.found or {},
                now=datetime.now(UTC),
                revision=post.revision,
            )
            await kept_store.drop_change(tx, writer.account_id, post.id)
    except NotFound:
        return await _anew(request, writer, await read_form(request), files)
    except changing.ChangedElsewhere as error:
        return await _put_right(request, writer, error.now, form, files, newer=True)
    except Unprocessable as error:
        form = form.with_problems(problems_of(error, "text"))
        return await _put_right(request, writer, post, form, files)
    return see_other(_path(writer, post))


async def _is_gone(request: web.Request, writer: Member) -> bool:
    """Whether there is no such post any more, for this member."""
    async with request.app[POOL].acquire() as conn:
        return await find_visible(conn, writer.viewer, _number(request)) is None


def _number(request: web.Request) -> PostId:
    return PostId(int(request.match_info["id"]))


async def _anew(
    request: web.Request, writer: Member, fields: Params, files: Received
) -> web.Response:
    """The words of a change whose post was deleted meanwhile, to become a new one.

    The key of its form is that of the post, so that a second click begins nothing more.
    """
    said = {name: fields.text(name) for name in _FIELDS_ANEW}
    once = key_after(f"change of {_number(request)}")
    form = Form({**said, "audience": FIRST_CHOICE.value, "once": once})
    form, _ = await unused(request, writer, form, files, is_used=True)
    try:
        async with transaction(request.app[POOL]) as tx:
            kept = Kept(values=form.values, files=files.choices, refused=files.refused)
            await kept_store.keep(tx, writer.account_id, form.value("once"), kept)
            await kept_store.drop_change(tx, writer.account_id, _number(request))
    except Unprocessable as error:
        whole = form.with_problems(problems_of(error, "text"))
        alone = Around(None, None)
        return await write_page(request, alone, whole, files=files, look=GONE, status=error.status)
    return see_other(form_path(form.value("once"), GONE))


def _change(form: Form, post: Post, files: Received) -> Change:
    return Change(
        text=form.value("text"),
        title=form.value("title") if post.is_article else None,
        content_note=form.value("content_note"),
        sensitive=bool(form.value("content_note")),
        language=post.language,
        files=files.choices,
    )


async def _forget(request: web.Request, writer: Member, post: Post) -> None:
    async with transaction(request.app[POOL]) as tx:
        await kept_store.drop_change(tx, writer.account_id, post.id)


async def _keep(
    request: web.Request, writer: Member, post: Post, form: Form, files: Received
) -> None:
    kept = Kept(values=form.values, files=files.choices, refused=files.refused)
    async with transaction(request.app[POOL]) as tx:
        await kept_store.keep_change(tx, writer.account_id, post.id, kept)


async def _looks_first(
    request: web.Request, writer: Member, post: Post, form: Form, files: Received, *, look: str
) -> web.Response:
    """Lead to the page with the change as it is kept, so that Back and loading send nothing."""
    try:
        await _keep(request, writer, post, form, files)
    except Unprocessable as error:
        form = form.with_problems([*files.problems, *problems_of(error, "text")])
        return await _edit_page(request, post, form, writer, files=files, status=error.status)
    place = {SEEN: "#preview", FILES: "#files"}.get(look, "")
    return see_other(f"{_path(writer, post)}/edit?look={look}{place}")


async def _put_right(
    request: web.Request,
    writer: Member,
    post: Post,
    form: Form,
    files: Received,
    *,
    newer: bool = False,
) -> web.Response:
    """Say what is wrong, and keep what fits, so that Back loses no file."""
    with suppress(Unprocessable):
        await _keep(request, writer, post, form, files)
    status = 409 if newer else 422
    return await _edit_page(request, post, form, writer, files=files, newer=newer, status=status)


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/delete")
async def show_delete(request: web.Request) -> web.Response:
    """What deleting does, before it is done."""
    writer = require_member(request)
    post = await own_post(request, writer)
    return render(
        request,
        "posts/delete.html",
        post_=post,
        asked=await asked_of(request, writer, post),
        may_be_written_again=may_be_written_again(post),
        back=_path(writer, post),
    )


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/delete")
async def delete(request: web.Request) -> web.Response:
    """Delete one's own post here, and ask others to. A second click leads where the first did."""
    writer = require_member(request)
    post_id = _number(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.delete(tx, await get_actor(tx, writer.actor_id), post_id)
    except NotFound:
        if not await _is_gone(request, writer):
            raise
    return see_other(f"/@{writer.username}?deleted=1")


async def _edit_page(
    request: web.Request,
    post: Post,
    form: Form,
    writer: Member,
    *,
    files: Received,
    preview: Preview | None = None,
    newer: bool = False,
    look: str = "",
    status: int = 200,
) -> web.Response:
    asked: dict[str, object] = {}
    if look == SURE:
        around = await still_there(request, writer, post.parent_id, None)
        names = await read_names(request, form.value("text"), form.value(SILENT).split())
        readers = (await read_readership(request, writer, around, names)).readership
        summaries = [summary_of(post.visibility, readers)]
        is_letter = post.visibility is Visibility.MENTIONED
        also = unawares(around, form, names, readers, changed=post) if is_letter else ()
        asked = {
            "readers": readers,
            "summaries": summaries,
            "offered": names.offered,
            "also": also,
            "taken_out": names.signs_of(also, form.value("text")),
        }
    reading: Sequence[Actor] = ()
    if post.visibility is Visibility.MENTIONED:
        async with request.app[POOL].acquire() as conn:
            reading = await list_inside(conn, post)
    return render(
        request,
        "posts/change.html",
        reading=reading,
        status=status,
        form=form,
        post_=post,
        preview=preview,
        newer=newer,
        begun=look == BEGUN,
        missed=look == MISSED,
        look_again=look == SURE,
        undescribed=look == SURE and files.undescribed,
        **asked,
        most_title=MAX_TITLE,
        most_article=MAX_ARTICLE_CHARACTERS,
        **file_fields(files),
        back=_path(writer, post),
    )


def _path(writer: Member, post: Post) -> str:
    return f"/@{writer.username}/{post.id}"
