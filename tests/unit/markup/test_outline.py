"""Where headings stand."""

import pytest

from fedinet.markup.outline import below, without_headings
from fedinet.markup.sanitise import clean_html

TEXT = '<h2>a</h2><p>x</p><h3 lang="de">b</h3><h2>c</h2>'


@pytest.mark.parametrize(
    ("highest", "levels"), [(2, "23"), (4, "45"), (5, "56"), (6, "66")], ids=str
)  # fmt: skip
def test_headings_stand_below_what_the_page_says(highest: int, levels: str) -> None:
    first, second = levels

    assert below(TEXT, highest) == (
        f'<h{first}>a</h{first}><p>x</p><h{second} lang="de">b</h{second}><h{first}>c</h{first}>'
    )


def test_apps_are_shown_strong_paragraphs() -> None:
    assert without_headings(TEXT) == (
        "<p><strong>a</strong></p><p>x</p><p><strong>b</strong></p><p><strong>c</strong></p>"
    )


def test_nothing_gets_out_of_an_attribute() -> None:
    """What is taken away ends where the parser says, and not where a sign in a value is."""
    html = clean_html('<h2 lang="a&gt;&lt;script&gt;x()&lt;/script&gt;">T</h2>')

    assert "<script" not in without_headings(html)


@pytest.mark.parametrize(
    ("html", "clean", "shown"),
    [
        ('<h2 lang="x y">t</h2>', '<h2 lang="x y">t</h2>', "<p><strong>t</strong></p>"),
        ("<h2>a<p>b</p></h2>", "<h2>a b </h2>", "<p><strong>a b </strong></p>"),
        ("<h2><div>T</div></h2>x", "<h2> T </h2>x", "<p><strong> T </strong></p>x"),
        ("<h2><ol start=3><li>T</ol></h2>", "<h2>  T  </h2>", "<p><strong>  T  </strong></p>"),
        ("<h2><i>a<h3>x</h3></i>y</h2>", "<h2><i>a x </i>y</h2>",
         "<p><strong><i>a x </i>y</strong></p>"),
        ("<h2><p></p></h2>x", "x", "x"),
    ],
)  # fmt: skip
def test_a_heading_is_one_line_and_what_stands_for_it_is_whole(
    html: str, clean: str, shown: str
) -> None:
    assert clean_html(html) == clean_html(clean) == clean
    assert without_headings(clean) == clean_html(shown) == shown
