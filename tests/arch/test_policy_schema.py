"""The schema that editors read says what the code takes."""

import json
from pathlib import Path

import msgspec

from fedinet.policy.file.document import PolicyDocument
from tests.arch.descriptions import plain

SCHEMA = Path(__file__).parents[2] / "schemas" / "policy" / "policy.schema.json"


def test_the_schema_of_policy_files_is_that_of_the_code() -> None:
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fedinet policy file",
        **msgspec.json.schema(PolicyDocument),
    }
    assert json.loads(SCHEMA.read_text()) == plain(made)
