"""Files of a post of ours: chosen by its author, held, and written into the post."""

from collections.abc import Sequence
from dataclasses import replace

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.kernel.names import NodeUris
from fedinet.kernel.pictures import own_path
from fedinet.media import commands as media_commands
from fedinet.media import store as media_store
from fedinet.media.model import Kind, Media, check_description
from fedinet.posts.model import Attachment, FileChoice, Post


async def hold_files(
    tx: Tx, author: Actor, choices: Sequence[FileChoice], *, post: Post | None = None
) -> list[Media]:
    """Read the files that a post is to have, as they are to be described, and hold them.

    Raises:
        Unprocessable: too many, not the author's, gone, in another post; a description too long.
    """
    ids = [choice.media_id for choice in choices]
    post_id = None if post is None else post.id
    held = await media_commands.lock_for_post(tx, author.id, ids, post_id=post_id)
    said = {choice.media_id: choice for choice in choices}
    return [_as_chosen(media, said[media.id]) for media in held]


async def give_files(
    tx: Tx, author: Actor, post: Post, held: Sequence[Media], *, before: Sequence[Attachment] = ()
) -> None:
    """Bind files to a post that is stored, and delete those it had ``before`` and has no more."""
    await media_commands.change_for_post(tx, author.id, post.id, ids_of(before), held)


async def take_back_files(tx: Tx, post: Post) -> None:
    """Free the files of a post that is about to go, for a day, so that it can be written anew."""
    await media_store.detach(tx, ids_of(post.attachments))


def attachments_of(
    held: Sequence[Media], uris: NodeUris, *, has_cover: bool = False
) -> tuple[Attachment, ...]:
    """What a post says of its files. ``has_cover``: the first picture is that of an article."""
    pictures = (media.id for media in held if media.kind is Kind.PICTURE)
    cover = next(pictures, None) if has_cover else None
    return tuple(
        Attachment(
            url=f"{uris.origin}{own_path(media.key)}",
            media_type=media.facts.media_type,
            description=media.description,
            width=media.facts.width,
            height=media.facts.height,
            blurhash=media.facts.blurhash,
            focus=media.focus,
            duration_ms=media.facts.duration_ms,
            media_id=media.id,
            key=media.key,
            small_width=media.preview_width,
            small_height=media.preview_height,
            is_cover=media.id == cover,
        )
        for media in held
    )


def as_choices(attachments: Sequence[Attachment]) -> tuple[FileChoice, ...]:
    """The files of a post as they are, for a change that leaves them so."""
    return tuple(FileChoice(media_id) for media_id in ids_of(attachments))


def ids_of(attachments: Sequence[Attachment]) -> list[int]:
    return [found.media_id for found in attachments if found.media_id is not None]


def _as_chosen(media: Media, choice: FileChoice) -> Media:
    text = media.description if choice.description is None else choice.description
    return replace(media, description=check_description(text), focus=choice.focus or media.focus)
