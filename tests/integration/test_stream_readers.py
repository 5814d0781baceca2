"""What is read once for all who listen is, for each of them, what GET says."""

import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode

Heard = tuple[App, ClientWebSocketResponse]
FILTER = {
    "title": "Baking",
    "context": ["home"],
    "keywords_attributes": [{"keyword": "rye", "whole_word": True}],
}


async def test_every_reader_is_streamed_what_they_would_get(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob, cy, dan, eve = [
        await given_app(node, name) for name in ("ada", "bob", "cy", "dan", "eve")
    ]
    for one in (bob, cy, dan, eve):
        await one.post(f"/v1/accounts/{ada.id}/follow")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    await cy.post("/v2/filters", json=FILTER)
    root = await bob.publish("Who bakes rye?")
    rye = await ada.publish("Rye", quote_approval_policy="followers")
    await cy.post(f"/v1/statuses/{root['id']}/bookmark")
    made = await dan.post("/v1/lists", json={"title": "Bakers", "exclusive": True})
    await dan.post(f"/v1/lists/{made['id']}/accounts", json={"account_ids": [str(ada.id)]})
    await eve.post(f"/v1/accounts/{ada.id}/block")
    await node.drain()
    async with AsyncExitStack() as opened:

        async def listening(app: App, **stream: str) -> Heard:
            path, headers = "/api/v1/streaming", {"Authorization": f"Bearer {app.token}"}
            socket = node.http.ws_connect(path, params=stream, headers=headers)
            return app, await opened.enter_async_context(socket)

        homes = [await listening(app, stream="user") for app in (ada, bob, bob, cy)]
        everywhere = [*homes, await listening(dan, stream="list", list=made["id"])]
        deaf = [await listening(dan, stream="user"), await listening(eve, stream="public")]
        for wish in (
            {"visibility": "private"},
            {"in_reply_to_id": root["id"]},
            {"quoted_status_id": rye["id"]},
            {"poll": {"options": ["yes", "no"], "expires_in": 3600}},
        ):
            post = await ada.publish("Rye again", **wish)
            find_it = homes[:3] if "in_reply_to_id" in wish else everywhere
            await told_alike(find_it, post, "update")
        await bob.post(f"/v1/polls/{post['poll']['id']}/votes", json={"choices": [1]})
        await ada.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Rye bread"})
        statuses = await told_alike(everywhere, post, "status.update")
        assert [status["poll"]["voted"] for status in statuses] == [True, True, True, False, False]
        boost = await ada.post(f"/v1/statuses/{root['id']}/reblog")
        statuses = [one["reblog"] for one in await told_alike(everywhere[3:], boost, "update")]
        assert [status["bookmarked"] for status in statuses] == [True, False]
        assert [len(status["filtered"]) for status in statuses] == [1, 0]
        for _, socket in deaf:
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.1)


async def told_alike(heard: list[Heard], about: Any, event: str) -> list[Any]:
    """Every one of these is told of it, as it would read it now."""
    await heard[0][0].node.drain()
    told: list[Any] = []
    for app, socket in heard:
        status = await _next(socket, event)
        assert status["id"] == about["id"]
        assert status == await app.get(f"/v1/statuses/{about['id']}"), app.id
        told.append(status)
    return told


async def _next(socket: ClientWebSocketResponse, event: str) -> Any:
    """The next of such events; notifications and others are read over."""
    while True:
        frame = json.loads((await socket.receive(timeout=20)).data)
        if frame["event"] == event:
            return json.loads(frame["payload"])
