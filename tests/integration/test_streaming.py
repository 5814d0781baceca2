"""Apps that listen: what each stream carries, to whom, and when it ends."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from yarl import URL

from fedinet.db.pool import transaction
from fedinet.http.tokens import create_token, list_live, revoke_tokens
from fedinet.kernel.ids import ActorId
from fedinet.reactions.readers import Readings
from fedinet.streaming import hub
from fedinet.streaming.api import _SSE
from fedinet.streaming.model import Event, Told
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode

PATH = "/api/v1/streaming"


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


@asynccontextmanager
async def listening(
    app: App, *streams: str, **more: str
) -> AsyncGenerator[ClientWebSocketResponse]:
    async with app.node.http.ws_connect(PATH, headers=bearer(app)) as socket:
        for stream in streams:
            await socket.send_json({"type": "subscribe", "stream": stream, **more})
        [*_, connection] = app.node.app[hub.HUB]._connections
        async with asyncio.timeout(20):
            while len(connection.streams) < len(streams):  # noqa: ASYNC110  # nothing answers
                await asyncio.sleep(0.01)
        yield socket


def bearer(app: App) -> dict[str, str]:
    return {"Authorization": f"Bearer {app.token}"}


async def heard(
    app: App, socket: ClientWebSocketResponse, count: int
) -> list[tuple[str, str, Any]]:
    """Let the worker work, and read so many events: (stream, event, id or type)."""
    found: list[tuple[str, str, Any]] = []
    for _ in range(count):
        await app.node.drain()
        frame = json.loads((await socket.receive(timeout=20)).data)
        payload = frame.get("payload", "")
        told = json.loads(payload) if payload[:1] == "{" else payload
        name = told["type"] if frame["event"] == "notification" else told
        found.append((":".join(frame["stream"]), frame["event"], _id(name)))
    return found


def _id(told: Any) -> Any:
    return told["id"] if isinstance(told, dict) else told


async def silent(app: App, socket: ClientWebSocketResponse) -> bool:
    await app.node.drain()
    try:
        await socket.receive(timeout=0.4)
    except TimeoutError:
        return True
    return False


async def test_a_member_hears_what_stands_in_their_home(ada: App) -> None:
    bob, cy = await given_app(ada.node, "bob"), await given_app(ada.node, "cy")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    await ada.node.drain()
    async with listening(ada, "user") as socket, listening(cy, "user") as of_cy:
        post = await bob.publish("Bread")
        assert await heard(ada, socket, 1) == [("user", "update", post["id"])]
        await bob.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Rye"})
        assert await heard(ada, socket, 1) == [("user", "status.update", post["id"])]
        mine = await ada.publish("Cake", visibility="private")
        await bob.post(f"/v1/statuses/{post['id']}/bookmark")
        answer = await bob.publish("@ada Yes", visibility="direct")
        assert sorted(await heard(ada, socket, 3)) == sorted(
            [
                ("user", "update", mine["id"]),
                ("user", "update", answer["id"]),
                ("user", "notification", "mention"),
            ]
        )
        other = await cy.publish("Soup")
        boost = await bob.post(f"/v1/statuses/{other['id']}/reblog")
        assert await heard(ada, socket, 1) == [("user", "update", boost["id"])]
        await ada.post("/v2/filters", json={"title": "x", "context": ["home"]})
        assert await heard(ada, socket, 1) == [("user", "filters_changed", "")]
        await bob.call("DELETE", f"/api/v1/statuses/{post['id']}")
        assert await heard(ada, socket, 1) == [("user", "delete", post["id"])]
        kinds = [event for _, event, _ in await heard(cy, of_cy, 2)]
        assert sorted(kinds) == ["notification", "update"], "her own post, and its boost"
        assert await silent(ada, of_cy)


async def test_public_streams_carry_what_their_timelines_show(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    names = ("public", "public:local", "public:remote", "public:media", "direct")
    async with listening(ada, *names) as socket:
        await socket.send_json({"type": "subscribe", "stream": "hashtag", "tag": "Bread"})
        assert await silent(ada, socket)
        post = await bob.publish("#bread")
        assert sorted(await heard(ada, socket, 3)) == [
            ("hashtag:Bread", "update", post["id"]),
            ("public", "update", post["id"]),
            ("public:local", "update", post["id"]),
        ]
        inside = await bob.publish("Among us", visibility="public", local_only=True)
        assert await heard(ada, socket, 1) == [("public:local", "update", inside["id"])]
        friendly = await bob.publish("For friends", visibility="allies")
        assert await heard(ada, socket, 1) == [("public:local", "update", friendly["id"])]
        for hidden in ("unlisted", "private"):
            await bob.publish("Quiet #bread", visibility=hidden)
        await bob.publish("An answer", in_reply_to_id=post["id"])
        assert await silent(ada, socket)
        await bob.publish("@ada psst", visibility="direct")
        [(stream, event, _)] = await heard(ada, socket, 1)
        assert (stream, event) == ("direct", "conversation")
        await bob.call("DELETE", f"/api/v1/statuses/{inside['id']}")
        assert await heard(ada, socket, 1) == [("public:local", "delete", inside["id"])]
        await socket.send_json({"type": "unsubscribe", "stream": "public"})
        await ada.post(f"/v1/accounts/{bob.id}/mute")
        await bob.publish("Unheard #bread")
        assert await silent(ada, socket)


async def test_a_list_is_its_owners(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    made = await ada.post("/v1/lists", json={"title": "Bakers"})
    await ada.post(f"/v1/lists/{made['id']}/accounts", json={"account_ids": [str(bob.id)]})
    async with listening(ada, "list", list=made["id"]) as socket:
        await bob.post("/v1/statuses", json={"status": "Bread", "visibility": "private"})
        [(stream, event, _)] = await heard(ada, socket, 1)
        assert (stream, event) == (f"list:{made['id']}", "update")
    async with listening(bob) as socket:
        await socket.send_json({"type": "subscribe", "stream": "list", "list": made["id"]})
        told = await socket.receive_json(timeout=20)
        assert told == {"error": "Not authorized to stream this list", "status": 404}
    for stream in (f"list&list={made['id']}", "list", "hashtag", "nothing", ""):
        with pytest.raises(WSServerHandshakeError) as refused:
            await bob.node.http.ws_connect(f"{PATH}?stream={stream}", headers=bearer(bob))
        assert refused.value.status in (400, 404), stream


async def test_server_sent_events(ada: App) -> None:
    async with ada.node.http.get(
        f"{PATH}/public/local?access_token={ada.token}", timeout=None
    ) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert await answer.content.readline() == b":)\n"
        post = await ada.publish("Bread")
        await ada.node.drain()
        assert await answer.content.readline() == b"event: update\n"
        data = (await answer.content.readline()).removeprefix(b"data: ")
        assert json.loads(data)["id"] == post["id"]
    visitor = App(ada.node)
    async with ada.node.http.get(f"{PATH}/health") as answer:
        assert answer.status == 200
    for path, status in (("user", 401), ("user?access_token=x", 401), ("attic", 404)):
        assert await visitor.status("GET", f"/v1/streaming/{path}") == status, path
    assert await ada.status("GET", "/v1/streaming/hashtag") == 400
    assert await ada.status("GET", "/v1/streaming") == 400


async def test_tokens_are_asked_for_and_when_they_end_so_do_streams(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_LOOK_AT_TOKENS_S", 0.1)
    ada = await given_app(await start_node(), "ada")
    async with transaction(ada.node.pool) as tx:
        narrow = await create_token(tx, ada.account_id, ["write"], "narrow")
        told = await create_token(tx, ada.account_id, ["read:notifications"], "told")
    for token, stream, status in (
        (narrow, "user", 403),
        (told, "user:notification", 101),
        ("x" * 5000, "user", 401),
    ):
        try:
            async with ada.node.http.ws_connect(
                f"{PATH}?stream={stream}&access_token={token}"
            ) as socket:
                assert status == 101, stream
        except WSServerHandshakeError as refused:
            assert refused.status == status, stream

    was_broken = asyncio.Event()

    async def broken(*_: object) -> set[int]:
        monkeypatch.setattr(hub, "list_live", list_live)
        was_broken.set()
        raise ConnectionResetError("the database starts anew")

    monkeypatch.setattr(hub, "list_live", broken)
    async with ada.node.http.ws_connect(PATH, protocols=[ada.token]) as socket:
        assert socket.protocol == ada.token
        async with asyncio.timeout(20):
            await was_broken.wait()
        async with transaction(ada.node.pool) as tx:
            await revoke_tokens(tx, ada.account_id)
        assert (await socket.receive(timeout=20)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


async def test_who_comes_while_tokens_are_looked_at_stays(
    ada: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, streams = await given_app(ada.node, "bob"), ada.node.app[hub.HUB]
    async with listening(ada), AsyncExitStack() as later:

        async def meanwhile(*asked: Any) -> set[int]:
            live = await list_live(*asked)
            await later.enter_async_context(listening(bob))
            return live

        monkeypatch.setattr(hub, "list_live", meanwhile)
        await streams._look_at_tokens()
        monkeypatch.undo()
        assert [one.is_over for one in streams._connections] == [False, False]


SCOPES = "read read:statuses read:notifications read:lists read:accounts write follow push profile"
OWN_SCOPE = {"user/notification": "read:notifications", "list": "read:lists"}


async def test_each_stream_opens_to_its_scope_and_to_no_other(ada: App) -> None:
    made = await ada.post("/v1/lists", json={"title": "Bakers"})
    async with transaction(ada.node.pool) as tx:
        tokens = {
            scope: await create_token(tx, ada.account_id, [scope], scope)
            for scope in SCOPES.split()
        }
    for name, channel in _SSE.items():
        query = {"tag": "bread", "list": made["id"]}
        needed = OWN_SCOPE.get(name, "read:statuses")
        for scope, token in tokens.items():
            given = {**query, "access_token": token}
            async with ada.node.http.get(f"{PATH}/{name}", params=given) as answer:
                events = answer.status
            try:
                given["stream"] = channel
                async with ada.node.http.ws_connect(PATH, params=given):
                    socket = 200
            except WSServerHandshakeError as refused:
                socket = refused.status
            wanted = 200 if scope in ("read", needed) else 403
            assert (events, socket) == (wanted, wanted), (name, scope)


async def test_what_apps_must_not_send(ada: App) -> None:
    async with listening(ada) as socket:
        for text in ("", "[]", "{}", '{"type":"subscribe"}', '{"type":"x","stream":"user"}'):
            await socket.send_str(text)
            assert (await socket.receive_json(timeout=20))["status"] == 400, text
        await socket.send_bytes(b"x")
        closed = await socket.receive(timeout=20)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1003)
    async with listening(ada) as socket:
        await socket.send_str("x" * 20_000)
        assert (await socket.receive(timeout=20)).data == 1009


async def test_who_does_not_read_is_let_go_and_streams_are_counted(ada: App) -> None:
    status = await ada.publish("Butter") | {"content": "x" * 100_000}
    await ada.node.drain()
    sockets = [
        await ada.node.http.ws_connect(f"{PATH}?stream=user", headers=bearer(ada))
        for _ in range(hub.MOST_OF_ONE_MEMBER)
    ]
    with pytest.raises(WSServerHandshakeError) as refused:
        await ada.node.http.ws_connect(PATH, headers=bearer(ada))
    assert refused.value.status == 503
    for socket in sockets[1:]:
        await socket.close()
    streams = ada.node.app[hub.HUB]
    while len(streams._connections) > 1:  # noqa: ASYNC110  # each ends once its close was answered
        await asyncio.sleep(0)
    [connection] = streams._connections  # the one that never reads
    [stream] = connection.streams
    large = Told(stream, Event.UPDATE, json.dumps(status).encode())
    for _ in range(150):  # its writer waits now
        connection.send(large)
        await asyncio.sleep(0)
    async with listening(ada, "user") as reads:
        post = await ada.publish("Bread")
        assert await heard(ada, reads, 1) == [("user", "update", post["id"])]
    for _ in range(100_000):
        connection.send(large)
        if connection.is_over:
            break
    assert connection.is_over
    await sockets[0].close()


async def test_an_app_that_cannot_be_shown_something_takes_nothing_from_others(
    ada: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = await given_app(ada.node, "bob")
    status = Readings.status

    def breaks_for_ada(self: Readings, reader: ActorId) -> bytes | None:
        if reader == ada.id:
            raise LookupError("something of hers is broken")
        return status(self, reader)

    monkeypatch.setattr(Readings, "status", breaks_for_ada)
    async with (
        listening(ada, "public") as hers,
        listening(bob, "public") as his,
        listening(ada, "public:local"),
    ):
        post = await bob.publish("Bread")
        assert await heard(bob, his, 1) == [("public", "update", post["id"])]
        assert (await hers.receive(timeout=20)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


async def test_a_page_that_is_closed_while_it_asks_to_listen_is_no_trouble(
    ada: App, caplog: pytest.LogCaptureFixture
) -> None:
    node = ada.node
    caplog.set_level(logging.INFO, "fedinet.http")
    async with browser(node) as me:
        await me.sign_in("ada")
        cookies = me.http.cookie_jar.filter_cookies(URL(node.origin)).output([], "", "; ")
        async with node.pool.acquire() as conn, conn.transaction():
            await conn.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
            _, page = await asyncio.open_connection("127.0.0.1", URL(node.origin).port)
            head = f"GET /live HTTP/1.1\r\nHost: {node.domain}\r\nCookie: {cookies.strip()}\r\n"
            page.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())
            async with asyncio.timeout(10):
                while not await node.pool.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                    " AND relation = 'sessions'::regclass)"
                ):
                    pass
            page.transport.abort()
            async with node.http.get("/health") as answer:  # by then it is known to be gone
                assert answer.status == 200
        async with asyncio.timeout(10):
            while "path=/live" not in caplog.text:
                await node.pool.fetchval("SELECT 1")
    assert "http.left path=/live" in caplog.text
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


async def test_pages_are_told_that_something_came_and_not_what(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    await bob.post(f"/v1/accounts/{ada.id}/follow")
    await ada.node.drain()
    listens = {"Accept": "text/event-stream"}
    async with browser(ada.node) as me:
        assert (await me.open("/live", headers=listens)).status == 204, "nobody is signed in"
        await me.sign_in("bob")
        assert json.loads((await me.open("/live")).html) == {"posts": [], "told": False}
        site = {"Sec-Fetch-Site": "cross-site"}
        assert (await me.open("/live", headers=listens | site)).status == 403
        async with AsyncExitStack() as stack:
            pages = [
                await stack.enter_async_context(me.http.get("/live", headers=listens))
                for _ in range(hub.MOST_OF_ONE_SESSION + 1)
            ]
            assert await pages[0].content.read() == b":)\n", "the oldest made room"
            lines = pages[-1].content
            first = await ada.publish("Bread", visibility="private")
            await bob.publish("My own is no news")
            await ada.call("PUT", f"/api/v1/statuses/{first['id']}", json={"status": "Rye"})
            await ada.publish("@cy psst", visibility="direct")
            await ada.node.drain()
            asked = json.loads((await me.open("/live?since=0")).html)
            assert asked == {"posts": [first["id"]], "told": False}
            second = await ada.publish("@bob Cake", visibility="private")
            await ada.node.drain()
            await ada.call("DELETE", f"/api/v1/statuses/{first['id']}")
            await ada.node.drain()
            heard = [await lines.readline() for _ in range(13)]
            assert sorted(b"".join(heard).replace(b":)\n", b"").split(b"\n\n"))[1:] == sorted(
                f"event: {event}\ndata: {told}".encode()
                for event, told in (
                    ("update", first["id"]),
                    ("update", second["id"]),
                    ("notification", 1),
                    ("delete", first["id"]),
                )
            )
            assert json.loads((await me.open("/live?since=0")).html)["told"]
            assert json.loads((await me.open("/live?since=x")).html)["posts"] == []
            assert "data-sifted" not in (await me.open("/")).html
            wish: dict[str, object] = {
                "title": "Sweets",
                "context": ["home"],
                "filter_action": "hide",
            }
            wish["keywords_attributes"] = [{"keyword": "cake"}]
            await bob.post("/v2/filters", json=wish)
            assert json.loads((await me.open("/live?since=0")).html)["posts"] == [], "none is shown"
            assert "data-sifted" in (await me.open("/")).html
            await ada.node.pool.execute("DELETE FROM sessions")
            await ada.node.app[hub.HUB]._look_at_tokens()
            assert await lines.read() == b"", "it ends with the session"
        assert (await ada.call("GET", "/api/v1/streaming?stream=page")).status == 400
