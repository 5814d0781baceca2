"""How a post will look, shown above the form in which it is written. Nothing is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.emojis.model import Emoji
from fedinet.emojis.own_store import find_written
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import Form
from fedinet.http.params import Params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import problems_of
from fedinet.posts.commands import render_text
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Change, check_change
from fedinet.posts.write_form import ARTICLE
from fedinet.vocab.about import About


@dataclass(frozen=True, slots=True)
class Preview:
    """What people would read now."""

    html: str
    content_note: str
    about: About
    emojis: Sequence[Emoji]
    found: Mapping[str, Actor]
    """Whom the text names, by handle."""


def wants_preview(fields: Params) -> bool:
    """Whether the writer asked to see the post, instead of publishing it."""
    return fields.text("do") == "preview"


async def preview_of(
    request: web.Request, form: Form, fields: Params, *, has_files: bool
) -> tuple[Preview | None, Form]:
    """The post as it was typed so far, where the writer asks to see it; problems go to the form."""
    if not wants_preview(fields):
        return None, form
    app = request.app
    typed = Change(
        text=fields.text("text"),
        title=fields.text("title") if fields.text("as") == ARTICLE else None,
        content_note=fields.text("content_note"),
    )
    try:
        typed = check_change(typed, has_files=has_files)
        found = await resolve_mentions(app[ACTORS], typed.text)
        rendered, _ = render_text(app[URIS], typed.text, found)
    except Unprocessable as error:
        return None, form.with_problems(problems_of(error, "text"))
    async with app[POOL].acquire() as conn:
        emojis = await find_written(
            conn, str(app[URIS].origin), rendered.html, typed.content_note, typed.title or ""
        )
    about = About(title=typed.title or "")
    return Preview(rendered.html, typed.content_note, about, emojis, found), form
