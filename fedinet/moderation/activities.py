"""Flag, as the node sends it for its members. Pure.

Source: facts of Mastodon 4.2-4.7, C8: the server reports, nobody in person.
"""

from collections.abc import Sequence

from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT


def flag(
    node: ActorUri, target: ActorUri, posts: Sequence[ObjectUri], *, uri: str, comment: str
) -> Document:
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri,
        "type": "Flag",
        "actor": node,
        "to": [target],
        "content": comment,
        "object": [target, *posts],
    }
