"""Who may quote a post, and who is offered to."""

import pytest

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.posts.quoting import QuoteGranted, QuoteRefused, decide_quote, may_try


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
    assert not may_try(visibility, QuotePolicy.EVERYONE, is_own=True, is_local=True)
