"""What a filter finds in the words of a post."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.filters import model
from fedinet.filters.model import (
    Action,
    Context,
    Filter,
    FilteredPost,
    Keyword,
    check_contexts,
    expiry,
    match,
)
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId

NOW = datetime(2026, 11, 29, tzinfo=UTC)
POST = PostId(7)


def given(*keywords: tuple[str, bool], **more: object) -> Filter:
    found = tuple(
        Keyword(id=number, keyword=word, whole_word=whole)
        for number, (word, whole) in enumerate(keywords)
    )
    fields = {"id": 1, "owner_id": ActorId(1), "title": "t", "action": Action.WARN, **more}
    return Filter(contexts=(Context.HOME,), keywords=found, **fields)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("keyword", "whole", "text", "is_met"),
    [
        ("bread", True, "Bread!", True),
        ("bread", True, "gingerbread", False),
        ("bread", False, "gingerbread", True),
        ("c++", True, "I like C++, and more", True),
        ("#bread", True, "see #bread", True),
        ("#bread", True, "see #breads", False),
        ("rye  bread", True, "rye\nbread", True),
        ("(a+)+$", False, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", False),
        ("brød", True, "BRØD", True),
        ("パン", False, "おいしいパンです", True),
        ("ISPARTA", True, "\u0131sparta", True),
        ("kelvin", True, "\u212aelvin", True),
        ("\u017felect", True, "Select", True),
        ("STRAßE", True, "straẞe", True),
        ("Σίσυφος", True, "ΣΊΣΥΦΟΣ", True),
    ],
)
def test_words(keyword: str, whole: bool, text: str, is_met: bool) -> None:
    found = match([given((keyword, whole))], text, POST, NOW)
    assert [one.keywords for one in found] == ([(keyword,)] if is_met else [])


def test_words_that_do_not_stand_in_a_post_cost_no_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []
    pattern = model._pattern  # pyright: ignore[reportPrivateUsage]

    def counted(keyword: str, whole: bool) -> re.Pattern[str]:
        searched.append(keyword)
        return pattern(keyword, whole)

    monkeypatch.setattr(model, "_pattern", counted)
    many = given(*((f"rye number{number}", True) for number in range(500)))
    [found] = match([many], "Rye, rye  NUMBER77 and rye", POST, NOW)
    assert found.keywords == ("rye number77",)
    assert searched == ["rye number7", "rye number77"]


def test_all_that_was_met_is_told_and_what_has_ended_is_inert() -> None:
    listed = given(posts=(FilteredPost(id=3, post_id=POST),))
    words = given(("rye", True), ("oats", True), ("bread", True))
    ended = given(("rye", True), expires_at=NOW)
    later = given(("rye", True), expires_at=NOW + timedelta(seconds=1))
    found = match([listed, words, ended, later], "Rye bread", POST, NOW)
    assert [(one.filter, one.keywords, one.posts) for one in found] == [
        (listed, (), (POST,)),
        (words, ("rye", "bread"), ()),
        (later, ("rye",), ()),
    ]


def test_where_a_filter_looks_and_when_it_ends() -> None:
    assert check_contexts(["thread", "home", "home"]) == (Context.HOME, Context.THREAD)
    for names in ([], ["homes"], ["home", "x"]):
        with pytest.raises(Unprocessable):
            check_contexts(names)
    assert expiry(None, NOW) is None
    assert expiry(60, NOW) == NOW + timedelta(minutes=1)
    for seconds in (0, -1, 2**62):
        with pytest.raises(Unprocessable):
            expiry(seconds, NOW)
