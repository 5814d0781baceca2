"""Pages of changing and deleting one's own post."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.problems import problems_of
from fedinet.posts import commands
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS, MAX_TITLE, Change, Post, check_change
from fedinet.posts.own import own_post
from fedinet.posts.preview import Preview, preview_of, wants_preview
from fedinet.posts.web_files import Received, file_fields, files_of_post, receive_files
from fedinet.posts.write_again import may_be_written_again

routes = web.RouteTableDef()


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/edit")
async def show_edit(request: web.Request) -> web.Response:
    """The present words of one's own post, to be changed."""
    writer = require_member(request)
    post = await own_post(request, writer)
    files = await files_of_post(request, writer, post)
    return _edit_page(request, post, EMPTY_FORM, writer, files=files)


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/edit")
async def edit(request: web.Request) -> web.Response:
    """Save a change, unless the post was changed elsewhere since the page was opened."""
    writer = require_member(request)
    fields = await read_form(request)
    post = await own_post(request, writer)
    form = Form({name: fields.text(name) for name in ("text", "title", "content_note")})
    files = await receive_files(request, writer, fields)
    form = form.with_problems(files.problems)
    newer = fields.integer("revision") != post.revision
    change = Change(
        text=fields.text("text"),
        title=fields.text("title") if post.is_article else None,
        content_note=fields.text("content_note"),
        sensitive=bool(fields.text("content_note")),
        language=post.language,
        files=files.choices,
    )
    if newer and _is_saved(post, change):
        return see_other(_path(writer, post))
    if newer or form.problems or files.to_show_first or wants_preview(fields):
        preview, form = await preview_of(request, form, fields, has_files=bool(files.media))
        status = 409 if newer else 422 if form.problems else 200
        return _edit_page(
            request,
            post,
            form,
            writer,
            preview=preview,
            files=files,
            newer=newer,
            status=status,
        )
    found = await resolve_mentions(request.app[ACTORS], fields.text("text"))
    try:
        async with transaction(request.app[POOL]) as tx:
            author = await get_actor(tx, writer.actor_id)
            await commands.edit(
                tx,
                request.app[URIS],
                author,
                post.id,
                change,
                mentioned=found,
                now=datetime.now(UTC),
            )
    except Unprocessable as error:
        form = form.with_problems(problems_of(error, "text"))
        return _edit_page(request, post, form, writer, files=files, status=422)
    return see_other(_path(writer, post))


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/delete")
async def show_delete(request: web.Request) -> web.Response:
    """What deleting does, before it is done."""
    writer = require_member(request)
    post = await own_post(request, writer)
    return render(
        request,
        "posts/delete.html",
        post_=post,
        may_be_written_again=may_be_written_again(post),
        back=_path(writer, post),
    )


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/delete")
async def delete(request: web.Request) -> web.Response:
    """Delete one's own post here, and ask others to."""
    writer = require_member(request)
    post_id = PostId(int(request.match_info["id"]))
    async with transaction(request.app[POOL]) as tx:
        await commands.delete(tx, await get_actor(tx, writer.actor_id), post_id)
    return see_other(f"/@{writer.username}")


def _is_saved(post: Post, change: Change) -> bool:
    """Tell whether this very change was saved already, as by a second click."""
    try:
        wanted = check_change(
            change, has_files=change.leaves_files(post), is_article=post.is_article
        )
    except Unprocessable:
        return False
    shown = [(one.media_id, one.description, one.focus) for one in post.attachments]
    files = [(one.media_id, one.description, one.focus) for one in wanted.files or ()]
    title = post.about.title if post.is_article else None
    said = (post.source, title, post.content_note, shown)
    return said == (wanted.text, wanted.title, wanted.content_note, files)


def _edit_page(
    request: web.Request,
    post: Post,
    form: Form,
    writer: Member,
    *,
    files: Received,
    preview: Preview | None = None,
    newer: bool = False,
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "posts/change.html",
        status=status,
        form=form,
        post_=post,
        preview=preview,
        newer=newer,
        most_title=MAX_TITLE,
        most_article=MAX_ARTICLE_CHARACTERS,
        **file_fields(files),
        back=_path(writer, post),
    )


def _path(writer: Member, post: Post) -> str:
    return f"/@{writer.username}/{post.id}"
