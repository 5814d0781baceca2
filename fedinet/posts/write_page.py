"""The page for writing, as it is shown."""

import secrets
from collections.abc import Sequence
from typing import Final

from aiohttp import web
from yarl import URL

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import written_languages
from fedinet.http.pages import render
from fedinet.http.params import Params
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.ids import PostId
from fedinet.markup.compose import find_mentions
from fedinet.polls.forms import OPTION_FIELDS, USUAL_LENGTH, lengths_with, read_page_poll
from fedinet.posts.kept_store import Begun
from fedinet.posts.later_form import twice_on
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS, MAX_TITLE, Draft, Post
from fedinet.posts.naming import PUT, addressed
from fedinet.posts.preview import Preview, wants_preview
from fedinet.posts.readers import Around, Names, named_in, read_readership
from fedinet.posts.readership import Readership, greeting_of, read_unawares, summary_of
from fedinet.posts.store import find_visible
from fedinet.posts.web_files import NO_FILES, Received, file_fields
from fedinet.posts.write_form import choices, deleting, first_choice

SEEN: Final = "1"
"""What to look at first, as ``?look=`` says it: how the post will look."""
SURE: Final = "sure"
"""Whom it does not reach, and which pictures nobody hears of."""
FILES: Final = "files"
"""The files, as they are now."""
WRONG: Final = "wrong"
"""Which files were not taken."""
MISSED: Final = "missed"
"""Files that the form did not know of when it was sent."""
OVER: Final = "over"
"""What became of the form before, with other words."""
BEGUN: Final = "begun"
"""Nothing: somebody goes on with what was begun."""
GONE: Final = "gone"
"""That what it answered, quoted or was to change is not there any more."""
LOST: Final = "lost"
"""That it is not kept any more."""
FORM: Final = "form"
"""In an address: the key of its form."""
SHOWN: Final = "shown"
"""Whom the page of a letter showed as its readers: their handles."""
SILENT: Final = "silent"
"""In what is kept: the handles whose servers did not answer, which its page does not ask again."""
BECAME: Final = "became"
"""In what is kept: what became of the form that it was begun in."""
WAITS: Final = "waits"
"""That is: it was kept for later, and what it said then waits."""


def form_path(form: str, look: str = "") -> str:
    """The address of the form with this key."""
    said = {FORM: form} | ({"look": look} if look else {})
    place = {SEEN: "preview", FILES: "files"}.get(look, "")
    return str(URL("/write").with_query(said).with_fragment(place or None))


def look_of(fields: Params, files: Received) -> str:
    """What to look at first, before a form is sent; ``""``: nothing that was asked for."""
    if files.problems:
        return WRONG
    if wants_preview(fields):
        return SEEN
    return SURE if fields.text("do").startswith(PUT) else FILES if files.to_show_first else ""


