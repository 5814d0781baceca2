"""Who may quote a post, and who is offered to."""

import pytest

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.posts.quoting import Answer, QuoteGranted, QuoteRefused, decide_quote, foresee


@pytest.mark.parametrize(
    ("policy", "who", "refused"),
    [
        (QuotePolicy.EVERYONE, {}, None),
        (QuotePolicy.EVERYONE, {"blocked": True}, "blocked"),
        (QuotePolicy.FOLLOWERS, {"follows_author": True}, None),
        (QuotePolicy.FOLLOWERS, {}, "quote_not_allowed"),
        (QuotePolicy.ASKED, {"follows_author": True}, "quote_not_allowed"),
        (QuotePolicy.NOBODY, {"follows_author": True}, "quote_not_allowed"),
        (QuotePolicy.NOBODY, {"is_author": True}, None),
        (None, {"follows_author": True}, "quote_not_allowed"),
    ],
)
def test_a_post_to_everyone_is_quoted_by_its_policy(
    policy: QuotePolicy | None, who: dict[str, bool], refused: str | None
) -> None:
    asks = {"is_author": False, "follows_author": False, "blocked": False, **who}
    decided = decide_quote(Visibility.EVERYONE, policy, **asks)
    assert decided == (QuoteGranted() if refused is None else QuoteRefused(refused))


@pytest.mark.parametrize(
    "visibility", [one for one in Visibility if one is not Visibility.EVERYONE]
)
def test_a_narrower_post_is_quoted_by_nobody_whatever_its_policy(visibility: Visibility) -> None:
    decided = decide_quote(
        visibility, QuotePolicy.EVERYONE, is_author=False, follows_author=True, blocked=False
    )
    assert decided == QuoteRefused("not_public")
    assert Answer.DENIED is foresee(
        visibility, QuotePolicy.EVERYONE, is_own=True, is_local=True, follows_author=True
    )


@pytest.mark.parametrize(
    ("policy", "who", "answer"),
    [
        (QuotePolicy.EVERYONE, {}, Answer.AUTOMATIC),
        (QuotePolicy.FOLLOWERS, {"follows_author": True}, Answer.AUTOMATIC),
        (QuotePolicy.FOLLOWERS, {}, Answer.DENIED),
        (QuotePolicy.ASKED, {}, Answer.MANUAL),
        (QuotePolicy.NOBODY, {"follows_author": True}, Answer.DENIED),
        (QuotePolicy.NOBODY, {"is_own": True}, Answer.AUTOMATIC),
        (None, {}, Answer.DENIED),
        (None, {"is_local": False}, Answer.UNKNOWN),
    ],
)
def test_what_becomes_of_the_wish_to_quote(
    policy: QuotePolicy | None, who: dict[str, bool], answer: Answer
) -> None:
    asks = {"is_own": False, "is_local": True, "follows_author": False, **who}
    assert foresee(Visibility.EVERYONE, policy, **asks) is answer
