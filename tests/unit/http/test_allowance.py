"""What an app may still ask for: counted by who asks, anew in every stretch of five minutes."""

from pytest import MonkeyPatch

from fedinet.http import allowance
from fedinet.http.allowance import Left, Tally

_NOON = 1_795_608_000.0
_RESETS = "2026-11-25T12:05:00.000000Z"


def test_everybody_has_a_count_of_their_own_that_begins_anew() -> None:
    tally = Tally(2)
    left = [tally.spend("ada", _NOON + second).remaining for second in (0, 1, 298, 299)]
    assert left == [1, 0, -1, -1]
    assert tally.spend("bob", _NOON + 299) == Left(2, 1, _RESETS)
    assert tally.ends_at == _NOON + 300
    assert tally.spend("ada", _NOON + 300).remaining == 1


def test_very_many_do_not_make_the_process_remember_without_end(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "_MOST_KNOWN", 2)
    tally = Tally(3)
    assert [tally.spend(who, _NOON).remaining for who in "abcdea"] == [2, 2, 2, 1, 0, 1]
