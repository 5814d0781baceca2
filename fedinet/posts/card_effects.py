"""After commit: somebody looks at what new and changed posts link to."""

from collections.abc import Mapping, Sequence
from typing import Final

from fedinet.cards.jobs import LOOK_AT_LINKS
from fedinet.cards.store import list_with_links
from fedinet.db.query import Tx
from fedinet.kernel.ids import PostId
from fedinet.posts.signals import Part, PostEdited, PostPublished, with_parts
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import Effect


async def look_at_new(tx: Tx, facts: Sequence[PostPublished]) -> None:
    await _look(tx, [fact.post_id for fact in with_parts(facts, Part.LINKS)])


async def look_at_edited(tx: Tx, facts: Sequence[PostEdited]) -> None:
    await _look(tx, [fact.post_id for fact in facts])


async def _look(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """One job for all of them: a page that many link to is one page."""
    found = await list_with_links(tx, post_ids) if post_ids else ()
    if found:
        await enqueue_job(tx, LOOK_AT_LINKS, {"post_ids": found})


EFFECTS: Final[Mapping[type, Effect]] = {PostPublished: look_at_new, PostEdited: look_at_edited}
