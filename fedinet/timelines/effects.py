"""After the commit: homes follow what was written, boosted, followed and taken back.

Each effect is one statement for the whole batch, and idempotent.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from fedinet.db.query import Tx
from fedinet.follows.signals import FollowAccepted, FollowChanged, FollowEnded
from fedinet.kernel.ids import PostId
from fedinet.posts.signals import Part, PostDeleted, PostEdited, PostPublished, with_parts
from fedinet.queue.signals import Effect
from fedinet.reactions.signals import Boosted
from fedinet.tags.signals import TagUnfollowed
from fedinet.timelines import store

TRIM_EACH: Final = 256
"""Homes are cut once for about so many posts that come into them."""


async def place_posts(tx: Tx, facts: Sequence[PostPublished]) -> None:
    post_ids = [fact.post_id for fact in facts]
    tagged = [fact.post_id for fact in with_parts(facts, Part.TAGS)]
    await store.place_posts(tx, post_ids, tagged=tagged)
    await _trim(tx, post_ids)


async def place_edited(tx: Tx, facts: Sequence[PostEdited]) -> None:
    """Under a hashtag that it has now. Whom else it is for does not change."""
    post_ids = [fact.post_id for fact in facts]
    await store.place_tagged(tx, post_ids)
    await _trim(tx, post_ids)


async def place_boosts(tx: Tx, facts: Sequence[Boosted]) -> None:
    await store.place_boosts(tx, [fact.boost_id for fact in facts], datetime.now(UTC))


async def fill_home(tx: Tx, facts: Sequence[FollowAccepted]) -> None:
    """What somebody wrote lately is there as soon as one follows them."""
    await store.backfill(tx, [(fact.follower_id, fact.target_id) for fact in facts])


async def clear_home(tx: Tx, facts: Sequence[FollowEnded]) -> None:
    await store.remove(tx, [(fact.follower_id, fact.target_id) for fact in facts])


async def change_home(tx: Tx, facts: Sequence[FollowChanged]) -> None:
    """What is wanted again comes with the next post and as far back as for a new follow."""
    changed = [(fact.follower_id, fact.target_id) for fact in facts]
    await store.narrow(tx, changed)
    await store.backfill(tx, changed)


async def clear_tags(tx: Tx, facts: Sequence[TagUnfollowed]) -> None:
    await store.remove_tagged(tx, [(fact.owner_id, fact.tag) for fact in facts])


async def forget_posts(tx: Tx, facts: Sequence[PostDeleted]) -> None:
    await store.forget_posts(tx, [fact.post_id for fact in facts])


async def _trim(tx: Tx, post_ids: Sequence[PostId]) -> None:
    if any(post_id % TRIM_EACH == 0 for post_id in post_ids):
        await store.trim_homes(tx, post_ids)


EFFECTS: Mapping[type, Effect] = {
    PostPublished: place_posts,
    PostEdited: place_edited,
    Boosted: place_boosts,
    FollowAccepted: fill_home,
    FollowChanged: change_home,
    FollowEnded: clear_home,
    TagUnfollowed: clear_tags,
    PostDeleted: forget_posts,
}
