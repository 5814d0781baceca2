"""Asking to quote, the answers, the stamp, and taking it back. Pure.

Source: FEP-044f; facts of Mastodon 4.5 to 4.7, C11.
"""

from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.names import new_activity_uri
from fedinet.vocab.activity import Document
from fedinet.vocab.context import QUOTE_CONTEXT


def quote_request(
    quoter: ActorUri, author: ActorUri, *, uri: str, quoted: ObjectUri, post: Document
) -> Document:
    """Ask the author of ``quoted``. The whole quoting ``post`` goes with it, for them to see."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": uri,
        "type": "QuoteRequest",
        "actor": quoter,
        "to": [author],
        "object": quoted,
        "instrument": {key: value for key, value in post.items() if key != "@context"},
    }


def accept(author: ActorUri, request: Document, *, stamp_uri: str) -> Document:
    """Say yes. Mastodon 4.7 finds its request by the id alone: it stands there as it was sent."""
    return {**_answer("Accept", author, request), "result": stamp_uri}


def reject(author: ActorUri, request: Document) -> Document:
    return _answer("Reject", author, request)


def sent_request(uri: str, quoter: str, quoted: str, quoting: str) -> Document:
    """The request that is answered, by its references."""
    named = {"id": uri} if uri else {}
    return {
        **named,
        "type": "QuoteRequest",
        "actor": quoter,
        "object": quoted,
        "instrument": quoting,
    }


def stamp_document(uri: str, *, author: str, quoting: str, quoted: str) -> Document:
    """The QuoteAuthorization that is served at its own id for as long as it stands."""
    return {"@context": QUOTE_CONTEXT, **_stamp(uri, author, quoting, quoted)}


def delete_stamp(author: ActorUri, uri: str, *, quoting: str, quoted: str, to: str) -> Document:
    """Take leave back. The stamp is embedded, since it is not found at its address any more."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": new_activity_uri(author),
        "type": "Delete",
        "actor": author,
        "to": [to],
        "object": _stamp(uri, author, quoting, quoted),
    }


def _answer(kind: str, author: ActorUri, request: Document) -> dict[str, object]:
    return {
        "@context": QUOTE_CONTEXT,
        "id": new_activity_uri(author),
        "type": kind,
        "actor": author,
        "to": [request["actor"]],
        "object": request,
    }


def _stamp(uri: str, author: str, quoting: str, quoted: str) -> dict[str, object]:
    return {
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }
