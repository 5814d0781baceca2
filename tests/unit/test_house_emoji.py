"""What may become an emoji of the community, and where its name stands in a text."""

import pytest

from fedinet.house_emoji.model import check_shape, read_category, read_wish
from fedinet.markup.emoji import shortcodes_in


@pytest.mark.parametrize(
    ("typed", "shortcode"),
    [
        ("loaf", "loaf"),
        (" :Loaf_2: ", "Loaf_2"),
        ("ab", "ab"),
        ("x" * 30, "x" * 30),
        ("x" * 31, None),
        ("a", None),
        ("", None),
        (":", None),
        ("::", None),
        ("two words", None),
        ("brød", None),
        ("lo-af", None),
        (":loaf", None),
        ("loaf\n:x", None),
        ("loaf\x00", None),
    ],
)
def test_a_shortcode_is_two_to_thirty_plain_letters(typed: str, shortcode: str | None) -> None:
    wish, problems = read_wish(typed, "")
    if shortcode is None:
        assert [problem.field for problem in problems] == ["shortcode"]
    else:
        assert (wish.shortcode, problems) == (shortcode, [])


@pytest.mark.parametrize(
    ("width", "height", "is_fine"),
    [(128, 128, True), (100, 50, True), (101, 50, False), (256, 256, True), (257, 256, False)],
)
def test_a_picture_is_square_more_or_less(width: int, height: int, is_fine: bool) -> None:
    for shape in ((width, height), (height, width)):
        assert (not check_shape(*shape)) is is_fine


def test_a_category_is_one_short_line() -> None:
    assert read_category("  Bread\n and more ") == "Bread and more"
    assert len(read_category("x" * 80)) <= 50


def test_names_are_found_where_they_would_be_shown() -> None:
    html = '<p>:loaf: <a href="/:inside:">x:glued: at 12:30:45</a> :roll:</p>'
    assert shortcodes_in(html, "a < b :plain: > c", ":x: :no-dash:") == {"loaf", "roll", "plain"}
