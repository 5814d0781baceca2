"""What is kept for stewards of posts that were reported, or taken away."""

from datetime import UTC, datetime, timedelta

from fedinet.kernel.ids import ActorId, PostId
from fedinet.moderation.removing import words_of
from fedinet.moderation.rights import Act, DoneAct
from fedinet.moderation.said import SaidThen, said_before, written_at
from fedinet.posts.model import Post
from tests.unit.posts.test_articles import post

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_long_post_leaves_room_for_the_others() -> None:
    long = post(html="<p>" + "One sentence of bread. " * 2000 + "</p>", attachments=())
    words = words_of([long, post(html="<p>Short.</p>", attachments=())])
    assert words.startswith("On bread\nOne sentence") and words.endswith("On bread\nShort.")
    assert " …\n\n" in words and len(words) <= 20_000
    assert words_of([]) == ""


def test_what_a_post_said_is_shown_where_it_says_that_no_more() -> None:
    same, changed = post(id=PostId(1)), post(id=PostId(2), edited_at=NOW)
    kept = [then(same, "Same"), then(post(id=PostId(2)), "Before"), then(changed, "After")]
    kept.append(SaidThen(post_id=PostId(3), said_at=NOW, words="Gone", is_there=False))
    read = {one.id: one for one in (same, changed)}
    assert [one.words for one in said_before(kept, read, [])] == ["Before", "Gone"]
    assert len(said_before(kept, {}, [])) == 4


def test_what_was_taken_away_is_not_shown_twice() -> None:
    picture = SaidThen(post_id=PostId(3), said_at=NOW, words="", is_there=False)
    kept = [then(post(id=PostId(1)), "A lie"), picture]
    for taken in ("A lie\n\nAnother", "One\n\nA lie", "A lie"):
        assert said_before(kept, {}, [removed("Else"), removed(taken)]) == [picture]
    assert said_before(kept, {}, [removed("It is A lie!")]) == kept, "words of another post"
    assert said_before(kept, {}, [removed("")]) == kept


def then(one: Post, words: str) -> SaidThen:
    return SaidThen(post_id=one.id, said_at=written_at(one), words=words, is_there=True)


def removed(said: str) -> DoneAct:
    return DoneAct(
        id=1, target_id=ActorId(1), act=Act.REMOVE, detail="", reason="", by_actor=None,
        by_whom="", report_id=None, reason_id=None, reason_language="",
        at=NOW + timedelta(days=1), said=said,
    )  # fmt: skip
