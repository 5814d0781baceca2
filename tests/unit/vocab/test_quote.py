"""What posts quote, in every spelling, and what a stamp has to say."""

from typing import Any

import pytest

from fedinet.vocab.quote import QuoteClaim, is_stamp_for, read_claim, read_policy

ME = "https://b.example/notes/1"
BO = "https://b.example/users/bo"
QUOTED = "https://a.example/posts/9"
STAMP = "https://a.example/quotes/1"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AP = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
LINK: dict[str, Any] = {"type": "Link", "mediaType": AP, "href": QUOTED, "name": "RE: it"}


@pytest.mark.parametrize(
    ("document", "claim"),
    [
        ({"quote": QUOTED}, QuoteClaim(QUOTED, asks=True)),
        (
            {"quote": {"id": QUOTED}, "quoteAuthorization": STAMP},
            QuoteClaim(QUOTED, STAMP, asks=True),
        ),
        ({"quoteUri": QUOTED}, QuoteClaim(QUOTED)),
        ({"quoteUrl": QUOTED, "quoteAuthorization": STAMP}, QuoteClaim(QUOTED)),
        ({"_misskey_quote": QUOTED}, QuoteClaim(QUOTED)),
        ({"tag": [{"type": "Mention"}, LINK]}, QuoteClaim(QUOTED)),
        (
            {"tag": {**LINK, "name": "", "rel": "https://misskey-hub.net/ns#_misskey_quote"}},
            QuoteClaim(QUOTED),
        ),
        ({"tag": [LINK | {"name": "a link"}]}, None),
        ({"tag": [LINK | {"mediaType": "text/html"}]}, None),
        ({"tag": [{"type": "Hashtag"}] * 1000 + [LINK]}, None),
        ({"quote": ME}, None),
        ({"quote": ME, "tag": [LINK]}, None),
        ({"quote": "acct:x", "quoteUri": 7, "tag": "RE:"}, None),
    ],
)
def test_a_post_quotes_the_first_that_it_says(
    document: dict[str, Any], claim: QuoteClaim | None
) -> None:
    assert read_claim({"id": ME, **document}) == claim


@pytest.mark.parametrize(
    ("rule", "policy"),
    [
        ({"automaticApproval": PUBLIC}, "everyone"),
        ({"automaticApproval": [f"{BO}/followers"]}, "followers"),
        ({"automaticApproval": [BO], "manualApproval": [PUBLIC]}, "asked"),
        ({"automaticApproval": [BO]}, "nobody"),
        ({}, "nobody"),
        (None, None),
    ],
)
def test_who_may_quote_is_read(rule: object, policy: str | None) -> None:
    assert read_policy({"interactionPolicy": {"canQuote": rule}}, BO) == policy


GOOD: dict[str, Any] = {
    "id": STAMP,
    "type": "QuoteAuthorization",
    "attributedTo": "https://a.example/users/ada",
    "interactingObject": ME,
    "interactionTarget": QUOTED,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "https://a.example/quotes/2"},
        {"type": "Note"},
        {"attributedTo": "https://a.example/users/eve"},
        {"attributedTo": "https://b.example/users/bo"},
        {"interactingObject": "https://b.example/notes/2"},
        {"interactionTarget": "https://a.example/posts/8"},
        {"interactionTarget": None},
    ],
)
def test_a_stamp_is_for_one_post_by_one_author(wrong: dict[str, Any]) -> None:
    expected = {"uri": STAMP, "author": GOOD["attributedTo"], "quoting": ME, "quoted": QUOTED}

    assert is_stamp_for(GOOD, **expected)
    assert not is_stamp_for({**GOOD, **wrong}, **expected)
