"""After commit: somebody looks at what new and changed posts link to."""

from collections.abc import Mapping, Sequence
from typing import Final

from fedinet.cards.jobs import LOOK_AT_LINKS
from fedinet.cards.store import list_with_links
from fedinet.db.query import Tx
from fedinet.posts.signals import PostEdited, PostPublished
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import Effect


async def look_at_links(tx: Tx, facts: Sequence[PostPublished] | Sequence[PostEdited]) -> None:
    """One job for all of them: a page that many link to is one page."""
    found = await list_with_links(tx, [fact.post_id for fact in facts])
    if found:
        await enqueue_job(tx, LOOK_AT_LINKS, {"post_ids": found})


EFFECTS: Final[Mapping[type, Effect]] = {PostPublished: look_at_links, PostEdited: look_at_links}
