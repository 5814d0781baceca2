"""What /activities/ID shows."""

import pytest

from fedinet.client.activities import public_part
from fedinet.vocab.activity import PUBLIC, Document

NOTE: Document = {"id": "https://h.example/posts/1", "type": "Note", "content": "secret by now"}
CREATE: Document = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://h.example/activities/1",
    "type": "Create",
    "actor": "https://h.example/users/ada",
    "published": "2026-05-01T12:00:00Z",
    "to": [PUBLIC],
    "cc": ["https://h.example/users/ada/followers"],
    "bto": ["https://b.example/users/bo"],
    "object": NOTE,
}


def test_a_public_activity_names_its_object_and_repeats_nothing_of_it() -> None:
    shown = public_part(CREATE)

    assert shown is not None
    assert shown["object"] == "https://h.example/posts/1"
    assert {key for key in CREATE if key not in shown} == {"bto"}
    assert "secret" not in str(shown)


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public"])
@pytest.mark.parametrize("field", ["to", "cc"])
def test_public_is_known_in_every_spelling(spelling: str, field: str) -> None:
    assert public_part({**CREATE, "to": [], "cc": [], field: spelling}) is not None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"to": ["https://h.example/users/ada/followers"]}, id="to followers"),
        pytest.param({"to": []}, id="to nobody"),
        pytest.param({"object": None}, id="without object"),
        pytest.param({"object": {"type": "Note"}}, id="object without id"),
    ],
)
def test_anything_else_shows_nothing(change: Document) -> None:
    assert public_part({**CREATE, **change}) is None
