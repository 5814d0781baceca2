"""What stewards do with the community's own emoji."""

import logging
from typing import IO, Final

from fedinet.db.query import Tx
from fedinet.emojis import own_store
from fedinet.emojis.model import File
from fedinet.house_emoji.model import FORMATS, MAX_BYTES, Wish, check_shape, read_category
from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.media.library import Kept
from fedinet.media.sniff import HEAD_BYTES, sniff
from fedinet.media.store import spare

logger = logging.getLogger(__name__)
CHOOSE: Final = N_("Choose a picture first.")
_OTHER_FORMAT: Final = N_("Choose a PNG, GIF or WebP picture.")
_TOO_LARGE: Final = N_("Choose a picture of at most %(most)d kB.")
_TAKEN: Final = N_("There is an emoji of this name. Please choose another name.")
_ENOUGH: Final = N_("%(most)d emoji are the most. Delete one first.")


def check_source(source: IO[bytes]) -> None:
    """Look at a file before anything is made of it.

    Raises:
        Invalid: empty, too large, or a picture of another format. NotMedia: no picture at all.
    """
    size = source.seek(0, 2)
    if not size:
        raise Invalid(Problem("picture", CHOOSE))
    if size > MAX_BYTES:
        raise Invalid(Problem("picture", _TOO_LARGE, {"most": MAX_BYTES // 1024}))
    source.seek(0)
    if sniff(source.read(HEAD_BYTES)).name not in FORMATS:
        raise Invalid(Problem("picture", _OTHER_FORMAT))


async def add(tx: Tx, origin: str, wish: Wish, kept: Kept) -> int:
    """Add one whose picture lies in the store.

    Raises:
        Invalid: its name is taken, its shape is none for an emoji, or there are enough.
        Overloaded: the picture took too long to store.
    """
    facts, preview = kept.prepared.facts, kept.prepared.preview
    problems = check_shape(facts.width, facts.height)
    if problems:
        raise Invalid(*problems)
    if await own_store.count_own(tx) >= own_store.MAX_OWN:
        raise Invalid(Problem("shortcode", _ENOUGH, {"most": own_store.MAX_OWN}))
    file = File(
        kept.file,
        facts.media_type,
        kept.preview,
        None if preview is None else preview.media_type,
    )
    emoji_id = await own_store.insert_own(tx, origin, wish.shortcode, wish.category, file)
    if emoji_id is None:
        raise Invalid(Problem("shortcode", _TAKEN))
    if not await spare(tx, kept.names):
        raise Overloaded(f"{kept.file} took too long to store")
    logger.info("emoji.added id=%d shortcode=%s", emoji_id, wish.shortcode)
    return emoji_id


async def change(tx: Tx, emoji_id: int, category: str, *, is_hidden: bool) -> None:
    """Put it elsewhere in pickers, or hide it from them.

    Raises:
        NotFound: no such emoji.
    """
    if not await own_store.update_own(tx, emoji_id, read_category(category), is_hidden=is_hidden):
        raise NotFound(f"no emoji {emoji_id}")


async def delete(tx: Tx, emoji_id: int) -> None:
    """Delete it with its picture. Where it was written its name is read. Idempotent."""
    await own_store.delete_own(tx, emoji_id)
    logger.info("emoji.deleted id=%d", emoji_id)
