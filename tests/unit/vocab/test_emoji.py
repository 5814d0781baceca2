"""Emoji tags and reactions as other servers write them."""

import pytest

from fedinet.vocab.actor import parse_actor
from fedinet.vocab.emoji import RemoteEmoji, is_emoji, parse_emojis, parse_reaction

URL = "https://b.example/e/blob.png"


def tag(name: object, url: object = URL) -> dict[str, object]:
    return {"type": "Emoji", "name": name, "icon": {"type": "Image", "url": url}}


@pytest.mark.parametrize(
    "text", ["❤", "❤️", "👍🏽", "👩‍💻", "🏳️‍🌈", "🇳🇱", "1️⃣", "‼️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "⭐", "♾️", "↔️"]
)
def test_what_is_an_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text", ["", "a", "1", "👍 👍", "<b>", "ok👍", "👍" * 30, "👍ok", "\u200d", "é"]
)
def test_what_is_none(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    ("said", "name", "has_picture"),
    [
        ({"content": "🎉"}, "🎉", False),
        ({"_misskey_reaction": "🎉"}, "🎉", False),
        ({"content": ":blob:", "tag": tag(":blob:")}, ":blob:", True),
        ({"content": ":blob@b.example:", "tag": [tag("blob")]}, ":blob:", True),
        ({"content": ":blob:", "tag": [tag(":other:")]}, ":blob:", False),
    ],
)
def test_a_reaction_is_an_emoji_or_a_shortcode(
    said: dict[str, object], name: str, has_picture: bool
) -> None:
    reaction = parse_reaction({"type": "Like", **said})
    assert reaction is not None
    assert (reaction.name, reaction.custom is not None) == (name, has_picture)


@pytest.mark.parametrize("content", [None, "", "nice", "<p>🎉</p>", ":x:", ":a b:", {"en": "🎉"}])
def test_other_words_are_no_reaction(content: object) -> None:
    assert parse_reaction({"type": "Like", "content": content}) is None


@pytest.mark.parametrize(
    "bad",
    [
        tag(":blob:", None),
        tag(":blob:", "javascript:alert(1)"),
        tag(":blob:", "https://b.example/" + "x" * 3_000),
        tag(":b:"),
        tag(":blob cat:"),
        tag({"en": ":blob:"}),
        {"type": "Hashtag", "name": ":blob:", "icon": {"url": URL}},
        "blob",
    ],
)
def test_a_tag_that_cannot_be_shown_is_left_out(bad: object) -> None:
    assert parse_emojis({"tag": [bad]}, "so :blob: and :b:") == ()


def test_only_what_occurs_is_read_and_the_first_of_two_counts() -> None:
    other = "https://b.example/e/other.png"
    tags = [tag(":blob:"), tag(":blob:", other), tag(":unused:")]
    assert parse_emojis({"tag": tags}, "<p>:blob: :unknown:</p>") == (RemoteEmoji("blob", URL),)


def test_a_thousand_emoji_in_a_name_are_bounded() -> None:
    names = [f":e{number:04}:" for number in range(1_000)]
    uri = "https://b.example/users/bo"
    actor = parse_actor(
        {
            "id": uri,
            "type": "Person",
            "preferredUsername": "bo",
            "inbox": f"{uri}/inbox",
            "name": "".join(names),
            "tag": [tag(name) for name in names],
        }
    )
    assert len(actor.emojis) == 100
