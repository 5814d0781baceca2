"""RsaSignature2017, as Mastodon puts it on what it lets others pass on. Pure.

The signature covers an RDF graph and not the JSON that carries it. So what is
read afterwards is written anew from the graph's expanded form, never the JSON as
received, and a form that says anything beyond the graph, or could be cut from it
in another way, counts as unsigned.

Source: facts of Mastodon 4.2 to 4.7 (``linked_data_signature.rb``);
https://w3c-ccg.github.io/ld-signatures/ as of 2017.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, cast

from fedinet.kernel.errors import Malformed
from fedinet.vocab import json_ld
from fedinet.vocab.activity import Document
from fedinet.vocab.values import moment

_TYPE: Final = "RsaSignature2017"
_OPTIONS_CONTEXT: Final = "https://w3id.org/identity/v1"
_OPTIONS: Final = frozenset({"creator", "created", "expires", "nonce", "domain", "@context"})
_UNSIGNED: Final = frozenset({"type", "id", "signatureValue"})
_MAX_TEXT: Final = 2048
_AS: Final = "https://www.w3.org/ns/activitystreams#"
_SINGLE: Final = ("@type", f"{_AS}actor", f"{_AS}object")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSignature:
    """A signature as read. Nothing in it is proven. ``options`` are signed too."""

    creator: str
    value: str
    """Base64, unread."""
    options: Document
    created: datetime | None


def read_signature(document: Document, *, now: datetime) -> LinkedSignature | None:
    """Read the ``signature`` of a document; None where there is none that we would check."""
    found = document.get("signature")
    if not isinstance(found, Mapping):
        return None
    members = cast(Document, found)
    creator, value = members.get("creator"), members.get("signatureValue")
    if members.get("type") != _TYPE or not isinstance(creator, str) or not isinstance(value, str):
        return None
    options = {key: member for key, member in members.items() if key not in _UNSIGNED}
    texts = [member for key, member in options.items() if key != "@context"]
    if not _OPTIONS.issuperset(options) or not all(_is_short_text(text) for text in texts):
        return None
    created, expires = moment(members.get("created")), moment(members.get("expires"))
    if created is None or ("expires" in members and (expires is None or expires <= now)):
        return None
    return LinkedSignature(creator=creator, value=value, options=options, created=created)


def signed_graph(document: Document, signature: LinkedSignature) -> tuple[bytes, Document]:
    """Return the text that was signed, and the document that it covers, in our names.

    Milliseconds of work for a post, and at most about a second: for a thread.

    Raises:
        Malformed: a context that is not bundled, too much of it, or a form that is
            not fully covered.
    """
    bare = {key: value for key, value in document.items() if key != "signature"}
    json_ld.check_bounds(bare)
    expansion = json_ld.expanded(bare)
    _keep_covered(expansion)
    options = json_ld.expanded({**signature.options, "@context": _OPTIONS_CONTEXT})
    text = _hash(options) + _hash(expansion)
    return text.encode(), json_ld.our_names(expansion)


def _hash(expansion: list[object]) -> str:
    return sha256(json_ld.canonical(expansion)).hexdigest()


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _keep_covered(expansion: list[object]) -> None:
    """Refuse a form that holds more than its graph, or that is one of several readings of it.

    RDF has no place for relative names, named graphs, indexes and directions, so
    that they could be added to what somebody else signed. It has no order and no
    nesting either: a node that is described in two places could be split by others,
    and of several objects any could be made the first.

    Terms that no context defines are taken out: the context of ActivityStreams makes
    blank properties of them, which RDF does not hold, and many documents have some.
    """
    if len(expansion) != 1 or not isinstance(expansion[0], Mapping):
        raise Malformed("signed JSON-LD that is not one object")
    root = cast(Document, expansion[0])
    if "@id" not in root:
        raise Malformed("signed JSON-LD without an id")
    for key in _SINGLE:
        values = root.get(key)
        if not isinstance(values, list) or len(cast(list[object], values)) != 1:
            raise Malformed(f"signed JSON-LD with other than one {key}")
    described: set[str] = set()
    waiting: list[object] = [root]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, Mapping):
            raise Malformed("signed JSON-LD with a bare value")
        members = cast(dict[str, object], value)
        if "@value" in members:
            _check_literal(members)
        elif "@list" in members:
            waiting.extend(_only(members, "@list"))
        else:
            waiting.extend(_node_values(members, described))


def _node_values(node: dict[str, object], described: set[str]) -> list[object]:
    """The values of a node that is named properly and described once."""
    for key in [key for key in node if key.startswith("_:")]:
        del node[key]
    uri = node.get("@id")
    if "@id" in node:
        _check_iri(uri)
    if len(node) > 1 and isinstance(uri, str):
        if uri in described:
            raise Malformed("signed JSON-LD that describes one thing twice")
        described.add(uri)
    values: list[object] = []
    for key, members in node.items():
        if key == "@id":
            continue
        if not isinstance(members, list):
            raise Malformed("signed JSON-LD that is not expanded")
        if key == "@type":
            for kind in cast(list[object], members):
                _check_iri(kind)
        else:
            _check_iri(key)
            values.extend(cast(list[object], members))
    return values


def _check_iri(value: object) -> None:
    if not isinstance(value, str) or _IRI.fullmatch(value) is None:
        raise Malformed(f"signed JSON-LD with a name that is no IRI: {str(value)[:100]!r}")


def _check_literal(value: Document) -> None:
    content, kind, language = (value.get(key) for key in ("@value", "@type", "@language"))
    if not {"@value", "@type", "@language"}.issuperset(value) or not isinstance(
        content, str | int | float
    ):
        raise Malformed("signed JSON-LD with a value that RDF cannot hold")
    if "@type" in value:
        _check_iri(kind)
    if "@language" in value and (
        not isinstance(language, str) or _LANGUAGE.fullmatch(language) is None
    ):
        raise Malformed("signed JSON-LD in no language")


def _only(members: Document, key: str) -> list[object]:
    inner = members[key]
    if len(members) != 1 or not isinstance(inner, list):
        raise Malformed(f"signed JSON-LD with more than a {key}")
    return cast(list[object], inner)
