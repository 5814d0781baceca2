"""Actors of other servers: what is believed, what is stored, and what is asked of whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from fedinet.actors import keys, keys_store, store
from fedinet.actors.remote import ActorSource
from fedinet.db.query import Pool
from fedinet.kernel.errors import (
    FedinetError,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    RemoteUnavailable,
)
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.uris import origin_of
from fedinet.net.budget import Budget, BudgetSpent
from fedinet.net.errors import Blocked
from fedinet.net.fetch import Fetcher
from fedinet.node.secrets import SecretBox
from fedinet.settings import Settings
from fedinet.signing.claim import Claim
from fedinet.signing.keys import public_of, read_public_der
from fedinet.signing.message import SignedMessage, headers_of
from fedinet.signing.verify import check, read_claim
from tests.integration.foreign_server import CONTEXT, ForeignServer, foreign_server, rsa_key

BOX = SecretBox(bytes(32))
HERE = Settings(
    data=Path("unused"),
    origin=origin_of("http://127.0.0.1:9"),
    account_domain=Domain("127.0.0.1:9"),
)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class World:
    pool: Pool
    source: ActorSource
    peer: ForeignServer
    ada: ActorId


@pytest.fixture
async def world(pool: Pool) -> AsyncIterator[World]:
    await keys.ensure_node_actor(pool, HERE, BOX)
    async with pool.acquire() as tx, tx.transaction():
        ada = await keys.create_local_actor(
            tx,
            uris=HERE.uris,
            account_domain=HERE.account_domain,
            username="ada",
            kind="Person",
            box=BOX,
        )
    fetcher = Fetcher(user_agent="test", allow_private_networks=(ip_network("127.0.0.0/8"),))
    async with fetcher, foreign_server() as peer:
        signer = keys.Signer(pool, HERE.uris, BOX)
        source = ActorSource(pool, fetcher, signer, HERE.uris, HERE.account_domain)
        yield World(pool, source, peer, ada.id)


# What is stored


async def test_an_unknown_actor_is_fetched_stored_and_bound_to_its_handle(world: World) -> None:
    uri = world.peer.actor(
        "bo",
        summary="<p>Hello<script>alert(1)</script></p>",
        name="Bo\u202e evil",
        attachment=[{"type": "PropertyValue", "name": "Web", "value": "<a href='javascript:x'>x"}],
    )

    bo = await world.source.get(uri)

    assert bo.full_handle == f"bo@{world.peer.domain}"
    assert bo.handle_checked_at is not None
    assert bo.summary_html == "<p>Hello</p>"
    assert bo.name == "Bo evil"
    assert "javascript" not in bo.fields[0].value
    assert await store.find_actor_by_uri(world.pool, uri) == bo
    (key,) = await keys_store.find_keys(world.pool, bo.id)
    assert key.id == f"{uri}#main-key"


async def test_a_known_actor_is_not_asked_for_again_unless_it_is_stale(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.source.get(uri)
    await world.source.get(uri)
    await world.source.get(uri, as_of=datetime.now(UTC) - timedelta(days=1))
    assert world.peer.count("/users/bo") == 1

    world.peer.actor("bo", name="Changed")
    fresh = await world.source.get(uri, as_of=datetime.now(UTC) + timedelta(seconds=1))
    assert (fresh.name, world.peer.count("/users/bo")) == ("Changed", 2)


async def test_a_stale_actor_whose_server_is_away_is_given_as_it_is(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.source.get(uri)
    world.peer.serve("/users/bo", b"", status=503)
    later = datetime.now(UTC) + timedelta(days=2)
    assert (await world.source.get(uri, as_of=later)).name == "Bo"


async def test_fifty_askers_at_once_cost_one_fetch(world: World) -> None:
    uri = world.peer.actor("bo")
    actors = await asyncio.gather(*[world.source.get(uri) for _ in range(50)])
    assert len({actor.id for actor in actors}) == 1
    assert world.peer.count("/users/bo") == 1


async def test_our_own_actors_are_never_fetched(world: World) -> None:
    ada = await world.source.get("http://127.0.0.1:9/users/ada")
    assert ada.id == world.ada
    with pytest.raises(NotFound):
        await world.source.get("http://127.0.0.1:9/users/nobody")
    with pytest.raises(Blocked):
        await world.source.document("http://127.0.0.1:9/posts/1")


async def test_an_actor_that_claims_to_be_ours_is_refused(world: World) -> None:
    await expect_refused(
        world,
        world.source.refresh(
            world.peer.serve(
                "/fake",
                {
                    "@context": CONTEXT,
                    "id": "http://127.0.0.1:9/users/ada",
                    "type": "Person",
                    "preferredUsername": "ada",
                    "inbox": "http://127.0.0.1:9/users/ada/inbox",
                },
            )
        ),
    )


async def test_a_gone_actor_stays_gone_and_is_not_asked_for(world: World) -> None:
    uri = world.peer.actor("bo")
    bo = await world.source.get(uri)
    async with world.pool.acquire() as tx, tx.transaction():
        await store.mark_gone(tx, bo.id)
    assert (await world.source.get(uri)).is_gone
    assert (await world.source.refresh(uri)).is_gone
    assert (await store.get_actor(world.pool, bo.id)).name == ""


async def test_a_key_id_of_another_actor_is_not_taken_over(world: World) -> None:
    bo = await world.source.get(world.peer.actor("bo"))
    stolen = f"{bo.uri}#main-key"
    eve_uri = f"{world.peer.origin}/users/eve"
    world.peer.actor(
        "eve",
        publicKey={"id": stolen, "owner": eve_uri, "publicKeyPem": bytes_of_key(1)},
    )
    await world.source.get(eve_uri)
    kept = await keys_store.find_key(world.pool, stolen)
    assert kept is not None
    assert kept.actor_id == bo.id
    assert read_public_der(kept.public_der).pem != bytes_of_key(1)


async def test_keys_that_the_owner_no_longer_lists_are_forgotten(world: World) -> None:
    uri = world.peer.actor("bo")
    bo = await world.source.get(uri)
    world.peer.actor(
        "bo", publicKey={"id": f"{uri}#new", "owner": uri, "publicKeyPem": bytes_of_key(1)}
    )
    await world.source.refresh(uri)
    assert [key.id for key in await keys_store.find_keys(world.pool, bo.id)] == [f"{uri}#new"]


# What is believed (TRAPS 3, 17, 18)


async def test_fetches_are_signed_by_the_node_actor(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.source.get(uri)
    request = world.peer.requests[0]
    message = SignedMessage(
        method="GET",
        target="/users/bo",
        authority=world.peer.domain,
        scheme="http",
        headers=headers_of(request.items()),
    )
    claim: Claim = read_claim(message)
    stored = await keys_store.find_key(world.pool, "http://127.0.0.1:9/actor#main-key")
    assert stored is not None
    check(message, claim, read_public_der(stored.public_der), now=datetime.now(UTC))
    assert claim.key_id == "http://127.0.0.1:9/actor#main-key"


async def test_a_document_under_another_address_is_fetched_again_at_its_id(world: World) -> None:
    uri = world.peer.actor("bo")
    document = note(world, "/posts/1")
    world.peer.serve("/posts/1", document)
    alias = world.peer.serve("/@bo/1", document)

    found, url = await world.source.document(alias)

    assert (found["id"], url) == (f"{world.peer.origin}/posts/1", f"{world.peer.origin}/posts/1")
    assert (await world.source.refresh(uri)).uri == uri


async def test_a_document_that_is_not_at_its_id_either_is_refused(world: World) -> None:
    document = note(world, "/posts/elsewhere")
    alias = world.peer.serve("/posts/1", document)
    world.peer.serve("/posts/elsewhere", note(world, "/posts/third"))
    await expect_refused(world, world.source.document(alias))


async def test_a_document_of_another_origin_is_refused_even_on_the_same_host(world: World) -> None:
    async with foreign_server() as other:
        claimed = note(world, "/posts/1") | {"id": f"{other.origin}/posts/1"}
        other.serve("/posts/1", claimed)
        await expect_refused(world, world.source.document(world.peer.serve("/posts/1", claimed)))
        assert other.asked == []


async def test_a_redirect_to_another_origin_makes_that_the_origin(world: World) -> None:
    async with foreign_server() as other:
        other.serve("/posts/1", note(world, "/posts/1"))
        url = world.peer.serve(
            "/posts/1", b"", status=302, headers={"Location": f"{other.origin}/posts/1"}
        )
        await expect_refused(world, world.source.document(url))


async def test_a_redirect_back_to_us_is_not_followed(world: World) -> None:
    url = world.peer.serve(
        "/posts/1", b"", status=302, headers={"Location": "http://127.0.0.1:9/posts/1"}
    )
    with pytest.raises(Blocked):
        await world.source.document(url)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/html",
        "text/plain",
        "application/ld+json",
        'application/ld+json; profile="https://example.org/other"',
        "",
    ],
)
async def test_a_document_of_another_media_type_is_refused(world: World, content_type: str) -> None:
    url = world.peer.serve("/posts/1", note(world, "/posts/1"), content_type=content_type)
    await expect_refused(world, world.source.document(url))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        'Application/LD+JSON;profile="https://w3id.org/x https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_every_spelling_of_the_activitystreams_types_is_read(
    world: World, content_type: str
) -> None:
    url = world.peer.serve("/posts/1", note(world, "/posts/1"), content_type=content_type)
    assert (await world.source.document(url))[1] == url


async def test_what_only_our_node_actor_is_shown_is_discarded(world: World) -> None:
    private = note(world, "/posts/1") | {"to": ["http://127.0.0.1:9/users/ada"]}
    url = world.peer.serve("/posts/1", private)
    with pytest.raises(Forbidden):
        await world.source.document(url)
    unaddressed = {key: value for key, value in private.items() if key != "to"}
    world.peer.serve("/posts/1", unaddressed)
    with pytest.raises(Forbidden):
        await world.source.document(url)


async def test_what_one_of_ours_is_shown_is_read_with_their_own_signature(world: World) -> None:
    private = note(world, "/posts/1") | {"to": ["http://127.0.0.1:9/users/ada"]}
    url = world.peer.serve("/posts/1", private)
    document, _ = await world.source.document(url, signed_by=world.ada)
    assert document["to"] == ["http://127.0.0.1:9/users/ada"]
    assert "http://127.0.0.1:9/users/ada#main-key" in world.peer.requests[0]["signature"]


async def test_a_get_refused_with_its_query_is_signed_again_without_it(world: World) -> None:
    signatures: list[str] = []

    async def old_mastodon(request: web.Request) -> web.StreamResponse:
        signatures.append(request.headers["Signature"])
        if len(signatures) == 1:
            return web.Response(status=401)
        return web.json_response(
            {"@context": CONTEXT, "id": f"{world.peer.origin}/c?page=1", "type": "Collection"},
            content_type="application/activity+json",
        )

    world.peer.answers["/c"] = old_mastodon
    await world.source.document(f"{world.peer.origin}/c?page=1")
    assert len(set(signatures)) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFound),
        (410, Gone),
        (403, Forbidden),
        (400, Malformed),
        (401, RemoteUnavailable),
        (408, RemoteUnavailable),
        (429, RemoteUnavailable),
        (500, RemoteUnavailable),
        (501, Malformed),
        (503, RemoteUnavailable),
    ],
)
async def test_each_refusal_of_the_origin_means_never_or_later(
    world: World, status: int, error: type[FedinetError]
) -> None:
    url = world.peer.serve("/posts/1", b"", status=status)
    with pytest.raises(error):
        await world.source.document(url)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'{"id": 5}', id="numeric id"),
        pytest.param(b'{"type": "Note"}', id="no id"),
        pytest.param(b'{"id": "https://a@b.example/"}', id="user information"),
        pytest.param(b"[" * 10_000, id="10,000 levels"),
        pytest.param(b'{"id": "a", "id": "b"}', id="duplicate key"),
        pytest.param(b"\xff\xfe", id="invalid UTF-8"),
        pytest.param(b'{"id": NaN}', id="NaN"),
    ],
)
async def test_what_is_no_document_is_refused(world: World, body: bytes) -> None:
    await expect_refused(world, world.source.document(world.peer.serve("/x", body)))


async def test_one_cause_fetches_no_more_than_its_budget(world: World) -> None:
    world.peer.serve("/posts/1", note(world, "/posts/1"))
    alias = world.peer.serve("/@bo/1", note(world, "/posts/1"))
    with pytest.raises(BudgetSpent):
        await world.source.document(alias, budget=Budget(1))
    assert await world.source.document(alias, budget=Budget(2))


async def expect_refused(world: World, attempt: Awaitable[object]) -> None:
    before = await world.pool.fetchval("SELECT count(*) FROM actors")
    with pytest.raises(Malformed):
        await attempt
    assert await world.pool.fetchval("SELECT count(*) FROM actors") == before


def note(world: World, path: str) -> dict[str, object]:
    return {
        "@context": CONTEXT,
        "id": f"{world.peer.origin}{path}",
        "type": "Note",
        "attributedTo": f"{world.peer.origin}/users/bo",
        "content": "<p>x</p>",
        "to": [PUBLIC],
    }


def bytes_of_key(number: int) -> str:
    return public_of(rsa_key(number)).pem
