"""Footnotes on our pages."""

import pytest

from fedinet.markup.compose import render
from fedinet.markup.footnotes import linked


def shown(source: str, key: str = "p7") -> str:
    html = render(source, mentions={}, tag_url=str).html
    return linked(html, key, notes="Footnotes", back="Back to the text")


def test_signs_lead_to_notes_and_back() -> None:
    assert shown("Bread[^a] and^[salt] and[^a]\n\n[^a]: rye\n\n    - dark") == (
        '<p>Bread<sup><a href="#p7-note-1" id="p7-sign-1">1</a></sup>'
        ' and<sup><a href="#p7-note-2" id="p7-sign-2">2</a></sup>'
        ' and<sup><a href="#p7-note-1">1</a></sup></p>'
        '<ol aria-label="Footnotes"><li id="p7-note-1"><p>rye</p><ul><li>dark</li></ul>'
        ' <a href="#p7-sign-1" aria-label="Back to the text: 1">↩\ufe0e</a></li>'
        '<li id="p7-note-2"><p>salt'
        ' <a href="#p7-sign-2" aria-label="Back to the text: 2">↩\ufe0e</a></p></li></ol>'
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>a</p>",
        "<p>10<sup>2</sup></p>",
        "<p>10<sup>2</sup></p><ol><li>a</li><li>b</li></ol>",
        "<p>a<sup>1</sup></p><ol><li>a</li><li>b</li></ol>",
        "<p>a<sup>1</sup></p><ol><li>a</li></ol><p>b</p>",
        "<p>a</p><ol><li>a<sup>1</sup></li></ol>",
        '<p><a href="x">a<sup>1</sup></a></p><ol><li>b</li></ol>',
        "<p>a<sup>1</sup></p><ul><li><ol></ol>",
    ],
)
def test_what_is_no_footnote_stays(html: str) -> None:
    assert linked(html, "p7", notes="Footnotes", back="Back") == html


def test_a_list_before_the_notes_is_none_of_them() -> None:
    html = shown("1. a\n2. b[^1]\n\n[^1]: c")
    assert html.count("<ol>") == html.count('<ol aria-label="Footnotes">') == 1
    assert html.count(" id=") == 2


def test_a_sign_inside_a_link_is_left_to_that_link() -> None:
    link = '<a href="https://b.example">b<sup>1</sup></a>'
    html = linked(f"<p>{link} c<sup>1</sup></p><ol><li>d</li></ol>", "p7", notes="N", back="B")
    assert html.startswith(f'<p>{link} c<sup><a href="#p7-note-1" id="p7-sign-1">1</a></sup></p>')
