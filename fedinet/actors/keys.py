"""Keys of our own actors: made off the loop, sealed in the database, opened once per process."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from fedinet.actors import keys_store, store
from fedinet.actors.model import Actor, NewKey, StoredKey
from fedinet.db.query import Conn, Pool, Tx
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, ActorUri, Domain
from fedinet.kernel.names import NodeUris, ed25519_key, main_key
from fedinet.node.secrets import SecretBox
from fedinet.settings import Settings
from fedinet.signing.keys import (
    KeyKind,
    PrivateKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
    private_der,
    public_of,
    read_private_der,
)

_OPEN_KEYS: Final = 2000
_NODE_ACTOR_LOCK: Final = 0x66656469


@dataclass(frozen=True, slots=True)
class KeyPair:
    """What every actor of ours has: RSA for all peers, Ed25519 for those that know it."""

    rsa: PrivateKey
    ed25519: PrivateKey


async def generate_keys() -> KeyPair:
    """Make both keys in a thread; RSA takes about 50 ms. Call it before the transaction."""
    return await asyncio.to_thread(lambda: KeyPair(generate_rsa(), generate_ed25519()))


async def create_local_actor(
    tx: Tx,
    *,
    uris: NodeUris,
    account_domain: Domain,
    username: str,
    kind: str,
    box: SecretBox,
    keys: KeyPair | None = None,
    name: str = "",
) -> Actor:
    """Make an actor of ours with its keys. ``username`` has passed ``check_username``.

    ``keys`` come from ``generate_keys``; without them they are made here, while
    the transaction waits.

    Raises:
        Unprocessable: the name was given before.
    """
    pair = keys or await generate_keys()
    actor_id = await store.insert_local_actor(
        tx, uris=uris, account_domain=account_domain, username=username, kind=kind, name=name
    )
    await keys_store.insert_keys(tx, actor_id, _sealed(uris.actor(username), pair, box))
    return await store.get_actor(tx, actor_id)


async def ensure_node_actor(pool: Pool, settings: Settings, box: SecretBox) -> Actor:
    """Find the actor that stands for the server, or make it at the first start. Repeatable."""
    found = await find_node_actor(pool, settings.uris)
    if found is not None:
        return found
    pair = await generate_keys()
    async with pool.acquire() as tx, tx.transaction():
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _NODE_ACTOR_LOCK)
        found = await find_node_actor(tx, settings.uris)
        if found is not None:
            return found
        actor_id = await store.insert_node_actor(
            tx, uris=settings.uris, account_domain=settings.account_domain
        )
        await keys_store.insert_keys(tx, actor_id, _sealed(settings.uris.node_actor, pair, box))
        return await store.get_actor(tx, actor_id)


async def rotate_keys(tx: Tx, actor: Actor, *, box: SecretBox, keys: KeyPair) -> Actor:
    """Put new keys under the ids of the old ones, which are gone for good.

    The ids stay, since most peers read one key per actor, and fetch an actor
    anew when a signature fails under a key id that they know.

    Raises:
        NotFound: not one of ours, or gone.
    """
    return await keys_store.replace_keys(tx, actor.id, _sealed(actor.uri, keys, box))


async def find_node_actor(conn: Conn | Pool, uris: NodeUris) -> Actor | None:
    return await store.find_actor_by_uri(conn, uris.node_actor)


class Signer:
    """Opened private keys of this process. Opening one costs a query and some milliseconds."""

    def __init__(self, pool: Pool, uris: NodeUris, box: SecretBox) -> None:
        self._pool = pool
        self._uris = uris
        self._box = box
        self._open: OrderedDict[tuple[ActorId, KeyKind], SigningKey] = OrderedDict()
        self._node_actor: ActorId | None = None
        self._notices = 0

    async def signing_key(self, actor_id: ActorId, kind: KeyKind = KeyKind.RSA) -> SigningKey:
        """The key that an actor of ours signs requests with.

        Raises:
            NotFound: not ours, or without such a key.
            WrongSecretKey: sealed under another ``secret.key``.
        """
        known = self._open.get((actor_id, kind))
        if known is not None:
            self._open.move_to_end((actor_id, kind))
            return known
        notices = self._notices
        for stored in await keys_store.find_keys(self._pool, actor_id):
            if stored.kind == kind and stored.private_sealed is not None:
                key = SigningKey(stored.id, self._opened(stored, stored.private_sealed))
                if notices == self._notices:  # else it may have been replaced since it was read
                    self._remember(actor_id, kind, key)
                return key
        raise NotFound(f"actor {actor_id} has no private {kind} key")

    async def node_key(self) -> SigningKey:
        """The key that our fetches are signed with: nobody's in particular."""
        if self._node_actor is None:
            actor = await find_node_actor(self._pool, self._uris)
            if actor is None:
                raise NotFound("the node actor was not made yet")
            self._node_actor = actor.id
        return await self.signing_key(self._node_actor)

    def forget(self, payload: str) -> None:
        """Drop what is open of one actor; of all for an empty payload: keys may be rotated.

        Takes the payload of ``ACTORS_CHANNEL``.
        """
        self._notices += 1
        if not payload.isdigit():
            self._open.clear()
            return
        for kind in KeyKind:
            self._open.pop((ActorId(int(payload)), kind), None)

    def _opened(self, stored: StoredKey, sealed: bytes) -> PrivateKey:
        return read_private_der(self._box.open(sealed, row=stored.id))

    def _remember(self, actor_id: ActorId, kind: KeyKind, key: SigningKey) -> None:
        self._open[actor_id, kind] = key
        if len(self._open) > _OPEN_KEYS:
            self._open.popitem(last=False)


def _sealed(actor: ActorUri, pair: KeyPair, box: SecretBox) -> list[NewKey]:
    keys = ((main_key(actor), pair.rsa), (ed25519_key(actor), pair.ed25519))
    return [
        NewKey(
            id=key_id,
            kind=public_of(private).kind,
            public_der=public_of(private).der,
            private_sealed=box.seal(private_der(private), row=key_id),
        )
        for key_id, private in keys
    ]
