"""All of Mastodon.py, a client that others wrote, against a node of ours: one story, one node.

Each public method is called and what it returns is judged (``tests/contract/mastodon_py.py``), or
stands there with the reason why not. A new release that can do more fails this test.
"""

import asyncio
from pathlib import Path

from tests.contract.mastodon_py import MAY_BE_EMPTY, METHODS, NO_ROUTE, NOT_TRIED
from tests.integration.conftest import StartNode
from tests.integration.mastodon_py import house, people, posts, told
from tests.integration.mastodon_py.stage import given_stage
from tests.integration.test_push import Service, service

__all__ = ["service"]

SCENES = (*house.SCENES, *people.SCENES, *posts.SCENES, *told.SCENES, *house.STEWARDS)


async def test_every_method_of_mastodon_py(
    start_node: StartNode, service: Service, tmp_path: Path
) -> None:
    stage = await given_stage(await start_node())
    stage.kept.update(push=service, folder=tmp_path)
    for scene in SCENES:
        await asyncio.to_thread(scene, stage)
    judged = stage.judgement
    assert judged.wrong == []
    assert METHODS - judged.called == NO_ROUTE.keys() | NOT_TRIED.keys()
    assert judged.returned - judged.filled <= MAY_BE_EMPTY.keys()
