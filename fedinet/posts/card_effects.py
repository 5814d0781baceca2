"""After commit: the page that a post links to is read; a little later for posts from elsewhere.

A post reaches many servers at once; each waits for a moment of its own, so that
the page is not asked by all of them together.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.cards.jobs import promise_read
from fedinet.cards.store import list_with_links
from fedinet.db.query import Tx
from fedinet.posts.signals import PostEdited, PostPublished
from fedinet.queue.signals import Effect

_SPREAD_S: Final = 60.0


async def read_links(tx: Tx, facts: Sequence[PostPublished] | Sequence[PostEdited]) -> None:
    now = datetime.now(UTC)
    for post_id, is_local in await list_with_links(tx, [fact.post_id for fact in facts]):
        wait = 0.0 if is_local else random.uniform(1, _SPREAD_S)  # noqa: S311  # not a secret
        await promise_read(tx, post_id, now + timedelta(seconds=wait) if wait else None)


EFFECTS: Final[Mapping[type, Effect]] = {PostPublished: read_links, PostEdited: read_links}
