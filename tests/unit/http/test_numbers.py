"""Numbers in each language."""

import re

import pytest
from markupsafe import Markup

from fedinet.http.i18n import catalogue, languages
from fedinet.http.numbers import file_size, filled, number
from fedinet.http.speaking import functions


@pytest.mark.parametrize(
    ("language", "count", "small", "large"),
    [("en", "1,234,567", "1.5 MB", "1,234.6 GB"), ("nl", "1.234.567", "1,5 MB", "1.234,6 GB")],
)
def test_numbers_are_written_as_in_the_language(
    language: str, count: str, small: str, large: str
) -> None:
    text = catalogue(language).gettext
    assert number(1_234_567, text=text) == count
    assert file_size(1_500_000, text=text) == small
    assert file_size(1_234_567_890_123, text=text) == large
    assert [file_size(size, text=text) for size in (0, 7, 1_499)] == ["0 KB", "1 KB", "1 KB"]


@pytest.mark.parametrize(("language", "count"), [("en", "1,234"), ("nl", "1.234")])
def test_a_sentence_has_its_counts_as_the_language_writes_them(language: str, count: str) -> None:
    text = catalogue(language).gettext
    words = "%(num)d of %(all)d: %(name)s"
    assert filled(words, {"num": 999, "all": 1234, "name": "2026"}, text=text) == (
        f"999 of {count}: 2026"
    )
    said = filled(Markup("<b>%(all)d</b> %(name)s"), {"all": 1234, "name": "<i>"}, text=text)
    assert said == f"<b>{count}</b> &lt;i&gt;"
    assert count in functions(language)["ngettext"]("%(num)d file", "%(num)d files", 1234)


def test_a_name_that_runs_the_other_way_turns_no_sentence() -> None:
    one = functions("en")["gettext"]
    assert one("Shared by %(name)s, again", name="Ada") == "Shared by Ada, again"
    assert one("By %(name)s", name="שרה <b>") == "By \u2068שרה &lt;b&gt;\u2069"
    assert one("By %(name)s", name=Markup("<bdi>שרה</bdi>")) == "By <bdi>שרה</bdi>"


def test_every_language_says_how_a_number_is_written() -> None:
    for language in languages():
        assert re.fullmatch(r"1\D?234\D5", catalogue(language).gettext("1,234.5")), language
