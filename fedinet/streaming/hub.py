"""All apps and pages that listen to one process: notices in, events out, each through the gate.

A notice names ids. The same list that an app would read (home, public, hashtag,
list, notifications) is asked for exactly this row, once for all who listen. So a
stream shows what its timeline shows, and nothing else (invariant 1). Events are
queued and never waited for: a slow app keeps nobody waiting.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.audiences.model import Visibility
from fedinet.http.context import POOL
from fedinet.http.sessions import list_live_sessions
from fedinet.http.tokens import allows, list_live
from fedinet.kernel.errors import Overloaded
from fedinet.kernel.ids import ActorId, PostId
from fedinet.queue.loop import every, keep_going
from fedinet.streaming import store
from fedinet.streaming.connection import Connection
from fedinet.streaming.model import (
    LOCAL,
    PUBLIC,
    REMOTE,
    TAGS,
    WITH_MEDIA,
    Channel,
    Event,
    Stream,
    Told,
)
from fedinet.streaming.notices import STREAM_CHANNEL, TOLD_CHANNEL, Notice, read_notice
from fedinet.streaming.reading import Place, Reading
from fedinet.streaming.store import Outline
from fedinet.timelines.model import Item

logger = logging.getLogger(__name__)

_MOST_NOTICES: Final = 1000
"""Waiting; beyond, the oldest are dropped and apps read again by themselves."""
_LOOK_AT_TOKENS_S: Final = 5.0
_NOT_LISTED: Final = frozenset({Visibility.QUIET, Visibility.FOLLOWERS, Visibility.MENTIONED})
"""In no list that all members share. Of the others, each list itself says which it shows."""
MOST_CONNECTIONS: Final = 3000
MOST_OF_ONE_MEMBER: Final = 25
MOST_OF_ONE_SESSION: Final = 4
"""Pages of one browser that listen, which share one stream where the browser lets them."""
_AT_HOME: Final = frozenset({Channel.USER, Channel.PAGE})

_Listening = Mapping[Place, Sequence[Connection]]


class Hub:
    """One per web process."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._reading = Reading(app)
        self._connections: dict[Connection, None] = {}
        """In the order in which they came."""
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
        self._connections[connection] = None
        self.heard.set()
        try:
            yield
        finally:
            del self._connections[connection]
            if not self._connections:
                self.heard.clear()
            connection.end()

    def make_room(self, session: bytes) -> None:
        """Let the oldest pages of a browser go, so that one more may listen."""
        own = [one for one in self._connections if one.key == session and not one.is_over]
        for one in own[: len(own) + 1 - MOST_OF_ONE_SESSION]:
            one.end()

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
        """Let go apps whose token was revoked, pages that were signed out, and closed members."""
        held = list(self._connections)  # whoever comes while these are asked about is not one
        tokens = {one.key for one in held if isinstance(one.key, int)}
        sessions = {one.key for one in held if isinstance(one.key, bytes)}
        live: set[int | bytes] = set()
        if tokens:
            live |= await list_live(self._app[POOL], tokens)
        if sessions:
            live |= await list_live_sessions(self._app[POOL], sessions, now=datetime.now(UTC))
        for connection in held:
            if connection.key not in live:
                connection.end()

    async def _tell(self, notice: Notice) -> None:
        match notice.kind:
            case "published" | "edited":
                event = Event.UPDATE if notice.kind == "published" else Event.EDIT
                for post_id in notice.ids:
                    await self._tell_of_post(post_id, event)
            case "boosted":
                for boost_id in notice.ids:
                    await self._tell_of_boost(boost_id)
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
        if not self._connections:
            return
        async with self._app[POOL].acquire() as conn:
            outline = await store.find_outline(conn, post_id)
        if outline is None:
            return
        listening = {
            place: several
            for place, several in self._listening(*Channel).items()
            if _may_hold(place[1], outline)
            and not (event is Event.EDIT and place[1].channel is Channel.PAGE)
        }
        item = Item(outline.id, outline.id)
        await self._tell_of_item(listening, item, outline.author_id, event)
        if outline.visibility is Visibility.MENTIONED:
            await self._tell_of_conversation(outline.id)

    async def _tell_of_boost(self, boost_id: int) -> None:
        listening = self._listening(Channel.USER, Channel.PAGE, Channel.LIST)
        if not listening:
            return
        async with self._app[POOL].acquire() as conn:
            item = await store.find_shared(conn, boost_id)
        if item is not None and item.booster_id is not None:
            await self._tell_of_item(listening, item, item.booster_id, Event.UPDATE)

    async def _tell_of_item(
        self, listening: _Listening, item: Item, by: ActorId, event: Event
    ) -> None:
        """Read once for all; a member for whom it cannot be shown takes nothing from others."""
        with _or_let_go(*listening.values()):
            found, readings = await self._reading.find(listening, item, by)
            pages = {place for place in found if place[1].channel is Channel.PAGE}
            new = {place: listening[place] for place in pages if place[0] != by}
            _send(new, event, str(item.post_id).encode(), post_id=item.post_id)
            found -= pages
            for reader in {who for who, _ in found}:
                own = {place: listening[place] for place in found if place[0] == reader}
                with _or_let_go(*own.values()):
                    payload = readings.status(reader)
                    if payload is not None:
                        _send(own, event, payload, post_id=item.post_id)
                await asyncio.sleep(0)  # the first are written to while the others are encoded

    async def _tell_of_conversation(self, post_id: PostId) -> None:
        for place, several in self._listening(Channel.DIRECT).items():
            with _or_let_go(several):
                payload = await self._reading.conversation(several[0], post_id)
                if payload is not None:
                    _send({place: several}, Event.CONVERSATION, payload)

    def _tell_members(
        self, notice: Notice, event: Event, *channels: Channel, payload: bytes = b""
    ) -> None:
        members = frozenset[int](notice.ids)
        concerned = {
            place: several
            for place, several in self._listening(*channels).items()
            if place[0] in members
        }
        _send(concerned, event, payload)

    async def _tell_of_announcement(self, notice: Notice) -> None:
        """It is the same for all members: read once, whoever listens."""
        if not self._listening(Channel.USER):
            return
        for number in notice.ids:
            said = await self._reading.announcement(number, notice.name)
            if said is not None:
                _send(self._listening(Channel.USER), *said)

    def _tell_of_deletion(self, notice: Notice) -> None:
        owners = frozenset[int](notice.ids)
        payload = str(notice.post_id).encode()
        for (owner, stream), several in self._listening(*Channel).items():
            at_home = stream.channel in _AT_HOME and owner in owners
            told = Told(stream, Event.DELETE, payload)
            for one in several:
                if at_home or one.has_sent(stream, notice.post_id):
                    one.send(told)

    async def _tell_of_notifications(self, notice: Notice) -> None:
        listening = self._listening(Channel.USER, Channel.NOTIFICATIONS, Channel.PAGE)
        able: dict[ActorId, dict[Place, list[Connection]]] = {}
        for place, several in listening.items():
            good = [one for one in several if allows(one.member.scopes, "read:notifications")]
            if good:
                able.setdefault(place[0], {})[place] = good
        if not able:
            return
        async with self._app[POOL].acquire() as conn:
            told = await store.find_told(conn, notice.ids, able)
        for number, owner_id in told:
            own = able[owner_id]
            with _or_let_go(*own.values()):
                payload = await self._reading.notification(next(iter(own.values()))[0], number)
                if payload is not None:
                    pages = {place: own[place] for place in own if place[1].channel is Channel.PAGE}
                    apps = {place: own[place] for place in own if place not in pages}
                    _send(apps, Event.NOTIFICATION, payload)
                    _send(pages, Event.NOTIFICATION, b"1")

    def _listening(self, *channels: Channel) -> dict[Place, list[Connection]]:
        """Who listens now, by member and stream."""
        found: dict[Place, list[Connection]] = {}
        for one in self._connections:
            for stream in one.streams:
                if stream.channel in channels and not one.is_over:
                    found.setdefault((one.member.actor_id, stream), []).append(one)
        return found


