"""The one gate as a table."""

import pytest

from fedinet.audiences.model import Relation, Visibility, may_see

STRANGER = Relation()
MEMBER = Relation(is_member=True)
FOLLOWER = Relation(follows_author=True)
NAMED = Relation(is_named=True)
ALLY = Relation(of_ally=True)
AUTHOR = Relation(is_author=True, is_member=True)
ALL_BUT_BLOCKED = Relation(is_member=True, follows_author=True, is_named=True, blocked=True)
FROM_A_BLOCKED_SERVER = Relation(follows_author=True, is_named=True, server_blocked=True)
HIDDEN = Relation(is_author=True, is_member=True, is_named=True, author_hidden=True)


@pytest.mark.parametrize(
    ("relation", "sees"),
    [
        pytest.param(STRANGER, {"everyone", "quiet"}, id="stranger"),
        pytest.param(MEMBER, {"everyone", "quiet", "allies", "community"}, id="member"),
        pytest.param(FOLLOWER, {"everyone", "quiet", "followers"}, id="follower"),
        pytest.param(NAMED, {"everyone", "quiet", "followers", "mentioned"}, id="named"),
        pytest.param(ALLY, {"everyone", "quiet", "allies"}, id="of an allied community"),
        pytest.param(AUTHOR, set(Visibility), id="author"),
        pytest.param(ALL_BUT_BLOCKED, set(), id="block takes everything away"),
        pytest.param(FROM_A_BLOCKED_SERVER, set(), id="so does a block of the server"),
        pytest.param(HIDDEN, set(), id="suspension hides even from the author"),
    ],
)
def test_who_sees_which_audience(relation: Relation, sees: set[str]) -> None:
    assert {v for v in Visibility if may_see(v, relation)} == sees
