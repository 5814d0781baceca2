"""What stewards announce, and what members do with it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fedinet.announcements import store
from fedinet.announcements.model import MOST_EMOJI, Announcement, Wish
from fedinet.announcements.signals import AnnouncementChanged, AnnouncementReacted
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, Tx
from fedinet.emojis.model import Emoji
from fedinet.emojis.own_store import find_written
from fedinet.emojis.store import find_emoji
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.markup.compose import render
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import announce
from fedinet.vocab.emoji import is_emoji

LOOK_AT: Final = "announcements.look_at"
"""Job with ``{"announcement_id": …}``: its time has come, tell apps what holds now."""
_SHORTCODE: Final = re.compile(r"[a-zA-Z0-9_]{2,100}")


async def write(tx: Tx, uris: NodeUris, by: ActorId, wish: Wish) -> int:
    """Announce at once, or at the time wished for. Returns its id.

    The same again within a minute is a second click, and one announcement.
    """
    await store.lock_writing(tx)
    same = await store.find_same(tx, wish, by)
    if same is not None:
        return same
    html, tags = _rendered(uris, wish)
    announcement_id = await store.insert(tx, wish, html, tags, by)
    await _tell(tx, announcement_id)
    return announcement_id


async def change(tx: Tx, uris: NodeUris, announcement_id: int, wish: Wish) -> None:
    """Say it differently, or at another time. Who has read it is not asked to read it again.

    Raises:
        NotFound: there is none.
    """
    await get(tx, announcement_id)
    html, tags = _rendered(uris, wish)
    await store.update(tx, announcement_id, wish, html, tags)
    await _tell(tx, announcement_id)


async def end(tx: Tx, announcement_id: int) -> None:
    """Show it to nobody any more. One that waits is never shown.

    Raises:
        NotFound: there is none.
    """
    await get(tx, announcement_id)
    await store.end(tx, announcement_id)
    await announce(tx, AnnouncementChanged(announcement_id))


async def mark_read(tx: Tx, announcement_id: int, actor_id: ActorId) -> None:
    """Put it away, for good. Again: nothing happens.

    Raises:
        NotFound: members see no such announcement.
    """
    await get_shown(tx, announcement_id, actor_id)
    await store.mark_read(tx, announcement_id, actor_id)


async def react(tx: Tx, uris: NodeUris, announcement_id: int, actor_id: ActorId, name: str) -> None:
    """Leave an emoji under it, once. ``name``: itself, or the shortcode of one of our own.

    Raises:
        NotFound: members see no such announcement.
        Unprocessable: it is no emoji, or there are enough different ones.
    """
    await store.lock(tx, announcement_id)
    await get_shown(tx, announcement_id, actor_id)
    picture = await _picture(tx, uris, name)
    there = (await store.list_reactions(tx, actor_id, [announcement_id])).get(announcement_id, [])
    if name not in {one.name for one in there} and len(there) >= MOST_EMOJI:
        raise Unprocessable(
            f"{len(there)} emoji under announcement {announcement_id}",
            public="There are enough different emoji here; choose one of them",
        )
    await store.react(tx, announcement_id, name, actor_id, picture)
    await announce(tx, AnnouncementReacted(announcement_id, name))


async def unreact(tx: Tx, announcement_id: int, actor_id: ActorId, name: str) -> None:
    """Take an emoji back.

    Raises:
        NotFound: members see no such announcement, or the member left no such emoji.
    """
    await get_shown(tx, announcement_id, actor_id)
    if not await store.unreact(tx, announcement_id, name, actor_id):
        raise NotFound(f"{actor_id} left no such emoji under {announcement_id}")
    await announce(tx, AnnouncementReacted(announcement_id, name))


async def look_at(pool: Pool, payload: Mapping[str, object]) -> None:
    """An announcement begins or ends about now: apps hear of it."""
    match payload:
        case {"announcement_id": int(announcement_id)}:
            async with transaction(pool) as tx:
                await announce(tx, AnnouncementChanged(announcement_id))
        case _:
            raise ValueError(f"not about an announcement: {payload}")


async def get(conn: Conn, announcement_id: int) -> Announcement:
    """Read one, whether it is shown or not.

    Raises:
        NotFound: there is none.
    """
    one = await store.find_announcement(conn, announcement_id)
    if one is None:
        raise NotFound(f"no announcement {announcement_id}")
    return one


async def get_shown(conn: Conn, announcement_id: int, actor_id: ActorId) -> Announcement:
    """Read one that members see now.

    Raises:
        NotFound: there is none; it waits; it is over. All three look the same.
    """
    one = await store.find_shown(conn, actor_id, announcement_id)
    if one is None:
        raise NotFound(f"no announcement {announcement_id} to be shown")
    return one


async def with_emojis(conn: Conn, uris: NodeUris, one: Announcement) -> Announcement:
    """Look up those of the community's own emoji that stand in it."""
    return replace(one, emojis=await find_written(conn, str(uris.origin), one.html))


async def _tell(tx: Tx, announcement_id: int) -> None:
    """Tell apps now, and again when it begins and when it ends."""
    await announce(tx, AnnouncementChanged(announcement_id))
    one, now = await get(tx, announcement_id), datetime.now(UTC)
    for at in (one.published_at, one.ended_at):
        if at is not None and at > now:
            await enqueue_job(
                tx,
                LOOK_AT,
                {"announcement_id": announcement_id},
                unique_key=f"{announcement_id} {int(at.timestamp())}",
                due_at=at,
            )


async def _picture(conn: Conn, uris: NodeUris, name: str) -> Emoji | None:
    if is_emoji(name):
        return None
    found = None
    if _SHORTCODE.fullmatch(name):
        found = await find_emoji(conn, str(uris.origin), name)
    if found is None:
        raise Unprocessable(f"no emoji: {name[:40]!r}", public="This is not an emoji known here")
    return found


def _rendered(uris: NodeUris, wish: Wish) -> tuple[str, list[str]]:
    rendered = render(wish.text, mentions={}, tag_url=uris.tag_page)
    return rendered.html, [written for _, written in rendered.tags]
