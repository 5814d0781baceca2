"""What a summary of problems calls its fields."""

import pytest

from fedinet.http.summary import with_names

LINE = '<li data-of="x">Say it.</li>'


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ('<label class="label" for="x">Your <i>name</i></label><input id="x">', "Your name:"),
        ('<label for="x">Why? <span class="meta">(optional)</span></label><p id="x">', "Why?"),
        ('<label for="y">Other</label><label for="x">a &lt; b</label><p id="x">', "a &lt; b:"),
        ('<fieldset id="x"><legend><svg><title>no</title></svg>Who</legend></fieldset>', "Who:"),
        ('<fieldset><legend class="label" id="x">Act</legend></fieldset>', "Act:"),
        ('<label><input type="checkbox" id="x"><span>On<small>more</small></span></label>', "On:"),
        ('<h2 id="x">Your other accounts</h2>', "Your other accounts:"),
    ],
)
def test_a_field_is_called_as_its_label_calls_it(part: str, said: str) -> None:
    line = f'<li><a href="#x"><b>{said}</b> Say it.</a></li>'
    assert with_names(LINE + part) == line + part


def test_a_field_without_a_label_is_told_by_its_sentence() -> None:
    assert with_names(LINE + '<p id="x">') == '<li><a href="#x">Say it.</a></li><p id="x">'


def test_nothing_leads_to_a_field_that_is_not_there_any_more() -> None:
    assert with_names(LINE) == "<li>Say it.</li>"


def test_a_page_without_problems_stays_as_it_is() -> None:
    page = "<label for=x>Name</label><li>&lt;li data-of=&#34;x&#34;&gt;</li>"
    assert with_names(page) == page
