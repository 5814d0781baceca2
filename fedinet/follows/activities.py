"""Follow, its answers, and Block as our members send them. Pure.

Source: facts of Mastodon 4.2-4.7, "Follow handshake"; ActivityPub 6.5 to 6.10.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedinet.kernel.ids import ActorUri
from fedinet.kernel.names import new_activity_uri
from fedinet.vocab.activity import Activity, Document, as_document, type_of, uri_of
from fedinet.vocab.context import ACTIVITY_CONTEXT


def follow(follower: ActorUri, target: ActorUri, *, uri: str) -> Document:
    return {"@context": ACTIVITY_CONTEXT, **_follow(follower, target, uri), "to": [target]}


def undo_follow(
    follower: ActorUri, target: ActorUri, *, uri: str, own_uri: str | None = None
) -> Document:
    """Take back a Follow; ``uri`` is the id it was sent with."""
    return _about("Undo", follower, target, _follow(follower, target, uri), own_uri)


def accept_follow(
    follower: ActorUri, target: ActorUri, *, uri: str, own_uri: str | None = None
) -> Document:
    """Answer yes, with the Follow as its sender wrote it: peers match by that id."""
    return _about("Accept", target, follower, _follow(follower, target, uri), own_uri)


def reject_follow(
    follower: ActorUri, target: ActorUri, *, uri: str, own_uri: str | None = None
) -> Document:
    """Answer no, or remove a follower at any time later."""
    return _about("Reject", target, follower, _follow(follower, target, uri), own_uri)


def block(actor: ActorUri, target: ActorUri, *, uri: str) -> Document:
    return {"@context": ACTIVITY_CONTEXT, **_block(actor, target, uri), "to": [target]}


def undo_block(
    actor: ActorUri, target: ActorUri, *, uri: str, own_uri: str | None = None
) -> Document:
    return _about("Undo", actor, target, _block(actor, target, uri), own_uri)


def _about(
    kind: str, sender: ActorUri, recipient: ActorUri, embedded: Document, uri: str | None
) -> Document:
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri or new_activity_uri(sender),
        "type": kind,
        "actor": sender,
        "to": [recipient],
        "object": embedded,
    }


def _follow(follower: ActorUri, target: ActorUri, uri: str) -> dict[str, object]:
    named = {"id": uri} if uri else {}
    return {**named, "type": "Follow", "actor": follower, "object": target}


def _block(actor: ActorUri, target: ActorUri, uri: str) -> dict[str, object]:
    return {"id": uri, "type": "Block", "actor": actor, "object": target}


@dataclass(frozen=True, slots=True)
class NamedFollow:
    """What an activity about a Follow says of it; each part may be missing."""

    uri: str | None = None
    follower: str | None = None
    target: str | None = None
    is_embedded: bool = False


def read_follow(activity: Activity) -> NamedFollow:
    """Read the Follow that an Accept, Reject or Undo is about.

    An embedded Follow of ours is hearsay: it only names which of our rows the
    sender means, and the caller checks that the sender takes part in that row.
    """
    return _named(activity.object)


def read_undone_accept(activity: Activity) -> NamedFollow:
    """Read which Follow an Undo{Accept} takes the yes back from."""
    accept = activity.object_document or {}
    return replace(_named(accept.get("object")), is_embedded=True)


def _named(reference: object) -> NamedFollow:
    embedded = as_document(reference)
    if embedded is None or type_of(embedded) != "Follow":
        return NamedFollow(uri_of(reference))
    return NamedFollow(
        uri_of(embedded.get("id")),
        uri_of(embedded.get("actor")),
        uri_of(embedded.get("object")),
        is_embedded=True,
    )


def followers_there(uri: str, items: Sequence[ActorUri]) -> Document:
    """The followers on one server, whole. Source: FEP-8fcf."""
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri,
        "type": "OrderedCollection",
        "totalItems": len(items),
        "orderedItems": list(items),
    }
