"""Collections and their pages: how ours are written, and how those of others are read. Pure.

``Collection`` has ``items``, ``OrderedCollection`` has ``orderedItems``, newest
first; Mastodon finds nothing under the other name.

Source: https://www.w3.org/TR/activitystreams-core/#collections, ActivityPub section 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from fedinet.kernel.paging import Page
from fedinet.vocab.activity import Document, as_document, listed, type_of, uri_of
from fedinet.vocab.context import ACTIVITY_CONTEXT

COLLECTION_TYPES: Final = frozenset({"Collection", "OrderedCollection"})
PAGE_TYPES: Final = frozenset({"CollectionPage", "OrderedCollectionPage"})
_PARTS: Final = frozenset({"type", "items", "orderedItems", "next"})
MAX_ITEMS: Final = 1000
"""Of one page of somebody else's. What comes after is not looked at."""


def collection(
    uri: str,
    *,
    ordered: bool = True,
    total: int | None = None,
    first: str | Document | None = None,
    context: object = ACTIVITY_CONTEXT,
    owner: str | None = None,
) -> Document:
    """A collection. Without ``total`` and ``first``: that it exists, and nothing more."""
    kind = "OrderedCollection" if ordered else "Collection"
    found: dict[str, object] = {"@context": context, "id": uri, "type": kind}
    if owner is not None:
        found["attributedTo"] = owner
    if total is not None:
        found["totalItems"] = total
    if first is not None:
        found["first"] = first if isinstance(first, str) else bare(first)
    return found


def whole(page: Document, *, total: int | None) -> Document:
    """The ordered collection of which this is the first page.

    Where the page is all there is, its items stand in the collection itself, which
    then has no pages: some readers look nowhere else (activitypub-testing 0.16), and
    others would read them twice.
    """
    uri = page["partOf"]
    found: dict[str, object] = {
        "@context": page["@context"],
        "id": uri,
        "type": "OrderedCollection",
        **({} if total is None else {"totalItems": total}),
    }
    if "next" not in page:
        return {**found, "orderedItems": page["orderedItems"]}
    return {**found, "first": f"{uri}?page=true"}


def ordered_page(
    uri: str,
    items: Sequence[object],
    page: Page,
    ids: Sequence[int],
    *,
    context: object = ACTIVITY_CONTEXT,
) -> Document:
    """A page of an ordered collection, newest first.

    ``ids`` are the keys of all that was read, newest first, whether or not it
    became an item. ``next`` leads to older ones, ``prev`` to newer ones.
    """
    start = f"{uri}?page=true"
    is_full = len(ids) >= page.limit
    links: dict[str, object] = {}
    if ids and (is_full or page.is_ascending):
        links["next"] = f"{start}&max_id={ids[-1]}"
    if ids and (page.max_id is not None or (page.is_ascending and is_full)):
        links["prev"] = f"{start}&min_id={ids[0]}"
    return {
        "@context": context,
        "id": _here(start, page),
        "type": "OrderedCollectionPage",
        "partOf": uri,
        **links,
        "orderedItems": list(items),
    }


def bare(document: Document) -> Document:
    """The same, to stand inside of another document that has a context."""
    return {key: value for key, value in document.items() if key != "@context"}


def _here(start: str, page: Page) -> str:
    if page.is_ascending:
        return f"{start}&min_id={page.min_id}"
    return start if page.max_id is None else f"{start}&max_id={page.max_id}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one document of somebody's collection holds. Each part may be missing.

    ``items`` are references or embedded documents, as received. ``onward`` are
    the parts that follow: ``first`` of a collection, ``next`` of a page, each
    a URL or an embedded page.
    """

    items: tuple[str | Document, ...] = ()
    onward: tuple[str | Document, ...] = ()


def is_collection(document: Document) -> bool:
    """Tell whether this is a collection or a page of one."""
    return type_of(document) in COLLECTION_TYPES | PAGE_TYPES


def read_stretch(document: Document) -> Stretch:
    """Read a collection or a page: lenient about which of the two names its items have."""
    members = (*listed(document.get("orderedItems")), *listed(document.get("items")))
    items = (_reference(member) for member in islice(members, MAX_ITEMS))
    parts = (_reference(document.get(key)) for key in ("first", "next"))
    return Stretch(
        tuple(item for item in items if item is not None),
        tuple(part for part in parts if part is not None),
    )


def _reference(value: object) -> str | Document | None:
    """An embedded document, else the URL; Link objects are URLs."""
    embedded = as_document(value)
    if embedded is None or type_of(embedded) == "Link" or not (_PARTS & embedded.keys()):
        return uri_of(value)
    return embedded
