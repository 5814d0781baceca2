"""POST /inbox through real HTTP: what is taken, what is refused, and that it is counted."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO

import asyncpg
import pytest
from aiohttp import ClientResponse, web

from fedinet.inbox.receive import DOOR
from fedinet.kernel.ids import KeyUri
from fedinet.signing.keys import SigningKey, generate_ed25519, public_of
from fedinet.signing.message import Outgoing, sha256_of
from fedinet.signing.rfc9421 import sign_rfc9421
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import (
    ACTIVITY_JSON,
    ForeignServer,
    foreign_server,
    rsa_key,
)
from tests.integration.inbox_peer import PeerActor, deliver, encoded, like, peer_actor
from tests.integration.nodes import RunningNode

NOW = datetime.now(UTC)


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    return await start_node()


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as peer:
        yield peer


@pytest.fixture
def bob(peer: ForeignServer) -> PeerActor:
    return peer_actor(peer, "bob")


async def test_a_signed_activity_is_queued_before_it_is_acknowledged(
    node: RunningNode, bob: PeerActor
) -> None:
    body = encoded(like(bob))
    answer = await post(node, body, bob.signed(f"{node.origin}/inbox", body))
    assert (answer.status, await answer.read()) == (202, b"")
    [row] = await node.pool.fetch("SELECT * FROM inbound_queue")
    assert row["signer_uri"] == row["actor_uri"] == bob.uri
    assert (row["activity_uri"], row["activity_type"]) == (f"{bob.uri}/likes/1", "Like")
    assert row["body"] == body


async def test_a_known_key_is_not_fetched_again(
    node: RunningNode, peer: ForeignServer, bob: PeerActor
) -> None:
    for number in range(5):
        assert (await deliver(node, bob, like(bob, number))).status == 202
    assert peer.count("/users/bob") == 1


async def test_message_signatures_of_the_new_kind_are_taken(
    node: RunningNode, peer: ForeignServer
) -> None:
    private = generate_ed25519()
    uri = f"{peer.origin}/users/eve"
    multikey = {
        "id": f"{uri}#ed",
        "type": "Multikey",
        "controller": uri,
        "publicKeyMultibase": public_of(private).multikey,
    }
    eve = peer_actor(peer, "eve", assertionMethod=[multikey])
    for key in (eve.key, SigningKey(KeyUri(f"{uri}#ed"), private)):
        body = encoded(like(eve, hash(key.id)))
        request = Outgoing("POST", f"{node.origin}/inbox", sha256_of(body))
        headers = sign_rfc9421(key, request, now=datetime.now(UTC))
        answer = await post(node, body, {**headers, "Content-Type": ACTIVITY_JSON})
        assert answer.status == 202, await answer.text()
    assert await queued(node) == 2


async def test_fifty_copies_at_once_are_all_acknowledged_and_queued_once(
    node: RunningNode, bob: PeerActor
) -> None:
    body = encoded(like(bob))
    headers = bob.signed(f"{node.origin}/inbox", body)
    answers = await asyncio.gather(*(post(node, body, headers) for _ in range(50)))
    assert {answer.status for answer in answers} == {202}
    assert await queued(node) == 1


async def test_a_replayed_request_does_nothing(node: RunningNode, bob: PeerActor) -> None:
    body = encoded(like(bob, type="Follow"))
    headers = bob.signed(f"{node.origin}/inbox", body)
    for _ in range(2):
        assert (await post(node, body, headers)).status == 202
    assert await queued(node) == 1


async def test_a_follow_that_is_sent_again_under_its_old_id_is_a_new_one(
    node: RunningNode, bob: PeerActor
) -> None:
    follow = like(bob, type="Follow")
    await deliver(node, bob, follow)
    await deliver(node, bob, follow, now=NOW + timedelta(minutes=5))
    assert await queued(node) == 2


async def test_activities_without_id_are_told_apart_by_their_bytes(
    node: RunningNode, bob: PeerActor
) -> None:
    for target in ("https://c.example/1", "https://c.example/1", "https://c.example/2"):
        await deliver(node, bob, like(bob, id=None, object=target))
    assert await queued(node) == 2


async def test_a_forwarded_copy_does_not_block_the_authors_own(
    node: RunningNode, bob: PeerActor
) -> None:
    async with foreign_server() as elsewhere:
        relay = peer_actor(elsewhere, "relay", key=2)
        assert (await deliver(node, relay, like(bob))).status == 202
    assert (await deliver(node, bob, like(bob))).status == 202
    signers = await node.pool.fetch("SELECT signer_uri FROM inbound_queue ORDER BY id")
    assert [row["signer_uri"] for row in signers] == [relay.uri, bob.uri]


async def test_personal_inboxes_are_of_members_only(node: RunningNode, bob: PeerActor) -> None:
    await given_member(node, "ada")
    assert (await deliver(node, bob, like(bob, 1), path="/users/ada/inbox")).status == 202
    assert (await deliver(node, bob, like(bob, 2), path="/users/ADA/inbox")).status == 202
    nobody = await deliver(node, bob, like(bob, 3), path="/users/nobody/inbox")
    assert await refused(nobody) == (404, "no_such_inbox")
    assert await queued(node) == 2


async def test_our_own_activities_brought_back_are_acknowledged_and_forgotten(
    node: RunningNode, bob: PeerActor
) -> None:
    echo = like(bob, id=f"{node.origin}/activities/1", actor=f"{node.origin}/users/ada")
    assert (await deliver(node, bob, echo)).status == 202
    assert await queued(node) == 0


@pytest.mark.parametrize("kind", ["Delete", "Update"])
async def test_the_farewell_of_a_stranger_is_acknowledged_without_a_fetch(
    node: RunningNode, peer: ForeignServer, kind: str
) -> None:
    bob = peer_actor(peer, "bob")
    answer = await deliver(node, bob, like(bob, type=kind, object=bob.uri))
    assert answer.status == 202
    assert peer.asked == [] and await queued(node) == 0


async def test_the_farewell_of_somebody_known_is_verified_and_queued(
    node: RunningNode, bob: PeerActor
) -> None:
    await deliver(node, bob, like(bob))
    farewell = encoded(like(bob, 2, type="Delete", object=bob.uri))
    forged = PeerActor(bob.uri, SigningKey(bob.key.id, rsa_key(3)))
    url = f"{node.origin}/inbox"
    assert (await post(node, farewell, forged.signed(url, farewell))).status == 401
    assert (await post(node, farewell, bob.signed(url, farewell))).status == 202
    assert await queued(node) == 2


# Signatures -------------------------------------------------------------------------------


async def test_without_a_signature_nothing_is_read(node: RunningNode, bob: PeerActor) -> None:
    answer = await post(node, encoded(like(bob)), {"Content-Type": ACTIVITY_JSON})
    assert await refused(answer) == (401, "no_signature")


async def test_a_signature_with_a_gap_is_refused(node: RunningNode, bob: PeerActor) -> None:
    gaps = {
        "(request-target) host date": "digest_not_signed",
        "(request-target) host digest": "date_not_signed",
        "(request-target) date digest": "host_not_signed",
        "host date digest": "target_not_signed",
    }
    body = encoded(like(bob))
    seen: dict[str, tuple[int, str]] = {}
    for covered in gaps:
        headers = bob.signed_over(covered, f"{node.origin}/inbox", body)
        seen[covered] = await refused(await post(node, body, headers))
    assert seen == {covered: (401, reason) for covered, reason in gaps.items()}
    assert await queued(node) == 0


async def test_a_signature_out_of_its_time_is_refused(node: RunningNode, bob: PeerActor) -> None:
    old = await deliver(node, bob, like(bob), now=NOW - timedelta(hours=13))
    assert await refused(old) == (401, "too_old")
    early = await deliver(node, bob, like(bob), now=NOW + timedelta(hours=2))
    assert await refused(early) == (401, "from_the_future")


async def test_an_expired_signature_is_refused(node: RunningNode, bob: PeerActor) -> None:
    body = encoded(like(bob))
    expired = int((NOW - timedelta(minutes=1)).timestamp())
    headers = bob.signed_over(
        "(request-target) host date digest",
        f"{node.origin}/inbox",
        body,
        more=f",expires={expired}",
    )
    assert await refused(await post(node, body, headers)) == (401, "expired")


async def test_a_body_that_was_changed_on_the_way_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    headers = bob.signed(f"{node.origin}/inbox", encoded(like(bob)))
    answer = await post(node, encoded(like(bob, object="https://c.example/2")), headers)
    assert await refused(answer) == (401, "digest_mismatch")


async def test_a_signature_for_another_host_is_refused(node: RunningNode, bob: PeerActor) -> None:
    body = encoded(like(bob))
    headers = bob.signed(f"{node.origin}/inbox", body, for_url="https://other.example/inbox")
    assert await refused(await post(node, body, headers)) in (
        (401, "wrong_host"),
        (401, "wrong_key"),
    )
    assert await queued(node) == 0


async def test_a_signature_for_another_path_is_refused(node: RunningNode, bob: PeerActor) -> None:
    await given_member(node, "ada")
    body = encoded(like(bob))
    headers = bob.signed(f"{node.origin}/inbox", body)
    answer = await post(node, body, headers, path="/users/ada/inbox")
    assert await refused(answer) == (401, "wrong_key")


async def test_somebody_elses_key_under_the_senders_name_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    mallory = PeerActor(bob.uri, SigningKey(bob.key.id, rsa_key(2)))
    assert await refused(await deliver(node, mallory, like(bob))) == (401, "wrong_key")


async def test_a_key_of_another_host_than_its_owner_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    async with foreign_server() as elsewhere:
        key_uri = f"{elsewhere.origin}/keys/1"
        private = rsa_key(2)
        key_document = {
            "@context": "https://w3id.org/security/v1",
            "id": key_uri,
            "type": "Key",
            "owner": bob.uri,
            "publicKeyPem": public_of(private).pem,
        }
        elsewhere.serve("/keys/1", key_document)
        mallory = PeerActor(bob.uri, SigningKey(KeyUri(key_uri), private))
        answer = await deliver(node, mallory, like(bob))
    assert await refused(answer) == (401, "unknown_key")
    assert await queued(node) == 0


async def test_a_key_that_is_redirected_to_another_host_is_not_that_hosts_word(
    node: RunningNode, peer: ForeignServer
) -> None:
    async with foreign_server() as elsewhere:
        victim = f"{peer.origin}/users/bob"
        peer_actor(elsewhere, "mallory", key=2, id=victim)

        async def redirect(_: web.Request) -> web.Response:
            raise web.HTTPFound(f"{elsewhere.origin}/users/mallory")

        peer.answers["/users/bob"] = redirect
        forged = PeerActor(victim, SigningKey(KeyUri(f"{victim}#main-key"), rsa_key(2)))
        answer = await deliver(node, forged, like(forged))
    assert answer.status == 401
    assert await queued(node) == 0


async def test_a_key_whose_server_does_not_answer_now_means_come_again(
    node: RunningNode, peer: ForeignServer, bob: PeerActor
) -> None:
    peer.serve("/users/bob", {}, status=500)
    answer = await deliver(node, bob, like(bob))
    assert answer.status == 503 and "Retry-After" in answer.headers


async def test_a_key_that_does_not_exist_is_refused(node: RunningNode, peer: ForeignServer) -> None:
    bob = peer_actor(peer, "bob")
    del peer.answers["/users/bob"]
    assert await refused(await deliver(node, bob, like(bob))) == (401, "unknown_key")


async def test_nonsense_in_the_signature_header_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    fields = [
        "",
        "garbage",
        'keyId="https://b.example/users/bob#main-key"',
        'keyId="acct:b@b.example",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="https://b.example/k",keyId="https://c.example/k",signature="AAAA"',
        "keyId=" + '"' * 3000,
        'keyId="' + "https://b.example/" + "x" * 5000 + '",signature="AAAA"',
    ]
    body = encoded(like(bob))
    for field in fields:
        headers = {**bob.signed(f"{node.origin}/inbox", body), "Signature": field}
        assert (await post(node, body, headers)).status == 401, field[:100]
    assert await queued(node) == 0


# Shape ------------------------------------------------------------------------------------


async def test_json_that_two_readers_could_read_differently_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    bodies = {
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000: "json_depth",
        b"[" * 10_000 + b"]" * 10_000: "json_depth",
        b'{"type":"Like","type":"Undo"}': "json_duplicate_key",
        b'{"type":"\xff\xfe"}': "json_utf8",
        b'{"type":NaN}': "json_number",
        b'{"type":"a\\u0000b"}': "json_nul",
        b'{"type":"\\ud800"}': "json_surrogate",
        b"[]": "json_not_object",
        b"": "json_syntax",
        b'{"type":"Like"': "json_syntax",
    }
    for body, reason in bodies.items():
        answer = await post(node, body, bob.signed(f"{node.origin}/inbox", body))
        assert await refused(answer) == (400, reason), body[:100]
    assert await queued(node) == 0


async def test_an_envelope_that_cannot_be_right_is_refused(
    node: RunningNode, bob: PeerActor
) -> None:
    changes: dict[str, Mapping[str, object]] = {
        "no type": {"type": None},
        "no actor": {"actor": None},
        "an actor that is no address": {"actor": "ftp://b.example/bob"},
        "an id of another origin": {"id": "https://other.example/likes/1"},
        "an actor of another origin": {"actor": "https://other.example/users/bob"},
        "an id that is no text": {"id": 17},
    }
    for what, properties in changes.items():
        answer = await deliver(node, bob, like(bob, **properties))
        assert await refused(answer) == (400, "malformed"), what
    assert await queued(node) == 0


async def test_two_megabytes_are_refused_by_their_announced_length(
    node: RunningNode, bob: PeerActor
) -> None:
    body = encoded(like(bob, content="x" * 2_000_000))
    headers = bob.signed(f"{node.origin}/inbox", body)
    async with node.http.post("/inbox", data=BytesIO(body), headers=headers) as answer:
        assert await refused(answer) == (413, "too_large")


async def test_two_megabytes_without_a_length_are_refused_while_they_come(
    node: RunningNode, bob: PeerActor
) -> None:
    body = encoded(like(bob, content="x" * 2_000_000))

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    answer = await post(node, chunks(), bob.signed(f"{node.origin}/inbox", body))
    assert await refused(answer) == (413, "too_large")


async def test_the_content_type_says_activitystreams(node: RunningNode, bob: PeerActor) -> None:
    types = {
        "application/activity+json": 202,
        "Application/Activity+JSON; charset=utf-8": 202,
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"': 202,
        'application/ld+json;profile="https://x https://www.w3.org/ns/activitystreams"': 202,
        "application/ld+json": 202,
        'application/ld+json; profile="https://www.w3.org/ns/other"': 415,
        "application/json": 415,
        "text/html": 415,
        "text/plain; application/activity+json": 415,
        "": 415,
    }
    body = encoded(like(bob))
    seen: dict[str, int] = {}
    for content_type in types:
        headers = {**bob.signed(f"{node.origin}/inbox", body), "Content-Type": content_type}
        seen[content_type] = (await post(node, body, headers)).status
    assert seen == types


async def test_a_compressed_body_is_refused(node: RunningNode, bob: PeerActor) -> None:
    body = gzip.compress(encoded(like(bob)))
    headers = {**bob.signed(f"{node.origin}/inbox", body), "Content-Encoding": "gzip"}
    assert await refused(await post(node, body, headers)) == (415, "content_encoding")


async def test_a_body_that_does_not_come_is_not_waited_for(
    node: RunningNode, bob: PeerActor
) -> None:
    node.app[DOOR].body_timeout_s = 0.05
    body = encoded(like(bob))
    lines = "".join(
        f"{name}: {value}\r\n" for name, value in bob.signed(f"{node.origin}/inbox", body).items()
    )
    host, _, port = node.origin.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:10])
    async with asyncio.timeout(10):
        status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"408"


# When we cannot ---------------------------------------------------------------------------


async def test_a_paused_node_answers_503_and_records_nothing(
    node: RunningNode, bob: PeerActor
) -> None:
    await deliver(node, bob, like(bob))
    await node.pool.execute("UPDATE node SET paused_at = now()")
    answer = await deliver(node, bob, like(bob, 2))
    assert answer.status == 503 and "Retry-After" in answer.headers
    assert await queued(node) == 1


async def test_a_dead_database_means_503_until_it_is_back(
    node: RunningNode, bob: PeerActor, server_url: str
) -> None:
    await deliver(node, bob, like(bob))
    name = await node.pool.fetchval("SELECT current_database()")
    async with closed_database(server_url, name):
        answer = await deliver(node, bob, like(bob, 2))
        assert answer.status == 503 and "Retry-After" in answer.headers
    assert (await deliver(node, bob, like(bob, 2))).status == 202
    assert await queued(node) == 2


async def test_a_database_without_room_means_503(node: RunningNode, bob: PeerActor) -> None:
    await node.pool.execute(
        """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT ON inbound_queue EXECUTE FUNCTION no_room();
        """
    )
    assert await refused(await deliver(node, bob, like(bob))) == (503, "overloaded")
    await node.pool.execute("DROP TRIGGER no_room ON inbound_queue")
    assert (await deliver(node, bob, like(bob))).status == 202


async def test_a_full_disk_means_503(start_node: StartNode, bob: PeerActor) -> None:
    node = await start_node(min_free_mb=1 << 20)
    assert (await deliver(node, bob, like(bob))).status == 503


async def test_too_many_open_requests_mean_503(node: RunningNode, bob: PeerActor) -> None:
    node.app[DOOR].open_requests = 10_000
    assert await refused(await deliver(node, bob, like(bob))) == (503, "overloaded")


# What is said and counted -----------------------------------------------------------------


async def test_a_refusal_is_a_problem_with_a_reason(node: RunningNode, bob: PeerActor) -> None:
    answer = await deliver(node, bob, like(bob), now=NOW - timedelta(days=1))
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(await answer.read()) == {
        "title": "Signature refused: the signature was made more than 12 hours ago",
        "error": "Signature refused: the signature was made more than 12 hours ago",
        "status": 401,
        "reason": "too_old",
    }


async def test_refusals_are_counted_under_the_host_that_was_claimed(
    node: RunningNode, peer: ForeignServer, bob: PeerActor
) -> None:
    for _ in range(3):
        await deliver(node, bob, like(bob), now=NOW - timedelta(days=1))
    await post(node, b"{}", {"Content-Type": "text/html"})
    await node.app[DOOR].refusals.flush(node.pool, NOW.date())
    rows = await node.pool.fetch("SELECT host, reason, count FROM inbound_refusals ORDER BY host")
    assert [tuple(row) for row in rows] == [
        ("", "content_type", 1),
        (peer.origin.removeprefix("http://"), "too_old", 3),
    ]


@asynccontextmanager
async def closed_database(server_url: str, name: str) -> AsyncIterator[None]:
    """Nobody is connected to the database, and nobody can be."""
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(  # waits until each has ended
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()


async def post(
    node: RunningNode,
    body: bytes | AsyncIterator[bytes],
    headers: Mapping[str, str],
    *,
    path: str = "/inbox",
) -> ClientResponse:
    answer = await node.http.post(path, data=body, headers=headers)
    await answer.read()
    return answer


async def refused(answer: ClientResponse) -> tuple[int, str]:
    return answer.status, json.loads(await answer.read())["reason"]


async def queued(node: RunningNode) -> int:
    return await node.pool.fetchval("SELECT count(*) FROM inbound_queue")


async def given_member(node: RunningNode, name: str) -> None:
    await node.pool.execute(
        """
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
        VALUES ($1 || '/users/' || $2, $1, $2, 'here', true, 'Person', $1, $1)
        """,
        node.origin,
        name,
    )
