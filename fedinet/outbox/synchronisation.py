"""What a delivery to followers says of them: one read for a round of deliveries (FEP-8fcf).

The digests are kept by the database, one for each sender and server, so that
a letter costs a row and not a list of followers.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

from fedinet.db.query import Pool, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import followers_synchronisation
from fedinet.kernel.uris import origin_of
from fedinet.outbox.model import Content, Delivery
from fedinet.vocab.synchronisation import HEADER, MOST_FOLLOWERS, NOBODY, Synchronisation

Place: TypeAlias = tuple[ActorId, str]
"""A sender of ours, and the origin of an inbox."""
Digests: TypeAlias = Mapping[Place, str | None]
"""None: more followers there than can be told. Absent: none."""
NONE: Final[Digests] = {}

_LIST = query(
    "outbox.list_follower_digests",
    """
    SELECT d.target_id, d.origin, d.digest, d.followers
      FROM unnest($1::bigint[], $2::text[]) AS wanted (sender_id, origin)
      JOIN follower_digests d ON d.target_id = wanted.sender_id AND d.origin = wanted.origin
""",
)


async def list_digests(
    pool: Pool, deliveries: Sequence[Delivery], contents: Mapping[int, Content]
) -> Digests:
    """Read what these deliveries have to say, as it is now."""
    places = {_place(one) for one in deliveries if _goes_to_followers(one, contents)}
    return await _read(pool, places) if places else NONE


async def _read(pool: Pool, places: Collection[Place]) -> Digests:
    rows = await pool.fetch(
        _LIST, [sender for sender, _ in places], [origin for _, origin in places]
    )
    return {
        (ActorId(row["target_id"]), row["origin"]): (
            row["digest"].bytes.hex() if row["followers"] <= MOST_FOLLOWERS else None
        )
        for row in rows
    }


def said_of_followers(
    delivery: Delivery, content: Content, digests: Digests
) -> tuple[tuple[str, str], ...]:
    """The header of one delivery; none where it does not go to followers."""
    if content.followers is None:
        return ()
    digest = digests.get(_place(delivery), NOBODY)
    if digest is None:
        return ()
    url = followers_synchronisation(content.sender)
    return ((HEADER, str(Synchronisation(content.followers, url, digest))),)


def _goes_to_followers(delivery: Delivery, contents: Mapping[int, Content]) -> bool:
    content = contents.get(delivery.outgoing_id)
    return content is not None and content.followers is not None


def _place(delivery: Delivery) -> Place:
    return delivery.sender, str(origin_of(delivery.inbox))
