"""How many people a member may let in."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.invitations.model import Invitation, check_new
from fedinet.kernel.ids import AccountId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("max_uses", "open_now", "is_steward", "wrong"),
    [
        pytest.param(1, 0, False, [], id="one guest"),
        pytest.param(5, 9, False, [], id="the most"),
        pytest.param(6, 0, False, ["max_uses"], id="too many for a member"),
        pytest.param(100, 99, True, [], id="a steward fills a room"),
        pytest.param(0, 0, True, ["max_uses"], id="nobody"),
        pytest.param(None, 0, False, ["max_uses"], id="no number"),
        pytest.param(1, 10, False, ["note"], id="many are open"),
    ],
)
def test_links_are_few_and_small(
    max_uses: int | None, open_now: int, wrong: list[str], *, is_steward: bool
) -> None:
    problems = check_new(
        note="",
        max_uses=max_uses,
        lifetime="week",
        open_now=open_now,
        left=5,
        is_steward=is_steward,
    )
    assert [problem.field for problem in problems] == wrong


def test_members_have_so_many_links_in_a_month_and_stewards_do_not_count() -> None:
    for is_steward, wrong in ((False, ["note"]), (True, [])):
        problems = check_new(
            note="", max_uses=1, lifetime="day", open_now=0, left=0, is_steward=is_steward
        )
        assert [problem.field for problem in problems] == wrong


def test_an_invitation_ends_by_use_by_time_or_by_hand() -> None:
    def invitation(**changes: object) -> Invitation:
        given: dict[str, object] = {
            "id": 1,
            "created_by": AccountId(1),
            "note": "",
            "max_uses": 1,
            "uses": 0,
            "created_at": NOON,
            "expires_at": NOON + timedelta(days=1),
            "revoked_at": None,
            **changes,
        }
        return Invitation(**given)  # pyright: ignore[reportArgumentType]

    assert invitation().is_open(NOON)
    assert not invitation(uses=1).is_open(NOON)
    assert not invitation(revoked_at=NOON).is_open(NOON)
    assert not invitation().is_open(NOON + timedelta(days=1))
