"""How an article is shown in lists."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.audiences.model import Visibility
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.pictures import digest
from fedinet.kernel.problems import problems_of
from fedinet.posts import activities
from fedinet.posts.articles import article_of, first_sentences
from fedinet.posts.model import (
    MAX_ARTICLE_CHARACTERS,
    Attachment,
    Change,
    Draft,
    Post,
    check,
    check_change,
)
from fedinet.vocab.about import About
from tests.unit.posts.test_activities import ADA_ACTOR

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


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<p>{'Bread is patient. ' * 2000}</p>", id="one paragraph"),
        pytest.param(f"{'<b></b>' * 1000}<p>{'Bread is patient. ' * 2000}</p>", id="much markup"),
    ],
)
def test_a_text_of_one_long_paragraph_begins_too(html: str) -> None:
    found = article_of(post(html=html))
    assert found is not None
    assert found.beginning.startswith("Bread is patient. ") and len(found.beginning) < 320


@pytest.mark.parametrize(
    ("html", "beginning"),
    [
        ("<h2>Rye</h2><p>It waits.</p><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><p>Well.</p>",
         "It waits. Well."),
        ('<p>So.</p><pre lang="x">let it = wait()</pre>', "So."),
        ("<p>So.<sup>1</sup></p><ol><li>Said by bakers.</li></ol>", "So."),
        ("<p>Rye<sup>1</sup> on 2 m<sup>2</sup></p><ol><li>x</li></ol>", "Rye on 2 m2"),
        ("<p>(a + b)<sup>2</sup>, cos<sup>2</sup>, <i>x</i><sup>2</sup></p><ol><li>x</li></ol>",
         "(a + b)2, cos2, x2"),
        ("<p>Rye,<sup>1</sup> oats.<sup>2</sup></p><ol><li>x</li></ol>", "Rye, oats."),
        ('<p>So.<sup><a href="https://b.example/#n">[1]</a></sup></p><ol><li>x</li></ol>', "So."),
        ("<ol><li>Only</li><li>a list</li></ol>", "Only a list"),
        ("<h2>Rye</h2>" + LONG, LONG[3:323].rpartition(" One")[0]),
    ],
)  # fmt: skip
def test_lists_show_prose_of_an_article_and_no_more(html: str, beginning: str) -> None:
    article = article_of(post(html=html))
    assert article is not None and (article.beginning, article.summary) == (beginning, beginning)


def test_headings_are_lines_in_lists() -> None:
    article = article_of(post(html="<p>So.</p><h2>Rye</h2><p>It waits.</p>"))
    assert article is not None and article.beginning == ""
    assert article.in_lists == "<p>So.</p><p><strong>Rye</strong></p><p>It waits.</p>"


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


def test_one_picture_stands_in_a_text_as_often_as_many_may_and_those_without_place_below() -> None:
    places = "".join(f'<img data-file="{digest(one.url)}">' for one in [OTHER] * 2600 + [COVER])
    article = article_of(post(html=places, attachments=(OTHER, replace(COVER, is_cover=False))))
    assert article is not None
    inside = [picture.of for _, picture in article.parts if picture is not None]
    assert inside == [OTHER] * 16
    assert [file.of.url for file in article.below] == [COVER.url]


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


def said(**change: Any) -> dict[str, Any]:
    one = post(source="x", is_local=True, page_url="https://home.example/@ada/1", **change)
    return dict(activities.note_document(one, ADA_ACTOR, []))


def test_the_summary_of_a_noted_article_is_its_note_and_mastodon_may_show_it_as_html() -> None:
    document = said(content_note="Food & <script>", sensitive=True)
    assert (document["summary"], document["sensitive"]) == ("Food &amp; &lt;script&gt;", True)
    assert document["preview"]["summary"] == "Food & <script>" and document["preview"]["sensitive"]


def test_a_sensitive_article_without_a_note_has_no_summary_to_be_taken_for_one() -> None:
    assert said(sensitive=True)["summary"] is None


def test_a_title_is_text_on_the_wire_and_escaped_in_the_preview() -> None:
    document = said(about=About(title="<b>1 & 2</b>"), html="", attachments=())
    assert document["name"] == "<b>1 & 2</b>"
    assert document["preview"]["content"].startswith(
        "<p><strong>&lt;b&gt;1 &amp; 2&lt;/b&gt;</strong></p><p><a href="
    )
    assert document["summary"] is None and not {"image", "attachment"} & set(document["preview"])
    assert "image" not in document


def test_what_is_no_article_has_a_name_at_most() -> None:
    assert said(kind="Event")["name"] == "On bread" and "preview" not in said(kind="Event")
    assert not {"name", "preview", "image"} & set(said(kind="Note", about=About()))


@pytest.mark.parametrize(
    ("title", "text", "fields"),
    [
        ("On bread", "Bread", []),
        ("x" * 150, "x" * MAX_ARTICLE_CHARACTERS, []),
        ("x" * 151, "Bread", ["title"]),
        ("x" * 100_000, "Bread", ["title"]),
        (" \u200b\u202e\n", "Bread", ["title"]),
        ("", " ", ["title", "text"]),
        ("On\x00bread", "Bread", ["text"]),
    ],
)
def test_what_is_wrong_with_title_and_text_is_said_at_once(
    title: str, text: str, fields: list[str]
) -> None:
    draft = Draft(text=text, title=title, visibility=Visibility.EVERYONE)
    try:
        check(draft)
        found = list[str]()
    except Unprocessable as error:
        found = [problem.field for problem in problems_of(error, "text")]
    assert found == fields


def test_a_title_loses_what_nobody_sees() -> None:
    draft = Draft(text="x", title=" On \u202edaerb\n\tagain ", visibility=Visibility.EVERYONE)
    assert check(draft).title == "On daerb again"


def test_an_article_may_stay_long_when_an_app_changes_it() -> None:
    long = Change(text="x" * MAX_ARTICLE_CHARACTERS)
    assert check_change(long, post()).title is None
    with pytest.raises(Unprocessable):
        check_change(long, post(kind="Note"))
