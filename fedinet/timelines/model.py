"""What stands in a timeline. Pure."""

from dataclasses import dataclass
from typing import Final

from fedinet.kernel.ids import ActorId, PostId

HOME_CAPACITY: Final = 800
"""Rows that a home keeps; older ones are found on the profiles."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place in a timeline: a post, or somebody's boost of it.

    ``id`` is the post's or the boost's; both sort by time. The text is read by
    ``posts.store.list_visible``, with the gate once more.
    """

    id: int
    post_id: PostId
    boost_id: int | None = None
    booster_id: ActorId | None = None
