"""A form that is kept, so that its words are looked at first: what is wrong, how they will look."""

from contextlib import suppress

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Problem, problems_of
from fedinet.posts import kept_store
from fedinet.posts.kept_store import Kept
from fedinet.posts.model import NO_WORDS, Draft
from fedinet.posts.readers import Around
from fedinet.posts.used_form import unused
from fedinet.posts.web_files import Received, free_ones
from fedinet.posts.write_form import says_nothing
from fedinet.posts.write_page import SEEN, form_path, write_page


async def look_first(
    request: web.Request,
    writer: Member,
    around: Around,
    form: Form,
    files: Received,
    *,
    look: str,
) -> web.Response:
    """Lead to where the form is shown as it is kept, so that Back and loading send nothing.

    What says nothing is not kept, and shown at once.
    """
    files = free_ones(request, files)
    try:
        form = await _keep(request, writer, form, files)
    except Unprocessable as error:
        form = form.with_problems([*files.problems, *problems_of(error, "text")])
        return await write_page(request, around, form, files=files, status=error.status)
    if _is_blank(form, files):
        form = form.with_problems([Problem("text", NO_WORDS)] if look == SEEN else ())
        return await write_page(request, around, form, files=files, look=look)
    return see_other(form_path(form.value("once"), look))


async def _keep(request: web.Request, writer: Member, form: Form, files: Received) -> Form:
    """Keep a form, and what was kept with it before that it does not show.

    Returns it as it is kept: one that became a post before, or waits to, is another one now.
    """
    sent = form.value("once")
    form, known = await unused(request, writer, form, files)
    once = form.value("once")
    kept = Kept(
        values=form.values,
        files=files.choices,
        refused=files.refused,
        before=None if known is None else known.before,
    )
    async with transaction(request.app[POOL]) as tx:
        if once != sent:
            await kept_store.drop(tx, writer.account_id, sent)
        if _is_blank(form, files):
            await kept_store.drop(tx, writer.account_id, once)
        else:
            await kept_store.keep(tx, writer.account_id, once, kept)
    return form


def _is_blank(form: Form, files: Received) -> bool:
    return says_nothing(form.values) and not files.media and not files.refused


async def show_wrong(
    request: web.Request,
    writer: Member,
    around: Around,
    form: Form,
    files: Received,
    *,
    newer: Draft | None = None,
    status: int = 422,
) -> web.Response:
    """Say what is wrong, and keep what fits, so that Back loses no file."""
    files = free_ones(request, files)
    with suppress(Unprocessable):
        form = await _keep(request, writer, form, files)
    return await write_page(request, around, form, files=files, newer=newer, status=status)
