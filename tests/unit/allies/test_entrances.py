"""What an ally says about room is one of three words and a page of its own, or nothing."""

from typing import Any

import pytest

from fedinet.allies.entrances import Entrance, EntranceState, joining_document, read_entrance
from fedinet.kernel.ids import Domain

ORIGIN, ALLY = "https://b.example", Domain("b.example")
ASK: dict[str, Any] = {"state": "ask", "address": f"{ORIGIN}/join/ask"}


def read(joining: object, **metadata: object) -> Entrance | None:
    return read_entrance({"metadata": {"joining": joining, **metadata}}, ALLY, ORIGIN)


@pytest.mark.parametrize("state", EntranceState)
def test_what_we_say_is_read_as_we_said_it(state: EntranceState) -> None:
    said = Entrance(ALLY, state, f"{ORIGIN}/join", "Bakers")
    assert read(joining_document(said), nodeName="Bakers") == said


@pytest.mark.parametrize(
    "joining",
    [
        pytest.param(None, id="other software"),
        pytest.param([7, "ask"], id="a list"),
        pytest.param("ask", id="a word"),
        pytest.param({**ASK, "state": "open"}, id="another word"),
        pytest.param({**ASK, "state": ["ask"]}, id="a list of words"),
        pytest.param({**ASK, "state": {}}, id="a map as word"),
        pytest.param({**ASK, "state": True}, id="a truth"),
        pytest.param({"state": "ask"}, id="no address"),
        pytest.param({**ASK, "address": 7}, id="a number as address"),
        pytest.param({**ASK, "address": "/join/ask"}, id="half an address"),
        pytest.param({**ASK, "address": "javascript:alert(1)"}, id="a script"),
        pytest.param({**ASK, "address": "https://c.example/join"}, id="somebody else's page"),
        pytest.param({**ASK, "address": "http://b.example/join"}, id="another origin"),
        pytest.param({**ASK, "address": "https://b.example@c.example/"}, id="a disguise"),
        pytest.param({**ASK, "address": "https://b.example.c.example/"}, id="a longer name"),
        pytest.param({**ASK, "address": "https://10.0.0.1/join"}, id="a private address"),
        pytest.param({**ASK, "address": f"{ORIGIN}/\n<script>"}, id="a broken line"),
        pytest.param({**ASK, "address": f"{ORIGIN}/{'x' * 500}"}, id="very long"),
    ],
)
def test_anything_else_says_nothing(joining: object) -> None:
    assert read(joining) is None


@pytest.mark.parametrize("metadata", [None, 7, [], "x", {"joining": None}])
def test_without_metadata_nothing_is_said(metadata: object) -> None:
    assert read_entrance({"metadata": metadata}, ALLY, ORIGIN) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bakers\u202e of\nB", "Bakers of B"),
        ("x" * 5000, "x" * 80),
        (["Bakers"], ""),
        (None, ""),
    ],
)
def test_its_name_is_one_short_line(name: object, shown: str) -> None:
    found = read(ASK, nodeName=name)
    assert found is not None and found.name == shown
