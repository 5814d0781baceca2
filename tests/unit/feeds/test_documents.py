"""Feeds as readers parse them, whatever stands in a post."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from fedinet.feeds.documents import document
from fedinet.feeds.model import Entry, Feed

parsed = ElementTree.fromstring  # what is read here, we wrote
_ATOM = "{http://www.w3.org/2005/Atom}"
_AT = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
_HTML = '<p>a &lt; b & "c" ]]> é</p>'


def given_feed(*titles: str) -> Feed:
    entries = tuple(
        Entry(
            uri=f"https://a.example/posts/{number}",
            page=f"https://a.example/@ada/{number}?x=1&y=2",
            title=title,
            html=_HTML,
            language="nl",
            author="Ada & Bo",
            author_page="https://a.example/@ada",
            published_at=_AT,
            edited_at=_AT,
            tags=("Bread",),
        )
        for number, title in enumerate(titles)
    )
    return Feed(page="https://a.example/@ada", title="Ada", about="<b>", image="", entries=entries)


@pytest.mark.parametrize("title", ["plain", "<script>", "nul\x00 and \x1b\ufffe", "\U0001f35e"])
def test_whatever_stands_in_a_post_is_text(title: str) -> None:
    feed = given_feed(title)
    clean = title.translate({0: None, 0x1B: None, 0xFFFE: None})
    rss = parsed(document(feed, "rss", "https://a.example/@ada.rss"))
    assert rss.findtext("channel/item/title") == clean
    assert rss.findtext("channel/item/description") == _HTML
    assert rss.findtext("channel/item/pubDate") == "Sun, 29 Nov 2026 08:30:00 GMT"
    atom = parsed(document(feed, "atom", "https://a.example/@ada.atom"))
    assert atom.findtext(f"{_ATOM}entry/{_ATOM}title") == clean
    assert atom.findtext(f"{_ATOM}entry/{_ATOM}content") == _HTML
    assert atom.findtext(f"{_ATOM}updated") == "2026-11-29T08:30:00Z"


def test_an_empty_feed_is_a_feed() -> None:
    atom = parsed(document(given_feed(), "atom", "https://a.example/@ada.atom"))
    assert atom.findtext(f"{_ATOM}updated") == "1970-01-01T00:00:00Z"
