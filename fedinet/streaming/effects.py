"""After the commit: connected apps hear of it. Loses nothing that matters: apps read again.

``FIRST`` comes before the other slices' effects: what is deleted still stands in homes then.
``EFFECTS`` come after them: what is published stands there already.
"""

from collections.abc import Mapping, Sequence

from fedinet.announcements.signals import AnnouncementChanged, AnnouncementReacted
from fedinet.db.query import Tx
from fedinet.filters.signals import FiltersChanged
from fedinet.notifications.signals import LetThrough
from fedinet.posts.signals import PostDeleted, PostEdited, PostPublished
from fedinet.queue.signals import Effect
from fedinet.reactions.signals import Boosted
from fedinet.streaming import store
from fedinet.streaming.notices import tell


async def say_deleted(tx: Tx, facts: Sequence[PostDeleted]) -> None:
    for fact in facts:
        owners = await store.list_owners_with(tx, fact.post_id)
        await tell(tx, "deleted", owners, post_id=fact.post_id)


async def say_published(tx: Tx, facts: Sequence[PostPublished]) -> None:
    await tell(tx, "published", [fact.post_id for fact in facts])


async def say_edited(tx: Tx, facts: Sequence[PostEdited]) -> None:
    await tell(tx, "edited", [fact.post_id for fact in facts])


async def say_boosted(tx: Tx, facts: Sequence[Boosted]) -> None:
    await tell(tx, "boosted", [fact.boost_id for fact in facts])


async def say_filters_changed(tx: Tx, facts: Sequence[FiltersChanged]) -> None:
    await tell(tx, "filters", {fact.owner_id for fact in facts})


async def say_let_through(tx: Tx, facts: Sequence[LetThrough]) -> None:
    await tell(tx, "merged", {fact.owner_id for fact in facts})


async def say_announced(tx: Tx, facts: Sequence[AnnouncementChanged]) -> None:
    await tell(tx, "announced", {fact.announcement_id for fact in facts})


async def say_reacted(tx: Tx, facts: Sequence[AnnouncementReacted]) -> None:
    for number, name in {(fact.announcement_id, fact.name) for fact in facts}:
        await tell(tx, "reacted", [number], name=name)


FIRST: Mapping[type, Effect] = {PostDeleted: say_deleted}
EFFECTS: Mapping[type, Effect] = {
    PostPublished: say_published,
    PostEdited: say_edited,
    Boosted: say_boosted,
    FiltersChanged: say_filters_changed,
    LetThrough: say_let_through,
    AnnouncementChanged: say_announced,
    AnnouncementReacted: say_reacted,
}
