"""What an account's changes look like to other servers. Pure."""

from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ObjectUri
from fedinet.vocab.activity import PUBLIC, Document


def update_actor(
    actor: Actor, document: Document, *, update_uri: ObjectUri, now: datetime
) -> Document:
    """Say that a profile changed. ``document``: the actor as it is served at its id.

    Source: Mastodon's ``ActivityPub::UpdateSerializer``.
    """
    inner = {key: value for key, value in document.items() if key != "@context"}
    context = document.get("@context", "https://www.w3.org/ns/activitystreams")
    return {
        "@context": context,
        "id": update_uri,
        "type": "Update",
        "actor": actor.uri,
        "published": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "to": [PUBLIC],
        "object": inner,
    }
