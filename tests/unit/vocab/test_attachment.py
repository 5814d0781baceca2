"""Files of posts elsewhere: whatever is written of them, only what can be right is read."""

import pytest

from fedinet.vocab.attachment import (
    Attachment,
    attachment_document,
    blurhash,
    focal_point,
    read_attachments,
    side,
)
from fedinet.vocab.words import read_words

URL = "https://b.example/a.jpg"


def read(*members: object) -> tuple[Attachment, ...]:
    document = {"type": "Note", "attachment": list(members)}
    return read_attachments(document, "Note", read_words(document))


@pytest.mark.parametrize(
    ("member", "found"),
    [
        (
            {
                "type": "Document",
                "mediaType": "image/jpeg",
                "url": URL,
                "name": "A loaf",
                "width": 600,
                "height": 1000,
                "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
                "focalPoint": [0.5, -1],
            },
            Attachment(
                URL,
                "image/jpeg",
                "A loaf",
                600,
                1000,
                "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
                (0.5, -1.0),
            ),
        ),
        ({"type": "Image", "url": URL}, Attachment(URL, "image/", "")),
        ({"mediaType": "image/jpeg", "url": URL}, Attachment(URL, "image/jpeg", "")),
        ({"url": URL}, None),
        ({"type": "Image", "url": URL, "width": 600}, Attachment(URL, "image/", "")),
        (
            {"type": "Video", "url": [{"type": "Link", "href": URL, "mediaType": "video/mp4"}]},
            Attachment(URL, "video/mp4", ""),
        ),
        (
            {"type": "Link", "href": URL, "mediaType": "image/png", "name": "A loaf"},
            Attachment(URL, "image/png", "A loaf"),
        ),
        ({"type": "Link", "href": URL}, None),
        ({"type": "Link", "href": URL, "mediaType": "text/html"}, None),
        ({"type": "Document", "mediaType": "text/html", "url": URL}, None),
        ({"type": "Image", "url": "javascript:alert(1)"}, None),
        ({"type": "Image"}, None),
        ("https://b.example/a.jpg", None),
        (7, None),
    ],
)
def test_what_is_read_of_a_file(member: object, found: Attachment | None) -> None:
    assert read(member) == (() if found is None else (found,))


@pytest.mark.parametrize(
    ("url", "is_file"),
    [(URL, True), (f"{URL}?v=1", True), ("https://b.example/photos/1", False)],
)
def test_a_picture_by_itself_is_its_own_file_where_its_name_says_so(
    url: str, is_file: bool
) -> None:
    document = {"type": "Image", "url": url}
    found = read_attachments(document, "Image", read_words(document))
    assert [one.url for one in found] == [url] * is_file


def test_ten_thousand_attachments_are_sixteen_and_a_page_of_junk_is_not_searched_through() -> None:
    many = [{"type": "Image", "url": f"https://b.example/{n}.jpg"} for n in range(10_000)]
    assert len(read(*many)) == 16
    assert len(read(*many[:1] * 10_000)) == 1
    assert read(*[{"type": "Place"}] * 10_000, *many) == ()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("LEHV6nWB2yk8pyo0adR*.7kCMdnj", True),
        ("000000", True),
        ("LEHV6nWB2yk8pyo0adR*.7kCMdn", False),
        ("LEHV6nWB2yk8pyo0adR*.7kCMdn\n", False),
        ("~" * 28, False),
        ("", False),
        (7, False),
        (None, False),
    ],
)
def test_a_blurhash_is_kept_if_apps_can_draw_it(value: object, kept: bool) -> None:
    assert blurhash(value) == (value if kept else "")


@pytest.mark.parametrize(
    ("value", "point"),
    [
        ([0.5, -0.25], (0.5, -0.25)),
        ({"@list": [1, 0]}, (1.0, 0.0)),
        ([2, 0], (0.0, 0.0)),
        ([0.5], (0.0, 0.0)),
        ([0.5, 0.5, 0.5], (0.0, 0.0)),
        (["0.5", "0.5"], (0.0, 0.0)),
        ([True, False], (0.0, 0.0)),
        ("0.5,0.5", (0.0, 0.0)),
        (None, (0.0, 0.0)),
    ],
)
def test_where_a_focal_point_is(value: object, point: tuple[float, float]) -> None:
    assert focal_point(value) == point


@pytest.mark.parametrize(
    ("value", "pixels"),
    [(600, 600), (600.5, 600), (0, 0), (-1, 0), (1e300, 0), (2**60, 0), (True, 0), ("600", 0)],
)
def test_what_can_be_a_side(value: object, pixels: int) -> None:
    assert side(value) == pixels


def test_ours_say_no_more_than_is_known() -> None:
    sound = attachment_document(Attachment(URL, "audio/mpeg", ""))
    assert sound == {"type": "Document", "mediaType": "audio/mpeg", "url": URL, "name": None}
