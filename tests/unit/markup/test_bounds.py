"""Little HTML never becomes much: neither output nor work."""

import pytest

from fedinet.markup.bounds import MAX_GROWTH, bounded
from fedinet.markup.sanitise import MAX_HTML, clean_html, plain_text


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("<p><b lang={n}>", id="ever more open elements in every paragraph"),
        pytest.param("<h1 lang={n}><p>", id="headings that become strong"),
        pytest.param("<b x={n}></a>", id="end tags of something else"),
        pytest.param("<b x={n}></p>", id="end tags that open a paragraph"),
        pytest.param("<p><b x='</b>{n}'>", id="end tags inside of values"),
        pytest.param("<p><b x={n}><!--</b>-->", id="end tags inside of comments"),
        pytest.param("<b x={n}><select></b></select><p>", id="end tags that parsers overlook"),
        pytest.param("<title></b></title><p><b x={n}>", id="end tags that are text"),
    ],
)
def test_what_is_left_open_is_not_repeated_without_end(unit: str) -> None:
    html = "".join(unit.format(n=n) for n in range(MAX_HTML))[:MAX_HTML]
    assert len(clean_html(html)) <= MAX_HTML + MAX_GROWTH
    assert len(plain_text(html)) <= MAX_HTML


def test_one_long_link_before_many_paragraphs_is_not_repeated_in_each() -> None:
    html = f'<a href="https://e.example/{"a" * 40_000}">' + "<p>x" * 10_000
    assert len(clean_html(html)) <= MAX_HTML + MAX_GROWTH


def test_of_what_would_grow_the_words_are_kept() -> None:
    html = "".join(f"<p>word{n} <b lang={n}>" for n in range(4000))
    assert "word7" in clean_html(html)


def test_a_long_article_is_left_as_it_is() -> None:
    link = '<a href="https://e.example/a/long/path" rel="nofollow"><span>e.example</span></a>'
    html = f"<h2>News</h2><p>We <b>met</b> at {link}.</p><ul><li>One</li></ul>" * 600
    assert bounded(html) == html


def test_a_long_page_of_another_system_loses_what_is_unusual_and_keeps_its_links() -> None:
    part = (
        "<!-- wp:table --><figure><table><tr><td>1</td></tr></table></figure><style>p{}</style>"
        '<p>a < b, and <a href="https://e.example/" title="a">there</a></p>'
    )
    html = bounded(part * 500)
    assert html.count("<a href") == 500 and "<table" not in html and "p{}" not in html


def test_short_html_is_not_looked_at() -> None:
    assert bounded("<p><select>x") == "<p><select>x"
