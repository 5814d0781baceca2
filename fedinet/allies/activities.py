"""Statements of alliance and what is said about them, both ways. Pure.

A statement is an AS2 ``Relationship`` with an integrity proof; it is offered,
accepted, and taken back: ``Offer``, ``Accept``, ``Undo`` of one's own Offer and
``Reject`` of the other's. What an activity says is only a hint: what counts is
read from its origin (``jobs.py``).

Source: https://www.w3.org/TR/activitystreams-vocabulary/#connections; FEP-8b32.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fedinet.allies.model import Ally, Statement
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.uris import origin_of
from fedinet.vocab.activity import Activity, Document, as_document, type_of, uri_of
from fedinet.vocab.context import ACTIVITYSTREAMS, ALLIED
from fedinet.vocab.values import documents, moment

COLLECTION: Final = "/actor/allies"
_MAX_NAMED: Final = 400


def allies_uri(uris: NodeUris) -> str:
    """Our collection of allies, which posts for them are addressed to."""
    return f"{uris.origin}{COLLECTION}"


def statement_uri(collection: str, about: Domain) -> str:
    """Where a node says whether it names another: under its collection, by the other's domain."""
    return f"{collection}/{about}"


def our_statement(uris: NodeUris, ally: Ally) -> Document | None:
    """What we say of them, without its proof; None where we say nothing."""
    if ally.our_since is None or ally.our_until is None:
        return None
    return {
        "@context": ACTIVITYSTREAMS,
        **_said(uris, ally),
        "published": _written(ally.our_since),
        "endTime": _written(ally.our_until),
    }


def offer(uris: NodeUris, ally: Ally) -> Document:
    """Ask them to name us too. Its id is kept in ``ally.our_uri``."""
    return {**_head(uris, ally, ally.our_uri), "type": "Offer", "object": _said(uris, ally)}


def accept(uris: NodeUris, ally: Ally) -> Document:
    """Tell them that we name them too."""
    return {
        **_head(uris, ally, ally.our_uri),
        "type": "Accept",
        "object": _their_offer(ally),
        "result": statement_uri(allies_uri(uris), ally.domain),
    }


def farewell(uris: NodeUris, ally: Ally) -> Document:
    """Take our word back: our own Offer is undone, theirs is rejected, before or after a yes."""
    head = _head(uris, ally, new_activity_uri(uris.node_actor))
    if ally.their_offer:
        return {**head, "type": "Reject", "object": _their_offer(ally)}
    own = {"id": ally.our_uri, "type": "Offer", "actor": uris.node_actor}
    return {**head, "type": "Undo", "object": {**own, "object": _said(uris, ally)}}


def collection(uris: NodeUris, allied: Sequence[Ally]) -> Document:
    """Name our allies, as anybody may read it. Whole: there are few."""
    items = [_said(uris, ally) for ally in allied]
    return {
        "@context": [
            ACTIVITYSTREAMS,
            {
                "people": {"@id": "urn:x-fedinet:people", "@type": "@id"},
                "rules": {"@id": "urn:x-fedinet:rules", "@type": "@id"},
            },
        ],
        "id": allies_uri(uris),
        "type": "Collection",
        "people": f"{uris.node_actor}/people",
        "rules": f"{uris.node_actor}/rules",
        "attributedTo": uris.node_actor,
        "totalItems": len(items),
        "items": items,
    }


def _said(uris: NodeUris, ally: Ally) -> dict[str, object]:
    return {
        "id": statement_uri(allies_uri(uris), ally.domain),
        "type": "Relationship",
        "subject": uris.node_actor,
        "relationship": ALLIED,
        "object": ally.node_uri,
    }


def _their_offer(ally: Ally) -> dict[str, object]:
    return {"id": ally.their_offer, "type": "Offer", "actor": ally.node_uri}


def _head(uris: NodeUris, ally: Ally, uri: str) -> dict[str, object]:
    return {
        "@context": ACTIVITYSTREAMS,
        "id": uri,
        "actor": uris.node_actor,
        "to": [ally.node_uri],
    }


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Word:
    """What an activity about an alliance points to. Nothing of it is proven."""

    offer: str | None
    about: str | None
    """Whom the statement names, where it was embedded."""


def read_offered(activity: Activity) -> Word:
    """Read an Offer of a statement."""
    said = activity.object_document or {}
    return Word(activity.id, uri_of(said.get("object")))


def read_answered(activity: Activity) -> Word:
    """Read which Offer an Accept, Reject or Undo is about."""
    return Word(activity.object_uri, None)


def read_statement(document: Document) -> Statement | None:
    """Read a statement that is authentic and proven; None where it is something else."""
    if type_of(document) != "Relationship" or uri_of(document.get("relationship")) != ALLIED:
        return None
    uri, subject, about = (uri_of(document.get(key)) for key in ("id", "subject", "object"))
    since, until = moment(document.get("published")), moment(document.get("endTime"))
    if uri is None or subject is None or about is None or since is None or until is None:
        return None
    return Statement(uri=uri, subject=subject, object=about, since=since, until=until)


def read_node(document: Document) -> tuple[ActorUri, str] | None:
    """Read who a node actor is, and where it names its allies; None where it speaks of none."""
    uri, named = uri_of(document.get("id")), uri_of(document.get("allies"))
    if uri is None or named is None or type_of(document) != "Application":
        return None
    return ActorUri(uri), named


def read_named(document: Document) -> tuple[str, ...]:
    """Read the origins of those whom a collection of allies names."""
    found: dict[str, None] = {}
    for item in _first(documents(document.get("items")), _MAX_NAMED):
        about = uri_of((as_document(item) or {}).get("object"))
        try:
            if about is not None:
                found[str(origin_of(about))] = None
        except Malformed:
            continue
    return tuple(found)


def _first(items: Iterable[Document], most: int) -> Iterable[Document]:
    return (item for _, item in zip(range(most), items, strict=False))
