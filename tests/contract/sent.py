"""Hold what a node sends without being asked against ``schemas/openapi.yaml``.

Events of streams are judged on the side of the server, frame by frame, whoever
listens: ``x-streamed-events`` says what each carries. Push messages are judged where a
test has decrypted them: ``webhooks``.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Final, cast

import msgspec
from aiohttp import web

from fedinet.streaming.model import Channel
from tests.contract.bundle import bundle
from tests.contract.judge import judge_of_schema

_PATH: Final = "/api/v1/streaming"
_TEXTS: Final = frozenset({"delete", "announcement.delete", "notifications_merged"})
"""Their payload is text; that of the others JSON."""
_BEATS: Final = (b":)\n", b":thump\n\n")
_encode = msgspec.json.Encoder().encode


class Frame(msgspec.Struct, forbid_unknown_fields=True):
    """One message of a WebSocket."""

    stream: list[str]
    event: str
    payload: str | msgspec.UnsetType = msgspec.UNSET


class Refusal(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a message that cannot be obeyed."""

    error: str
    status: int


def judge_streams(app: web.Application, found: list[str]) -> None:
    """Write every event of a stream that is not as documented into ``found``."""

    async def listen(request: web.Request, response: web.StreamResponse) -> None:
        if not request.path.startswith(_PATH):
            return
        if isinstance(response, web.WebSocketResponse):
            _before(response, "send_frame", lambda frame, *_: found.extend(frame_faults(frame)))
            _before(response, "send_str", lambda text: found.extend(_refusal_faults(text)))
        elif response.content_type == "text/event-stream":
            _before(response, "write", lambda data: found.extend(event_faults(data)))

    app.on_response_prepare.append(listen)


def frame_faults(data: bytes) -> list[str]:
    """What is wrong with a message of a WebSocket."""
    try:
        frame = msgspec.json.decode(data, type=Frame)
    except msgspec.MsgspecError as problem:
        return [f"stream: {problem}: {data[:200]!r}"]
    faults = _label_faults(frame.stream)
    payload = None if frame.payload is msgspec.UNSET else frame.payload
    return faults + _payload_faults(frame.event, payload)


def event_faults(data: bytes) -> list[str]:
    """What is wrong with a server-sent event."""
    if data in _BEATS:
        return []
    lines = data.decode().split("\n")
    form = [line.partition(": ")[0] for line in lines]
    if form != ["event", "data", "", ""]:
        return [f"stream: no event: {data[:200]!r}"]
    event, payload = (line.partition(": ")[2] for line in lines[:2])
    return _payload_faults(event, None if payload == "undefined" else payload)


def push_faults(message: object) -> list[str]:
    """What is wrong with a push message, decrypted and decoded."""
    [content] = bundle()["webhooks"]["push"]["post"]["requestBody"]["content"].values()
    return [f"push: {one}" for one in judge_of_schema(content["schema"])(_encode(message))]


def _label_faults(label: Sequence[str]) -> list[str]:
    more = {Channel.TAG: 2, Channel.TAG_LOCAL: 2, Channel.LIST: 2}
    fits = label and label[0] in list(Channel) and len(label) == more.get(Channel(label[0]), 1)
    return [] if fits else [f"stream: no name of a stream: {label}"]


def _payload_faults(event: str, payload: str | None) -> list[str]:
    judge = _judges().get(event)
    if judge is None:
        return [f"stream: an event that is not documented: {event}"]
    as_json = payload is not None and event not in _TEXTS
    body = cast(str, payload).encode() if as_json else _encode(payload)
    return [f"stream: {event}: {one}" for one in judge(body)]


def _refusal_faults(text: str) -> list[str]:
    try:
        msgspec.json.decode(text, type=Refusal)
    except msgspec.MsgspecError as problem:
        return [f"stream: {problem}: {text[:200]}"]
    return []


@cache
def _judges() -> dict[str, Callable[[bytes], list[str]]]:
    return {
        event: judge_of_schema(schema) for event, schema in bundle()["x-streamed-events"].items()
    }


def _before(response: web.StreamResponse, name: str, look: Callable[..., object]) -> None:
    """Look at what goes through a method of this response, and let it go."""
    send: Callable[..., Awaitable[Any]] = getattr(response, name)

    async def looked_at(*what: Any) -> Any:
        look(*what)
        return await send(*what)

    setattr(response, name, looked_at)
