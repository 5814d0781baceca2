"""Looking at another community's node: who it is, which key it has, whether it names us.

Nothing that it says of itself is believed beyond its origin, and of its
statement nothing that its node's key has not signed in the last hours.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from fedinet.actors.keys_store import find_keys
from fedinet.actors.model import Actor
from fedinet.allies import activities
from fedinet.allies.model import LEAD, MAX_AGE, Ally, Seen, Statement, refuse
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Gone, NotFound, RemoteUnavailable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget
from fedinet.net.fetch import Fetcher
from fedinet.policy.ask import RefusedByPolicy
from fedinet.signing.integrity import proven, read_proofs
from fedinet.signing.keys import KeyKind, PublicKey, read_public_der
from fedinet.vocab.activity import Document, uri_of
from fedinet.vocab.json import decode
from fedinet.vocab.values import documents

_NODE_ACTOR: Final = "https://www.w3.org/ns/activitystreams#Application"
_MAX_BYTES: Final = 64 * 1024
_TIMEOUT_S: Final = 10.0
_REQUESTS: Final = 8
"""Its actor, the statement, its allies, and redirects of each."""


class Source(Protocol):
    """The part of ``actors.remote.ActorSource`` that is needed here."""

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]: ...

    async def keep(self, document: Document, *, now: datetime) -> Actor: ...


class NotSeen(Exception):
    """The node answers, and not as an ally would. ``word`` says how."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Nodes:
    """What it takes to look at another node."""

    pool: Pool
    fetcher: Fetcher
    source: Source
    uris: NodeUris


async def look(nodes: Nodes, ally: Ally, now: datetime) -> Seen:
    """Read all that decides about an alliance, anew.

    Raises:
        NotSeen: it is no node that speaks of allies, or its word is not proven.
        RemoteUnavailable: it does not answer now.
    """
    budget = Budget(_REQUESTS)
    try:
        node = await _node_document(nodes, ally, budget)
        found = activities.read_node(node)
        if found is None or not same_origin(found[1], found[0]):
            raise NotSeen("not_fedinet")
        node_uri, allies_uri = found
        actor = await nodes.source.keep(node, now=now)
        key_id, key = await _key_of(nodes.pool, actor)
        about = activities.statement_uri(allies_uri, nodes.uris.origin.domain)
        document = await _found(nodes.source, about, budget)
        named = await _found(nodes.source, allies_uri, budget)
    except RefusedByPolicy as error:
        raise NotSeen("kept_out_by_us") from error
    except FedinetError as error:
        if error.retryable:
            raise
        raise NotSeen("no_answer_for_us") from error
    statement = None
    if document is not None:
        statement = _proven(document, key_id, key, now)
        word = refuse(statement, node=node_uri, ours=nodes.uris.node_actor, now=now)
        if word == "out_of_date":
            statement = None
        elif word:
            raise NotSeen(word)
    return Seen(
        node_uri=node_uri,
        node_id=actor.id,
        allies_uri=allies_uri,
        key=key.multikey,
        statement=statement,
        names=() if named is None else activities.read_named(named),
        people_uri=_shown_at(named, "people", node_uri),
        rules_uri=_shown_at(named, "rules", node_uri),
    )


def _shown_at(collection: Document | None, part: str, node_uri: str) -> str:
    uri = None if collection is None else uri_of(collection.get(part))
    return uri if uri is not None and same_origin(uri, node_uri) else ""


async def _node_document(nodes: Nodes, ally: Ally, budget: Budget) -> Document:
    """Find which actor stands for the server, by its NodeInfo (FEP-2677), and fetch it."""
    url = f"{ally.origin}/.well-known/nodeinfo"
    answer = await nodes.fetcher.get(
        url, accept="application/json", max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S
    )
    if answer.status == 429 or answer.status >= 500:
        raise RemoteUnavailable(f"{answer.status}: {url}")
    if answer.status != 200:
        raise NotSeen("not_fedinet")
    for link in documents(decode(answer.body).get("links")):
        href = uri_of(link.get("href"))
        if link.get("rel") == _NODE_ACTOR and href and same_origin(href, ally.origin + "/"):
            return (await nodes.source.document(href, budget=budget))[0]
    raise NotSeen("not_fedinet")


async def _found(source: Source, uri: str, budget: Budget) -> Document | None:
    """Fetch a document that need not be there."""
    try:
        return (await source.document(uri, budget=budget))[0]
    except (NotFound, Gone):
        return None


async def _key_of(pool: Pool, actor: Actor) -> tuple[str, PublicKey]:
    for stored in await find_keys(pool, actor.id):
        if stored.kind == KeyKind.ED25519:
            return stored.id, read_public_der(stored.public_der)
    raise NotSeen("no_key")


def _proven(document: Document, key_id: str, key: PublicKey, now: datetime) -> Statement:
    for proof in read_proofs(document, now=now):
        fresh = proof.created is not None and now - MAX_AGE <= proof.created <= now + LEAD
        tree = proven(document, proof, key) if fresh and proof.key_id == key_id else None
        statement = None if tree is None else activities.read_statement(tree)
        if statement is not None:
            return statement
    raise NotSeen("not_proven")
