"""An app with a token, as the client API's tests use it."""

from dataclasses import dataclass
from typing import Any

from multidict import CIMultiDictProxy

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.tokens import create_token
from fedinet.kernel.ids import AccountId, ActorId
from tests.contract.judge import check_answers
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

_NOBODY, _NO_ACTOR = AccountId(0), ActorId(0)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: CIMultiDictProxy[str]


@dataclass(frozen=True)
class App:
    """Somebody's app. Without a token: a visitor's."""

    node: RunningNode
    token: str = ""
    account_id: AccountId = _NOBODY
    id: ActorId = _NO_ACTOR

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        async with self.node.http.request(method, path, headers=headers, **options) as answer:
            body = await answer.json(content_type=None) if answer.status != 204 else None
            check_answers(self.node.wrong)
            return Answer(answer.status, body, answer.headers)

    async def get(self, path: str, **options: Any) -> Any:
        return _good(await self.call("GET", f"/api{path}", **options))

    async def post(self, path: str, **options: Any) -> Any:
        return _good(await self.call("POST", f"/api{path}", **options))

    async def status(self, method: str, path: str, **options: Any) -> int:
        return (await self.call(method, f"/api{path}", **options)).status

    async def publish(self, text: str = "Bread is ready", **fields: Any) -> Any:
        fields = {"visibility": "public", **fields}
        return await self.post("/v1/statuses", json={"status": text, **fields})

    async def actor(self) -> Actor:
        return await get_actor(self.node.pool, self.id)


async def given_app(
    node: RunningNode, username: str, scopes: str = "read write follow", *, open_door: bool = True
) -> App:
    """A member with an app. ``open_door``: who follows them needs no yes."""
    account_id, actor_id = await given_account(node, username)
    if open_door:
        await node.pool.execute(
            "UPDATE actors SET approves_followers = false WHERE id = $1", actor_id
        )
    token = await given_token(node, account_id, scopes)
    return App(node, token, account_id, actor_id)


async def given_token(node: RunningNode, account_id: AccountId, scopes: str) -> str:
    async with transaction(node.pool) as tx:
        return await create_token(tx, account_id, scopes.split(), "Test app")


def _good(answer: Answer) -> Any:
    assert answer.status == 200, (answer.status, answer.body)
    return answer.body
