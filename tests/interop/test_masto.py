"""masto.js, the client library of web apps that others wrote, against a node of ours."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.apps import given_app
from tests.integration.conftest import StartNode
from tests.integration.processes import PATIENCE_S
from tests.interop.fedify_peer import NODE, why_not
from tests.interop.npm import why_missing
from tests.made_files import picture

pytestmark = pytest.mark.interop
FOLDER = Path(__file__).with_name("masto")


async def test_a_day_with_masto_js(start_node: StartNode, tmp_path: Path) -> None:
    reason = why_not() or why_missing(FOLDER)  # it runs in the Node.js of the Fedify peer
    if reason is not None:
        pytest.skip(reason)
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    loaf = tmp_path / "loaf.png"
    loaf.write_bytes(picture("PNG"))
    day = await asyncio.create_subprocess_exec(
        *(str(NODE), "day.mjs", node.origin, ada.token, bob.token, str(loaf)),
        cwd=FOLDER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    ended = asyncio.create_task(day.communicate())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not ended.done():
                await node.drain()
                await asyncio.wait([ended], timeout=0.02)
    finally:
        if day.returncode is None:
            day.kill()
        said, _ = await ended
    assert said.decode() == "done\n"
