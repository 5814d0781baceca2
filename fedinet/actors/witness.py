"""What a document proves by itself, whoever brought it.

An integrity proof (FEP-8b32) or a linked-data signature (RsaSignature2017) by a
key of the actor is as good as a request of theirs. Anything that does not hold,
for whatever reason, proves nothing: then the origin is asked, as without it.
"""

import asyncio
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from fedinet.actors.key_fetch import UnknownKey
from fedinet.actors.verify import Verifier
from fedinet.kernel.errors import Malformed, Overloaded
from fedinet.kernel.ids import KeyUri
from fedinet.kernel.uris import same_origin
from fedinet.signing.integrity import Proof, proven, read_proofs
from fedinet.signing.keys import KeyKind, PublicKey
from fedinet.vocab.activity import Document
from fedinet.vocab.json import decode
from fedinet.vocab.linked_data import LinkedSignature, read_signature, signed_graph
from fedinet.vocab.normalise import normalise

MAX_AGE: Final = timedelta(days=3)
"""As long as deliveries are tried. An older document may have been taken back since: a proof
names no recipient, and whoever has it can bring it again."""
MAX_LEAD: Final = timedelta(hours=1)
MOST_WAITING: Final = 20
"""Linked-data signatures that wait for their turn. One at a time is checked, since it takes
milliseconds to tenths of a second of a thread; of more than this the origin is asked."""

Check: TypeAlias = Callable[[PublicKey], Awaitable[Document | None]]
"""Says what is vouched for by the holder of a key, None for nothing. Takes its time in a thread."""


class Witness:
    """One per worker process. Keys come from the ``Verifier``, within its limits."""

    def __init__(self, keys: Verifier) -> None:
        self._keys = keys
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def attested(self, body: bytes, *, actor: str, now: datetime) -> Document | None:
        """Return what ``actor`` vouches for in these bytes, normalised; None for nothing.

        ``body`` is as received: proofs cover its JSON and not what becomes of it.
        """
        try:
            document = await asyncio.to_thread(decode, body)
        except Malformed:
            return None
        for proof in read_proofs(document, now=now):
            covered = await self._by_proof(document, proof, actor, now)
            if covered is not None:
                return covered
        signature = read_signature(document, now=now)
        if signature is None:
            return None
        return await self._by_signature(document, signature, actor, now)

    async def _by_proof(
        self, document: Document, proof: Proof, actor: str, now: datetime
    ) -> Document | None:
        if not _is_recent(proof.created, now):
            return None

        def covered(key: PublicKey) -> Document | None:
            found = proven(document, proof, key)
            return None if found is None else normalise(found)

        return await self._by_key_of(
            actor, proof.key_id, lambda key: asyncio.to_thread(covered, key), now
        )

    async def _by_signature(
        self, document: Document, signature: LinkedSignature, actor: str, now: datetime
    ) -> Document | None:
        if not _is_recent(signature.created, now):
            return None

        def covered(key: PublicKey) -> Document | None:
            text, found = signed_graph(document, signature)
            return found if key.verifies(b64decode(signature.value), text) else None

        async def check(key: PublicKey) -> Document | None:
            if key.kind is not KeyKind.RSA or self._waiting >= MOST_WAITING:
                return None
            self._waiting += 1
            try:
                async with self._turn:
                    return await asyncio.to_thread(covered, key)
            finally:
                self._waiting -= 1

        return await self._by_key_of(actor, KeyUri(signature.creator), check, now)

    async def _by_key_of(
        self, actor: str, key_id: KeyUri, check: Check, now: datetime
    ) -> Document | None:
        """Check with a key of this actor, and once more if it was replaced."""
        if not same_origin(key_id, actor):
            return None
        try:
            known = await self._keys.find_key(key_id, now=now)
            if known.sender.actor_uri != actor:
                return None
            found = await check(known.key)
            if found is not None:
                return found
            changed = await self._keys.find_changed_key(key_id, now=now)
            if changed is None or changed.sender.actor_uri != actor:
                return None
            return await check(changed.key)
        except (UnknownKey, Overloaded, Malformed, NotBase64):
            return None


def _is_recent(created: datetime | None, now: datetime) -> bool:
    return created is not None and now - MAX_AGE <= created <= now + MAX_LEAD
