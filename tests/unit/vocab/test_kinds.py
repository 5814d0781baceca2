"""What may be something to read, and what never is."""

import pytest

from fedinet.vocab.kinds import kind_of, may_be_post


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("Note", "Note"),
        (["vf:Proposal", "Note"], "Note"),
        ("Review", "Review"),
        ("schema:Recipe", "Recipe"),
        ("http://schema.org/Recipe", "Recipe"),
        ("https://funkwhale.audio/ns#Album", "Album"),
        (["Review", 7], "Review"),
        ("Create", None),
        ("OrderedCollectionPage", None),
        ("Person", None),
        ("Relationship", None),
        (["Review", "Collection"], None),
        ("as:Tombstone", None),
        ("", None),
        (None, None),
        ("no type at all", None),
        ("A" * 51, None),
    ],
)
def test_kind_of_an_object(named: object, kind: str | None) -> None:
    assert kind_of({"type": named}) == kind


def test_what_has_content_and_no_type_is_something() -> None:
    assert kind_of({"content": "x"}) == "Object"


def test_a_part_of_something_is_no_post() -> None:
    assert may_be_post("Podcast")
    assert not may_be_post("PropertyValue")
