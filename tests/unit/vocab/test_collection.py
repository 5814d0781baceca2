"""Collections as others write them, and as ours are written."""

import pytest

from fedinet.kernel.paging import Page
from fedinet.vocab.activity import Document
from fedinet.vocab.collection import (
    MAX_ITEMS,
    Stretch,
    collection,
    is_collection,
    ordered_page,
    read_stretch,
)

NOTE = {"id": "https://b.example/notes/1", "type": "Note"}
PAGE = {"type": "CollectionPage", "items": []}


@pytest.mark.parametrize(
    ("document", "items", "onward"),
    [
        pytest.param({"items": ["a:1", NOTE]}, ("a:1", NOTE), (), id="ids and documents"),
        pytest.param({"orderedItems": ["a:1"]}, ("a:1",), (), id="ordered"),
        pytest.param({"items": "a:1"}, ("a:1",), (), id="a single one"),
        pytest.param({"items": [{"id": "a:1"}, {"type": "Link", "href": "a:2"}]},
                     ("a:1", "a:2"), (), id="references as objects"),
        pytest.param({"items": [7, None, [], ""]}, (), (), id="nonsense"),
        pytest.param({"first": "a:first"}, (), ("a:first",), id="first by id"),
        pytest.param({"first": PAGE}, (), (PAGE,), id="first embedded"),
        pytest.param({"first": {"items": []}}, (), ({"items": []},), id="without a type"),
        pytest.param({"next": {"id": "a:next"}}, (), ("a:next",), id="next as an object"),
        pytest.param({"items": ["a:1"] * 5000}, ("a:1",) * MAX_ITEMS, (), id="too many"),
        pytest.param({"totalItems": -3}, (), (), id="nothing but a wrong number"),
    ],
)  # fmt: skip
def test_a_part_of_a_collection_is_read(
    document: Document, items: tuple[object, ...], onward: tuple[object, ...]
) -> None:
    assert read_stretch(document) == Stretch(items, onward)  # pyright: ignore[reportArgumentType]


def test_what_is_no_collection_is_told_apart() -> None:
    assert is_collection({"type": ["OrderedCollectionPage"]})
    assert not is_collection(NOTE)


@pytest.mark.parametrize(
    ("page", "ids", "here", "older", "newer"),
    [
        pytest.param(Page(limit=2), [9, 8], "", 8, None, id="first"),
        pytest.param(Page(limit=2), [9], "", None, None, id="only"),
        pytest.param(Page(limit=2, max_id=8), [7], "&max_id=8", None, 7, id="last"),
        pytest.param(Page(limit=2, min_id=6), [8, 7], "&min_id=6", 7, 8, id="back"),
        pytest.param(Page(limit=2, min_id=8), [9], "&min_id=8", 9, None, id="back to the first"),
        pytest.param(Page(limit=2, max_id=1), [], "&max_id=1", None, None, id="beyond the end"),
    ],
)
def test_pages_lead_to_their_neighbours(
    page: Page, ids: list[int], here: str, older: int | None, newer: int | None
) -> None:
    start = "https://a.example/c?page=true"
    made = ordered_page("https://a.example/c", [], page, ids)

    assert made["id"] == start + here
    assert made.get("next") == (None if older is None else f"{start}&max_id={older}")
    assert made.get("prev") == (None if newer is None else f"{start}&min_id={newer}")


def test_a_collection_without_a_number_tells_none() -> None:
    assert collection("a:1", ordered=False) == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "a:1",
        "type": "Collection",
    }
