"""How an article is shown in lists."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.posts.articles import article_of, first_sentences
from fedinet.posts.model import Attachment, Post
from fedinet.vocab.about import About

LONG = "<p>" + "One sentence of bread. " * 60 + "</p>"
COVER = Attachment("https://b.example/c.jpg", "image/jpeg", "A loaf", is_cover=True)
OTHER = Attachment("https://b.example/d.jpg", "image/jpeg")


def post(**change: Any) -> Post:
    uri = ObjectUri("https://b.example/1")
    return Post(
        **{
            "id": PostId(1), "uri": uri, "page_url": uri, "author_id": ActorId(1),
            "is_local": False, "visibility": Visibility.EVERYONE, "kind": "Article", "html": LONG,
            "root_id": PostId(1), "published_at": datetime(2026, 1, 1, tzinfo=UTC),
            "about": About(title="On bread"), "attachments": (COVER, OTHER),
        } | change
    )  # fmt: skip


def test_an_article_begins_with_its_first_sentences_and_its_cover() -> None:
    article = article_of(post())
    assert article is not None and article.cover is not None
    assert article.beginning.endswith("bread.") and len(article.beginning) <= 320
    assert (article.minutes, article.cover.of, article.picture) == (1, COVER, article.cover)
    assert [file.of for file in article.files] == [OTHER]


@pytest.mark.parametrize("change", [{"kind": "Note"}, {"kind": "Event"}, {"about": About()}])
def test_what_is_no_article(change: dict[str, Any]) -> None:
    assert article_of(post(**change)) is None


def test_a_short_text_stands_whole() -> None:
    article = article_of(post(html="<p>Short.</p>"))
    assert article is not None and article.beginning == ""


def test_a_long_text_without_a_cover_begins_with_its_first_picture() -> None:
    article = article_of(post(attachments=(OTHER,)))
    assert article is not None and article.picture is not None
    assert (article.cover, article.picture.of) == (None, OTHER)


@pytest.mark.parametrize(("change", "folded"), [({"sensitive": True}, False), ({}, True)])
def test_a_folded_picture_is_no_cover(change: dict[str, Any], folded: bool) -> None:
    article = article_of(post(**change), folded=folded)
    assert article is not None
    assert (article.cover, article.picture) == (None, None)
    assert [file.of for file in article.files] == [COVER, OTHER]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Short.", "Short."),
        ("A" * 150 + ". " + "b " * 400, "A" * 150 + "."),
        ("Hm. " + "word " * 100, "Hm. " + ("word " * 63).strip() + " …"),
        ("x" * 900, "x" * 320 + " …"),
        ("面包" * 80 + "。" + "面" * 400, "面包" * 80 + "。"),
    ],
)
def test_sentences_stay_whole_where_they_can(text: str, first: str) -> None:
    assert first_sentences(text) == first
