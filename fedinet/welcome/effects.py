"""After the commit: hellos are answered, or are gone. Idempotent."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.posts.signals import Part, PostDeleted, PostPublished, with_parts
from fedinet.queue.signals import Effect
from fedinet.welcome import store
from fedinet.welcome.commands import settle


async def note_answers(tx: Tx, facts: Sequence[PostPublished]) -> None:
    replies = [fact.post_id for fact in with_parts(facts, Part.PARENT)]
    if replies and (answered := await store.answer(tx, replies)):
        await settle(tx, answered)


async def note_deleted(tx: Tx, facts: Sequence[PostDeleted]) -> None:
    await settle(tx, [fact.post_id for fact in facts])


EFFECTS: Mapping[type, Effect] = {PostPublished: note_answers, PostDeleted: note_deleted}
