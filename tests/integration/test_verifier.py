"""Who sent this? Known and unknown keys, rotation, and limits on what senders make us fetch."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from fedinet.actors import key_fetch, keys, store
from fedinet.actors.key_fetch import UnknownKey
from fedinet.actors.remote import ActorSource
from fedinet.actors.verify import KNOWN_FOR, Verifier
from fedinet.db.query import Pool
from fedinet.kernel.errors import Overloaded, Unauthenticated
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.net.domains import registrable
from fedinet.net.fetch import Fetcher
from fedinet.node.secrets import SecretBox
from fedinet.settings import Settings
from fedinet.signing.keys import public_of
from fedinet.signing.message import SignedMessage
from fedinet.signing.multibase import decode_multibase
from fedinet.signing.refusals import BadSignature
from tests.integration.foreign_server import ForeignServer, foreign_server, rsa_key, signed_post

BOX = SecretBox(bytes(32))
HERE = Settings(
    data=Path("unused"),
    origin=origin_of("http://127.0.0.1:9"),
    account_domain=Domain("127.0.0.1:9"),
)
INBOX = "http://127.0.0.1:9/inbox"
BODY = b'{"type":"Like"}'


@dataclass
class World:
    pool: Pool
    source: ActorSource
    verifier: Verifier
    peer: ForeignServer
    now: datetime

    def post(self, key_id: str, *, key: int = 0, now: datetime | None = None) -> SignedMessage:
        return signed_post(INBOX, BODY, key_id=key_id, now=now or self.now, key=rsa_key(key))


@pytest.fixture
async def world(pool: Pool) -> AsyncIterator[World]:
    await keys.ensure_node_actor(pool, HERE, BOX)
    fetcher = Fetcher(user_agent="test", allow_private_networks=(ip_network("127.0.0.0/8"),))
    async with fetcher, foreign_server() as peer:
        signer = keys.Signer(pool, HERE.uris, BOX)
        source = ActorSource(pool, fetcher, signer, HERE.uris, HERE.account_domain)
        yield World(pool, source, Verifier(pool, source, HERE.uris), peer, datetime.now(UTC))


async def test_an_unknown_sender_is_fetched_and_then_known(world: World) -> None:
    uri = world.peer.actor("bo")

    sender = await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)

    assert (sender.actor_uri, sender.origin) == (uri, world.peer.origin)
    stored = await store.find_actor_by_uri(world.pool, uri)
    assert stored is not None
    assert sender.actor_id == stored.id


async def test_a_known_key_costs_no_request_and_no_sql(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    await world.pool.close()
    asked = len(world.peer.asked)

    await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)

    assert len(world.peer.asked) == asked


async def test_what_a_process_knows_is_dropped_on_notice(world: World) -> None:
    uri = world.peer.actor("bo")
    sender = await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    async with world.pool.acquire() as tx, tx.transaction():
        await store.set_suspended(tx, sender.actor_id, suspended=True)

    believed = await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    world.verifier.forget(str(sender.actor_id))
    told = await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)

    assert (believed.is_suspended, told.is_suspended) == (False, True)


@pytest.mark.parametrize("missed_notice", ["", "later"])
async def test_a_missed_notice_is_made_good(world: World, missed_notice: str) -> None:
    uri = world.peer.actor("bo")
    sender = await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    async with world.pool.acquire() as tx, tx.transaction():
        await store.set_suspended(tx, sender.actor_id, suspended=True)
    at = world.now
    if missed_notice:
        at += KNOWN_FOR + timedelta(seconds=1)
    else:
        world.verifier.forget("")
    assert (await world.verifier.verify(world.post(f"{uri}#main-key", now=at), now=at)).is_suspended


async def test_nothing_is_fetched_for_a_request_that_fails_without_its_key(world: World) -> None:
    uri = world.peer.actor("bo")
    message = world.post(f"{uri}#main-key")
    broken = [
        (replace(message, body=b"{}"), "digest_mismatch"),
        (replace(message, headers={}), "no_signature"),
        (world.post(f"{uri}#main-key", now=world.now - timedelta(hours=13)), "too_old"),
        (world.post(f"{uri}#main-key", now=world.now + timedelta(hours=2)), "from_the_future"),
    ]
    for request, reason in broken:
        with pytest.raises(BadSignature) as refused:
            await world.verifier.verify(request, now=world.now)
        assert refused.value.reason == reason
    assert world.peer.asked == []


async def test_a_foreign_key_is_refused(world: World) -> None:
    uri = world.peer.actor("bo")
    with pytest.raises(BadSignature) as refused:
        await world.verifier.verify(world.post(f"{uri}#main-key", key=1), now=world.now)
    assert refused.value.reason == "wrong_key"


async def test_a_request_for_another_host_is_refused(world: World) -> None:
    uri = world.peer.actor("bo")
    elsewhere = signed_post("http://c.example/inbox", BODY, key_id=f"{uri}#main-key", now=world.now)
    with pytest.raises(BadSignature):
        await world.verifier.verify(replace(elsewhere, authority="127.0.0.1:9"), now=world.now)


async def test_a_rotated_key_is_fetched_once_and_believed(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    world.peer.actor("bo", key=rsa_key(1))
    later = world.now + timedelta(minutes=11)

    sender = await world.verifier.verify(world.post(f"{uri}#main-key", key=1, now=later), now=later)

    assert sender.actor_uri == uri
    with pytest.raises(BadSignature):
        await world.verifier.verify(world.post(f"{uri}#main-key", now=later), now=later)
    assert world.peer.count("/users/bo") == 2


async def test_forged_requests_make_us_ask_at_most_once_in_ten_minutes(world: World) -> None:
    uri = world.peer.actor("bo")
    await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    later = world.now + timedelta(minutes=11)
    for _ in range(5):
        with pytest.raises(BadSignature):
            await world.verifier.verify(world.post(f"{uri}#main-key", key=1, now=later), now=later)
    assert world.peer.count("/users/bo") == 2


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_a_key_that_is_not_there_is_refused_and_not_asked_for_again(
    world: World, status: int
) -> None:
    uri = world.peer.actor("bo")
    world.peer.serve("/users/bo", b"", status=status)
    for _ in range(3):
        with pytest.raises(UnknownKey):
            await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    assert world.peer.count("/users/bo") == 1


@pytest.mark.parametrize("status", [500, 503, 429, 401])
async def test_a_key_that_cannot_be_had_now_is_not_refused_for_good(
    world: World, status: int
) -> None:
    uri = world.peer.actor("bo")
    world.peer.serve("/users/bo", b"", status=status)
    for _ in range(3):
        with pytest.raises(Overloaded):
            await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)
    assert world.peer.count("/users/bo") == 1

    world.peer.actor("bo")
    later = world.now + timedelta(minutes=2)
    message = world.post(f"{uri}#main-key", now=later)
    assert (await world.verifier.verify(message, now=later)).actor_uri == uri


async def test_a_closed_port_is_no_proof_against_anybody(world: World) -> None:
    with pytest.raises(Overloaded):
        await world.verifier.verify(
            world.post("http://127.0.0.1:1/users/bo#main-key"), now=world.now
        )


async def test_a_key_of_a_private_address_is_refused(world: World) -> None:
    with pytest.raises(UnknownKey):
        await world.verifier.verify(
            world.post("http://169.254.169.254/users/bo#main-key"), now=world.now
        )


async def test_a_slow_key_server_costs_seconds_and_not_its_neighbours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_fetch, "TIMEOUT_S", 0.2)
    uri = world.peer.actor("bo")
    slow = f"{world.peer.origin}/users/slow"

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    world.peer.answers["/users/slow"] = never
    with pytest.raises(Overloaded):
        await world.verifier.verify(world.post(f"{slow}#main-key"), now=world.now)
    assert (await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now)).actor_uri


async def test_one_domain_cannot_make_us_fetch_without_end(world: World) -> None:
    refused = 0
    for number in range(key_fetch.BURST + 10):
        try:
            await world.verifier.verify(
                world.post(f"{world.peer.origin}/users/u{number}#main-key"), now=world.now
            )
        except UnknownKey:
            pass
        except Overloaded:
            refused += 1
    assert refused == 10
    assert len(world.peer.asked) == key_fetch.BURST


async def test_a_stranger_is_not_looked_up_when_that_is_not_wanted(world: World) -> None:
    uri = world.peer.actor("bo")
    with pytest.raises(UnknownKey):
        await world.verifier.verify(world.post(f"{uri}#main-key"), now=world.now, may_fetch=False)
    assert world.peer.asked == []


async def test_a_key_on_another_host_than_its_actor_is_refused(world: World) -> None:
    async with foreign_server() as evil:
        bo = world.peer.actor("bo")
        key_id = evil.serve(
            "/key",
            {
                "@context": "https://w3id.org/security/v1",
                "id": f"{evil.origin}/key",
                "type": "Key",
                "owner": bo,
                "publicKeyPem": public_of(rsa_key(1)).pem,
            },
        )
        with pytest.raises(UnknownKey):
            await world.verifier.verify(world.post(key_id, key=1), now=world.now)


async def test_a_key_document_that_its_owner_lists_is_accepted(world: World) -> None:
    key_id = f"{world.peer.origin}/keys/1"
    uri = f"{world.peer.origin}/users/bo"
    key = {"id": key_id, "owner": uri, "publicKeyPem": public_of(rsa_key()).pem}
    world.peer.actor("bo", publicKey=key)
    world.peer.serve("/keys/1", {"@context": "https://w3id.org/security/v1", "type": "Key", **key})
    assert (await world.verifier.verify(world.post(key_id), now=world.now)).actor_uri == uri


async def test_a_key_document_that_its_owner_does_not_list_is_refused(world: World) -> None:
    key_id = f"{world.peer.origin}/keys/1"
    uri = world.peer.actor("bo")
    key = {"id": key_id, "owner": uri, "publicKeyPem": public_of(rsa_key(1)).pem}
    world.peer.serve("/keys/1", {"@context": "https://w3id.org/security/v1", "type": "Key", **key})
    with pytest.raises(UnknownKey):
        await world.verifier.verify(world.post(key_id, key=1), now=world.now)


async def test_a_stub_under_the_key_leads_to_the_whole_actor(world: World) -> None:
    """GoToSocial serves part of the actor at the address of its key."""
    key_id = f"{world.peer.origin}/users/bo/main-key"
    uri = f"{world.peer.origin}/users/bo"
    key = {"id": key_id, "owner": uri, "publicKeyPem": public_of(rsa_key()).pem}
    world.peer.actor("bo", publicKey=key)
    world.peer.serve(
        "/users/bo/main-key",
        {
            "@context": "https://w3id.org/security/v1",
            "id": uri,
            "type": "Person",
            "preferredUsername": "bo",
            "publicKey": key,
        },
    )
    assert (await world.verifier.verify(world.post(key_id), now=world.now)).actor_uri == uri


async def test_a_key_under_our_own_address_is_never_fetched(world: World) -> None:
    with pytest.raises(UnknownKey):
        await world.verifier.verify(
            world.post("http://127.0.0.1:9/users/nobody#main-key"), now=world.now
        )


@pytest.mark.parametrize(
    "key_id", ["acct:bo@b.example", "", "javascript:x", "https://u@b.example/"]
)
async def test_a_key_id_that_is_no_address_is_refused(world: World, key_id: str) -> None:
    with pytest.raises(Unauthenticated):
        await world.verifier.verify(world.post(key_id), now=world.now)


@pytest.mark.parametrize(
    ("domain", "owner"),
    [
        ("a.b.example", "b.example"),
        ("a.b.co.uk", "b.co.uk"),
        ("a.b.example:8443", "b.example"),
        ("127.0.0.1:8001", "127.0.0.1:8001"),
        ("[::1]:8001", "[::1]:8001"),
        ("localhost:8001", "localhost:8001"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_limits_count_for_everything_that_one_owner_registered(domain: str, owner: str) -> None:
    assert registrable(Domain(domain)) == owner


@pytest.mark.parametrize("base", ["z", "u"])
async def test_a_key_with_a_document_of_its_own_counts_where_its_owner_names_it(
    world: World, base: str
) -> None:
    uri = f"{world.peer.origin}/users/bo"
    key_id = given_key(world.peer, "/keys/1", uri, base=base)
    world.peer.actor("bo", publicKey=key_id)

    sender = await world.verifier.verify(world.post(key_id), now=world.now)
    assert sender.actor_uri == uri

    await world.source.refresh(uri)
    asked = len(world.peer.asked)
    world.verifier.forget("")
    await world.verifier.verify(world.post(key_id), now=world.now)
    assert len(world.peer.asked) == asked

    stranger = given_key(world.peer, "/keys/2", uri, base=base)
    with pytest.raises(UnknownKey):
        await world.verifier.verify(world.post(stranger), now=world.now)


async def test_a_key_that_has_ended_is_no_key(world: World) -> None:
    uri = f"{world.peer.origin}/users/bo"
    soon = world.now + timedelta(seconds=40)
    key_id = given_key(world.peer, "/keys/1", uri, expires=soon.isoformat())
    world.peer.actor("bo", publicKey=key_id)
    await world.verifier.verify(world.post(key_id), now=world.now)

    await world.pool.execute("UPDATE actor_keys SET valid_until = now() - interval '1 second'")
    later = soon + timedelta(seconds=1)
    with pytest.raises(UnknownKey):
        await world.verifier.verify(world.post(key_id, now=later), now=later)


def given_key(peer: ForeignServer, path: str, owner: str, *, base: str = "z", **more: str) -> str:
    """Serve a Multikey by itself; return its id. In base ``z`` or ``u``."""
    text = public_of(rsa_key()).multikey
    if base == "u":
        text = "u" + urlsafe_b64encode(decode_multibase(text)).decode().rstrip("=")
    document = {
        "@context": "https://www.w3.org/ns/cid/v1",
        "id": f"{peer.origin}{path}",
        "type": "Multikey",
        "controller": owner,
        "publicKeyMultibase": text,
        **more,
    }
    return peer.serve(path, document)
