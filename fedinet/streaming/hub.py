"""All apps that listen to one process: notices in, events out, each through the gate.

A notice names ids. For every subscription that it may concern, the same list
that the app would read (home, public, hashtag, list, notifications) is asked
for exactly this row. So a stream shows what its timeline shows, and nothing
else (invariant 1).
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from typing import Final

from aiohttp import web

from fedinet.audiences.model import Visibility
from fedinet.db.query import Pool
from fedinet.http.context import URIS
from fedinet.http.tokens import list_live
from fedinet.kernel.errors import Overloaded
from fedinet.kernel.ids import ActorId
from fedinet.queue.loop import every, keep_going
from fedinet.streaming import store
from fedinet.streaming.connection import Connection
from fedinet.streaming.model import PUBLIC, TAGS, Channel, Event, Stream
from fedinet.streaming.notices import STREAM_CHANNEL, TOLD_CHANNEL, Notice, read_notice
from fedinet.streaming.reading import Reading

logger = logging.getLogger(__name__)

_MOST_NOTICES: Final = 1000
"""Waiting; beyond, the oldest are dropped and apps read again by themselves."""
_LOOK_AT_TOKENS_S: Final = 5.0
_NOT_LISTED: Final = frozenset({Visibility.QUIET, Visibility.FOLLOWERS})
"""In no list that all members share. Of the others, each list itself says which it shows."""
MOST_CONNECTIONS: Final = 3000
MOST_OF_ONE_MEMBER: Final = 25


class Hub:
    """One per web process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reading = Reading(pool)
        self._connections: set[Connection] = set()
        self.heard = asyncio.Event()
        """Set while any app listens."""
        self._notices: deque[Notice] = deque(maxlen=_MOST_NOTICES)
        self._wake = asyncio.Event()

    def callbacks(self) -> dict[str, Callable[[str], None]]:
        """What the listener calls, by channel."""
        return {
            channel: lambda payload, channel=channel: self._heard(channel, payload)
            for channel in (STREAM_CHANNEL, TOLD_CHANNEL)
        }

    @contextlib.contextmanager
    def joined(self, connection: Connection) -> Generator[None]:
        """Keep a connection informed while it lasts.

        Raises:
            Overloaded: this process, or this member, has enough of them.
        """
        owner = connection.member.actor_id
        own = sum(one.member.actor_id == owner for one in self._connections)
        if len(self._connections) >= MOST_CONNECTIONS or own >= MOST_OF_ONE_MEMBER:
            raise Overloaded("streams: enough", public="Too many streams are open")
        self._connections.add(connection)
        self.heard.set()
        try:
            yield
        finally:
            self._connections.discard(connection)
            if not self._connections:
                self.heard.clear()
            connection.end()

    def end_all(self) -> None:
        """Let all apps go: the process stops."""
        for connection in self._connections:
            connection.end()

    async def run(self, stop: asyncio.Event) -> None:
        """Pass notices on, and look after tokens, until ``stop``."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(keep_going(self._pass_on, stop, name="streams", wake=self._wake))
            loops.create_task(
                every(_LOOK_AT_TOKENS_S, self._look_at_tokens, stop, name="streams.tokens")
            )

    def _heard(self, channel: str, payload: str) -> None:
        notice = read_notice(channel, payload)
        if notice is None or not self._connections:
            return
        if len(self._notices) == _MOST_NOTICES:
            logger.warning("streams.behind waiting=%d", _MOST_NOTICES)
        self._notices.append(notice)
        self._wake.set()

    async def _pass_on(self) -> int:
        """Tell of the oldest notice that waits. Returns how many there were: none or one."""
        if not self._notices:
            return 0
        await self._tell(self._notices.popleft())
        return 1

    async def _look_at_tokens(self) -> None:
        """Let go apps whose token was revoked, or whose member was closed out."""
        held = {one.token_id for one in self._connections}
        live = await list_live(self._pool, held) if held else set[int]()
        for connection in [one for one in self._connections if one.token_id not in live]:
            connection.end()

    async def _tell(self, notice: Notice) -> None:
        match notice.kind:
            case "published" | "edited":
                event = Event.UPDATE if notice.kind == "published" else Event.EDIT
                for post_id in notice.ids:
                    await self._tell_of_post(post_id, event)
            case "boosted":
                for boost_id in notice.ids:
                    await self._tell_homes(boost_id, Event.UPDATE)
                    await self._tell_lists(boost_id, Event.UPDATE)
            case "deleted":
                self._tell_of_deletion(notice)
            case "filters":
                self._tell_members(notice, Event.FILTERS_CHANGED, Channel.USER)
            case "merged":
                channels = (Channel.USER, Channel.NOTIFICATIONS)
                self._tell_members(notice, Event.MERGED, *channels, payload=b"1")
            case "announced" | "reacted":
                await self._tell_of_announcement(notice)
            case "told":
                await self._tell_of_notifications(notice)

    async def _tell_of_post(self, post_id: int, event: Event) -> None:
        async with self._pool.acquire() as conn:
            outline = await store.find_outline(conn, post_id)
        if outline is None:
            return
        await self._tell_homes(post_id, event)
        if outline.visibility is Visibility.MENTIONED:
            for one, stream in self._listening(Channel.DIRECT):
                await _apart(one, self._reading.send_conversation(one, stream, outline.id))
            return
        await self._tell_lists(post_id, event)
        if outline.visibility in _NOT_LISTED:
            return
        for one, stream in self._listening(*PUBLIC, *TAGS):
            if stream.channel in TAGS and stream.tag not in outline.tags:
                continue
            if stream.channel in PUBLIC and outline.is_reply:
                continue
            has_media = outline.has_media
            await _apart(one, self._reading.send(one, stream, event, post_id, has_media=has_media))

    async def _tell_homes(self, item_id: int, event: Event) -> None:
        listening = self._listening(Channel.USER)
        if not listening:
            return
        async with self._pool.acquire() as conn:
            owners = set(
                await store.list_owners_of_item(
                    conn, item_id, {one.member.actor_id for one, _ in listening}
                )
            )
        for one, stream in listening:
            if one.member.actor_id in owners:
                await _apart(one, self._reading.send(one, stream, event, item_id))

    async def _tell_lists(self, item_id: int, event: Event) -> None:
        for one, stream in self._listening(Channel.LIST):
            await _apart(one, self._reading.send(one, stream, event, item_id))

    def _tell_members(
        self, notice: Notice, event: Event, *channels: Channel, payload: bytes = b""
    ) -> None:
        for one, stream in self._listening(*channels):
            if one.member.actor_id in notice.ids:
                one.send(stream, event, payload)

    async def _tell_of_announcement(self, notice: Notice) -> None:
        """It is the same for all members: read once, whoever listens."""
        listening = self._listening(Channel.USER)
        if not listening:
            return
        uris = listening[0][0].request.app[URIS]
        for number in notice.ids:
            said = await self._reading.announcement(uris, number, notice.name)
            if said is None:
                continue
            for one, stream in listening:
                one.send(stream, said[0], said[1])

    def _tell_of_deletion(self, notice: Notice) -> None:
        owners = frozenset[int](notice.ids)
        for one in self._connections:
            for stream in one.streams:
                at_home = stream.channel is Channel.USER and one.member.actor_id in owners
                if at_home or one.has_sent(stream, notice.post_id):
                    one.send(stream, Event.DELETE, str(notice.post_id).encode())

    async def _tell_of_notifications(self, notice: Notice) -> None:
        listening = self._listening(Channel.USER, Channel.NOTIFICATIONS)
        if not listening:
            return
        connected = {one.member.actor_id for one, _ in listening}
        async with self._pool.acquire() as conn:
            told = await store.find_told(conn, notice.ids, connected)
        by_owner: dict[ActorId, list[int]] = {}
        for notification_id, owner_id in told:
            by_owner.setdefault(owner_id, []).append(notification_id)
        for one, stream in listening:
            for notification_id in by_owner.get(one.member.actor_id, ()):
                await _apart(one, self._reading.send_notification(one, stream, notification_id))

    def _listening(self, *channels: Channel) -> list[tuple[Connection, Stream]]:
        return [
            (one, stream)
            for one in self._connections
            for stream in one.streams
            if stream.channel in channels
        ]


async def _apart(one: Connection, sending: Awaitable[None]) -> None:
    """Let go an app for which something cannot be shown, so that those after it hear of it."""
    try:
        await sending
    except Overloaded:
        raise
    except Exception:
        logger.exception("streams.broken member=%s", one.member.username)
        one.end()


HUB: Final = web.AppKey("streams", Hub)
