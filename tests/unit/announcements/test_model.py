"""What a steward may announce, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fedinet.announcements.model import MAX_CHARACTERS, read_wish

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begins", "ends", "wrong"),
    [
        ("Hello", "", "", []),
        ("Hello", "2027-02-01T18:00", "2027-02-02T18:00", []),
        ("Hello", "2027-01-01T18:00", "", []),
        ("Hello", "", "2027-02-01 18:00:00+02:00", []),
        (" \n", "", "", ["text"]),
        ("x" * (MAX_CHARACTERS + 1), "", "", ["text"]),
        ("Hello", "tomorrow", "0", ["begins", "ends"]),
        ("Hello", "", "2027-01-31T12:00", ["ends"]),
        ("Hello", "2027-02-02T18:00", "2027-02-01T18:00", ["ends"]),
        ("Hello", "9999-12-31T23:59", "", ["begins"]),
        ("Hello", "0001-01-01T00:00+23:59", "", ["begins"]),
    ],
)
def test_a_form_is_read_or_says_what_is_wrong(
    text: str, begins: str, ends: str, wrong: list[str]
) -> None:
    _, problems = read_wish(text, begins, ends, zone=ZoneInfo("UTC"), now=NOW)
    assert [problem.field for problem in problems] == wrong


def test_moments_are_those_of_the_writer_s_clock() -> None:
    brussels = ZoneInfo("Europe/Brussels")
    begins, ends = "2027-02-01T19:00", "2027-02-03T01:00+02:00"
    wish, _ = read_wish("Hello", begins, ends, zone=brussels, now=NOW)
    assert wish.published_at == NOW + timedelta(hours=30)
    assert wish.ended_at == datetime(2027, 2, 2, 23, tzinfo=UTC)
