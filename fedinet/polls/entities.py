"""Polls as apps know them. Pure.

Source: https://docs.joinmastodon.org/entities/Poll/
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from fedinet.http.json import timestamp
from fedinet.kernel.ids import PostId
from fedinet.polls.model import Poll


def entity(
    post_id: PostId,
    poll: Poll,
    *,
    chosen: Collection[int] | None,
    is_own: bool,
    now: datetime,
    emojis: Iterable[object] = (),
) -> dict[str, object]:
    """The Poll entity; it has the id of its post. ``chosen`` None: a visitor reads.

    ``emojis``: CustomEmoji entities of those that the post uses.
    """
    hidden = poll.hides_totals and not poll.has_ended(now)
    return {
        "id": str(post_id),
        "expires_at": None if poll.ends_at is None else timestamp(poll.ends_at),
        "expired": poll.has_ended(now),
        "multiple": poll.multiple,
        "votes_count": 0 if hidden else poll.total,
        "voters_count": None if hidden else poll.people,
        "options": [
            {"title": title, "votes_count": None if hidden else count}
            for title, count in zip(poll.titles, poll.counts, strict=True)
        ],
        "emojis": list(emojis),
        **({} if chosen is None else {"voted": is_own or bool(chosen), "own_votes": list(chosen)}),
    }
