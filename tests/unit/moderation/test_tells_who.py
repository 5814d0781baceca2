"""Words that a reported steward may read: those that do not say who wrote them."""

import pytest

from fedinet.moderation.model import tells_who, without_names

_NAMES = ("bo_maas", "Bo Maas", "Zoë", "王小明", "Søren")


@pytest.mark.parametrize(
    ("words", "tells"),
    [
        ("", False),
        ("Rude to both of us", False),
        ("Rude, says Bo", True),
        ("BO’S guests were hurt", True),
        ("Ask @bo_maas", True),
        ("It is maas who asks", True),
        ("Maas’ friends, and Maassen", True),
        ("zoë", True),
        ("Zoe was hurt", True),
        ("Zoe\u0308 was hurt", True),
        ("昨天王小明很难过", True),
        ("ask bomaas", True),
        ("Soren was there", True),
        ("\U0001d401\U0001d428 was there", True),
        ("The maa", False),
    ],
)
def test_words_that_hold_part_of_a_name_tell_who_wrote_them(words: str, tells: bool) -> None:
    assert tells_who(words, _NAMES) is tells
    assert not tells_who(words, ())


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Rude to both of us", "Rude to both of us"),
        ("I, Bo Maas, wrote to bo@maas.example", "I, […] […], wrote to […]"),
        ("Maassen’s @bo_maas saw Zoe\u0308", "[…]’s @[…] saw […]"),
        ("昨天王小明很难过", "昨天[…]很难过"),
        (
            "See https://other.example/@ada@loud.example/7",
            "See https://other.example/@ada@loud.example/7",
        ),
    ],
)
def test_names_are_left_out_of_words_that_must_be_read(words: str, left: str) -> None:
    assert without_names(words, _NAMES) == left
