"""The JSON-LD library behind bundled contexts: nothing is ever fetched. Pure.

Whoever calls it bounds the document first (``check_bounds``): the library does not,
and a hostile document of some kilobytes would keep it busy for good.
"""

import copy
import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import Document, listed
from fedinet.vocab.context import ACTIVITYSTREAMS, ACTOR_CONTEXT, NOTE_CONTEXT
from fedinet.vocab.values import documents

MAX_VALUES: Final = 1000
"""Keys and values of a document that may enter: about 0.1 s of work."""
MAX_CONTEXTS: Final = 8
MAX_TERMS: Final = 200
MAX_BLANK_NODES: Final = 300
_MAX_ALIKE: Final = 5
_MAX_COMPARISONS: Final = 2000
"""Both against graphs made to be slow: nodes without a name that look alike are told apart by
trying their orders, whose number is a factorial (W3C "RDF Dataset Canonicalization", 7.1)."""

ACTIVITYSTREAMS_SPELLINGS: Final = frozenset(
    {
        ACTIVITYSTREAMS,
        "https://www.w3.org/ns/activitystreams#",
        "https://www.w3.org/ns/activitystreams.jsonld",
        "http://www.w3.org/ns/activitystreams",
        "http://www.w3.org/ns/activitystreams#",
    }
)
_COMPACTION: Final[list[object]] = [
    ACTIVITYSTREAMS,
    "https://w3id.org/security/v1",
    *ACTOR_CONTEXT[-1:],
    *NOTE_CONTEXT[-1:],
]
_LIBRARY_FAULTS: Final = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What pyld raises besides its own error where the input is hostile enough."""
_one_at_a_time: Final = Lock()  # pyld keeps unguarded caches


def check_bounds(document: Document) -> None:
    """Refuse what the library should not be asked to read.

    Raises:
        Malformed: too much of it, or contexts inside of contexts.
    """
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


def compacted(document: Document) -> Document:
    """Expand a document in the ActivityStreams context, and write it with our names."""
    context = [ACTIVITYSTREAMS, *listed(document.get("@context"))]
    with _library() as jsonld:
        expanded = jsonld.expand({**document, "@context": context}, {"documentLoader": _lenient})
        return _our_names(jsonld, expanded)


def expanded(document: Document) -> list[object]:
    """Expand a document in its own contexts, all of which are bundled.

    Raises:
        Malformed: no JSON-LD, or a context that we do not have.
    """
    with _library() as jsonld:
        return cast(list[object], jsonld.expand(dict(document), {"documentLoader": _strict}))


def our_names(expansion: list[object]) -> Document:
    """Write what was expanded with the names that our readers know."""
    with _library() as jsonld:
        return _our_names(jsonld, expansion)


def canonical(expansion: list[object]) -> bytes:
    """The canonical N-Quads (URDNA2015) of what was expanded.

    Raises:
        Malformed: no RDF, or a graph that is made to be slow.
    """
    with _library() as jsonld:
        # The library takes lists apart while it reads them.
        dataset = jsonld.to_rdf(copy.deepcopy(expansion), {"documentLoader": _strict})
        text: str = _canonizer()().main(dataset, {"format": "application/n-quads"})
        return text.encode()


def _our_names(jsonld: Any, expansion: object) -> Document:
    options = {"documentLoader": _lenient, "skipExpansion": True}
    compact: object = jsonld.compact(expansion, _COMPACTION, options)
    if not isinstance(compact, dict) or "@graph" in compact:
        raise Malformed("JSON-LD document that is not one object")
    return cast(dict[str, object], _bare(cast(object, compact))) | {"@context": ACTIVITYSTREAMS}


@contextmanager
def _library() -> Generator[Any]:
    """The library, for one at a time; its many errors are ``Malformed``."""
    # Imported here: most nodes never need it, and it would take 20 MB of every process.
    from pyld import jsonld as untyped  # pyright: ignore[reportMissingTypeStubs]  # has none

    jsonld = cast(Any, untyped)
    try:
        with _one_at_a_time:
            yield jsonld
    except (jsonld.JsonLdError, *_LIBRARY_FAULTS) as error:
        raise Malformed(f"JSON-LD: {type(error).__name__}: {str(error)[:200]}") from error


@cache
def _canonizer() -> Any:
    """The library's canonicalization, made to give up where a graph is made to be slow."""
    from pyld.canon import URDNA2015  # pyright: ignore[reportMissingTypeStubs]  # has none

    base = cast(Any, URDNA2015)

    class Bounded(base):
        comparisons = 0

        def create_hash_to_related(self, id_: str, issuer: object) -> dict[str, list[str]]:
            self.comparisons += 1
            related: dict[str, list[str]] = base.create_hash_to_related(self, id_, issuer)
            if self.comparisons > _MAX_COMPARISONS or any(
                len(alike) > _MAX_ALIKE for alike in related.values()
            ):
                raise Malformed("JSON-LD: too many nodes that look alike")
            return related

        def main(self, dataset: Any, options: Any) -> Any:
            if sum(1 for _ in _blank_subjects(dataset)) > MAX_BLANK_NODES:
                raise Malformed("JSON-LD: too many nodes without a name")
            return base.main(self, dataset, options)

    return Bounded


def _blank_subjects(dataset: Mapping[str, Iterable[Any]]) -> Iterator[str]:
    yield from {
        quad["subject"]["value"]
        for graph in dataset.values()
        for quad in graph
        if quad["subject"]["type"] == "blank node"
    }


def _bare(value: object) -> object:
    """Write ``as:attributedTo`` as ``attributedTo``: an alias without a type keeps its prefix."""
    if isinstance(value, list):
        return [_bare(member) for member in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    members = cast(dict[str, object], value)
    prefixed = {key[3:]: _bare(member) for key, member in members.items() if key[:3] == "as:"}
    return prefixed | {key: _bare(member) for key, member in members.items() if key[:3] != "as:"}


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


def _lenient(url: str, _options: object) -> dict[str, object]:
    """Give a context; one that is not bundled counts as empty."""
    return _loaded(url, _find(url) or {"@context": {}})


def _strict(url: str, _options: object) -> dict[str, object]:
    """Give a context that is bundled: a signature over terms that we do not know is not checked."""
    document = _find(url)
    if document is None:
        raise LookupError(f"no bundled context {url[:200]}")
    return _loaded(url, document)


def _loaded(url: str, document: Document) -> dict[str, object]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
    }


def _find(url: str) -> Document | None:
    name = _index().get(ACTIVITYSTREAMS if url in ACTIVITYSTREAMS_SPELLINGS else url)
    return None if name is None else _bundled(name)


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
