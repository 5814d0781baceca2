"""Streams over WebSocket and server-sent events.

Tokens come in ``Authorization``, in ``Sec-WebSocket-Protocol`` (browsers can
send no other header) or in the address, which only here is allowed: apps know
no better, and our log keeps no query.

Source: https://docs.joinmastodon.org/methods/streaming/, Mastodon 4.2-4.7 ``streaming/index.js``
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from fedinet.db.listen import Listener
from fedinet.http.auth import Member, member, recognise_token, require_scope, token_id
from fedinet.http.context import POOL
from fedinet.kernel.errors import FedinetError, Malformed, NotFound, Unauthenticated
from fedinet.lists.store import find_list
from fedinet.streaming.connection import (
    MOST_STREAMS,
    WRITE_S,
    Connection,
    events_answer,
    write_events,
)
from fedinet.streaming.hub import HUB, Hub
from fedinet.streaming.model import Channel, Stream, read_stream

routes = web.RouteTableDef()

_PING_S: Final = 30.0
_MAX_MESSAGE: Final = 16_384
_PROTOCOL: Final = "Sec-WebSocket-Protocol"
_SSE: Final[Mapping[str, Channel]] = {
    "user": Channel.USER,
    "user/notification": Channel.NOTIFICATIONS,
    "public": Channel.PUBLIC,
    "public/local": Channel.LOCAL,
    "public/remote": Channel.REMOTE,
    "hashtag": Channel.TAG,
    "hashtag/local": Channel.TAG_LOCAL,
    "list": Channel.LIST,
    "direct": Channel.DIRECT,
}


@routes.get("/api/v1/streaming/health")
async def say_healthy(_request: web.Request) -> web.Response:
    return web.Response(text="OK")


@routes.get("/api/v1/streaming")
async def open_socket(request: web.Request) -> web.StreamResponse:
    """One WebSocket for any number of streams; ``stream`` in the address opens the first."""
    protocol = request.headers.get(_PROTOCOL)
    found = await _listener(request, protocol)
    wanted = [read_stream(request.query)] if "stream" in request.query else []
    for stream in wanted:
        await _check(request, found, stream)
    socket = web.WebSocketResponse(
        heartbeat=_PING_S,
        compress=False,  # a window of compression each would cost more than idle apps do
        max_msg_size=_MAX_MESSAGE,
        protocols=[protocol] if protocol else (),
    )
    if not socket.can_prepare(request).ok:
        raise Malformed("no WebSocket", public="This address is for WebSockets")
    connection = _connection(request, found)
    with request.app[HUB].joined(connection):
        await socket.prepare(request)
        connection.streams.update(wanted)
        writer = asyncio.create_task(_write_socket(socket, connection))
        try:
            await _read_socket(request, socket, connection)
        finally:
            connection.end()
            await writer
    return socket


@routes.get(f"/api/v1/streaming/{{name:{'|'.join(_SSE)}}}")
async def open_events(request: web.Request) -> web.StreamResponse:
    """One stream as server-sent events."""
    channel = _SSE[request.match_info["name"]]
    found = await _listener(request, None)
    media = "only_media" in request.query and request.query["only_media"] in ("true", "1")
    name = f"{channel}:media" if media and channel.startswith("public") else channel
    stream = read_stream({**request.query, "stream": name})
    await _check(request, found, stream)
    answer = events_answer(**{"Access-Control-Allow-Origin": "*"})
    connection = _connection(request, found)
    connection.streams.add(stream)
    with request.app[HUB].joined(connection):
        await answer.prepare(request)
        await write_events(answer, connection)
    return answer


async def run_hub(listener: Listener, app: web.Application) -> AsyncGenerator[None]:
    """Keep the hub of one web process running. For ``cleanup_ctx``."""
    hub = app[HUB] = Hub(app)
    for channel, callback in hub.callbacks().items():
        listener.on(channel, callback)
    stop = asyncio.Event()
    running = asyncio.create_task(hub.run(stop), name="streams")
    yield
    stop.set()
    await running


async def end_streams(app: web.Application) -> None:
    """Let every app go, so that the process can stop. For ``on_shutdown``."""
    app[HUB].end_all()


async def _listener(request: web.Request, protocol: str | None) -> Member:
    """Who listens.

    Raises:
        Unauthenticated: no token, or one that opens nothing for a member.
    """
    if member(request) is None:
        token = protocol or request.query.get("access_token", "")
        if not token:
            raise Unauthenticated("stream without a token", public="Missing access token")
        await recognise_token(request, token[:200], now=datetime.now(UTC))
    found = member(request)
    if found is None:
        raise Unauthenticated("an app alone listens", public="Missing access token")
    return found


async def _check(request: web.Request, found: Member, stream: Stream) -> None:
    """Raises ``Forbidden`` for want of a scope, ``NotFound`` for somebody else's list."""
    require_scope(request, stream.scope)
    if stream.channel is Channel.LIST:
        async with request.app[POOL].acquire() as conn:
            if await find_list(conn, found.actor_id, stream.list_id) is None:
                raise NotFound(
                    f"no list {stream.list_id} of {found.username}",
                    public="Not authorized to stream this list",
                )


def _connection(request: web.Request, found: Member) -> Connection:
    number = token_id(request)
    assert number is not None  # noqa: S101  # whoever came so far has shown a token
    return Connection(request, found, number)


async def _read_socket(
    request: web.Request, socket: web.WebSocketResponse, connection: Connection
) -> None:
    """Follow what the app subscribes to, until it goes."""
    async for message in socket:
        if message.type is WSMsgType.BINARY:
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
        elif message.type is WSMsgType.TEXT:
            try:
                await _obey(request, connection, message.data)
            except FedinetError as error:
                told = {"error": error.public, "status": error.status}
                async with asyncio.timeout(WRITE_S):
                    await socket.send_str(msgspec.json.encode(told).decode())


async def _obey(request: web.Request, connection: Connection, text: str) -> None:
    try:
        wanted = msgspec.json.decode(text, type=dict[str, str | int | None])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("unreadable message", public="Invalid message") from error
    stream = read_stream(wanted)
    match wanted.get("type"):
        case "subscribe":
            if len(connection.streams) >= MOST_STREAMS:
                raise Malformed("too many streams", public="Too many subscriptions")
            await _check(request, connection.member, stream)
            connection.streams.add(stream)
        case "unsubscribe":
            connection.streams.discard(stream)
        case _:
            raise Malformed("neither subscribe nor unsubscribe", public="Invalid message")


async def _write_socket(socket: web.WebSocketResponse, connection: Connection) -> None:
    with contextlib.suppress(ConnectionError, TimeoutError):
        while (one := await connection.waiting.get()) is not None:
            async with asyncio.timeout(WRITE_S):
                await socket.send_frame(one.for_sockets, WSMsgType.TEXT)
    connection.end()
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(WRITE_S):
            await socket.close(code=WSCloseCode.GOING_AWAY)
