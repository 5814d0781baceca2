"""Kept activities and collections of them as documents. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from fedinet.vocab.activity import Document, is_public, uri_of, uris_of
from fedinet.vocab.context import NOTE_CONTEXT

_SHOWN: Final = ("@context", "id", "type", "actor", "published", "to", "cc")


def public_part(activity: Document) -> Document | None:
    """Reduce an activity to its envelope and the URI of its object; None where it is not public."""
    addressed = (*uris_of(activity.get("to")), *uris_of(activity.get("cc")))
    object_uri = uri_of(activity.get("object"))
    if object_uri is None or not any(map(is_public, addressed)):
        return None
    return {key: activity[key] for key in _SHOWN if key in activity} | {"object": object_uri}


def shown(envelope: Document, object_uri: str | None, objects: Mapping[str, Document]) -> Document:
    """Put an envelope and its object together, where its object is only named in it."""
    document: dict[str, object] = {"@context": NOTE_CONTEXT, **_without_context(envelope)}
    embedded = None if object_uri is None else objects.get(object_uri)
    if embedded is not None and isinstance(envelope.get("object"), str):
        document["object"] = _without_context(embedded)
    return document


def collection(uri: str, *, total: int | None) -> Document:
    """An ordered collection that is read page by page."""
    return {
        "@context": NOTE_CONTEXT,
        "id": uri,
        "type": "OrderedCollection",
        **({} if total is None else {"totalItems": total}),
        "first": f"{uri}?page=true",
    }


def collection_page(
    uri: str, items: Sequence[object], *, before: int | None, older: int | None
) -> Document:
    """One page, newest first; ``older`` is None on the last."""
    page = f"{uri}?page=true"
    return {
        "@context": NOTE_CONTEXT,
        "id": page if before is None else f"{page}&max_id={before}",
        "type": "OrderedCollectionPage",
        "partOf": uri,
        **({} if older is None else {"next": f"{page}&max_id={older}"}),
        "orderedItems": [
            _without_context(item) if isinstance(item, Mapping) else item  # pyright: ignore[reportUnknownArgumentType]  # JSON keys are strings
            for item in items
        ],
    }


def _without_context(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "@context"}
