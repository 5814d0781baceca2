"""A member's ActivityPub client, and a server elsewhere that hears of what it does."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from aiohttp import web

from fedinet.signing.message import Outgoing, sha256_of
from tests.integration.apps import Answer, App, given_app
from tests.integration.foreign_server import ACTIVITY_JSON, ForeignServer
from tests.integration.inbox_peer import PeerActor, peer_actor
from tests.integration.nodes import RunningNode

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
LD_JSON = f'application/ld+json; profile="{AS2}"'


@dataclass(frozen=True)
class Client:
    """Somebody's client: it posts to the outbox, and reads with its token."""

    app: App
    name: str

    @property
    def node(self) -> RunningNode:
        return self.app.node

    @property
    def uri(self) -> str:
        return f"{self.node.origin}/users/{self.name}"

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    async def posts(
        self, activity: object, *, to: str = "", content_type: str = LD_JSON, **headers: str
    ) -> Answer:
        """POST to the outbox; what is no bytes is JSON with the context put to it."""
        if isinstance(activity, dict):
            activity = {"@context": AS2, **activity}
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        path = f"{to or '/users/' + self.name}/outbox"
        given = {"Content-Type": content_type, **headers}
        if self.app.token:
            given["Authorization"] = f"Bearer {self.app.token}"
        async with self.node.http.post(path, data=BytesIO(body), headers=given) as answer:
            text = await answer.text()
            said = json.loads(text) if text.startswith("{") else text
            return Answer(answer.status, said, answer.headers)

    async def makes(self, activity: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """POST what is good; returns the new id, and the activity as its owner reads it there."""
        answer = await self.posts(activity)
        assert answer.status == 201, (answer.status, answer.body)
        uri = answer.headers["Location"]
        read = await self.reads(uri)
        assert read["id"] == uri
        return uri, read

    async def asks(self, uri: str, **headers: str) -> Answer:
        path = uri.removeprefix(self.node.origin)
        return await self.app.call("GET", path, headers={"Accept": LD_JSON, **headers})

    async def reads(self, uri: str) -> dict[str, Any]:
        answer = await self.asks(uri)
        assert answer.status == 200, (uri, answer.status, answer.body)
        found: dict[str, Any] = answer.body
        return found

    async def collects(self, uri: str) -> list[Any]:
        """Every item of a collection, page by page."""
        collection = await self.reads(uri)
        assert collection["type"] in ("Collection", "OrderedCollection")
        items: list[Any] = []
        page: dict[str, Any] | str | None = collection.get("first", collection)
        while page is not None:
            read = await self.reads(page) if isinstance(page, str) else page
            items += read.get("orderedItems", read.get("items", []))
            page = read.get("next")
        return items

    async def has(self, uri: str) -> list[str]:
        """The ids of the items of a collection."""
        return [item if isinstance(item, str) else item["id"] for item in await self.collects(uri)]


@dataclass
class Elsewhere:
    """A server elsewhere with people on it; ``heard`` is what came to each inbox, by path."""

    server: ForeignServer
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def person(self, name: str, /, *, key: int = 1, **changes: object) -> PeerActor:
        made = peer_actor(self.server, name, key=key, **changes)
        self.listens(f"/users/{name}/inbox")
        return made

    def listens(self, path: str) -> None:
        received = self.heard.setdefault(path, [])

        async def take(request: web.Request) -> web.Response:
            received.append(json.loads(await request.read()))
            return web.Response(status=202)

        self.server.answers[path] = take

    def told(self, name: str) -> list[dict[str, Any]]:
        return self.heard[f"/users/{name}/inbox"]

    async def sends(self, who: PeerActor, to: Client, activity: dict[str, Any]) -> None:
        """Deliver to the personal inbox, and wait until it is worked on."""
        body = json.dumps({"@context": AS2, "actor": who.uri, **activity}).encode()
        url = f"{to.uri}/inbox"
        assert Outgoing("POST", url, sha256_of(body))
        headers = {**who.signed(url, body, now=datetime.now(UTC)), "Content-Type": ACTIVITY_JSON}
        async with to.node.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
        await to.node.drain()


async def given_client(
    node: RunningNode, name: str, scopes: str = "read write follow", *, open_door: bool = False
) -> Client:
    """A member with the token that ``fedinet admin token`` prints."""
    return Client(await given_app(node, name, scopes, open_door=open_door), name)
