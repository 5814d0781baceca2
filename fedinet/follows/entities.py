"""How a member stands to somebody, as apps know it."""

from fedinet.follows.model import Relationship
from fedinet.http.json import timestamp
from fedinet.kernel.ids import ActorId


def relationship(other_id: ActorId, stands: Relationship) -> dict[str, object]:
    """The Relationship entity.

    Source: https://docs.joinmastodon.org/entities/Relationship/
    """
    until = stands.muting_until
    return {
        "id": str(other_id),
        "following": stands.following,
        "showing_reblogs": (stands.following or stands.requested) and stands.boosts,
        "notifying": stands.notifying,
        "languages": stands.languages,
        "followed_by": stands.followed_by,
        "blocking": stands.blocking,
        "blocked_by": stands.blocked_by,
        "muting": stands.muting,
        "muting_notifications": stands.muting,
        "muting_expires_at": None if until is None else timestamp(until),
        "requested": stands.requested,
        "requested_by": stands.requested_by,
        "domain_blocking": stands.server_kept,
        "endorsed": stands.endorsed,
        "note": stands.note,
    }
