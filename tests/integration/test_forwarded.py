"""What somebody else than its actor brings: its own proof counts, else its origin is asked."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from fedinet.signing.keys import generate_ed25519
from fedinet.vocab.activity import PUBLIC
from fedinet.vocab.context import ACTIVITYSTREAMS
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, peer_actor
from tests.integration.nodes import RunningNode
from tests.integration.proving import Author, author, listed

Document = Mapping[str, object]
NUMBERS = count(1)


@pytest.fixture
async def node(start_node: StartNode, bob: Author, eve: PeerActor) -> RunningNode:
    node = await start_node()
    await given_account(node, "ada")
    for known in (bob.uri, eve.uri):
        await node.services.actors.get(known)
    return node


@pytest.fixture
async def home() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.fixture
async def elsewhere() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.fixture
def bob(home: ForeignServer) -> Author:
    return author(home, "bob")


@pytest.fixture
def eve(elsewhere: ForeignServer) -> PeerActor:
    return author(elsewhere, "eve", key=2).peer


async def test_a_proof_spares_the_question_and_everything_else_is_asked(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    """Nothing of bob's is served but himself, so that whatever is asked for is not vouched for."""
    now, ed25519 = datetime.now(UTC), generate_ed25519()
    other = Author(bob.peer, type(bob.multikey)(bob.multikey.id, ed25519))
    as_eve = Author(PeerActor(bob.uri, eve.key), bob.multikey)
    tampered = {"content": "<p>Something else</p>"}
    cases: dict[str, tuple[Callable[[dict[str, object]], Document], str | None]] = {
        "proof": (bob.proof, None),
        "linked": (bob.linked, None),
        "linked, with an end": (lambda d: bob.linked(d, expires="2999-01-01T00:00:00Z"), None),
        "both": (lambda d: bob.proof(d) | {"signature": {"type": "RsaSignature2017"}}, None),
        "a proof among others": (lambda d: with_others(bob.proof(d)), None),
        "none": (lambda d: d, "not_vouched"),
        "a proof over another text": (
            lambda d: with_note(bob.proof(d), tampered), "not_vouched"
        ),
        "a signature over another text": (
            lambda d: with_note(bob.linked(d), tampered), "not_vouched"
        ),
        "a proof by another key": (other.proof, "not_vouched"),
        "a signature by another key": (as_eve.linked, "not_vouched"),
        "a signature of another person": (
            lambda d: as_eve.linked(d, creator=eve.key.id), "not_vouched"
        ),
        "an old proof": (lambda d: bob.proof(d, now=now - timedelta(days=4)), "not_vouched"),
        "an old signature": (lambda d: bob.linked(d, now=now - timedelta(days=4)), "not_vouched"),
        "a proof of tomorrow": (lambda d: bob.proof(d, now=now + timedelta(days=1)), "not_vouched"),
        "an ended signature": (
            lambda d: bob.linked(d, expires="2020-01-01T00:00:00Z"), "not_vouched"
        ),
        "a proof as nonsense": (lambda d: {**d, "proof": [1, {"proofValue": 1}]}, "not_vouched"),
    }  # fmt: skip
    for kind, (prove, reason) in cases.items():
        activity = prove(create(node, bob))
        found, asked = await brought(node, home, eve, activity)
        assert found == reason, kind
        assert bool(asked) == (reason is not None), kind
    texts = await node.pool.fetch("SELECT html FROM posts")
    assert {row["html"] for row in texts} == {"<p>Good morning</p>"}


