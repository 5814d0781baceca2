"""The schema of replay files says what the code takes.

``python -m tests.arch.test_replay_schema`` writes it anew, after a fact was added.
"""

import json
from pathlib import Path

import msgspec

from fedinet.policy.past.replay import Head, Line
from tests.arch.descriptions import plain

SCHEMA = Path(__file__).parents[2] / "schemas" / "policy" / "replay.schema.json"


def made() -> object:
    kinds, parts = msgspec.json.schema_components(
        [Head, Line],
        schema_hook=lambda _: {"description": "As the part says"},
        ref_template="#/$defs/{name}",
    )
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fedinet replay file: the first line is a Head, each other a Line",
        "oneOf": list(kinds),
        "$defs": parts,
    }
    return plain(json.loads(msgspec.json.encode(schema)))


def test_the_schema_of_replay_files_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == made()


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(made(), indent=2, ensure_ascii=False) + "\n")
