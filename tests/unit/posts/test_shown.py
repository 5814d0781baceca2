"""What readers are shown of a file."""

import pytest

from fedinet.posts.model import Attachment
from fedinet.posts.shown import ShownFile, average_colour


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


@pytest.mark.parametrize(
    ("blurhash", "colour"),
    [
        ("L3M^#v]VfQ]V|zjtfQjtfQfQfQfQ", "#c81e5a"),  # one picture of this colour
        ("00~~~~", ""),  # more than three bytes
        ("00é~~~", ""),
        ("00OZZ", ""),
        ("", ""),
    ],
)
def test_a_blurhash_begins_with_the_colour_of_the_whole(blurhash: str, colour: str) -> None:
    assert average_colour(blurhash) == colour
