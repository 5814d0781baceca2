"""The objects by which the fediverse compares its software, and what a reader here sees of each.

``fediverse-pasture-inputs`` (PyPI) has them; ``make setup`` puts it into a folder of its own,
since what it asks for does not go together with what we use, and is not needed for its data.
``tests/wire/pasture_readings.csv`` holds what is right; ``FEDINET_READINGS=write`` writes it.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.integration.conftest import StartNode
from tests.integration.inbox_peer import deliver
from tests.integration.playing import PUBLIC, Reading, read_table, stage, write_table

READINGS = Path(__file__).parents[1] / "wire" / "pasture_readings.csv"
THEIRS = "http://pasture-one-actor"
"""The origin that its objects name as their own."""
FOLDER = Path(__file__).parents[2] / ".venv" / "pasture"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no fediverse-pasture-inputs: run make setup")
async def test_every_object_of_the_pasture_reads_as_it_was_reviewed(start_node: StartNode) -> None:
    node = await start_node()
    found: dict[str, Reading] = {}
    async with stage(node) as played:
        played.shows_html = True
        sender = await played.given_sender(f"{played.home.origin}/actor")
        for name, given in examples():
            example = json.loads(json.dumps(given).replace(THEIRS, played.home.origin))
            uri = f"{played.home.origin}/{name}/object"
            activity = create(sender.uri, uri, example)
            played.home.serve(f"/{name}/object", activity["object"])
            answer = await deliver(node, sender, activity)
            found[name] = Reading(str(answer.status))
        await node.drain()
        for name, reading in list(found.items()):
            if reading.outcome == "202":
                found[name] = await played.ended(sender, name)
    if os.environ.get("FEDINET_READINGS") == "write":
        write_table(READINGS, found)
    expected = read_table(READINGS)

    wrong = {
        name: (reading.row, expected.get(name))
        for name, reading in found.items()
        if reading.row != expected.get(name)
    }
    assert len(found) == len(expected) == 262
    assert wrong == {}


def examples() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All of them, as input/number."""
    entry = ModuleType("fediverse_pasture.runner.entry")
    entry.Entry = object  # pyright: ignore[reportAttributeAccessIssue]  # a type that its data never uses
    stand_ins = {"fediverse_pasture.runner.entry": entry}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in ("fediverse_pasture", "fediverse_pasture.runner"):
            patch.setitem(sys.modules, name, ModuleType(name))
        for name, module in stand_ins.items():
            patch.setitem(sys.modules, name, module)
        available = import_module("fediverse_pasture_inputs").available
    for name, given in available.items():
        for number, example in enumerate(given.examples):
            yield f"{name}/{number:02}", example


def create(author: str, uri: str, example: Mapping[str, Any]) -> Mapping[str, Any]:
    """The example over a plain note, in a Create: as its own runner sends it."""
    note = {
        "type": "Note",
        "id": uri,
        "attributedTo": author,
        "to": [PUBLIC],
        "cc": [],
        "published": "2026-08-01T10:00:00Z",
        "content": "text",
    }
    context = example.get("@context", "https://www.w3.org/ns/activitystreams")
    object_ = {k: v for k, v in (note | dict(example)).items() if k != "@context"}
    return {
        "@context": context,
        "type": "Create",
        "id": f"{uri}/activity",
        "actor": author,
        "to": [PUBLIC],
        "object": object_,
    }
