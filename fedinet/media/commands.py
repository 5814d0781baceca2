"""What members do with their files: describe, attach to a post, take back. Never the network.

Taking a file in is ``library.Library.upload``, outside any transaction.
"""

from collections.abc import Sequence

from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.problems import N_
from fedinet.media import store
from fedinet.media.model import MAX_ATTACHMENTS, Media, Purpose, check_description


async def describe(
    tx: Tx,
    owner_id: ActorId,
    media_id: int,
    *,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
) -> Media:
    """Say something else of a file that is in no post yet. None leaves a part as it is.

    Raises:
        NotFound: no such file of this member, or it is in a post: change that.
        Unprocessable: too long.
    """
    found = (await store.lock_own(tx, owner_id, [media_id])).get(media_id)
    if found is None or found.post_id is not None:
        raise NotFound(f"no free file {media_id} of {owner_id}")
    text = found.description if description is None else check_description(description)
    changed = await store.describe(tx, owner_id, media_id, text, focus or found.focus)
    if changed is None:
        raise NotFound(f"no file {media_id} of {owner_id}")
    return changed


async def discard(tx: Tx, owner_id: ActorId, media_id: int) -> None:
    """Delete a file that is in no post.

    Raises:
        NotFound: no such file of this member, or it is in a post.
    """
    found = (await store.lock_own(tx, owner_id, [media_id])).get(media_id)
    if found is None or found.post_id is not None:
        raise NotFound(f"no free file {media_id} of {owner_id}")
    await store.delete_own(tx, owner_id, [media_id])


async def lock_for_post(
    tx: Tx, owner_id: ActorId, ids: Sequence[int], *, post_id: PostId | None = None
) -> list[Media]:
    """Read the files that a post is to have, in this order, and hold them.

    ``post_id``: the post, where it is there already and may have some of them.

    Raises:
        Unprocessable: too many, not this member's, gone, or in another post.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    if len(wanted) > MAX_ATTACHMENTS:
        raise Unprocessable(
            f"{len(wanted)} files",
            public=N_("A post has at most %(most)d pictures, films or sounds"),
            values={"most": MAX_ATTACHMENTS},
        )
    found = await store.lock_own(tx, owner_id, wanted)
    for media_id in wanted:
        media = found.get(media_id)
        if media is None or media.post_id not in (None, post_id):
            raise Unprocessable(
                f"file {media_id} is not to be had by {owner_id}",
                public=N_("One of these files is not there any more. Choose it again"),
            )
    return [found[media_id] for media_id in wanted]


async def change_for_post(
    tx: Tx, owner_id: ActorId, post_id: PostId, before: Sequence[int], now: Sequence[Media]
) -> None:
    """Give a post these files, described like this, and delete those it had besides."""
    gone = [media_id for media_id in before if media_id not in {media.id for media in now}]
    if gone:
        await store.delete_own(tx, owner_id, gone)
    for media in now:
        await store.describe(tx, owner_id, media.id, media.description, media.focus)
    if now:
        await store.attach(tx, [media.id for media in now], post_id)


async def drop_former_pictures(
    tx: Tx,
    worn: Sequence[Media],
    *,
    owner_id: ActorId | None = None,
    purpose: Purpose = "avatar",
) -> None:
    """Delete the pictures that a member had before these; with ``owner_id`` all of a purpose."""
    for media in worn:
        await store.delete_pictures(tx, media.owner_id, media.purpose, but=media.id)
    if owner_id is not None:
        await store.delete_pictures(tx, owner_id, purpose)
