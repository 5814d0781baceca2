"""What stays of a local actor that is no more: a grave, and for a while a husk (``actors``)."""

from fedinet.actors.model import Actor
from fedinet.actors.store import announce_change
from fedinet.db.query import Tx, query
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId

_MAKE_HUSK = query(
    "actors.make_husk",
    """
    UPDATE actors
       SET uri = uri || '#left-' || id, username = 'left-' || id, gone_at = now(), name = '',
           summary_html = '', summary_source = '', fields = '[]', avatar_url = NULL,
           header_url = NULL, also_known_as = '{}', moved_to = NULL, revision = revision + 1
     WHERE id = $1 AND is_local AND gone_at IS NULL
    RETURNING id
""",
)
_INSERT_GRAVE = query(
    "actors.insert_grave",
    """
    INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url,
                        shared_inbox_url, outbox_uri, followers_uri, following_uri, gone_at)
    SELECT $2, origin, $3, domain, true, kind, page_url, inbox_url,
           shared_inbox_url, outbox_uri, followers_uri, following_uri, gone_at
      FROM actors WHERE id = $1
    RETURNING id
""",
)
_MOVE_KEYS = query("actors.move_keys", "UPDATE actor_keys SET actor_id = $2 WHERE actor_id = $1")
_MOVE_NAME = query("actors.move_name", "UPDATE names SET actor_id = $2 WHERE actor_id = $1")
_DELETE_HUSK = query(
    "actors.delete_husk", "DELETE FROM actors WHERE id = $1 AND is_local AND gone_at IS NOT NULL"
)


async def bury(tx: Tx, actor: Actor) -> ActorId:
    """Put a grave where a local actor was; returns its id.

    The grave has the address, the name and the keys: the address answers "gone",
    nobody is given the name, and a last Delete can be signed. The actor's own row
    stays as a husk, hidden and without a name, until all that hangs on it has
    been undone; then ``delete_husk`` takes the rest with it.

    Raises:
        NotFound: not one of ours, or gone.
    """
    if await tx.fetchval(_MAKE_HUSK, actor.id) is None:
        raise NotFound(f"no actor of ours {actor.id}")
    grave_id = ActorId(await tx.fetchval(_INSERT_GRAVE, actor.id, actor.uri, actor.username))
    await tx.execute(_MOVE_KEYS, actor.id, grave_id)
    await tx.execute(_MOVE_NAME, actor.id, grave_id)
    await announce_change(tx, actor.id)
    return grave_id


async def delete_husk(tx: Tx, actor_id: ActorId) -> None:
    """Delete a row that ``bury`` left, with everything that still hangs on it. Idempotent."""
    await tx.execute(_DELETE_HUSK, actor_id)
