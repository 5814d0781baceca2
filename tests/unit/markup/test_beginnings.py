"""How a long text begins."""

import pytest

from fedinet.markup.beginnings import beginning_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("bread is patient " * 9, 6 * "bread is patient " + "bread is …", id="words"),
        pytest.param("bread " + "木" * 200, "bread " + "木" * 104 + " …", id="no blanks"),
        pytest.param("木" * 200, "木" * 110 + " …", id="none at all"),
        pytest.param("a" * 110 + " b", "a" * 110 + " …", id="a word that ends there"),
    ],
)
def test_it_ends_behind_a_word_where_there_are_words(text: str, shown: str) -> None:
    assert beginning_of(text, 110) == shown
