"""Changing what a post says: check, keep what it said, promise the update. Never the network."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.audiences.store import name_members
from fedinet.db.query import Tx
from fedinet.emojis.own_store import find_written
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.media.model import Media
from fedinet.posts import local_store, reach, store
from fedinet.posts.commands import Mentioned, render_text, tags_of
from fedinet.posts.files import as_choices, attachments_of, give_files, hold_files
from fedinet.posts.given import title_of, without_text
from fedinet.posts.given_store import write_given
from fedinet.posts.model import Change, FileChoice, Post, check_change
from fedinet.posts.signals import PostEdited
from fedinet.queue.signals import announce
from fedinet.vocab.kinds import is_to_read

_A_MOMENT: Final = timedelta(milliseconds=1)


class ChangedElsewhere(Unprocessable):
    """Somebody changed the post since it was read to be changed. ``now``: what it has become."""

    def __init__(self, now: Post) -> None:
        said = N_("This post was changed elsewhere meanwhile. Open it again, then change it")
        super().__init__(f"post {now.id} has revision {now.revision}", public=said)
        self.now = now


async def edit(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    post_id: PostId,
    change: Change,
    *,
    mentioned: Mentioned,
    now: datetime,
    revision: int | None = None,
) -> Post:
    """Change what a post of the author says, keep what it said, and promise the update.

    The audience stays, but for people newly mentioned in a post to people mentioned: they
    read what it says now, and not what it said before. Nothing happens where nothing changes.
    ``revision``: the one that was to be changed; None: whichever it is.

    Raises:
        NotFound: not a post of this author.
        ChangedElsewhere: it has another ``revision`` by now.
        Unprocessable: as for ``publish``.
    """
    post = await store.lock_own(tx, reach.as_viewer(author), post_id)
    if revision not in (None, post.revision):
        if says(post, change):
            return post
        raise ChangedElsewhere(post)
    edited, added, held = await _changed(
        tx, uris, author, post, change, mentioned=mentioned, now=now
    )
    if edited is post:
        return post
    await local_store.update_post(tx, edited)
    await give_files(tx, author, post, held, before=post.attachments)
    if edited.given is not None:
        await write_given(tx, edited)
    if post.visibility is Visibility.MENTIONED:
        await name_members(tx, post.id, added)
    await reach.send_update(tx, author, edited)
    await announce(tx, PostEdited(post.id))
    return edited


def says(post: Post, change: Change) -> bool:
    """Tell whether a post says by now what this would make of it, as after a second click."""
    try:
        wanted = check_change(change, post)
    except Unprocessable:
        return False
    title = _title(post) if wanted.title is None else wanted.title
    return _says_the_same(post, wanted, title) and _shows(post, wanted.files)


def _shows(post: Post, files: Sequence[FileChoice] | None) -> bool:
    """Whether these are its files, in this order, and described so as far as that is said."""
    shown = [one for one in post.attachments if one.media_id is not None]
    if files is None:
        return True
    return [one.media_id for one in shown] == [one.media_id for one in files] and all(
        file.description in (None, one.description) and file.focus in (None, one.focus)
        for one, file in zip(shown, files, strict=True)
    )


async def foresee_change(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    post: Post,
    change: Change,
    *,
    mentioned: Mentioned,
    now: datetime,
) -> Post:
    """Say what a post of the author would become by a change. Stores nothing.

    Raises:
        Unprocessable: as for ``publish``.
    """
    edited, _, _ = await _changed(tx, uris, author, post, change, mentioned=mentioned, now=now)
    return edited


async def _changed(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    post: Post,
    change: Change,
    *,
    mentioned: Mentioned,
    now: datetime,
) -> tuple[Post, Sequence[ActorId], Sequence[Media]]:
    """The post itself where nothing changes; who is named besides; its files."""
    change = check_change(change, post)
    held = await hold_files(
        tx,
        author,
        as_choices(post.attachments) if change.files is None else change.files,
        post=post,
    )
    title = _title(post) if change.title is None else change.title
    attachments = attachments_of(held, uris, has_cover=bool(title) and is_to_read(post.kind))
    if _says_the_same(post, change, title) and attachments == post.attachments:
        return post, (), held
    rendered, typed = render_text(uris, change.text, mentioned)
    added = [actor.id for actor in typed if actor.id != author.id]
    edited = replace(
        post,
        source=change.text,
        html=rendered.html,
        content_note=change.content_note,
        sensitive=change.sensitive,
        language=change.language,
        attachments=attachments,
        about=replace(post.about, title=title),
        edited_at=max(now, (post.edited_at or post.published_at) + _A_MOMENT),
        revision=post.revision + 1,
        mentions=tuple(sorted({*post.mentions, *added})),
        tags=tags_of(rendered),
        emojis=await find_written(
            tx,
            str(uris.origin),
            rendered.html,
            change.content_note,
            title,
            *(() if post.poll is None else post.poll.options),
        ),
        given=without_text(post.given),
    )
    return edited, added, held


def _title(post: Post) -> str:
    """Its title; what a member's own client calls ``name`` may be in the text alone."""
    return post.about.title or title_of(post.given)


def _says_the_same(post: Post, change: Change, title: str) -> bool:
    before = (post.about.title, post.source, post.content_note, post.sensitive, post.language)
    return before == (
        title,
        change.text,
        change.content_note,
        change.sensitive,
        change.language,
    )
