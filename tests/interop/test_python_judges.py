"""What suites and libraries of others say of us: verify-actor, apsig, bovine."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from fedinet.kernel.ids import KeyUri
from fedinet.signing.integrity import proven, read_proofs, with_proof
from fedinet.signing.keys import SigningKey, generate_ed25519, public_of, read_multikey
from tests.integration.conftest import StartNode
from tests.interop.python_peers import FOLDER, PYTHON, running_peer, why_not
from tests.interop.test_fedify import given_member

pytestmark = pytest.mark.interop
ADA = "https://a.example/users/ada"


@pytest.fixture(autouse=True)
def installed() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)


async def test_verify_actor_of_the_pasture_finds_nothing_amiss(
    start_node: StartNode, tmp_path: Path
) -> None:
    """Alice does not sign; bob does; for claire's key one has to sign the question, too.

    Dean, Emily and Frank do the same, and have neither a name nor a WebFinger answer.
    """
    node = await start_node()
    ada = await given_member(node, "ada")
    async with running_peer("pasture_server.py", str(tmp_path)) as pasture, ClientSession() as http:
        asked = {"data": {"actor_uri": ada.uri}, "headers": {"Accept": "application/json"}}
        async with http.post(f"{pasture.origin}/", **asked) as answer:
            found = await answer.json()
    result, log = found["result"], found["messages"]
    assert result.pop("webfinger"), log
    taken = {name: (one["get_actor"], one["post_inbox"]) for name, one in result.items()}
    unsigned, signed = (True, False), (True, True)
    assert taken == {
        "alice": unsigned, "bob": signed, "claire": signed,
        "dean": unsigned, "emily": signed, "frank": signed,
    }, log  # fmt: skip


async def test_two_libraries_agree_with_us_on_proofs() -> None:
    key = SigningKey(KeyUri(f"{ADA}#ed25519-key"), generate_ed25519())
    now = datetime.now(UTC)
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://a.example/activities/1",
        "type": "Create",
        "actor": ADA,
        "object": {
            "type": "Note",
            "content": "Gr\u00fc\u00dfe \U0001f44b",
            "duration": 1e21,
            "n": 1.50,
        },
    }
    signed = with_proof(activity, key, now=now)
    documents = [signed, {**signed, "type": "Update"}]
    asked = {"controller": ADA, "multibase": public_of(key.private).multikey}
    said = await second_opinions({**asked, "documents": documents})

    assert said["verdicts"] == [True, False]
    theirs = read_multikey(said["key"])
    assert len(said["signed"]) == 2
    for document in said["signed"]:
        (proof,) = read_proofs(document, now=now)
        assert proven(document, proof, theirs) is not None
        assert proven({**document, "type": "Update"}, proof, theirs) is None


async def second_opinions(asked: Mapping[str, object]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        FOLDER / "second_opinions.py",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    answer, errors = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0, errors.decode()
    return json.loads(answer)
