"""A rule that was saved by one process holds in all others: web processes and worker of ``serve``.

The promise is a second. This machine may be busy: ten are waited, and every connection
of a round must be refused, whichever of the web processes took it.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fedinet.db.embedded import Postgres
from tests.integration.foreign_server import ACTIVITY_JSON, ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, encoded, like, peer_actor
from tests.integration.processes import Folder, answer_of, free_port, status_of, wait_for

WITHIN_S = 10.0
"""A request that comes later than this after the rule was saved is refused."""
CONNECTIONS = 8
"""In each round and at each door: enough for both web processes to take some."""
RULE = 'version = 1\n[[rule]]\nkey = "peer"\ndomains = ["{}"]\nverdict = "reject"\n'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
numbers = count(1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "data", free_port())
    made.environ["FEDINET_ALLOW_PRIVATE_NETWORKS"] = "127.0.0.0/8"
    yield made
    made.clean_up()


async def test_every_door_of_every_process_obeys_a_new_rule(folder: Folder, tmp_path: Path) -> None:
    async with foreign_server() as peer:
        pictures = {
            name: {"type": "Image", "mediaType": "image/png", "url": served(peer, f"/{name}.png")}
            for name in ("icon", "image")
        }
        bob = peer_actor(peer, "bob", **pictures)
        peer.serve("/users/bob/inbox", {}, status=202)
        node = Doors(folder, peer, bob)
        await asyncio.to_thread(node.open)
        assert await asyncio.to_thread(node.refusing) == []
        await asyncio.to_thread(node.write_to_bob)
        await asyncio.to_thread(wait_for, lambda: peer.count("/users/bob/inbox") == 1)

        file = tmp_path / "rules.toml"
        await asyncio.to_thread(file.write_text, RULE.format(peer.domain))
        await asyncio.to_thread(folder.facts, "policy", "apply", str(file), "--yes")
        saved = time.monotonic()
        while True:
            began = time.monotonic()
            refusing = await asyncio.to_thread(node.refusing)
            if len(refusing) == len(DOORS):
                break
            assert began - saved < WITHIN_S, f"only {refusing}"

        await asyncio.to_thread(node.write_to_bob)
        conn = await asyncpg.connect(Postgres(folder.data).url)
        try:
            async with asyncio.timeout(60):
                while await conn.fetchval("SELECT reason FROM dead_letters") is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            await conn.close()
        assert peer.count("/users/bob/inbox") == 1, "our own outbox"


DOORS = ("/inbox", "/users/ada/inbox", "documents", "fetches", "media")


class Doors:
    """A node of real processes, with ada on it, and bob's server beside it."""

    def __init__(self, folder: Folder, peer: ForeignServer, bob: PeerActor) -> None:
        self._folder = folder
        self._peer = peer
        self._bob = bob

    def open(self) -> None:
        folder = self._folder
        folder.serve("--web", "2")
        words = ("admin", "account", "create", "--username", "ada", "--role", "owner")
        folder.facts(*words, "--password-stdin", stdin="a quiet evening by the sea")
        token = folder.facts("admin", "token", "--username", "ada", "--scopes", "read write")
        self._token = token["access_token"]
        search = f"/api/v2/search?resolve=true&q={self._bob.uri}"
        [account] = self._ask(search)["accounts"]
        self._pictures = {"icon": account["avatar"], "image": account["header"]}

    def refusing(self) -> list[str]:
        """The doors at which all connections of a round were refused."""
        found = [path for path in DOORS[:2] if self._posts(path) == {403}]
        documents = {
            status_of(f"{self._folder.origin}/users/ada", {"Accept": ACTIVITY_JSON})
            for _ in range(CONNECTIONS)
        }
        if documents == {401}:
            found.append("documents")
        if not self._fetches():
            found.append("fetches")
        picture = "image" if len(found) == len(DOORS) - 1 else "icon"  # fetched once, then kept
        return found if self._shows(picture) else [*found, "media"]

    def write_to_bob(self) -> None:
        text = f"@bob@{self._peer.domain} good morning"
        self._ask("/api/v1/statuses", {"status": text, "visibility": "public"})

    def _posts(self, path: str) -> set[int]:
        url = f"{self._folder.origin}{path}"
        answers: set[int] = set()
        for _ in range(CONNECTIONS):
            body = encoded(like(self._bob, next(numbers)))
            headers = self._bob.signed(url, body)
            answers.add(status_of(url, headers, method="POST", body=body))
        return answers

    def _fetches(self) -> int:
        """How many of so many addresses on bob's server were asked for."""
        paths = [f"/notes/{next(numbers)}" for _ in range(CONNECTIONS)]
        for path in paths:
            self._ask(f"/api/v2/search?resolve=true&q={self._peer.origin}{path}")
        return sum(self._peer.count(path) for path in paths)

    def _shows(self, picture: str) -> bool:
        status_of(self._pictures[picture])
        return self._peer.count(f"/{picture}.png") > 0

    def _ask(self, path: str, fields: Mapping[str, str] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{self._folder.origin}{path}"
        if fields is None:
            status, body = answer_of(url, headers)
        else:
            status, body = answer_of(url, headers, method="POST", body=encoded(fields))
        assert status == 200, body
        return json.loads(body)


def served(peer: ForeignServer, path: str) -> str:
    return peer.serve(path, PNG, content_type="image/png")
