"""Requests that schemathesis makes of ``schemas/openapi.yaml``: each answer is a documented one.

One of each operation to which something can be sent, with a fixed seed; longer, and with another
seed each time: ``make schemathesis TIME=60``. The token is an owner's with every scope, and ids
are those of real things.
"""

import asyncio
import json
import os
import re
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from fedinet.http.tokens import KNOWN_SCOPES
from tests.contract.bundle import bundle
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode

SECONDS: Final = os.environ.get("FEDINET_SCHEMATHESIS_S", "")
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
LONG: Final = ("--phases", "coverage,fuzzing", "--max-time", SECONDS)
SHORT: Final = (
    *("--phases", "fuzzing", "--max-examples", "1", "--seed", "5"),
    *("--mode", "positive", "--generation-database", "none"),
)


async def test_random_requests_get_documented_answers(
    start_node: StartNode, tmp_path: Path
) -> None:
    node = await start_node(api_requests=1_000_000)
    ada = await given_app(node, "ada", " ".join(sorted(KNOWN_SCOPES)))
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE id = $1", ada.account_id)
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(await narrowed(ada)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", str(document)),
        *("--url", node.origin, "--header", f"Authorization: Bearer {ada.token}"),
        *("--checks", CHECKS, "--continue-on-failure", "--request-timeout", "10", "--no-color"),
        *(LONG if SECONDS else SHORT),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert re.search(rb"Selected: (\d+)/\1\n +Tested: \1" if not SECONDS else rb"Tested: \d", said)


async def narrowed(ada: App) -> dict[str, Any]:
    """The document with ids of things that are there; nobody else's server is asked."""
    bob = await given_app(ada.node, "bob")
    post = await ada.publish("Bread", poll={"options": ["Rye", "Oats"], "expires_in": 3600})
    listed = await ada.post("/v1/lists", json={"title": "Bakers"})
    made = {"title": "Oats", "context": ["home"], "keywords_attributes": [{"keyword": "oats"}]}
    one = await ada.post("/v2/filters", json=made)
    there = {
        "/statuses/": post["id"],
        "/polls/": post["id"],
        "/accounts/": str(bob.id),
        "list": listed["id"],
        "/filters/keywords/": one["keywords"][0]["id"],
        "/v1/filters/": one["keywords"][0]["id"],
        "/filters/": one["id"],
    }
    document = deepcopy(bundle())
    for path, operations in document["paths"].items():
        number = next((number for part, number in there.items() if part in path), "2")
        for method, operation in list(operations.items()):
            kept = [one for one in operation.get("parameters", []) if one["name"] != "resolve"]
            varies = "requestBody" in operation or any(one["in"] == "query" for one in kept)
            endless = path.startswith("/api/v1/streaming")
            if endless or not (varies or SECONDS):
                del operations[method]
                continue
            operation["parameters"] = kept
            for parameter in operation["parameters"]:
                if parameter["name"] == "id":
                    parameter["schema"] = {"type": "string", "enum": [number, "1"]}
    return document