def number(raw: str) -> int | None:
    """The number of a post, as a form or an address names it."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 18 else None


def new_key() -> str:
    """The key of a form, by which it is kept and published once."""
    return secrets.token_urlsafe(16)


async def asks_again(
    request: web.Request,
    around: Around,
    form: Form,
    names: Names,
    *,
    audience: Visibility,
    files: Received,
    is_sure: bool,
    changed: Post | None = None,
) -> bool:
    """Whether there is something to say before a post goes out, or the change of one.

    That more people read a letter than its page showed is said whatever was asked before.
    """
    is_letter = audience is Visibility.MENTIONED
    if is_sure and not is_letter:
        return False
    readers = (await read_readership(request, require_member(request), around, names)).readership
    if is_letter and unawares(around, form, names, readers, changed=changed):
        return True
    outside = summary_of(audience, readers).outside
    alone = changed is None and is_letter and not readers.named
    asked = names.unknown or names.silent or names.offered
    return not is_sure and bool(asked or outside or files.undescribed or alone)


def unawares(
    around: Around,
    form: Form,
    names: Names,
    readers: Readership,
    *,
    changed: Post | None = None,
) -> tuple[Actor, ...]:
    """Who would read a letter though the page on which it was written did not say so.

    A page that showed nobody said that they are whom it names: those whom it is addressed to.
    """
    shown = [handle.removeprefix("@") for handle in form.value(SHOWN).lower().split()]
    if changed is not None:
        return read_unawares(readers, shown, changed.mentions)
    if not shown and around.parent is None:
        return read_unawares(readers, addressed(form.value("text"), names.handles))
    return read_unawares(readers, shown)


async def is_only_names(request: web.Request, around: Around, fields: Params) -> bool:
    """Whether an answer holds nothing but the names that were put there for its writer."""
    words = set(fields.text("text").lower().split())
    is_bare = around.parent is not None and around.quoted is None and read_page_poll(fields) is None
    if not is_bare or not words or any(not word.startswith("@") for word in words):
        return False
    read = await read_readership(request, require_member(request), around, Names())
    return words <= {f"@{one.actor.handle}".lower() for one in read.readership.named}


def said_of(around: Around) -> dict[str, str]:
    """What a form says of what it answers and quotes."""
    pairs = (("parent", around.parent), ("quoted", around.quoted))
    return {name: "" if one is None else str(one.id) for name, one in pairs}


def misses(form: Form, around: Around) -> bool:
    """Whether something that a form answers or quotes is not there any more."""
    return any(form.value(name) and not there for name, there in said_of(around).items())


async def still_there(
    request: web.Request, writer: Member, parent: int | None, quoted: int | None
) -> Around:
    """What a draft answers and quotes, as far as it is there: it can do without."""
    async with request.app[POOL].acquire() as conn:
        found = [
            None if one is None else await find_visible(conn, writer.viewer, PostId(one))
            for one in (parent, quoted)
        ]
    return Around(*found)


async def write_page(
    request: web.Request,
    around: Around,
    form: Form,
    *,
    once: str = "",
    greeting: str = "",
    preview: Preview | None = None,
    names: Names | None = None,
    look: str = "",
    files: Received = NO_FILES,
    newer: Draft | None = None,
    became: str = "",
    begun: Sequence[Begun] = (),
    is_apart: bool = False,
    status: int = 200,
) -> web.Response:
    """The form with what stands in it, around it and above it.

    ``look``: what to look at first; ``once``: its key, where nothing stands in it yet;
    ``newer``: what it is up against; ``became``: the number of the post that came of it before,
    or that it ``WAITS``;
    ``is_apart``: it holds more than it shows, and is begun afresh as it is.
    """
    parent, quoted = around.parent, around.quoted
    if preview is not None:
        names = named_in(form.value("text"), preview.names)
    begins = parent is not None and form == EMPTY_FORM
    names = names or Names(() if begins else find_mentions(form.value("text", greeting)))
    read = await read_readership(request, require_member(request), around, names)
    if begins:
        greeting = greeting_of(read.readership)
    once = form.value("once") or once or new_key()
    became = form.value(BECAME, became)
    zone = zone_of_reader(request)
    offered = choices(parent, has_allies=bool(read.readership.allied))
    is_letter = look == SURE and form.value("audience") == Visibility.MENTIONED
    also = unawares(around, form, names, read.readership) if is_letter else ()
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
        deleting=deleting,
        look_again=look == SURE,
        offered=names.offered,
        also=also,
        taken_out=names.signs_of(also, form.value("text")),
        chosen=first.value,
        poll_fields=OPTION_FIELDS,
        poll_lengths=lengths_with(form.value("lasts")),
        usual_length=USUAL_LENGTH,
        languages=list(written_languages().items()),
        undescribed=look == SURE and files.undescribed,
        newer=newer,
        lost=look == LOST,
        missed=look == MISSED,
        gone=look == GONE,
        waits=became == WAITS,
        published=number(became),
        begun=[(form_path(one.form, BEGUN), one) for one in begun],
        zone=zone.key,
        twice=twice_on(form.value, zone),
        most_title=MAX_TITLE,
        most_article=MAX_ARTICLE_CHARACTERS,
        **file_fields(files),
        once=once,
        place=form_path(once) if is_apart else _place(form, around),
        own=form_path(once),
    )


def _place(form: Form, around: Around) -> str:
    """Where one begins afresh what this form is for."""
    parent, quoted = around.parent, around.quoted
    chosen = {
        "scheduled": form.value("scheduled"),
        "reply": "" if parent is None else str(parent.id),
        "quote": "" if quoted is None else str(quoted.id),
        "as": form.value("as"),
    }
    query = next((f"?{name}={value}" for name, value in chosen.items() if value), "")
    return f"/write{query}"
