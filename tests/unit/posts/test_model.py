"""Rules of posts: drafts, and the audience of an answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.audiences.model import Relation, Visibility, may_see
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.polls.model import PollDraft, new_poll
from fedinet.posts.model import (
    MAX_CHARACTERS,
    Change,
    Draft,
    FileChoice,
    Post,
    check,
    check_change,
    is_narrower,
    reply_visibility,
)

HELLO = Draft(text="Hello", visibility=Visibility.COMMUNITY)
POST = Post(
    id=PostId(1),
    uri=ObjectUri("https://a.example/posts/1"),
    page_url="https://a.example/@ada/1",
    author_id=ActorId(1),
    is_local=True,
    visibility=Visibility.COMMUNITY,
    html="<p>Hello</p>",
    root_id=PostId(1),
    published_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_draft_is_trimmed_and_its_line_ends_are_of_one_kind() -> None:
    draft = check(replace(HELLO, text="  one\r\ntwo\rthree \n", content_note=" a \n b "))

    assert (draft.text, draft.content_note) == ("one\ntwo\nthree", "a b")


def test_a_content_note_makes_a_post_sensitive() -> None:
    assert check(replace(HELLO, content_note="spiders")).sensitive
    assert not check(HELLO).sensitive


@pytest.mark.parametrize("text", ["", "  \n\t ", "a" * (MAX_CHARACTERS + 1), "a\x00b", "\ud800"])
def test_a_text_that_cannot_be_saved_is_refused_in_words(text: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check(replace(HELLO, text=text))
    assert refused.value.public != Unprocessable.public

    with pytest.raises(Unprocessable):
        check_change(Change(text=text), POST)


def test_a_poll_asks_something_whatever_is_shown_with_it() -> None:
    poll = PollDraft(options=("Tea", "Coffee"), lasts=timedelta(hours=1))
    file = (FileChoice(1),)
    asked = replace(POST, poll=new_poll(poll, POST.published_at))
    check(replace(HELLO, text="", files=file))
    check_change(Change(text="", files=file), POST)
    for ask in (
        lambda: check(replace(HELLO, text=" ", files=file, poll=poll)),
        lambda: check_change(Change(text=" ", files=file), asked),
    ):
        with pytest.raises(Unprocessable) as refused:
            ask()
        assert refused.value.public == "Write the question of your poll first"


def test_the_longest_text_is_accepted() -> None:
    assert len(check(replace(HELLO, text="ä" * MAX_CHARACTERS)).text) == MAX_CHARACTERS


def test_a_content_note_has_a_limit() -> None:
    with pytest.raises(Unprocessable, match="content note"):
        check(replace(HELLO, content_note="x" * 501))


@pytest.mark.parametrize(
    ("given_tag", "kept"), [("de", "de"), ("pt_BR", "pt-BR"), ("", None), (None, None)]
)
def test_a_language_is_a_tag(given_tag: str | None, kept: str | None) -> None:
    assert check(replace(HELLO, language=given_tag)).language == kept


@pytest.mark.parametrize("tag", ["<b>", "d" * 36, "déjà", "de; drop"])
def test_what_is_no_language_is_refused(tag: str) -> None:
    with pytest.raises(Unprocessable):
        check(replace(HELLO, language=tag))


@pytest.mark.parametrize(
    ("parent", "wanted", "result"),
    [
        ("everyone", "everyone", "everyone"),
        ("everyone", "community", "community"),
        ("quiet", "everyone", "quiet"),
        ("quiet", "followers", "followers"),
        ("everyone", "allies", "allies"),
        ("allies", "everyone", "allies"),
        ("allies", "followers", "allies"),
        ("allies", "community", "community"),
        ("followers", "allies", "followers"),
        ("community", "allies", "community"),
        ("followers", "everyone", "followers"),
        ("followers", "community", "followers"),
        ("community", "everyone", "community"),
        ("community", "followers", "community"),
        ("community", "mentioned", "mentioned"),
        ("mentioned", "everyone", "mentioned"),
        ("mentioned", "community", "mentioned"),
    ],
)
def test_an_answer_keeps_the_audience_or_a_narrower_one(
    parent: str, wanted: str, result: str
) -> None:
    assert reply_visibility(Visibility(parent), Visibility(wanted)) is Visibility(result)


@given(
    parent=st.sampled_from(Visibility),
    wanted=st.sampled_from(Visibility),
    relation=st.builds(
        Relation,
        is_member=st.booleans(),
        follows_author=st.booleans(),
        is_named=st.booleans(),
        of_ally=st.booleans(),
        blocked=st.booleans(),
    ),
)
def test_nobody_sees_an_answer_by_audience_alone_who_does_not_see_the_parent(
    parent: Visibility, wanted: Visibility, relation: Relation
) -> None:
    """For one and the same author; whom an answer names is named on purpose."""
    answer = reply_visibility(parent, wanted)
    if not relation.is_named and may_see(answer, relation):
        assert may_see(parent, relation)


@given(old=st.sampled_from(Visibility), new=st.sampled_from(Visibility))
def test_narrowing_is_one_way(old: Visibility, new: Visibility) -> None:
    assert not (is_narrower(new, old) and is_narrower(old, new))
    assert not is_narrower(old, old)
