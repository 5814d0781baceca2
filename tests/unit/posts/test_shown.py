"""What readers are shown of a file."""

import pytest

from fedinet.posts.model import Attachment
from fedinet.posts.shown import ShownFile, blurred


@pytest.mark.parametrize(
    ("focus", "classes"),
    [
        ((0.0, 0.0), ""),
        ((-1.0, 1.0), "fx-0 fy-0"),
        ((1.0, -1.0), "fx-4 fy-4"),
        ((0.5, 0.1), "fx-3 fy-2"),
    ],
)
def test_a_cropped_picture_shows_what_matters(focus: tuple[float, float], classes: str) -> None:
    attachment = Attachment(url="https://b.example/a.jpg", media_type="image/jpeg", focus=focus)
    shown = ShownFile(kind="image", path="/a", small_path="/a", id=1, of=attachment)
    assert shown.focus == classes


def test_a_blurhash_is_twelve_colours() -> None:
    found = blurred("L3M^#v]VfQ]V|zjtfQjtfQfQfQfQ")  # a picture of one colour, lighter on the left
    assert len(found) == 12 * 6 and found.startswith("cf1f5dca1e5b") and found.endswith("c21d57")
    assert blurred("L3M^#v]VfQ]V|zjtfQjtfQfQfQfQ") is found, "drawn once, not for each page"


@pytest.mark.parametrize("blurhash", ["", "00OZZ", "00é~~~", "~~~~~~", "00~~~~~", "0" * 10_000])
def test_what_is_no_blurhash_is_not_drawn(blurhash: str) -> None:
    assert blurred(blurhash) == ""
