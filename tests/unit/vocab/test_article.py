"""Articles of other servers: titles and covers in all shapes, hostile ones too."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.posts.arrivals import Arrival, read_arrival
from fedinet.vocab.note import parse_note

BOB = "https://b.example/u/bob"
ARTICLE: dict[str, Any] = {
    "id": "https://b.example/a/1",
    "type": "Article",
    "attributedTo": BOB,
    "content": "<p>hello</p>",
    "to": "as:Public",
}


def arrived(change: dict[str, Any]) -> Arrival:
    found = read_arrival(
        parse_note(ARTICLE | change),
        author_id=ActorId(1),
        author_uri=ActorUri(BOB),
        now=datetime(2026, 5, 1, tzinfo=UTC),
    )
    assert isinstance(found, Arrival)
    return found


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param("On bread", "On bread", id="plain"),
        pytest.param(["On bread", "Second"], "On bread", id="a list"),
        pytest.param([7, None, "On bread"], "On bread", id="a list of anything"),
        pytest.param({"en": "On bread"}, "", id="a map"),
        pytest.param(7, "", id="a number"),
        pytest.param(True, "", id="a truth"),
        pytest.param("<script>alert(1)</script><b>On</b> bread", "On bread", id="markup"),
        pytest.param("1 < 2 &amp; 3", "1 < 2 & 3", id="entities"),
        pytest.param("<img src=x onerror=y>", "<img src=x onerror=y>", id="text like markup"),
        pytest.param("On \u202edaerb\x00\x07", "On daerb", id="right to left"),
        pytest.param("<b>On</b> \u202edaerb", "On daerb", id="markup and right to left"),
        pytest.param("On\n\n\tbread ", "On bread", id="lines"),
        pytest.param("x" * 10_000, "x" * 500, id="10,000 characters"),
        pytest.param("  \u200b ", "", id="nothing to see"),
    ],
)
def test_a_title_is_a_line_of_text(name: object, title: str) -> None:
    assert arrived({"name": name}).about.title == title


JPEG = "https://b.example/c.jpg"


@pytest.mark.parametrize(
    ("image", "cover"),
    [
        pytest.param(JPEG, (JPEG, ""), id="an address (Ghost)"),
        pytest.param([JPEG, "https://b.example/d.jpg"], (JPEG, ""), id="a list"),
        pytest.param({"type": "Image", "url": JPEG, "name": "A loaf"}, (JPEG, "A loaf"),
                     id="a document (WordPress)"),
        pytest.param({"type": "Link", "href": JPEG}, (JPEG, ""), id="a link"),
        pytest.param({"href": JPEG, "mediaType": "image/jpeg"}, (JPEG, ""), id="without a type"),
        pytest.param({"type": "Image", "url": {"type": "Link", "href": JPEG}}, (JPEG, ""),
                     id="a link inside"),
        pytest.param([7, {"type": "Person", "url": JPEG}, JPEG], (JPEG, ""), id="among others"),
        pytest.param({"type": "Image", "url": JPEG, "mediaType": "video/mp4"}, None, id="a film"),
        pytest.param("javascript:alert(1)", None, id="no web address"),
        pytest.param("not an address", None, id="words"),
        pytest.param({"type": "Image", "url": 7}, None, id="a number"),
        pytest.param({"type": "Image"}, None, id="nothing"),
        pytest.param(True, None, id="a truth"),
    ],
)  # fmt: skip
def test_a_cover_is_the_first_picture_and_there_is_one(
    image: object, cover: tuple[str, str] | None
) -> None:
    inside = {"type": "Image", "url": "https://b.example/in.png", "mediaType": "image/png"}

    files = arrived({"name": "On bread", "image": image, "attachment": inside}).attachments

    covers = [(file.url, file.description) for file in files if file.is_cover]
    assert covers == ([] if cover is None else [cover])
    assert files[0].is_cover is (cover is not None)
    assert "https://b.example/in.png" in {file.url for file in files}


def test_the_cover_of_plume_is_an_icon_with_its_description_as_content() -> None:
    icon = {"type": "Image", "url": JPEG, "content": "A loaf", "summary": "Hunger"}

    [cover] = arrived({"name": "On bread", "icon": icon}).attachments

    assert (cover.url, cover.description, cover.is_cover) == (JPEG, "A loaf", True)


def test_a_cover_that_is_attached_too_stands_once_with_its_description() -> None:
    attached = {"type": "Image", "url": JPEG, "mediaType": "image/jpeg", "name": "A loaf"}

    [cover] = arrived({"name": "On bread", "image": JPEG, "attachment": attached}).attachments

    assert (cover.description, cover.media_type, cover.is_cover) == ("A loaf", "image/jpeg", True)


@pytest.mark.parametrize("kind", ["Note", "Event", "Video", "Image"])
def test_only_a_text_has_a_cover(kind: str) -> None:
    files = arrived({"type": kind, "name": "x", "url": JPEG, "image": JPEG}).attachments

    assert not any(file.is_cover for file in files)
