"""Streams that apps may listen to, and the frames they are sent. Pure.

Source: https://docs.joinmastodon.org/methods/streaming/, Mastodon 4.2-4.7 ``streaming/index.js``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import msgspec

from fedinet.kernel.errors import Malformed
from fedinet.markup.names import hashtag


class Channel(StrEnum):
    """What a stream is about."""

    USER = "user"
    NOTIFICATIONS = "user:notification"
    PUBLIC = "public"
    PUBLIC_MEDIA = "public:media"
    LOCAL = "public:local"
    LOCAL_MEDIA = "public:local:media"
    REMOTE = "public:remote"
    REMOTE_MEDIA = "public:remote:media"
    TAG = "hashtag"
    TAG_LOCAL = "hashtag:local"
    LIST = "list"
    DIRECT = "direct"
    PAGE = "page"
    """For our own pages, not for apps: that something came, and not what."""


TAGS: Final = frozenset({Channel.TAG, Channel.TAG_LOCAL})
LOCAL: Final = frozenset({Channel.LOCAL, Channel.LOCAL_MEDIA})
REMOTE: Final = frozenset({Channel.REMOTE, Channel.REMOTE_MEDIA})
PUBLIC: Final = frozenset({Channel.PUBLIC, Channel.PUBLIC_MEDIA}) | LOCAL | REMOTE
WITH_MEDIA: Final = frozenset({Channel.PUBLIC_MEDIA, Channel.LOCAL_MEDIA, Channel.REMOTE_MEDIA})
_MAX_LIST_ID: Final = 18
"""Digits."""


class Event(StrEnum):
    """What happened. ``DELETE`` carries an id, ``FILTERS_CHANGED`` nothing, the others JSON."""

    UPDATE = "update"
    EDIT = "status.update"
    DELETE = "delete"
    NOTIFICATION = "notification"
    CONVERSATION = "conversation"
    FILTERS_CHANGED = "filters_changed"
    MERGED = "notifications_merged"
    """What was kept back stands in the list now."""
    ANNOUNCEMENT = "announcement"
    ANNOUNCEMENT_REACTION = "announcement.reaction"
    ANNOUNCEMENT_DELETE = "announcement.delete"


@dataclass(frozen=True, slots=True)
class Stream:
    """One subscription. ``tag`` is normalised; ``written`` is as the app wrote it."""

    channel: Channel
    tag: str = ""
    list_id: int = 0
    written: str = ""

    @property
    def scope(self) -> str:
        """What the token must be good for."""
        if self.channel is Channel.NOTIFICATIONS:
            return "read:notifications"
        return "read:lists" if self.channel is Channel.LIST else "read:statuses"

    @property
    def label(self) -> list[str]:
        """How frames name it, e.g. ``["hashtag", "Bread"]``."""
        return [self.channel, *([self.written] if self.written else [])]


def read_stream(wanted: Mapping[str, object]) -> Stream:
    """Read which stream an app names: ``stream``, and ``tag`` or ``list``.

    Raises:
        Malformed: there is no such stream, or it does not say which.
    """
    try:
        channel = Channel(str(wanted.get("stream", "")))
    except ValueError as error:
        raise Malformed("unknown stream", public="Unknown stream type") from error
    if channel is Channel.PAGE:
        raise Malformed("stream of pages", public="Unknown stream type")
    if channel in TAGS:
        written = str(wanted.get("tag", ""))
        named = hashtag(written)
        if named is None:
            raise Malformed("stream of no tag", public="Missing tag name parameter")
        return Stream(channel, tag=named[0], written=written)
    if channel is Channel.LIST:
        number = str(wanted.get("list", ""))
        if not (number.isascii() and number.isdigit() and len(number) <= _MAX_LIST_ID):
            raise Malformed("stream of no list", public="Missing list name parameter")
        return Stream(channel, list_id=int(number), written=number)
    return Stream(channel)


@dataclass(frozen=True, eq=False)
class Told:
    """One event for one stream. Whoever hears the same shares it, so that it is encoded once."""

    stream: Stream
    event: Event
    payload: bytes = b""
    post_id: int = 0
    """The post that an app has seen then; 0: none."""

    @cached_property
    def for_sockets(self) -> bytes:
        return socket_frame(self.stream, self.event, self.payload)

    @cached_property
    def for_events(self) -> bytes:
        return sse_frame(self.event, self.payload)


def socket_frame(stream: Stream, event: Event, payload: bytes) -> bytes:
    """One WebSocket message: ``payload`` goes as a string inside of JSON."""
    body: dict[str, object] = {"stream": stream.label, "event": event}
    if event is not Event.FILTERS_CHANGED:
        body["payload"] = payload.decode()
    return msgspec.json.encode(body)


def sse_frame(event: Event, payload: bytes) -> bytes:
    """One server-sent event. JSON has no line ends of its own."""
    return b"event: " + event.encode() + b"\ndata: " + (payload or b"undefined") + b"\n\n"