async def test_a_linked_signature_vouches_for_its_graph_and_not_for_the_json(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    signed = bob.linked(create(node, bob))
    note = signed["object"]
    assert isinstance(note, dict)
    renamed = {key: value for key, value in note.items() if key != "content"}
    hostile = {
        **signed,
        "@context": [ACTIVITYSTREAMS, {"said": "as:content", "content": None, "summary": None}],
        "object": {**renamed, "said": note["content"], "content": "Evil", "summary": "Evil"},
        "unknown": "Evil",
    }
    assert await brought(node, home, eve, hostile) == (None, [])
    post = await node.pool.fetchrow("SELECT html, content_note FROM posts")
    assert post is not None
    assert (post["html"], post["content_note"] or "") == ("<p>Good morning</p>", "")


async def test_a_relation_is_set_by_its_actor_or_its_origin_alone(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    ada = f"{node.origin}/users/ada"
    follow = {**envelope(bob, "Follow"), "object": ada}
    for activity in (
        bob.proof(follow),
        bob.linked(follow),
        bob.proof({**envelope(bob, "Undo"), "object": follow}),
        bob.proof({**envelope(bob, "Block"), "object": ada}),
    ):
        reason, asked = await brought(node, home, eve, activity)
        assert reason == "not_vouched"
        assert asked
    assert await node.pool.fetchval("SELECT count(*) FROM follows") == 0


async def test_an_author_s_own_delete_counts_whatever_their_server_shows(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    activity = create(node, bob)
    await brought(node, home, eve, bob.proof(activity))
    note = activity["object"]
    assert isinstance(note, dict)
    delete = {**envelope(bob, "Delete"), "object": {"id": note["id"], "type": "Tombstone"}}
    home.serve(str(note["id"]).removeprefix(home.origin), {"@context": ACTIVITYSTREAMS, **note})
    assert await brought(node, home, eve, bob.proof(delete)) == (None, [])
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0
    again, _ = await brought(node, home, eve, {**bob.proof(activity), "id": f"{bob.uri}/again"})
    assert again is not None


async def test_of_several_that_are_said_to_be_gone_each_is_asked_for(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    """One address that never was must not take down what is still there, or its author."""
    activity = create(node, bob)
    await brought(node, home, eve, bob.proof(activity))
    note = activity["object"]
    assert isinstance(note, dict)
    home.serve(str(note["id"]).removeprefix(home.origin), {"@context": ACTIVITYSTREAMS, **note})
    never = f"{bob.uri}/notes/never"

    forged = {**envelope(bob, "Delete"), "object": [never, note["id"], bob.uri]}
    _, asked = await brought(node, home, eve, forged)

    assert asked == [address.removeprefix(home.origin) for address in (never, note["id"], bob.uri)]
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1
    gone = await node.pool.fetchval("SELECT gone_at FROM actors WHERE uri = $1", bob.uri)
    assert gone is None


async def test_keys_that_were_replaced_and_actors_that_are_gone(
    node: RunningNode, home: ForeignServer, bob: Author, eve: PeerActor
) -> None:
    await brought(node, home, eve, bob.proof(create(node, bob)))
    fresh = generate_ed25519()
    renewed = Author(bob.peer, type(bob.multikey)(bob.multikey.id, fresh))
    peer_actor(home, "bob", key=1, **listed(bob.uri, fresh))

    reason, asked = await brought(node, home, eve, renewed.proof(create(node, bob)))
    assert (reason, asked) == (None, ["/users/bob"])
    assert (await brought(node, home, eve, bob.proof(create(node, bob))))[0] == "not_vouched"

    await node.pool.execute("UPDATE actors SET gone_at = now() WHERE uri = $1", bob.uri)
    node.services.verifier.forget("")
    assert (await brought(node, home, eve, renewed.proof(create(node, bob))))[0] == "actor_gone"


async def brought(
    node: RunningNode, home: ForeignServer, bringer: PeerActor, activity: Document
) -> tuple[str | None, list[str]]:
    """Why it was dropped, None where it was applied; and what bob's server was asked for."""
    home.asked.clear()
    assert (await deliver(node, bringer, activity)).status == 202
    await node.drain()
    [row] = await node.pool.fetch(
        "SELECT outcome, reason FROM inbound_log ORDER BY id DESC LIMIT 1"
    )
    return (None if row["outcome"] == "applied" else row["reason"]), list(home.asked)


def envelope(who: Author, kind: str) -> dict[str, object]:
    return {
        "@context": ACTIVITYSTREAMS,
        "id": f"{who.uri}/activities/{next(NUMBERS)}",
        "type": kind,
        "actor": who.uri,
        "to": [PUBLIC],
    }


def create(node: RunningNode, who: Author) -> dict[str, object]:
    member = f"{node.origin}/users/ada"
    note: dict[str, object] = {
        "id": f"{who.uri}/notes/{next(NUMBERS)}",
        "type": "Note",
        "attributedTo": who.uri,
        "content": "<p>Good morning</p>",
        "to": [PUBLIC],
        "cc": [member],
        "tag": [{"type": "Mention", "href": member, "name": "@ada"}],
    }
    return {**envelope(who, "Create"), "object": note}


def with_note(activity: Document, members: Document) -> Document:
    note = activity["object"]
    assert isinstance(note, Mapping)
    return {**activity, "object": {**note, **members}}


def with_others(activity: Document) -> Document:
    return {**activity, "proof": [{"type": "Other"}, activity["proof"]]}


@pytest.mark.parametrize(
    ("terms", "status", "outcome"),
    [
        pytest.param({"actor": None}, 400, None, id="no actor"),
        pytest.param({"type": "as:name"}, 400, None, id="no type"),
        pytest.param(
            {"actor": "as:object", "object": "as:actor"}, 202, "not_vouched", id="swapped"
        ),
        pytest.param({"id": "as:url"}, 202, "no_id", id="no id"),
        pytest.param({"object": "as:tag"}, 202, "unknown_object", id="no object"),
        pytest.param({"as": "https://e.example/#", "content": "as:x"}, 202, "empty", id="no text"),
    ],
)
async def test_a_context_that_redefines_what_matters_counts_at_the_door_and_behind_it(
    node: RunningNode, bob: Author, terms: Document, status: int, outcome: str | None
) -> None:
    activity = {**create(node, bob), "@context": [ACTIVITYSTREAMS, terms]}
    assert (await deliver(node, bob.peer, activity)).status == status
    await node.drain()
    rows = await node.pool.fetch("SELECT outcome, reason FROM inbound_log")
    assert [row["reason"] or row["outcome"] for row in rows] == [outcome] * (outcome is not None)
