"""Any JSON-LD shape of a document -> the compact names that the readers expect. Pure.

Nearly everything arrives with Mastodon's names already and passes untouched, in
microseconds. What is written otherwise (prefixes, ``@type``, aliases) goes
through JSON-LD expansion and compaction with the contexts in
``schemas/contexts``; none is ever fetched, and the work is bounded.

Deviates: a context that is not bundled counts as empty, since servers invent
addresses of their own for terms that nobody needs (Pleroma's litepub).
"""

from collections.abc import Mapping
from typing import Final, cast

from fedinet.vocab import json_ld
from fedinet.vocab.activity import Document, listed

_CORE: Final = frozenset(
    {
        "actor", "assertionMethod", "attachment", "attributedTo", "cc", "content", "contentMap",
        "controller", "endpoints", "followers", "following", "href", "icon", "id", "image",
        "inReplyTo", "inbox", "mediaType", "name", "nameMap", "object", "outbox", "owner",
        "preferredUsername", "publicKey", "publicKeyMultibase", "publicKeyPem", "published",
        "sharedInbox", "summary", "summaryMap", "tag", "target", "to", "type", "updated", "url",
    }
)  # fmt: skip
"""The terms that our readers ask for by name; a context that means others by them is honoured."""
_PREFIXES: Final = ("as:", "https://www.w3.org/ns/activitystreams#")
_SECURITY: Final = "https://w3id.org/security#"
_OUR_PREFIXES: Final = {"as": "https://www.w3.org/ns/activitystreams#", "sec": _SECURITY}
_KEYWORDS: Final = {"id": "@id", "type": "@type"}
_FOREIGN_KEYS: Final = ("@", *_PREFIXES)


def normalise(document: Document) -> Document:
    """Return the document with compact ActivityStreams names; mostly the very same object.

    Where the ActivityStreams context is not named it applies all the same.

    Source: AS2 core section 2.1, https://www.w3.org/TR/activitystreams-core/#jsonld

    Raises:
        Malformed: not sensible JSON-LD, or too much of it.
    """
    if is_usual(document):
        return document
    json_ld.check_bounds(document)
    return json_ld.compacted(document)


def is_usual(document: Document) -> bool:
    """Tell whether ``normalise`` is quick; else it may take 0.1 s, and belongs into a thread.

    Looks at the document and at the objects inside of it, which may bring contexts of their own.
    """
    within: Document | None = document
    while within is not None and _is_familiar(within):
        inner = within.get("object")
        within = cast(Document, inner) if isinstance(inner, Mapping) else None
    return within is None


def _is_familiar(document: Document) -> bool:
    if any(key.startswith(_FOREIGN_KEYS) for key in document if key != "@context"):
        return False
    for member in listed(document.get("@context")):
        if not isinstance(member, str | Mapping):
            return False
        if isinstance(member, Mapping) and _renames(cast(Document, member)):
            return False
    kind = document.get("type")
    return not (isinstance(kind, str) and ":" in kind)


def _renames(terms: Document) -> bool:
    """Tell whether an inline context gives a core term another meaning, or another name."""
    for term, definition in terms.items():
        iri = definition
        if isinstance(definition, Mapping):
            iri = cast(Document, definition).get("@id")
        if term in _OUR_PREFIXES and iri != _OUR_PREFIXES[term]:
            return True
        if isinstance(iri, str) and iri.startswith(_PREFIXES):
            if iri.rpartition("#")[2].removeprefix("as:") != term and not iri.endswith(("#", ":")):
                return True
        elif (term in _CORE or iri in _KEYWORDS.values()) and not _is_itself(term, iri):
            return True
    return False


def _is_itself(term: str, iri: object) -> bool:
    keyword = _KEYWORDS.get(term)
    return iri == keyword if keyword else iri in (_SECURITY + term, f"sec:{term}")
