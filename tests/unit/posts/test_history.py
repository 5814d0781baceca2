"""What changed between versions of a post, word by word and within bounds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.posts.history import MOST_STEPS, compare, versions_of
from fedinet.posts.model import Revision
from tests.unit.posts.test_articles import post


def shown(before: str, now: str) -> str:
    signs = {"same": "{}", "added": "+{}+", "removed": "-{}-"}
    parts, _ = compare(before, now, MOST_STEPS)
    return " ".join(signs[part.mark].format(part.text) for part in parts)


LONG = " ".join(f"w{n}" for n in range(40))


@pytest.mark.parametrize(
    ("before", "now", "parts"),
    [
        ("tea at four", "tea at four", ""),
        ("tea\nat  four", "tea at four", ""),
        ("tea at four", "tea at five", "tea at -four- +five+"),
        ("", "tea", "+tea+"),
        ("tea", "", "-tea-"),
        ("a b c", "x y z", "-a b c- +x y z+"),
        ("a b c d", "a x c y", "a -b- +x+ c -d- +y+"),
        (f"{LONG} b {LONG}", f"{LONG} c {LONG}",
         "… w34 w35 w36 w37 w38 w39 -b- +c+ w0 w1 w2 w3 w4 w5 …"),
        (f"a {LONG} b", f"c {LONG} d",
         "-a- +c+ w0 w1 w2 w3 w4 w5 … w34 w35 w36 w37 w38 w39 -b- +d+"),
    ],
)  # fmt: skip
def test_words_that_went_and_came(before: str, now: str, parts: str) -> None:
    assert shown(before, now) == parts


def test_no_more_is_compared_than_there_are_steps_for() -> None:
    assert compare("a b c", "x y z", 8) == ((), 8)
    assert compare("a b c", "x y z", 9)[1] == 0
    assert compare("a b c d", "a x c d", 1)[1] == 0, "what stays at both ends costs nothing"


def test_no_more_is_read_than_the_page_has_time_for() -> None:
    long = "bread " * 5000
    revisions = [
        Revision(
            number=number,
            html=f"<p>{long}{number}</p>",
            source="",
            content_note="",
            sensitive=False,
            written_at=datetime(2026, 5, 1, tzinfo=UTC),
        )
        for number in range(1, 51)
    ]
    versions = versions_of(post(), revisions)
    told = [bool(version.words) for version in versions]
    assert told == [True] * 5 + [False] * 45, "of the newest 200,000 characters"


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_either_text_can_be_read_off_the_parts(before: list[str], now: list[str]) -> None:
    parts, _ = compare(" ".join(before), " ".join(now), MOST_STEPS)
    if before == now:
        assert parts == ()
    elif not any("…" in part.text for part in parts):
        for mark, words in (("removed", before), ("added", now)):
            kept = " ".join(part.text for part in parts if part.mark in ("same", mark))
            assert kept.split() == words
