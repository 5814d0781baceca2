"""activitypub-testing, rules that others made of the recommendation, asked of a member's actor."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.integration.activity_client import PUBLIC, given_client
from tests.integration.conftest import StartNode
from tests.integration.processes import PATIENCE_S
from tests.interop.npm import why_missing

pytestmark = pytest.mark.interop
FOLDER = Path(__file__).with_name("activitypub_testing")
COMMAND = FOLDER / "node_modules" / ".bin" / "activitypub-testing"

INAPPLICABLE = {
    "post-outbox-server-overwrites-id-property": "posts as text/plain, which is refused (item 21)",
    "outbox-post-server-adds-to-outbox-collection-checked-by-outbox-get": "the same",
    "likes-collection-must-be-a-collection": "asks the actor for likes; objects have them",
    "shares-collection-must-be-a-collection": "asks the actor for shares; objects have them",
}


async def test_every_rule_that_applies_is_kept(start_node: StartNode) -> None:
    reason = why_missing(FOLDER)
    if reason is not None:
        pytest.skip(reason)
    node = await start_node()
    ada = await given_client(node, "ada")
    await ada.makes({"type": "Note", "content": "Bread", "to": [PUBLIC]})
    process = await asyncio.create_subprocess_exec(
        str(COMMAND),
        "test",
        "actor",
        f"--input.authorization=Bearer {ada.app.token}",
        ada.uri,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    found = [json.loads(line) for line in said.decode().splitlines() if line.startswith("{")]
    outcomes = {one["test"]["slug"]: one["result"]["outcome"] for one in found}
    assert len(outcomes) > 12
    assert outcomes == {
        slug: "inapplicable" if slug in INAPPLICABLE else "passed" for slug in outcomes
    }
