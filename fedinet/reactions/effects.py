"""After the commit: a conversation that was muted stays so when it turns out to be longer."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.posts.signals import ThreadMoved
from fedinet.queue.signals import Effect
from fedinet.reactions import muted_store


async def keep_muted(tx: Tx, facts: Sequence[ThreadMoved]) -> None:
    """One after the other: a thread may have moved twice."""
    for fact in facts:
        await muted_store.move_muted(tx, fact.old_root, fact.new_root)


EFFECTS: Mapping[type, Effect] = {ThreadMoved: keep_muted}
