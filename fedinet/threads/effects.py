"""After commit: an answer that came by itself is a reason to look for the others."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from fedinet.db.query import Tx
from fedinet.posts.signals import Part, PostPublished, with_parts
from fedinet.queue.signals import Effect
from fedinet.threads import commands, store
from fedinet.threads.model import AGAIN_UNASKED, YOUNG_FOR


async def look_for_others(tx: Tx, facts: Sequence[PostPublished]) -> None:
    """Promise a small visit to each conversation that public answers came to, a little later."""
    post_ids = [fact.post_id for fact in with_parts(facts, Part.PARENT)]
    if not post_ids:
        return
    now = datetime.now(UTC)
    for post_id, root_id in await store.list_answered(tx, post_ids, now, AGAIN_UNASKED):
        await commands.promise(tx, post_id, root_id, asked=False, due_at=now + YOUNG_FOR)


EFFECTS: Final[Mapping[type, Effect]] = {PostPublished: look_for_others}
