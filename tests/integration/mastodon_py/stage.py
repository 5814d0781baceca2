"""Three members with Mastodon.py in a story that one thread tells, and a node that works for it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from mastodon import Mastodon

from tests.contract.mastodon_py import Judgement, Watched
from tests.integration.apps import given_app
from tests.integration.nodes import RunningNode
from tests.integration.processes import PATIENCE_S

SCOPES: Final = "read write follow push profile"


@dataclass(frozen=True)
class Stage:
    """``mo`` is a steward, and ``visitor`` has no token."""

    node: RunningNode
    loop: asyncio.AbstractEventLoop
    judgement: Judgement
    ada: Any
    bob: Any
    mo: Any
    visitor: Any
    kept: dict[str, Any] = field(default_factory=dict[str, Any])
    """What one scene leaves for the next."""

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have something done where the node runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S)

    def settle(self) -> None:
        """Let everything happen that follows from what was done."""
        self.wait(self.node.drain())

    def client(self, **given: Any) -> Any:
        return client(self.node, self.judgement, **given)


def client(node: RunningNode, judgement: Judgement, **given: Any) -> Any:
    """It knows our version, but lets no method be forbidden by it."""
    given = {"ratelimit_method": "throw", "version_check_mode": "none", **given}
    made = Watched(Mastodon(api_base_url=node.origin, **given), judgement)
    made.retrieve_mastodon_version()
    return made


async def given_stage(node: RunningNode) -> Stage:
    ada = await given_app(node, "ada", SCOPES)
    bob = await given_app(node, "bob", SCOPES)
    mo = await given_app(node, "mo", f"{SCOPES} admin:read admin:write")
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE actor_id = $1", mo.id)
    judgement = Judgement()

    def told() -> Stage:
        return Stage(
            node,
            loop,
            judgement,
            *(client(node, judgement, access_token=one.token) for one in (ada, bob, mo)),
            client(node, judgement),
        )

    loop = asyncio.get_running_loop()
    return await asyncio.to_thread(told)


async def given_client(stage: Stage, name: str) -> Any:
    """One more member."""
    app = await given_app(stage.node, name, SCOPES)
    return await asyncio.to_thread(client, stage.node, stage.judgement, access_token=app.token)
