"""Every document of the corpus, played by its own server, is understood or refused as reviewed.

``FEDINET_CORPUS`` names the folder of documents (``index.csv`` beside them); skipped
without it. ``tests/wire/corpus_readings.csv`` holds what is right for each: read it as a
person would before changing a row. ``FEDINET_READINGS=write`` writes what is so now.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import StartNode
from tests.integration.playing import Reading, read_table, stage, write_table

READINGS = Path(__file__).parents[1] / "wire" / "corpus_readings.csv"
FOLDER = os.environ.get("FEDINET_CORPUS", "")


@pytest.mark.skipif(not FOLDER, reason="FEDINET_CORPUS names no folder of documents")
async def test_every_document_reads_as_it_was_reviewed(start_node: StartNode) -> None:
    documents = corpus()
    node = await start_node()
    found: dict[str, Reading] = {}
    async with stage(node, by_id(documents)) as played:
        for number, (path, document) in enumerate(documents.items()):
            found[path] = await played.play(f"f{number}", document)
    if os.environ.get("FEDINET_READINGS") == "write":
        write_table(READINGS, found)
    expected = read_table(READINGS)

    wrong = {
        path: (reading.row, expected.get(path))
        for path, reading in found.items()
        if reading.row != expected.get(path)
    }
    assert wrong == {}


def corpus() -> dict[str, Any]:
    paths = sorted(Path(FOLDER).rglob("*.json"))
    return {str(path.relative_to(FOLDER)): json.loads(path.read_text()) for path in paths}


def by_id(documents: dict[str, Any]) -> dict[str, Any]:
    return {
        document["id"]: document
        for document in documents.values()
        if isinstance(document, dict) and isinstance(document.get("id"), str)
    }
