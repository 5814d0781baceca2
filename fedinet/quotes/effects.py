"""After the commit: authors elsewhere are asked whether our members may quote them. Idempotent."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.posts import quote_store
from fedinet.posts.signals import Part, PostPublished, with_parts
from fedinet.queue.signals import Effect
from fedinet.quotes.sending import send_request


async def ask(tx: Tx, facts: Sequence[PostPublished]) -> None:
    quoting = with_parts(facts, Part.QUOTE)
    if quoting:
        for quote in await quote_store.list_to_ask(tx, [fact.post_id for fact in quoting]):
            await send_request(tx, quote)


EFFECTS: Mapping[type, Effect] = {PostPublished: ask}
