"""After the commit: private posts stand in the conversations of those who take part."""

from collections.abc import Mapping, Sequence

from fedinet.conversations import store
from fedinet.db.query import Tx
from fedinet.posts.signals import Part, PostEdited, PostPublished, with_parts
from fedinet.queue.signals import Effect


async def place_posts(tx: Tx, facts: Sequence[PostPublished]) -> None:
    private = with_parts(facts, Part.NAMED)
    if private:
        silent = [fact.post_id for fact in private if fact.is_silent]
        await store.place_posts(tx, [fact.post_id for fact in private], silent=silent)


async def place_changed(tx: Tx, facts: Sequence[PostEdited]) -> None:
    silent = [fact.post_id for fact in facts if fact.is_silent]
    await store.place_changed(tx, [fact.post_id for fact in facts], silent=silent)


EFFECTS: Mapping[type, Effect] = {PostPublished: place_posts, PostEdited: place_changed}
