"""After the commit: authors elsewhere are asked whether our members may quote them. Idempotent."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.posts import quote_store
from fedinet.posts.signals import PostPublished
from fedinet.queue.signals import Effect
from fedinet.quotes.sending import send_request


async def ask(tx: Tx, facts: Sequence[PostPublished]) -> None:
    for quote in await quote_store.list_to_ask(tx, [fact.post_id for fact in facts]):
        await send_request(tx, quote)


EFFECTS: Mapping[type, Effect] = {PostPublished: ask}
