"""Under which rubric of the overviews a notification comes."""

import pytest

from fedinet.audiences.model import Visibility
from fedinet.digests.model import Rubric
from fedinet.digests.rubrics import rubric_of
from fedinet.notifications.model import Kind


@pytest.mark.parametrize(
    ("kind", "visibility", "rubric"),
    [
        (Kind.FOLLOW_REQUEST, None, Rubric.WAITING),
        (Kind.MENTION, Visibility.MENTIONED, Rubric.WAITING),
        (Kind.MENTION, Visibility.EVERYONE, Rubric.MENTIONS),
        (Kind.REPLY, Visibility.FOLLOWERS, Rubric.MENTIONS),
        (Kind.WELCOME, Visibility.COMMUNITY, Rubric.WAITING),
        (Kind.FOLLOW, None, None),
    ],
)
def test_where_it_comes(kind: Kind, visibility: Visibility | None, rubric: Rubric | None) -> None:
    assert rubric_of(kind, visibility) is rubric
