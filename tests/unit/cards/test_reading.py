"""What a page may say of itself, and what is left of it."""

import pytest

from fedinet.cards.model import MAX_DESCRIPTION, MAX_TITLE, Card, first_link
from fedinet.cards.reading import read_page, with_oembed

URL = "https://news.example/a/story"
HTML = {"Content-Type": "text/html; charset=utf-8"}


def card_of(html: str | bytes, headers: dict[str, str] = HTML) -> Card | None:
    return read_page(html if isinstance(html, bytes) else html.encode(), URL, headers).card


def test_open_graph_comes_before_the_rest() -> None:
    page = read_page(
        b"""<html lang=nl-BE><title>Plain</title>
        <meta property="og:title" content="  A &amp; B "><meta name="description" content="Plain">
        <meta property="og:description" content="About it">
        <meta property="og:site_name" content="News">
        <meta property="og:image" content="/pic.jpg"><meta property="og:image:width" content="640">
        <meta property="og:image:alt" content="A loaf"><meta name="author" content="Ada">
        <meta property="article:published_time" content="2026-01-02T03:04:05+01:00">
        <link type="application/json+oembed" href="/oembed?x=1">""",
        URL,
        HTML,
    )
    assert page.oembed == "https://news.example/oembed?x=1"
    assert page.card == Card(
        url=URL,
        title="A & B",
        description="About it",
        language="nl",
        author="Ada",
        provider="News",
        image="https://news.example/pic.jpg",
        image_description="A loaf",
        width=640,
        published_at="2026-01-02T02:04:05.000Z",
    )


def test_json_ld_tells_headline_and_author() -> None:
    card = card_of(
        '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "headline": "H",'
        '"author": [{"name": "Bo", "url": "https://bo.example/"}], "datePublished": "2026-01-02"}]}'
        "</script>"
    )
    assert card is not None
    assert (card.title, card.author, card.author_url) == ("H", "Bo", "https://bo.example/")
    assert card.published_at == "2026-01-02T00:00:00.000Z"


HOSTILE = [
    pytest.param(b"", None, id="nothing"),
    pytest.param(b"\xff\xfe\x00\x01<title>", None, id="no text at all"),
    pytest.param("<title>caf\xe9</title>".encode("latin-1"), "caf\ufffd", id="wrong charset"),
    pytest.param(
        b"<meta charset='no-such-set'><title>Kept</title>", "Kept", id="a charset that is none"
    ),
    pytest.param(
        "<title>\u202eevil\u2066</title>".encode(), "evil", id="changes of direction are left out"
    ),
    pytest.param("<title>شكرا</title>".encode(), "شكرا", id="right to left stays"),
    pytest.param(b"<title>a<b>b</title>", "a<b>b", id="tags in a title are text"),
    pytest.param(
        b"<title>" + b"<div>" * 90000, "<div>" * 39 + "<div…", id="a title that never ends"
    ),
    pytest.param(b"<div>" * 100_000 + b"<title>late</title>", None, id="deeper than any page"),
    pytest.param(b"<title>x\x00y</title>", "xy", id="NUL"),
    pytest.param(
        b'<title>T</title><script type="application/ld+json">' + b"[" * 50_000, "T", id="deep JSON"
    ),
]


@pytest.mark.parametrize(("body", "title"), HOSTILE)
def test_hostile_pages_give_bounded_text_or_nothing(body: bytes, title: str | None) -> None:
    card = card_of(body)
    assert (None if card is None else card.title) == title


def test_words_are_one_bounded_line() -> None:
    card = card_of(
        f"<title>{'t' * 10_000}</title><meta name=description content='{'d ' * 9000}\n'>"
    )
    assert card is not None
    assert len(card.title) == MAX_TITLE
    assert len(card.description) <= MAX_DESCRIPTION
    assert card.title.endswith("…")


@pytest.mark.parametrize(
    "image",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "https://u:p@x.example/",
        "http://[",
        "a" * 3000,
    ],
)
def test_only_addresses_of_the_web_are_pictures(image: str) -> None:
    card = card_of(f"<title>T</title><meta property='og:image' content='{image}'>")
    assert card is not None
    assert card.image == ""


def test_charset_of_the_header_counts_first() -> None:
    body = "<meta charset=utf-8><title>caf\xe9</title>".encode("latin-1")
    card = card_of(body, {"Content-Type": "text/html; charset=ISO-8859-1"})
    assert card is not None
    assert card.title == "café"


@pytest.mark.parametrize(
    ("rules", "description", "image"),
    [
        ("nosnippet", "", "https://news.example/p"),
        ("noimageindex", "D", ""),
        ("none", "", ""),
        ("noindex", "D", "https://news.example/p"),
    ],
)
def test_robots_rules_leave_out_words_and_pictures(
    rules: str, description: str, image: str
) -> None:
    html = "<title>T</title><meta name=description content=D><meta property=og:image content=/p>"
    meta = card_of(f"{html}<meta name=robots content='follow, {rules}'>")
    header = card_of(html, HTML | {"X-Robots-Tag": rules})
    assert meta == header
    assert meta is not None
    assert (meta.description, meta.image) == (description, image)


def test_oembed_adds_names_and_never_html() -> None:
    card = Card(url=URL, title="T")
    body = b'{"type":"rich","html":"<script>","author_name":"Ada","provider_url":"javascript:x"}'
    assert with_oembed(card, body) == Card(url=URL, title="T", author="Ada")
    for broken in (b"", b"[]", b"[" * 20_000, b'{"author_name": 1}', b"\xff"):
        assert with_oembed(card, broken) == card


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<a href="https://a.example/x?a=1&amp;b=2#c">a</a>', "https://a.example/x?a=1&b=2"),
        ('<a href="https://b.example/@bo" class="u-url mention">@bo</a>', None),
        ('<a href="https://b.example/@bo">@<span>bo</span></a>', None),
        ('<a href="https://b.example/tags/x" class="mention hashtag" rel="tag">#x</a>', None),
        ('<a href="https://here.example/@ada/1">ours</a>', None),
        (
            '<a href="mailto:a@b.example">m</a> <a href="http://c.example/">c</a>',
            "http://c.example/",
        ),
        ("no link", None),
    ],
)
def test_the_first_page_elsewhere_gets_the_card(html: str, url: str | None) -> None:
    assert first_link(html, lambda found: found.startswith("https://here.example/")) == url