def _may_hold(stream: Stream, post: Outline) -> bool:
    """Tell whether a stream may carry a post, whoever listens."""
    channel = stream.channel
    if channel in _AT_HOME or channel is Channel.LIST:
        return channel is not Channel.LIST or post.visibility is not Visibility.MENTIONED
    if post.visibility in _NOT_LISTED:
        return False
    if channel in TAGS:
        return stream.tag in post.tags and (channel is Channel.TAG or post.is_local)
    return (
        channel in PUBLIC
        and not post.is_reply
        and (post.has_media or channel not in WITH_MEDIA)
        and channel not in (REMOTE if post.is_local else LOCAL)
    )


def _send(listening: _Listening, event: Event, payload: bytes, *, post_id: int = 0) -> None:
    """Queue what is encoded once for each stream."""
    told: dict[Stream, Told] = {}
    for (_, stream), several in listening.items():
        same = told.setdefault(stream, Told(stream, event, payload, post_id))
        for one in several:
            one.send(same)


@contextlib.contextmanager
def _or_let_go(*listening: Sequence[Connection]) -> Generator[None]:
    """Let go apps for which something cannot be shown, so that others hear of it."""
    try:
        yield
    except Overloaded:
        raise
    except Exception:
        broken = [one for several in listening for one in several]
        logger.exception("streams.broken members=%s", {one.member.username for one in broken})
        for one in broken:
            one.end()


HUB: Final = web.AppKey("streams", Hub)
