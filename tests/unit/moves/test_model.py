"""When a move holds, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.ids import ActorUri
from fedinet.moves.model import REST, Destination, LastMove, MoveRefused, decide_move

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
OLD, NEW = ActorUri("https://a.example/users/bo"), ActorUri("https://b.example/users/bo")
THERE = Destination(NEW, [OLD], None)
LATELY, LONG_AGO = NOW - REST + timedelta(seconds=1), NOW - REST


@pytest.mark.parametrize(
    ("to", "last", "expected"),
    [
        pytest.param(THERE, None, None, id="both sides want it"),
        pytest.param(Destination(NEW, [], None), None, "not_listed_back", id="no alias"),
        pytest.param(Destination(NEW, [NEW], None), None, "not_listed_back", id="wrong alias"),
        pytest.param(Destination(NEW, [OLD], OLD), None, "target_moved", id="back and forth"),
        pytest.param(Destination(OLD, [OLD], None), None, "malformed", id="to itself"),
        pytest.param(THERE, LastMove(NEW, LATELY), "no_change", id="replayed"),
        pytest.param(
            THERE, LastMove("https://c.example/bo", LATELY), "moved_lately", id="too soon"
        ),
        pytest.param(THERE, LastMove("https://c.example/bo", LONG_AGO), None, id="a week later"),
    ],
)
def test_a_move_holds_where_both_sides_want_it_and_not_too_often(
    to: Destination, last: LastMove | None, expected: str | None
) -> None:
    refused = None if expected is None else MoveRefused(expected)
    assert decide_move(OLD, to, last=last, now=NOW) == refused
