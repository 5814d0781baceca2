"""A whole post for apps, which know no titles and no events."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.posts.facts import whole_html
from fedinet.posts.model import Post
from fedinet.vocab.about import NOTHING, About

STARTS = datetime(2027, 1, 14, 18, tzinfo=timezone(timedelta(hours=1)))


def post(about: About) -> Post:
    return Post(
        id=PostId(1), uri=ObjectUri("https://b.example/1"), page_url="", author_id=ActorId(1),
        is_local=False, visibility=Visibility.EVERYONE, html="<p>x</p>", root_id=PostId(1),
        published_at=datetime(2026, 1, 1, tzinfo=UTC), about=about,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("about", "html"),
    [
        (NOTHING, "<p>x</p>"),
        (About(title="<T>"), "<p><strong>&lt;T&gt;</strong></p><p>x</p>"),
        (
            About(starts_at=STARTS, ends_at=STARTS + timedelta(hours=2), zone="Europe/Berlin",
                  place="c-base", state="cancelled"),
            "<p>Cancelled<br>2027-01-14 18:00 – 20:00 (Europe/Berlin)<br>c-base</p><p>x</p>",
        ),
        (About(starts_at=STARTS, ends_at=STARTS + timedelta(days=1)),
         "<p>2027-01-14 18:00 – 2027-01-15 18:00 (UTC+01:00)</p><p>x</p>"),
        (About(starts_at=STARTS, whole_days=True), "<p>2027-01-14</p><p>x</p>"),
        (
            About(duration_s=3727, link="https://b.example/?a&b"),
            '<p>1:02:07</p><p>x</p><p><a href="https://b.example/?a&amp;b" '
            'rel="nofollow noopener noreferrer">https://b.example/?a&amp;b</a></p>',
        ),
    ],
)  # fmt: skip
def test_what_an_app_is_shown(about: About, html: str) -> None:
    assert whole_html(post(about)) == html
