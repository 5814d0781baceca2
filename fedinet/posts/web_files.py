"""Pictures on the pages for writing: kept while the rest is put right, described, taken off.

Without scripts a picture is uploaded with the form. From then on the form names
it by its row, as ``media[ID]`` with its description. A file that was not taken stays
with the form too, as ``refused[N]`` with its name: nothing is published without it
until the writer chooses another, or says to go on without.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from fedinet.http import numbers
from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.pages import language_of, say_in
from fedinet.http.params import Params
from fedinet.kernel.errors import Overloaded, Unprocessable
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.media.api_form import read_focus
from fedinet.media.context import LIBRARY
from fedinet.media.model import FORMATS, MAX_ATTACHMENTS, MAX_DESCRIPTION, Media
from fedinet.media.store import list_own
from fedinet.posts.files import ids_of
from fedinet.posts.kept_store import Kept, Refused
from fedinet.posts.model import FileChoice, Post
from fedinet.posts.preview import wants_preview

_ACCEPTED: Final = ",".join(sorted(known.media_type for known in FORMATS.values()))
_MOST_NAME: Final = 300
_MOST_TYPED: Final = 10_000
_NOT_TAKEN: Final = N_("“%(name)s” is not taken. %(why)s Choose another file, or go on without it.")
_ENOUGH: Final = N_("A post has %(most)d files at most.")
_MISSED: Final = N_("It did not come through: it may be too large, or the connection broke.")
_NAMELESS: Final = N_("Your file")
_IN_A_POST: Final = N_("It is in a post of yours already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The files of a form, described as it says, and what to put right."""

    media: tuple[Media, ...] = ()
    refused: tuple[Refused, ...] = ()
    problems: tuple[Problem, ...] = ()
    named: frozenset[int] = frozenset()
    """The files that the form knew of, also what it takes off."""
    to_show_first: bool = False
    """The writer asked to see a picture, or to take one off, before publishing."""

    @property
    def choices(self) -> tuple[FileChoice, ...]:
        return tuple(FileChoice(media.id, media.description, media.focus) for media in self.media)

    @property
    def not_taken(self) -> tuple[Problem, ...]:
        """What to put right where something was refused."""
        return tuple(
            Problem("files", _NOT_TAKEN, {"name": one.name, "why": one.why}) for one in self.refused
        )

    @property
    def undescribed(self) -> bool:
        return any(not media.description for media in self.media)


NO_FILES: Final = Received()


async def receive_files(request: web.Request, writer: Member, fields: Params) -> Received:
    """Take in the file of a form, if it has one, and read what it says of those that are here.

    A file that is not taken stands in place of those that were not taken before; the others stay.
    """
    said = await named_files(request, writer, fields)
    media, refused, asked = list(said.media), list(said.refused), fields.text("do")
    file = fields.file("file")
    is_refused = False
    if file is not None:
        refused = refused if fields.flag("beside") else []
        try:
            media.append(await _take(request, writer, fields, file, beside=len(media)))
        except (Unprocessable, Overloaded) as error:
            say = say_in(language_of(request))
            why = numbers.filled(say(error.sentence or error.public), error.values, text=say)
            name = file.filename[:_MOST_NAME] or say(_NAMELESS)
            refused.append(Refused(name, why if why.endswith(".") else f"{why}."))
            is_refused = True
    media = [one for one in media if asked != f"remove-{one.id}"]
    refused = [one for at, one in enumerate(refused) if asked != f"leave-{at}"]
    to_show_first = asked == "show" or asked.startswith(("remove-", "leave-"))
    is_sent = not to_show_first and not wants_preview(fields)
    received = replace(
        said, media=tuple(media), refused=tuple(refused), to_show_first=to_show_first
    )
    return replace(received, problems=received.not_taken if is_sent or is_refused else ())


