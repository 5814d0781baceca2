"""Kept activities as documents. Pure."""

from collections.abc import Mapping
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


def _without_context(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "@context"}
