"""FEP-8b32 object integrity proofs, cryptosuite ``eddsa-jcs-2022``. Pure.

A proof covers the JSON tree as it was received, every key and value of it; so it
is made and checked on what the strict decoder returns, before anything is
normalised, and only the tree that ``proven`` returns may be believed.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.md;
https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022; RFC 8785.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias, cast

import rfc8785

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import KeyUri
from fedinet.signing.keys import KeyKind, PublicKey, SigningKey, sign
from fedinet.signing.multibase import decode_multibase, encode_multibase

CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"
"""What defines the terms of a proof. Every document that carries one names it."""
MAX_PROOFS: Final = 3
"""Of one document that are looked at. FEP-8b32: "SHOULD NOT contain more than one"."""
MAX_LEAD: Final = timedelta(hours=1)
_TYPE: Final = "DataIntegrityProof"
_SUITE: Final = "eddsa-jcs-2022"
_PURPOSE: Final = "assertionMethod"
_SIGNATURE_BYTES: Final = 64
_MAX_DATE: Final = 40

Tree: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as read. Nothing in it is proven.

    ``options`` is all of it but its value: the proof covers its own options too.
    ``created`` is None where the proof does not say when it was made.
    """

    key_id: KeyUri
    value: bytes
    options: Tree
    created: datetime | None


def read_proofs(document: Tree, *, now: datetime) -> list[Proof]:
    """Read the proofs of a document that may count at this moment, in order.

    Left out, as if they were not there: other types, cryptosuites and purposes, what
    has expired or is from the future, a link of a chain (``previousProof``), which
    covers more than the document, and what cannot be read.
    """
    found = document.get("proof")
    several = cast(list[object], found) if isinstance(found, list) else [found]
    return [proof for one in several[:MAX_PROOFS] if (proof := _read(one, now)) is not None]


def proven(document: Tree, proof: Proof, key: PublicKey) -> Tree | None:
    """Return what the holder of ``key`` vouches for: the document without its proofs.

    None where the proof is not of this document or not by this key. A linked-data
    signature is taken off first, since it is made after the proof (FEP-8b32). The
    ``@context`` is that of the proof where it names one: whoever passed the document
    on may have added to the other, and changed its meaning.
    """
    if key.kind is not KeyKind.ED25519:
        return None
    tree = _unsecured(document)
    context = proof.options.get("@context")
    if context is not None:
        if not _begins_with(tree.get("@context"), context):
            return None
        tree["@context"] = context
    try:
        text = _signed_text(tree, proof.options)
    except Malformed:
        return None
    return tree if key.verifies(proof.value, text) else None


def with_proof(document: Tree, key: SigningKey, *, now: datetime) -> Tree:
    """Return the document with a proof by one of our Ed25519 keys.

    The contexts are arrays, and the proof repeats that of the document: both are what
    Mastodon 4.7 asks for (``object_integrity_proof.rb``), and what the W3C wants.

    Raises:
        Malformed: a number that canonical JSON cannot hold.
    """
    context = _with_context(document.get("@context"))
    tree = {**_unsecured(document), "@context": context}
    options: dict[str, object] = {
        "@context": context,
        "type": _TYPE,
        "cryptosuite": _SUITE,
        "verificationMethod": key.id,
        "proofPurpose": _PURPOSE,
        "created": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    value = encode_multibase(sign(key.private, _signed_text(tree, options)))
    return {**tree, "proof": {**options, "proofValue": value}}


def canonical(tree: Tree) -> bytes:
    """Write JSON as RFC 8785 does.

    Raises:
        Malformed: a number beyond 2^53, or half of a surrogate pair.
    """
    try:
        return rfc8785.dumps(cast(Any, tree))
    except rfc8785.CanonicalizationError as error:
        raise Malformed(f"no canonical JSON: {error}") from error


def _signed_text(tree: Tree, options: Tree) -> bytes:
    return sha256(canonical(options)).digest() + sha256(canonical(tree)).digest()


def _unsecured(document: Tree) -> dict[str, object]:
    return {key: value for key, value in document.items() if key not in ("proof", "signature")}


def _read(value: object, now: datetime) -> Proof | None:
    if not isinstance(value, Mapping):
        return None
    members = cast(Tree, value)
    kind, suite, purpose, method, text = (
        members.get(key)
        for key in ("type", "cryptosuite", "proofPurpose", "verificationMethod", "proofValue")
    )
    if (kind, suite, purpose) != (_TYPE, _SUITE, _PURPOSE) or "previousProof" in members:
        return None
    if not isinstance(method, str) or not isinstance(text, str) or not text.startswith("z"):
        return None
    try:
        signature = decode_multibase(text)
        created, expires = _moment(members, "created"), _moment(members, "expires")
    except Malformed:
        return None
    if len(signature) != _SIGNATURE_BYTES:
        return None
    if (created is not None and created > now + MAX_LEAD) or (
        expires is not None and expires <= now
    ):
        return None
    options = {key: member for key, member in members.items() if key != "proofValue"}
    return Proof(key_id=KeyUri(method), value=signature, options=options, created=created)


def _moment(members: Tree, key: str) -> datetime | None:
    """Read an xsd:dateTime with its offset; None where there is none.

    Raises:
        Malformed: something that is no moment. A limit that cannot be read is no limit.
    """
    value = members.get(key)
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= _MAX_DATE:
        try:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Malformed(f"{key} is no moment")


def _begins_with(context: object, beginning: object) -> bool:
    """Source: vc-di-eddsa 3.3.2: the proof's contexts come first, and in the same order."""
    whole, first = list(_listed(context)), list(_listed(beginning))
    return isinstance(context, list) == isinstance(beginning, list) and whole[: len(first)] == first


def _with_context(context: object) -> list[object]:
    members = list(_listed(context))
    if CONTEXT in members:
        return members
    named = [member for member in members if isinstance(member, str)]
    inline = [member for member in members if not isinstance(member, str)]
    return [*named, CONTEXT, *inline]


def _listed(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        yield from cast(list[object], value)
    elif value is not None:
        yield value
