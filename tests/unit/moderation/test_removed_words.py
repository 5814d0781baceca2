"""What is kept for stewards of posts that were taken away."""

from fedinet.audiences.model import Visibility
from fedinet.moderation.removing import words_of
from tests.unit.posts.test_articles import post


def test_a_long_post_leaves_room_for_the_others() -> None:
    long = post(html="<p>" + "One sentence of bread. " * 2000 + "</p>", attachments=())
    words = words_of([long, post(html="<p>Short.</p>", attachments=())])
    assert words.startswith("On bread\nOne sentence") and words.endswith("On bread\nShort.")
    assert " …\n\n" in words and len(words) <= 20_000


def test_what_not_every_steward_could_read_is_not_kept() -> None:
    assert words_of([post(visibility=Visibility.MENTIONED)]) == ""
    assert words_of([]) == ""
