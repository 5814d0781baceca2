"""Add and Remove of what a member shows first, and the collections of it. Pure.

Source: facts of Mastodon 4.2-4.7, C9: both are addressed to the ``featured`` collection.
"""

from collections.abc import Sequence

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.uris import origin_of
from fedinet.posts.model import Tag
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.context import NOTE_CONTEXT


def add(actor: Actor, what: str | Document) -> Document:
    return _change("Add", actor, what)


def remove(actor: Actor, what: str | Document) -> Document:
    return _change("Remove", actor, what)


def hashtag(actor: Actor, tag: Tag) -> Document:
    uris = NodeUris(origin_of(actor.uri))
    return {"type": "Hashtag", "href": uris.tag_page(tag.name), "name": f"#{tag.written}"}


def featured(actor: Actor, posts: Sequence[ObjectUri]) -> Document:
    """What a member pinned, the newest first; by id, so that the gate stands before each."""
    return {
        "@context": NOTE_CONTEXT,
        "id": f"{actor.uri}/collections/featured",
        "type": "OrderedCollection",
        "attributedTo": actor.uri,
        "totalItems": len(posts),
        "orderedItems": list(posts),
    }


def featured_tags(actor: Actor, tags: Sequence[Tag]) -> Document:
    return {
        "@context": NOTE_CONTEXT,
        "id": f"{actor.uri}/collections/tags",
        "type": "Collection",
        "attributedTo": actor.uri,
        "totalItems": len(tags),
        "items": [hashtag(actor, tag) for tag in tags],
    }


def _change(kind: str, actor: Actor, what: str | Document) -> Document:
    return {
        "@context": NOTE_CONTEXT,
        "id": new_activity_uri(actor.uri),
        "type": kind,
        "actor": actor.uri,
        "to": [PUBLIC],
        "cc": [actor.followers_uri] if actor.followers_uri else [],
        "object": what,
        "target": actor.featured_uri,
    }
