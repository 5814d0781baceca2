"""Which emoji stand in what somebody says of themselves. SQL of ``actors.emojis`` is here only."""

from collections.abc import Sequence
from dataclasses import replace

from fedinet.actors.model import Actor
from fedinet.db.query import Tx, query
from fedinet.emojis.model import Emoji
from fedinet.emojis.own_store import find_written
from fedinet.emojis.store import stored
from fedinet.kernel.ids import ActorId
from fedinet.kernel.uris import origin_of

_SET = query(
    "actors.set_emojis",
    "UPDATE actors SET emojis = $2::jsonb WHERE id = $1 AND emojis <> $2::jsonb",
)


async def set_emojis(tx: Tx, actor_id: ActorId, emojis: Sequence[Emoji]) -> None:
    await tx.execute(_SET, actor_id, stored(emojis))


async def with_own_emojis(tx: Tx, actor: Actor) -> Actor:
    """Look up those of our community that one of ours writes, and store them."""
    found = await find_written(
        tx,
        str(origin_of(actor.uri)),
        actor.summary_html + "".join(f"<p>{field.value}</p>" for field in actor.fields),
        actor.name,
        *(field.name for field in actor.fields),
    )
    if found == actor.emojis:
        return actor
    await set_emojis(tx, actor.id, found)
    return replace(actor, emojis=found)
