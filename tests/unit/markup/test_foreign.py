"""Text of others in any form becomes clean HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.markup.foreign import html_of
from fedinet.markup.sanitise import clean_html
from tests.unit.markup.test_compose import cost

LINK = '<a href="https://a.example/" rel="nofollow noopener noreferrer">{}</a>'


@pytest.mark.parametrize(
    ("text", "form", "html"),
    [
        ("<p onclick=x>a</p>", "html", "<p>a</p>"),
        ("# Hi\n\n*a* <b>\nb", "markdown",
         "<h2>Hi</h2><p><em>a</em> &lt;b&gt;<br>\nb</p>"),
        ("![a <picture>](https://a.example/p.png)", "markdown", "<p>a &lt;picture&gt;</p>"),
        ("[x](javascript:alert(1))", "markdown", "<p>[x](javascript:alert(1))</p>"),
        ("[x](https://a.example/)", "markdown", f"<p>{LINK.format('x')}</p>"),
        ("a *b* <i>\n\n    c", "plain", "<p>a *b* &lt;i&gt;</p><p>c</p>"),
        ("see https://a.example/", "plain",
         f"<p>see {LINK.format('https://a.example/')}</p>"),
        ("", "markdown", ""),
    ],
)  # fmt: skip
def test_each_form(text: str, form: str, html: str) -> None:
    assert html_of(text, form) == html


@given(st.text(), st.sampled_from(["html", "markdown", "plain"]))
def test_what_comes_out_is_clean(text: str, form: str) -> None:
    html = html_of(text, form)

    assert clean_html(html) == html


@pytest.mark.parametrize("form", ["markdown", "plain"])
def test_ten_times_as_many_signs_take_ten_times_as_long(form: str) -> None:
    """As with what members write: the rules are the same."""
    for unit in ("<http://", "[", "![", "- a\n  - b\n"):
        few = max(cost(lambda unit=unit: html_of((unit * 1000)[:1000], form)), 0.004)
        assert cost(lambda unit=unit: html_of((unit * 10_000)[:10_000], form)) < 40 * few, unit
