"""Any JSON-LD shape of a document -> the compact names that the readers expect. Pure.

Nearly everything arrives with Mastodon's names already and passes untouched, in
microseconds. What is written otherwise (prefixes, ``@type``, aliases) goes
through JSON-LD expansion and compaction with the contexts in
``schemas/contexts``; none is ever fetched, and the work is bounded.

Deviates: a context that is not bundled counts as empty, since servers invent
addresses of their own for terms that nobody needs (Pleroma's litepub).
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import Document, listed
from fedinet.vocab.context import ACTIVITYSTREAMS, ACTOR_CONTEXT, NOTE_CONTEXT
from fedinet.vocab.values import documents

MAX_VALUES: Final = 1000
"""Keys and values of a document that may enter the slow path: about 0.1 s of work."""
MAX_CONTEXTS: Final = 8
MAX_TERMS: Final = 200

_SPELLINGS: Final = frozenset(
    {
        ACTIVITYSTREAMS,
        "https://www.w3.org/ns/activitystreams#",
        "https://www.w3.org/ns/activitystreams.jsonld",
        "http://www.w3.org/ns/activitystreams",
        "http://www.w3.org/ns/activitystreams#",
    }
)
_CORE: Final = frozenset(
    {
        "actor", "attachment", "attributedTo", "cc", "content", "contentMap", "endpoints",
        "followers", "following", "href", "icon", "id", "image", "inReplyTo", "inbox", "mediaType",
        "name", "nameMap", "object", "outbox", "preferredUsername", "published", "sharedInbox",
        "summary", "summaryMap", "tag", "target", "to", "type", "updated", "url",
    }
)  # fmt: skip
"""The terms that our readers ask for by name; a context that means others by them is honoured."""
_PREFIXES: Final = ("as:", "https://www.w3.org/ns/activitystreams#")
_COMPACTION: Final[list[object]] = [
    ACTIVITYSTREAMS,
    "https://w3id.org/security/v1",
    *ACTOR_CONTEXT[-1:],
    *NOTE_CONTEXT[-1:],
]
_FOREIGN_KEYS: Final = ("@", *_PREFIXES)
_LIBRARY_FAULTS: Final = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What pyld raises besides its own error where the input is hostile enough."""
_one_at_a_time: Final = Lock()  # pyld keeps unguarded caches


def normalise(document: Document) -> Document:
    """Return the document with compact ActivityStreams names; mostly the very same object.

    Where the ActivityStreams context is not named it applies all the same.

    Source: AS2 core section 2.1, https://www.w3.org/TR/activitystreams-core/#jsonld

    Raises:
        Malformed: not sensible JSON-LD, or too much of it.
    """
    if is_usual(document):
        return document
    _check_bounds(document)
    return _compacted(document)


def is_usual(document: Document) -> bool:
    """Tell whether ``normalise`` is quick; else it may take 0.1 s, and belongs into a thread."""
    context = document.get("@context")
    return context is None or _is_familiar(document, context)


def _is_familiar(document: Document, context: object) -> bool:
    if any(key.startswith(_FOREIGN_KEYS) for key in document if key != "@context"):
        return False
    for member in listed(context):
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
        if isinstance(iri, str) and iri.startswith(_PREFIXES):
            if iri.rpartition("#")[2].removeprefix("as:") != term and not iri.endswith(("#", ":")):
                return True
        elif term in _CORE and iri not in ("@id", "@type"):
            return True
    return False


def _check_bounds(document: Document) -> None:
    contexts = terms = 0
    for values, (key, value) in enumerate(_walk(document)):
        if key == "@context":
            contexts += 1
            inline = list(documents(value))
            terms += sum(len(member) for member in inline)
            if any(inner == "@context" for inner, _ in _walk(inline)):
                raise Malformed("JSON-LD context with scoped contexts of its own")
        if values >= MAX_VALUES or contexts > MAX_CONTEXTS or terms > MAX_TERMS:
            raise Malformed("JSON-LD document too large for another than the usual context")


def _walk(value: object) -> Iterator[tuple[str, object]]:
    """Yield (key, value) of all members at any depth; array elements with an empty key."""
    waiting: list[object] = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Mapping):
            for key, member in cast(Document, current).items():
                yield key, member
                waiting.append(member)
        elif isinstance(current, list):
            for member in cast(list[object], current):
                yield "", member
                waiting.append(member)


def _compacted(document: Document) -> Document:
    # Imported here: most nodes never need it, and it would take 20 MB of every process.
    from pyld import jsonld as untyped  # pyright: ignore[reportMissingTypeStubs]  # has none

    jsonld = cast(Any, untyped)
    context = [ACTIVITYSTREAMS, *listed(document.get("@context"))]
    options = {"documentLoader": _load}
    try:
        with _one_at_a_time:
            expanded: object = jsonld.expand({**document, "@context": context}, dict(options))
            compact: object = jsonld.compact(
                expanded, _COMPACTION, options | {"skipExpansion": True}
            )
    except (jsonld.JsonLdError, *_LIBRARY_FAULTS) as error:
        raise Malformed(f"JSON-LD: {type(error).__name__}: {str(error)[:200]}") from error
    if not isinstance(compact, dict) or "@graph" in compact:
        raise Malformed("JSON-LD document that is not one object")
    return cast(dict[str, object], _bare(cast(object, compact))) | {"@context": ACTIVITYSTREAMS}


def _bare(value: object) -> object:
    """Write ``as:attributedTo`` as ``attributedTo``: an alias without a type keeps its prefix."""
    if isinstance(value, list):
        return [_bare(member) for member in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    members = cast(dict[str, object], value)
    prefixed = {key[3:]: _bare(member) for key, member in members.items() if key[:3] == "as:"}
    return prefixed | {key: _bare(member) for key, member in members.items() if key[:3] != "as:"}


def _load(url: str, _options: object) -> dict[str, object]:
    document = _read(url)
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
    }


def _read(url: str) -> Document:
    name = _index().get(ACTIVITYSTREAMS if url in _SPELLINGS else url)
    return {"@context": {}} if name is None else _bundled(name)


@cache
def _bundled(name: str) -> Document:
    return cast(Document, json.loads((_folder() / name).read_text("utf-8")))


@cache
def _index() -> Mapping[str, str]:
    return cast(Mapping[str, str], json.loads((_folder() / "index.json").read_text("utf-8")))


@cache
def _folder() -> Path:
    """Where the contexts are: in the source tree, or beside the code in an installed wheel."""
    package = Path(__file__).parents[1]
    source = package.parent / "schemas" / "contexts"
    return source if source.is_dir() else package / "_schemas" / "contexts"
