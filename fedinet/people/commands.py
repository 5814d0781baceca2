"""What members keep about people. Nobody else is told of notes; recommendations are shown."""

from fedinet.db.query import Tx
from fedinet.follows.model import Relationship
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.people import store
from fedinet.people.model import check_note


async def note(tx: Tx, owner_id: ActorId, about: ActorId, text: str) -> None:
    """Keep a note about somebody; an empty one deletes it.

    Raises:
        Unprocessable: it is too long.
    """
    if text := check_note(text):
        await store.set_note(tx, owner_id, about, text)
    else:
        await store.delete_note(tx, owner_id, about)


async def endorse(tx: Tx, owner_id: ActorId, other: ActorId, stands: Relationship) -> None:
    """Recommend somebody to whoever looks at one's profile.

    Raises:
        Unprocessable: one does not follow them.
    """
    if not stands.following:
        raise Unprocessable(
            f"{owner_id} does not follow {other}",
            public=N_("You can recommend only people you follow"),
        )
    await store.endorse(tx, owner_id, other)
