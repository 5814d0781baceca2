"""Move, as our members send it. Pure."""

from fedinet.kernel.ids import ActorUri
from fedinet.kernel.names import new_activity_uri
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT


def move(mover: ActorUri, target: ActorUri, *, followers: str) -> Document:
    """Ask the followers' servers to follow ``target`` from now on.

    Source: Mastodon's ``ActivityPub::MoveSerializer``.
    """
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": new_activity_uri(mover),
        "type": "Move",
        "actor": mover,
        "to": [followers],
        "object": mover,
        "target": target,
    }
