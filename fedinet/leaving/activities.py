"""What a member's leaving looks like to other servers. Pure."""

from fedinet.actors.model import Actor
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.context import ACTIVITY_CONTEXT


def delete_actor(actor: Actor) -> Document:
    """Say that an actor is no more. Whoever has copies of anything of it removes them.

    Source: https://www.w3.org/TR/activitypub/#delete-activity-outbox, Mastodon's
    ``ActivityPub::DeleteActorSerializer``
    """
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": f"{actor.uri}#delete",
        "type": "Delete",
        "actor": actor.uri,
        "to": [PUBLIC],
        "object": actor.uri,
    }
