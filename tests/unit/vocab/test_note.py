"""Posts as the servers of this network write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.vocab.about import About
from fedinet.vocab.attachment import MAX_ATTACHMENTS
from fedinet.vocab.note import (
    MAX_TAGS,
    Attachment,
    addressed_visibility,
    parse_note,
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
NOTE = {
    "id": "https://b.example/notes/1",
    "type": "Note",
    "attributedTo": "https://b.example/users/bo",
    "content": "<p>hello</p>",
}


def test_a_mastodon_note_is_read() -> None:
    note = parse_note(
        NOTE
        | {
            "summary": "CW",
            "sensitive": True,
            "inReplyTo": "https://a.example/posts/9",
            "published": "2026-08-01T10:00:00Z",
            "updated": "2026-08-01T12:30:00.123+02:00",
            "url": "https://b.example/@bo/1",
            "to": [PUBLIC],
            "cc": ["https://b.example/users/bo/followers"],
            "contentMap": {"de": "<p>hello</p>"},
            "attachment": [
                {"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png",
                 "name": "alt"},
            ],
            "tag": [
                {"type": "Mention", "href": "https://a.example/users/ada",
                 "name": "@ada@a.example"},
                {"type": "Hashtag", "href": "https://b.example/tags/x", "name": "#X"},
                {"type": "Emoji", "name": ":x:"},
            ],
        }
    )  # fmt: skip

    assert note.content == "<p>hello</p>"
    assert note.content_note == "CW"
    assert note.sensitive
    assert note.language == "de"
    assert note.published == datetime(2026, 8, 1, 10, tzinfo=UTC)
    assert note.updated == datetime(2026, 8, 1, 10, 30, 0, 123000, tzinfo=UTC)
    assert note.in_reply_to == "https://a.example/posts/9"
    assert note.url == "https://b.example/@bo/1"
    assert note.to == (PUBLIC,)
    assert note.mentions == (("https://a.example/users/ada", "@ada@a.example"),)
    assert note.hashtags == ("#X",)
    assert note.attachments == (Attachment("https://b.example/a.png", "image/png", "alt"),)


def test_a_note_needs_little() -> None:
    note = parse_note(NOTE)

    assert note.url == note.uri
    assert note.published is None
    assert note.mentions == note.hashtags == note.attachments == ()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"type": "Person"}, id="a person"),
        pytest.param({"type": None, "content": None, "name": "x"}, id="no type"),
        pytest.param({"id": None}, id="no id"),
        pytest.param({"id": "b.example/1"}, id="id that is no URL"),
        pytest.param({"attributedTo": None}, id="no author"),
        pytest.param({"attributedTo": "https://c.example/users/cy"}, id="author elsewhere"),
        pytest.param({"attributedTo": "http://b.example/users/bo"}, id="author of another scheme"),
        pytest.param({"content": None}, id="no content"),
        pytest.param({"content": "  \n"}, id="blank content"),
        pytest.param(
            {"content": None, "name": "Yes", "inReplyTo": "https://a.example/1"},
            id="a vote in a poll",
        ),
        pytest.param({"content": {"en": "x"}}, id="content that is an object"),
    ],
)
def test_what_is_no_post(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_note(NOTE | change)


def test_pictures_alone_are_a_post() -> None:
    picture = {"type": "Image", "url": {"type": "Link", "href": "https://b.example/a.png"}}

    note = parse_note(NOTE | {"content": "", "attachment": picture})

    assert note.attachments == (Attachment("https://b.example/a.png", "image/", ""),)


def test_an_article_becomes_title_lead_text_and_link() -> None:
    article = {"type": "Article", "name": "<Title>", "url": "https://b.example/art"}

    note = parse_note(NOTE | article | {"summary": "short"})

    assert note.about == About(title="<Title>", link="https://b.example/art")
    assert note.content == "<p>short</p><p>hello</p>"
    assert note.content_note == ""


@pytest.mark.parametrize(
    ("change", "content", "warning"),
    [
        pytest.param({"summary": "Hello &hellip;"}, "<p>hello</p>", "", id="its own beginning"),
        pytest.param({"summary": "<p>lead</p>"}, "<p>lead</p><p>hello</p>", "", id="with markup"),
        pytest.param({"summary": "Blood", "sensitive": True}, "<p>hello</p>", "Blood", id="warned"),
        pytest.param({"summary": "lead", "content": ""}, "lead", "", id="nothing else"),
        pytest.param(
            {"content": None, "preview": {"type": "Note", "content": "early"}}, "early", "",
            id="a preview",
        ),
        pytest.param({"content": None, "name": "Title"}, "", "", id="a title alone"),
    ],
)  # fmt: skip
def test_what_a_longer_text_says(change: dict[str, Any], content: str, warning: str) -> None:
    note = parse_note(NOTE | {"type": "Article"} | change)

    assert (note.content, note.content_note) == (content, warning)


def test_a_page_links_to_what_it_is_about() -> None:
    link = {"type": "Link", "href": 'https://news.example/?a="b"', "mediaType": "text/html"}

    note = parse_note(
        NOTE | {"type": "Page", "name": "News", "content": None, "attachment": [link]}
    )

    assert note.about == About(title="News", link='https://news.example/?a="b"')
    assert (note.content, note.attachments) == ("", ())


def test_a_video_names_its_person_its_page_and_its_file() -> None:
    note = parse_note(
        NOTE
        | {
            "type": "Video",
            "attributedTo": [
                {"type": "Group", "id": "https://b.example/channels/x"},
                {"type": "Person", "id": "https://b.example/users/bo"},
            ],
            "mediaType": "text/markdown",
            "content": "one <b>\n\ntwo\nthree",
            "url": [
                {"type": "Link", "mediaType": "video/mp4", "href": "https://b.example/v.mp4"},
                {"type": "Link", "mediaType": "text/html", "href": "https://b.example/v"},
            ],
            "language": {"identifier": "fr", "name": "French"},
        }
    )

    assert note.attributed_to == "https://b.example/users/bo"
    assert note.url == "https://b.example/v"
    assert note.language == "fr"
    assert (note.content, note.form) == ("one <b>\n\ntwo\nthree", "markdown")
    assert note.about.link == "https://b.example/v"
    assert note.attachments == (Attachment("https://b.example/v.mp4", "video/mp4", ""),)


def test_an_event_says_when_and_where() -> None:
    note = parse_note(
        NOTE
        | {
            "type": "Event",
            "name": "Meet",
            "actor": "https://b.example/users/cy",
            "attributedTo": "https://b.example/groups/g",
            "startTime": "2027-01-14T18:00:00+01:00",
            "location": {"type": "Place", "name": "c-base"},
        }
    )

    assert note.attributed_to == "https://b.example/users/cy"
    assert note.about.starts_at == datetime(2027, 1, 14, 17, tzinfo=UTC)
    assert (note.about.title, note.about.place) == ("Meet", "c-base")


def test_a_question_that_nobody_can_vote_in_lists_its_options() -> None:
    options = [{"type": "Note", "name": name} for name in ("<yes>", "no", "no")]

    note = parse_note(NOTE | {"type": "Question", "oneOf": options})

    assert note.content == "<p>hello</p><ul><li>&lt;yes&gt;</li><li>no</li><li>no</li></ul>"


def test_the_type_may_be_one_of_several() -> None:
    assert parse_note(NOTE | {"type": ["vf:Proposal", "Note"]}).kind == "Note"


@pytest.mark.parametrize(
    ("maps", "language"),
    [
        pytest.param({"contentMap": {"en": "x", "de": "<p>hello</p>"}}, "de", id="the same text"),
        pytest.param({"contentMap": {"pt-BR": "x"}}, "pt-BR", id="the first"),
        pytest.param({"contentMap": {"EN": "x"}}, "en", id="upper case"),
        pytest.param({"contentMap": {"'><script>": "x"}}, None, id="no language"),
        pytest.param({"contentMap": ["en"]}, None, id="no map"),
        pytest.param({"inLanguage": "nl"}, "nl", id="declared"),
    ],
)
def test_languages(maps: dict[str, Any], language: str | None) -> None:
    assert parse_note(NOTE | maps).language == language


def test_content_may_be_in_a_map_only() -> None:
    note = parse_note(NOTE | {"content": None, "contentMap": {"de": "<p>hallo</p>"}})

    assert (note.content, note.language) == ("<p>hallo</p>", "de")


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-13-01T00:00:00Z", 5, None, ["2026-01-01T00:00:00Z"],
     "0001-01-01T00:00+23:59",
     "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00Z" + "0" * 50],
)  # fmt: skip
def test_times_that_are_none(value: object) -> None:
    assert parse_note(NOTE | {"published": value}).published is None


def test_a_time_without_an_offset_is_utc() -> None:
    note = parse_note(NOTE | {"published": "2026-08-01T10:00:00"})

    assert note.published == datetime(2026, 8, 1, 10, tzinfo=UTC)


def test_lists_have_limits() -> None:
    pictures = [{"type": "Image", "url": f"https://b.example/{n}.png"} for n in range(100)]
    mention = {"type": "Mention", "name": "@x"}
    tags = [mention | {"href": f"https://b.example/{n}"} for n in range(1000)]

    note = parse_note(NOTE | {"attachment": pictures, "tag": tags})

    assert len(note.attachments) == MAX_ATTACHMENTS
    assert len(note.mentions) == MAX_TAGS


def test_a_note_may_have_a_title() -> None:
    note = parse_note(NOTE | {"name": "Looking for a <mentor>"})

    assert (note.about, note.content) == (About(title="Looking for a <mentor>"), "<p>hello</p>")


def test_files_that_are_no_media_are_left_out() -> None:
    pdf = {"type": "Document", "mediaType": "application/pdf", "url": "https://b.example/a.pdf"}

    assert parse_note(NOTE | {"attachment": [pdf, "junk", {"type": "Place"}]}).attachments == ()


def test_tags_that_are_none_are_left_out() -> None:
    tags = ["junk", {"type": "Mention"}, {"type": "Hashtag"}, {"type": "Emoji", "name": ":x:"}]

    note = parse_note(NOTE | {"tag": tags})

    assert note.mentions == note.hashtags == ()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a@b.example/",
        7,
        {},
    ],
)
def test_addresses_that_are_no_web_addresses_are_left_out(url: object) -> None:
    picture = {"type": "Image", "url": url}
    mention = {"type": "Mention", "href": url, "name": "@x"}

    note = parse_note(
        NOTE | {"url": url, "attachment": [picture], "tag": [mention], "inReplyTo": url}
    )

    assert note.url == note.uri
    assert note.attachments == note.mentions == ()
    assert note.in_reply_to is None


FOLLOWERS = "https://b.example/users/bo/followers"


@pytest.mark.parametrize(
    ("to", "cc", "reach"),
    [
        pytest.param([PUBLIC], [FOLLOWERS], "everyone", id="public"),
        pytest.param(["as:Public"], [], "everyone", id="public, prefixed"),
        pytest.param(["Public"], [], "everyone", id="public, bare"),
        pytest.param([FOLLOWERS], [PUBLIC], "quiet", id="quiet"),
        pytest.param([FOLLOWERS], ["https://a.example/users/ada"], "followers", id="followers"),
        pytest.param(
            ["https://a.example/users/ada"], [FOLLOWERS], "followers", id="followers in cc"
        ),
        pytest.param(["https://a.example/users/ada"], [], "mentioned", id="direct"),
        pytest.param([FOLLOWERS + "/"], [], "mentioned", id="nearly the followers"),
        pytest.param([], [], "mentioned", id="nobody"),
    ],
)
def test_visibility(to: list[str], cc: list[str], reach: str) -> None:
    assert addressed_visibility(to, cc, FOLLOWERS) == reach


def test_visibility_of_an_author_without_followers_collection() -> None:
    assert addressed_visibility([FOLLOWERS], [], None) == "mentioned"