async def with_missed(
    request: web.Request, writer: Member, files: Received, kept: Kept | None
) -> Received:
    """Add the files that are kept with a form and that it does not know of.

    It was opened before they were uploaded, and came back by the browser's Back. What is
    too many then is told as not taken.
    """
    missed = [one for one in kept.files if one.media_id not in files.named] if kept else []
    if not missed:
        return files
    found = await files_of_choices(request, writer, missed)
    media, say = (*found.media, *files.media), say_in(language_of(request))
    why = numbers.filled(say(_ENOUGH), {"most": MAX_ATTACHMENTS}, text=say)
    over = tuple(
        Refused(one.description[:_MOST_NAME] or say(_NAMELESS), why)
        for one in media[MAX_ATTACHMENTS:]
    )
    all_of_it = replace(files, media=media[:MAX_ATTACHMENTS], refused=(*files.refused, *over))
    return replace(all_of_it, problems=all_of_it.not_taken) if over else all_of_it


def free_ones(request: web.Request, files: Received) -> Received:
    """The files that a new post can have; those that a post has by now are not taken.

    A form that became a post still names its files.
    """
    say = say_in(language_of(request))
    had = tuple(
        Refused(one.description[:_MOST_NAME] or say(_NAMELESS), say(_IN_A_POST))
        for one in files.media
        if one.post_id is not None
    )
    free = tuple(one for one in files.media if one.post_id is None)
    return replace(files, media=free, refused=(*files.refused, *had)) if had else files


async def _take(
    request: web.Request, writer: Member, fields: Params, file: FileField, *, beside: int
) -> Media:
    if beside >= MAX_ATTACHMENTS:
        raise Invalid(Problem("files", _ENOUGH, {"most": MAX_ATTACHMENTS}))
    description = fields.text("file_description")[:_MOST_TYPED]
    library = request.app[LIBRARY]
    return await library.upload(writer.actor_id, file.file, description=description)


async def files_of_post(request: web.Request, writer: Member, post: Post) -> Received:
    """The files that a post of the writer shows now."""
    wanted = ids_of(post.attachments)
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, wanted)
    return Received(media=tuple(own[media_id] for media_id in wanted if media_id in own))


async def files_of_choices(
    request: web.Request, writer: Member, choices: Sequence[FileChoice]
) -> Received:
    """The files that a draft of the writer shows, described as it says; those that are gone not."""
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, {choice.media_id for choice in choices})
    here = (_said(own[one.media_id], one) for one in choices if one.media_id in own)
    return Received(media=tuple(here))


async def files_of_kept(request: web.Request, writer: Member, kept: Kept) -> Received:
    """The same of what was kept, and what was refused beside them."""
    received = await files_of_choices(request, writer, kept.files)
    return replace(received, refused=kept.refused)


def file_fields(files: Received) -> dict[str, object]:
    """What the template of the fields for files needs."""
    return {
        "files": files.media,
        "refused": files.refused,
        "most_files": MAX_ATTACHMENTS,
        "most_description": MAX_DESCRIPTION,
        "accepted": _ACCEPTED,
    }


async def named_files(request: web.Request, writer: Member, fields: Params) -> Received:
    """Read what a form says of those files of the writer that are here. Takes nothing in."""
    refused = _refused_before(fields, say_in(language_of(request)))
    said, points = fields.mapping("media"), fields.mapping("focus")
    wanted = [int(name) for name in said if name.isdecimal() and len(name) < 19][:MAX_ATTACHMENTS]
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, wanted)
    named = (
        replace(
            own[media_id],
            description=said.text(str(media_id))[:_MOST_TYPED],
            focus=_point(points.text(str(media_id))) or own[media_id].focus,
        )
        for media_id in wanted
        if media_id in own
    )
    return Received(media=tuple(named), refused=refused, named=frozenset(wanted))


def _refused_before(fields: Params, say: Callable[[str], str]) -> tuple[Refused, ...]:
    """The files that were not taken; where a script only saw that, it gives no reason."""
    names, reasons = fields.mapping("refused"), fields.mapping("why")
    return tuple(
        Refused(
            names.text(key)[:_MOST_NAME] or say(_NAMELESS),
            reasons.text(key)[:_MOST_NAME] or say(_MISSED),
        )
        for key in list(names)[:MAX_ATTACHMENTS]
    )


def _said(media: Media, choice: FileChoice) -> Media:
    text = media.description if choice.description is None else choice.description
    return replace(media, description=text, focus=choice.focus or media.focus)


def _point(raw: str) -> tuple[float, float] | None:
    """Which point of a picture a form names; None where it names none that there is."""
    if not raw:
        return None
    try:
        return read_focus(raw)
    except Unprocessable:
        return None
