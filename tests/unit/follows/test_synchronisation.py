"""Two lists of the same followers, and what brings them together."""

from datetime import UTC, datetime, timedelta

from fedinet.follows.model import Follow, FollowState
from fedinet.follows.synchronisation import Known, compare
from fedinet.kernel.ids import ActorId, ActorUri

ASKED = datetime(2026, 8, 1, 12, tzinfo=UTC)
LONG_AGO = ASKED - timedelta(days=1)
ADA, CLEO = (ActorUri(f"https://home.example/users/{name}") for name in ("ada", "cleo"))


def known(uri: ActorUri, accepted_at: datetime | None) -> Known:
    state = FollowState.PENDING if accepted_at is None else FollowState.ACCEPTED
    follow = Follow(
        id=1,
        follower_id=ActorId(len(uri)),
        target_id=ActorId(99),
        state=state,
        uri="",
        created_at=LONG_AGO,
    )
    return Known(uri, follow, accepted_at)


def test_equal_lists_differ_in_nothing() -> None:
    assert not compare([known(ADA, LONG_AGO)], {ADA}, is_whole=True, asked_at=ASKED)


def test_who_waits_and_is_listed_was_granted() -> None:
    waiting = known(ADA, None)
    found = compare([waiting], {ADA}, is_whole=False, asked_at=ASKED)
    assert (found.granted, found.dropped, found.unknown) == ([waiting.follow], [], [])


def test_who_is_listed_and_follows_nobody_is_unknown() -> None:
    assert compare([known(ADA, LONG_AGO)], {ADA, CLEO}, is_whole=True, asked_at=ASKED).unknown == [
        CLEO
    ]


def test_who_is_missing_is_dropped_only_from_the_whole_list() -> None:
    ours = [known(ADA, LONG_AGO), known(CLEO, None)]
    assert compare(ours, set(), is_whole=True, asked_at=ASKED).dropped == [ours[0].follow]
    assert not compare(ours, set(), is_whole=False, asked_at=ASKED)


def test_what_was_accepted_since_the_question_stands() -> None:
    assert not compare([known(ADA, ASKED)], set(), is_whole=True, asked_at=ASKED)
