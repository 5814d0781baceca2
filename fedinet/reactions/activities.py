"""Like, Announce and their Undo as our members send them. Pure.

Source: facts of Mastodon 4.2-4.7, "Example payloads"; ActivityPub 6.8, 6.10, 6.11.
"""

from datetime import UTC

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.names import new_activity_uri
from fedinet.reactions.model import Boost
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.context import ACTIVITY_CONTEXT


def like(actor: Actor, post: ObjectUri, author: ActorUri, *, uri: str) -> Document:
    return {"@context": ACTIVITY_CONTEXT, **_like(actor, post, uri), "to": [author]}


def undo_like(
    actor: Actor, post: ObjectUri, author: ActorUri, *, uri: str, own_uri: str | None = None
) -> Document:
    """Take back a Like. Embedded whole: peers do not find a Like by its id."""
    return _undo(actor, _like(actor, post, uri), to=[author], cc=[], uri=own_uri)


def announce(actor: Actor, boost: Boost, *, post: ObjectUri, author: ActorUri) -> Document:
    """Boost. The object is the bare URI, so that every server reads it at its origin."""
    return {"@context": ACTIVITY_CONTEXT, **_announce(actor, boost, post, author)}


def undo_announce(
    actor: Actor,
    boost: Boost,
    *,
    post: ObjectUri,
    author: ActorUri,
    own_uri: str | None = None,
) -> Document:
    to, cc = _addressing(actor, author, boost.visibility)
    return _undo(actor, _announce(actor, boost, post, author), to=to, cc=cc, uri=own_uri)


def reaction(kind: str, actor: ActorUri, post: ObjectUri, *, uri: str) -> Document:
    """Name a Like or an Announce in a collection. ``uri`` is empty where it came without an id."""
    named = {"id": uri} if uri else {}
    return {**named, "type": kind, "actor": actor, "object": post}


def _undo(
    actor: Actor, embedded: Document, *, to: list[str], cc: list[str], uri: str | None
) -> Document:
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri or new_activity_uri(actor.uri),
        "type": "Undo",
        "actor": actor.uri,
        "to": to,
        "cc": cc,
        "object": embedded,
    }


def _like(actor: Actor, post: ObjectUri, uri: str) -> dict[str, object]:
    return {"id": uri, "type": "Like", "actor": actor.uri, "object": post}


def _announce(actor: Actor, boost: Boost, post: ObjectUri, author: ActorUri) -> dict[str, object]:
    to, cc = _addressing(actor, author, boost.visibility)
    return {
        "id": boost.uri,
        "type": "Announce",
        "actor": actor.uri,
        "published": boost.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "to": to,
        "cc": cc,
        "object": post,
    }


def _addressing(
    actor: Actor, author: ActorUri, visibility: Visibility
) -> tuple[list[str], list[str]]:
    """Write ``to`` and ``cc`` as Mastodon reads audiences; the boosted author hears of it."""
    followers = [actor.followers_uri] if actor.followers_uri else []
    match visibility:
        case Visibility.EVERYONE:
            return [PUBLIC], [author, *followers]
        case Visibility.QUIET:
            return followers, [PUBLIC, author]
        case Visibility.FOLLOWERS | Visibility.COMMUNITY | Visibility.ALLIES | Visibility.MENTIONED:
            return followers, [author]
