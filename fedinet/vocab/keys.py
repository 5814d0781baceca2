"""Public keys as actors list them: embedded, by id, or as a document of their own. Pure.

Source: FEP-521a; https://www.w3.org/TR/cid-1.0/#Multikey; the ``publicKey`` of the
security vocabulary, as Mastodon and its relatives use it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.kernel.ids import KeyUri
from fedinet.kernel.uris import same_origin
from fedinet.vocab.activity import Document, listed, uri_of
from fedinet.vocab.values import documents, moment

MAX_KEYS: Final = 10
_LISTS: Final = ("publicKey", "assertionMethod")
_ENDS: Final = ("expires", "revoked")


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A key that an actor lists. Exactly one of ``pem`` and ``multibase`` is set, both unread.

    ``until``: when it ends or has ended, by its own ``expires`` or ``revoked``.
    """

    id: KeyUri
    pem: str | None = None
    multibase: str | None = None
    until: datetime | None = None


def embedded_keys(actor: Document, uri: str) -> tuple[RemoteKey, ...]:
    """The keys the actor vouches for with all there is to know: PEM first."""
    found: dict[str, RemoteKey] = {}
    for name in _LISTS:
        for document in documents(actor.get(name)):
            key = read_key(document, uri)
            if key is not None:
                found.setdefault(key.id, key)
    return tuple(found.values())[:MAX_KEYS]


def named_keys(actor: Document, uri: str) -> tuple[KeyUri, ...]:
    """The keys the actor vouches for by their ids alone: they are to be fetched."""
    names = [one for name in _LISTS for one in listed(actor.get(name)) if isinstance(one, str)]
    return tuple(KeyUri(name) for name in dict.fromkeys(names) if same_origin(name, uri))[:MAX_KEYS]


def read_key(document: Document, owner: str) -> RemoteKey | None:
    """Read one key of this owner; None where it is no key, another's, or of another origin.

    An end that cannot be read counts as passed: such a key is not used.
    """
    key_id = document.get("id")
    said = document.get("owner") or document.get("controller")
    if not isinstance(key_id, str) or not same_origin(key_id, owner):
        return None
    if said is not None and uri_of(said) != owner:
        return None
    ends = [moment(document[name]) for name in _ENDS if document.get(name) is not None]
    if None in ends:
        return None
    until = min((end for end in ends if end is not None), default=None)
    pem, multibase = document.get("publicKeyPem"), document.get("publicKeyMultibase")
    if isinstance(pem, str):
        return RemoteKey(KeyUri(key_id), pem=pem, until=until)
    if isinstance(multibase, str):
        return RemoteKey(KeyUri(key_id), multibase=multibase, until=until)
    return None
