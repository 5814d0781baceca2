"""Who may boost what, as a table."""

import pytest

from fedinet.audiences.model import Visibility
from fedinet.reactions.model import may_boost, received_boost

EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


@pytest.mark.parametrize("visibility", list(Visibility))
def test_members_boost_only_what_is_for_everyone(visibility: Visibility) -> None:
    assert may_boost(visibility) is (visibility is EVERYONE)


@pytest.mark.parametrize(
    ("post", "addressed", "own", "expected"),
    [
        pytest.param(EVERYONE, EVERYONE, False, EVERYONE, id="public"),
        pytest.param(EVERYONE, QUIET, False, QUIET, id="quietly"),
        pytest.param(EVERYONE, FOLLOWERS, False, FOLLOWERS, id="to followers"),
        pytest.param(EVERYONE, MENTIONED, False, FOLLOWERS, id="to nobody in particular"),
        pytest.param(QUIET, EVERYONE, False, EVERYONE, id="peers boost quiet posts"),
        pytest.param(FOLLOWERS, EVERYONE, True, FOLLOWERS, id="own post to followers"),
        pytest.param(FOLLOWERS, FOLLOWERS, False, None, id="somebody else's post to followers"),
        pytest.param(COMMUNITY, EVERYONE, False, None, id="this community only"),
        pytest.param(MENTIONED, EVERYONE, True, None, id="people mentioned"),
    ],
)
def test_received_boost(
    post: Visibility, addressed: Visibility, own: bool, expected: Visibility | None
) -> None:
    assert received_boost(post, addressed, is_own_post=own) is expected
