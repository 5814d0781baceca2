"""Who may follow whom, as a table."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fedinet.actors.model import Actor
from fedinet.follows.model import (
    FollowDecision,
    FollowGranted,
    FollowRefused,
    FollowState,
    decide_follow,
)
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl

ADA = Actor(
    id=ActorId(1),
    uri=ActorUri("https://home.example/users/ada"),
    username="ada",
    domain=Domain("home.example"),
    is_local=True,
    kind="Person",
    page_url="https://home.example/@ada",
    inbox_url=InboxUrl("https://home.example/users/ada/inbox"),
    joined_at=datetime(2026, 1, 1, tzinfo=UTC),
)
OPEN = replace(ADA, approves_followers=False)
BO = replace(ADA, id=ActorId(2), is_local=False, approves_followers=False)
NODE = replace(ADA, id=ActorId(3), kind="Application", approves_followers=False)
PENDING = FollowGranted(FollowState.PENDING)
ACCEPTED = FollowGranted(FollowState.ACCEPTED)


@pytest.mark.parametrize(
    ("follower", "target", "blocked", "expected"),
    [
        pytest.param(BO, ADA, False, PENDING, id="approval is the default"),
        pytest.param(BO, OPEN, False, ACCEPTED, id="no approval asked for"),
        pytest.param(ADA, BO, False, PENDING, id="their server decides, even an open one"),
        pytest.param(BO, replace(BO), False, FollowRefused("follow_of_self"), id="self"),
        pytest.param(
            BO,
            NODE,
            False,
            FollowRefused("follow_of_node_actor", is_answered=True),
            id="the server itself",
        ),
        pytest.param(BO, OPEN, True, FollowRefused("blocked", is_answered=True), id="blocked"),
        pytest.param(
            BO,
            replace(OPEN, moved_to="https://c.example/users/ada"),
            False,
            FollowRefused("target_moved", is_answered=True),
            id="moved away",
        ),
        pytest.param(
            BO, replace(OPEN, is_gone=True), False, FollowRefused("target_unavailable"), id="gone"
        ),
        pytest.param(
            ADA,
            replace(BO, is_suspended=True),
            False,
            FollowRefused("target_unavailable"),
            id="suspended here",
        ),
        pytest.param(
            replace(BO, is_gone=True),
            OPEN,
            False,
            FollowRefused("follower_unavailable"),
            id="by somebody gone",
        ),
        pytest.param(
            replace(BO, kind="Application"), OPEN, False, ACCEPTED, id="a remote bot may follow"
        ),
    ],
)
def test_decide_follow(
    follower: Actor, target: Actor, blocked: bool, expected: FollowDecision
) -> None:
    assert decide_follow(follower, target, blocked=blocked) == expected
