"""What an overview says of whom: few words, and nobody passes for one of the community."""

from dataclasses import replace

import pytest

from fedinet.digests.gather import Item, Overview
from fedinet.digests.words import sections
from fedinet.http.i18n import catalogue
from fedinet.notifications.model import Kind
from tests.unit.posts.test_activities import ADA_ACTOR, BO_ACTOR, POST

PRETENDER = replace(BO_ACTOR, name="The stewards")


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    for language, words in (("en", "1,234"), ("nl", "1.234")):
        [section] = sections(Overview(matters=1234), catalogue(language).gettext, by_mail=True)
        assert words in section.lines[0].text


@pytest.mark.parametrize("by_mail", [True, False])
@pytest.mark.parametrize(
    ("item", "line"),
    [
        pytest.param(
            Item(Kind.MENTION, ADA_ACTOR, POST), "ada mentioned you: Hello you", id="ours"
        ),
        pytest.param(
            Item(Kind.REPLY, PRETENDER, POST),
            "The stewards (@bo@b.example) answered you: Hello you",
            id="somebody elsewhere",
        ),
        pytest.param(
            Item(Kind.FOLLOW_REQUEST, PRETENDER),
            "The stewards (@bo@b.example) asked to follow you",
            id="without a post",
        ),
        pytest.param(
            Item(Kind.QUOTE, ADA_ACTOR, POST, "Football"),
            "ada quoted you (You filter “Football”)",
            id="folded in by a filter",
        ),
    ],
)
def test_a_line_says_who_it_was(item: Item, line: str, by_mail: bool) -> None:
    [section] = sections(Overview(mentions=[item]), str, by_mail=by_mail)
    assert [one.text for one in section.lines] == [line]
