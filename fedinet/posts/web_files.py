"""Pictures on the pages for writing: kept while the rest is put right, described, taken off.

Without scripts a picture is uploaded with the form. From then on the form names
it by its row, as ``media[ID]`` with its description.
"""

from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.params import Params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Problem
from fedinet.media.api_form import read_focus
from fedinet.media.context import LIBRARY
from fedinet.media.model import FORMATS, MAX_ATTACHMENTS, MAX_DESCRIPTION, Media
from fedinet.media.store import list_own
from fedinet.posts.files import as_chosen, ids_of
from fedinet.posts.model import Draft, FileChoice, Post

_ACCEPTED: Final = ",".join(sorted(known.media_type for known in FORMATS.values()))
_MOST_TYPED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The files of a form, described as it says, and what to put right."""

    media: tuple[Media, ...]
    problems: tuple[Problem, ...] = ()
    to_show_first: bool = False
    """The writer asked to see a picture, or to take one off, before publishing."""

    @property
    def choices(self) -> tuple[FileChoice, ...]:
        return tuple(FileChoice(media.id, media.description, media.focus) for media in self.media)

    @property
    def undescribed(self) -> bool:
        return any(not media.description for media in self.media)


async def receive_files(request: web.Request, writer: Member, fields: Params) -> Received:
    """Take in the file of a form, if it has one, and read what it says of those that are here.

    A file that is not taken is a problem at its field; the others stay.
    """
    media, problems = list(await named_files(request, writer, fields)), list[Problem]()
    file = fields.file("file")
    if file is not None and len(media) < MAX_ATTACHMENTS:
        try:
            media.append(
                await request.app[LIBRARY].upload(
                    writer.actor_id,
                    file.file,
                    description=fields.text("file_description")[:_MOST_TYPED],
                )
            )
        except Unprocessable as error:
            problems.append(Problem.told_by(error, "file"))
    asked = fields.text("do")
    return Received(
        media=tuple(one for one in media if asked != f"remove-{one.id}"),
        problems=tuple(problems),
        to_show_first=asked == "show" or asked.startswith("remove-"),
    )


async def files_of_post(request: web.Request, writer: Member, post: Post) -> tuple[Media, ...]:
    """The files that a post of the writer shows now."""
    wanted = ids_of(post.attachments)
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, wanted)
    return tuple(own[media_id] for media_id in wanted if media_id in own)


async def files_of_draft(request: web.Request, writer: Member, draft: Draft) -> tuple[Media, ...]:
    """The files that a draft of the writer shows, described as it says; those that are gone not."""
    wanted = {choice.media_id: choice for choice in draft.files}
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, wanted)
    return tuple(
        as_chosen(own[media_id], wanted[media_id]) for media_id in wanted if media_id in own
    )


def file_fields(files: tuple[Media, ...]) -> dict[str, object]:
    """What the template of the fields for files needs."""
    return {
        "files": files,
        "most_files": MAX_ATTACHMENTS,
        "most_description": MAX_DESCRIPTION,
        "accepted": _ACCEPTED,
    }


async def named_files(request: web.Request, writer: Member, fields: Params) -> tuple[Media, ...]:
    """Read what a form says of those files of the writer that are here. Takes nothing in."""
    said, points = fields.mapping("media"), fields.mapping("focus")
    wanted = [int(name) for name in said if name.isdecimal() and len(name) < 19][:MAX_ATTACHMENTS]
    if not wanted:
        return ()
    async with request.app[POOL].acquire() as conn:
        own = await list_own(conn, writer.actor_id, wanted)
    return tuple(
        replace(
            own[media_id],
            description=said.text(str(media_id))[:_MOST_TYPED],
            focus=_point(points.text(str(media_id))) or own[media_id].focus,
        )
        for media_id in wanted
        if media_id in own
    )


def _point(raw: str) -> tuple[float, float] | None:
    """Which point of a picture a form names; None where it names none that there is."""
    if not raw:
        return None
    try:
        return read_focus(raw)
    except Unprocessable:
        return None
