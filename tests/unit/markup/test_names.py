"""Names for people to read, and hashtags that are one when they look like one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.markup.names import MAX_DISPLAY_NAME, clean_name, hashtag, isolated


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        pytest.param("Ada Lovelace", "Ada Lovelace", id="as usual"),
        pytest.param("  Ada\t\n Lovelace ", "Ada Lovelace", id="blanks"),
        pytest.param("Ada\u202eecalevoL\u202c", "AdaecalevoL", id="written backwards"),
        pytest.param("\u2066Ada\u2069\u200e\u200f\u061c", "Ada", id="bidi marks"),
        pytest.param("A\u200bd\ufeffa\u2060", "Ada", id="zero width"),
        pytest.param("A\x00d\x07a\x7f\x9b", "Ada", id="controls"),
        pytest.param("\u3164\u115f\u2800", "", id="nothing but blanks in disguise"),
        pytest.param("Z" + "\u0310" * 30 + "algo", "Z" + "\u0310" * 3 + "algo", id="towers"),
        pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", None, id="a family"),
        pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None, id="Persian"),
        pytest.param("Nguye\u0302\u0303n", None, id="two accents"),
        pytest.param("A" * 10_000, "A" * MAX_DISPLAY_NAME, id="endless"),
        pytest.param("a\ud800b", "ab", id="half a surrogate pair"),
    ],
)
def test_display_names(name: str, clean: str | None) -> None:
    assert clean_name(name) == (name if clean is None else clean)


@given(st.text(max_size=400))
def test_a_clean_name_is_one_line_and_stays_as_it_is(name: str) -> None:
    clean = clean_name(name)

    assert len(clean) <= MAX_DISPLAY_NAME
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in clean)
    assert clean_name(clean) == clean


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("#Fediverse", ("fediverse", "Fediverse")),
        ("Grüße", ("grusse", "Grüße")),
        ("#\uff26\uff45\uff44\uff49", ("fedi", "\uff26\uff45\uff44\uff49")),
        ("#東京", ("東京", "東京")),
        ("#a_1", ("a_1", "a_1")),
        (" #x ", ("x", "x")),
        ("#2026", None),
        ("#_", None),
        ("#", None),
        ("##x", None),
        ("#a b", None),
        ("#a-b", None),
        ("#<b>", None),
        ("#" + "a" * 101, None),
        ("#a\u202eb", None),
    ],
)
def test_hashtags(written: str, expected: tuple[str, str] | None) -> None:
    assert hashtag(written) == expected


@given(st.text(max_size=50))
def test_a_normalised_hashtag_is_its_own_spelling(written: str) -> None:
    tag = hashtag(written)

    if tag is not None and hashtag(tag[0]) is not None:
        assert hashtag(tag[0]) == (tag[0], tag[0])


@pytest.mark.parametrize(
    ("name", "within", "is_isolated"),
    [("Ada", "ltr", False), ("Zoë 7", "ltr", False), ("שרה", "ltr", True), ("Ada علي", "ltr", True),
     ("Ada", "rtl", True), ("שרה", "rtl", False), ("12:30", "rtl", False)],
)  # fmt: skip
def test_names_that_run_the_other_way(name: str, within: str, *, is_isolated: bool) -> None:
    assert isolated(name, within=within) == (f"\u2068{name}\u2069" if is_isolated else name)
