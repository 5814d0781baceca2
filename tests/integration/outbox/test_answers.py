"""What other servers answer, and what becomes of a delivery. Real sockets on loopback."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from aiohttp import web

from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.ids import ActorId
from fedinet.net.fetch import Fetcher
from fedinet.outbox import deliver
from fedinet.outbox.audience import Audience
from fedinet.outbox.run import deliver_once
from fedinet.signing.claim import Scheme
from fedinet.signing.keys import SigningKey, public_of
from fedinet.signing.verify import check, read_claim
from fedinet.vocab.synchronisation import (
    HEADER,
    MOST_FOLLOWERS,
    Synchronisation,
    digest_of,
    read_synchronisation,
)
from tests.integration.foreign_server import rsa_key
from tests.integration.outbox.peers import (
    OneKey,
    Peer,
    Received,
    answering,
    given_author,
    given_follower,
    given_inbox,
    given_sent,
    in_turn,
)


async def test_the_bytes_that_were_promised_arrive_signed(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "hello")

    await deliver_once(pool, fetcher, OneKey())

    (received,) = peer.received
    assert received.body == await pool.fetchval("SELECT body FROM outgoing")
    assert received.path == "/inbox"
    kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    assert received.headers["content-type"] == (kind,)
    message, now = received.as_signed(peer.origin), datetime.now(UTC)
    claim = read_claim(message)
    check(message, claim, public_of(rsa_key()), now=now)
    assert claim.scheme is Scheme.CAVAGE
    assert await _deliveries(pool) == 0


async def test_what_goes_to_followers_says_who_they_are_there_signed_in_both_schemes(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    async with pool.acquire() as tx:
        other = await given_follower(tx, ada, peer.origin, "cleo")
    await given_sent(pool, ada, "hello")
    peer.answer = in_turn(401, 202)
    await deliver_once(pool, fetcher, OneKey())
    await given_sent(pool, ada, "you", audience=Audience(actors=(other,), direct=True))
    await deliver_once(pool, fetcher, OneKey())

    *said, direct = [received.as_signed(peer.origin) for received in peer.received]
    followers = [f"{peer.origin}/users/{name}" for name in ("bo-of-ada", "cleo")]
    expected = Synchronisation(
        f"{ada.uri}/followers", f"{ada.uri}/followers_synchronization", digest_of(followers)
    )
    for message, scheme in zip(said, Scheme, strict=True):
        claim = read_claim(message)
        check(message, claim, public_of(rsa_key()), now=datetime.now(UTC))
        assert claim.scheme is scheme and HEADER.lower() in claim.covered
        assert read_synchronisation(message.field(HEADER.lower()) or "") == expected
    assert direct.field(HEADER.lower()) is None


async def test_an_actor_with_too_many_followers_on_a_server_says_nothing_of_them(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await pool.execute("UPDATE follower_digests SET followers = $1", MOST_FOLLOWERS + 1)
    await given_sent(pool, ada, "hello")

    await deliver_once(pool, fetcher, OneKey())

    assert HEADER.lower() not in peer.received[0].headers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_a_delivery(pool: Pool, fetcher: Fetcher, peer: Peer, status: int) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(status)

    await deliver_once(pool, fetcher, OneKey())

    assert await _deliveries(pool) == 0
    host = await _host(pool)
    assert (host["due_at"], host["leased_until"], host["failures"]) == (None, None, 0)
    assert host["last_success_at"] is not None


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "refused"), (403, "refused"), (404, "refused"), (405, "refused"), (413, "refused"),
     (410, "gone"), (501, "not_supported")],
)  # fmt: skip
async def test_what_is_refused_for_good_becomes_a_dead_letter(
    pool: Pool, fetcher: Fetcher, peer: Peer, status: int, reason: str
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(status)

    await deliver_once(pool, fetcher, OneKey())

    letter = await pool.fetchrow("SELECT * FROM dead_letters")
    assert letter is not None
    assert (letter["reason"], letter["last_error"]) == (reason, f"{status} because")
    assert await _deliveries(pool) == 0
    assert (await _host(pool))["failures"] == 0


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503, 504, 301, 302, 307])
async def test_trouble_that_may_pass_is_tried_again(
    pool: Pool, fetcher: Fetcher, peer: Peer, status: int
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(status, Location=f"{peer.origin}/elsewhere")

    await deliver_once(pool, fetcher, OneKey())

    assert {one.path for one in peer.received} == {"/inbox"}
    row = await pool.fetchrow("SELECT *, due_at > now() AS waits FROM deliveries")
    assert row is not None
    assert (row["attempts"], row["waits"], row["last_error"]) == (1, True, f"{status} because")
    host = await _host(pool)
    assert host["failures"] == 1
    assert 14 < host["wait_s"] < 20


@pytest.mark.parametrize(
    ("retry_after", "least_s", "most_s"),
    [
        pytest.param("120", 115, 121, id="as asked"),
        pytest.param("999999999", 6 * 3600 - 5, 6 * 3600 + 1, id="at most six hours"),
        pytest.param("soon", 14, 20, id="nonsense is ignored"),
        pytest.param("-5", 14, 20, id="never less than our own pause"),
    ],
)
async def test_a_host_is_left_alone_as_long_as_it_asks(
    pool: Pool, fetcher: Fetcher, peer: Peer, retry_after: str, least_s: int, most_s: int
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(429, Retry_After=retry_after)

    await deliver_once(pool, fetcher, OneKey())

    assert least_s < (await _host(pool))["wait_s"] < most_s


@pytest.mark.parametrize("status", [400, 401])
async def test_a_host_that_wants_rfc_9421_gets_it_from_then_on(
    pool: Pool, fetcher: Fetcher, peer: Peer, status: int
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "first", "second")

    async def only_9421(received: Received) -> web.StreamResponse:
        return web.Response(status=202 if "signature-input" in received.headers else status)

    peer.answer = only_9421
    await deliver_once(pool, fetcher, OneKey())

    knocks = ["signature-input" in one.headers for one in peer.received]
    assert knocks == [False, True, True]
    assert (await _host(pool))["signature"] == "rfc9421"
    message = peer.received[1].as_signed(peer.origin)
    check(message, read_claim(message), public_of(rsa_key()), now=datetime.now(UTC))
    assert await _deliveries(pool) == 0


async def test_a_host_that_takes_neither_keeps_the_scheme_it_had(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(401)

    await deliver_once(pool, fetcher, OneKey())

    assert len(peer.received) == 2
    assert (await _host(pool))["signature"] == "cavage"


async def test_a_host_that_hangs_up_is_unreachable(pool: Pool, fetcher: Fetcher) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.2", 0)
    async with server:
        origin = f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}"
        await _given_one_for(pool, origin)
        await deliver_once(pool, fetcher, OneKey())

    await _assert_unreachable(pool)


async def test_a_host_that_talks_nonsense_is_tried_again(pool: Pool, fetcher: Fetcher) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x00\xff" * 500)
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.2", 0)
    async with server:
        origin = f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}"
        await _given_one_for(pool, origin)
        await deliver_once(pool, fetcher, OneKey())

    await _assert_unreachable(pool)


async def test_a_closed_port_is_unreachable(pool: Pool, fetcher: Fetcher) -> None:
    await _given_one_for(pool, "http://127.0.0.2:9")

    await deliver_once(pool, fetcher, OneKey())

    await _assert_unreachable(pool)


async def test_a_host_that_never_answers_is_unreachable(
    pool: Pool, fetcher: Fetcher, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "ANSWER_WITHIN_S", 0.2)
    await given_sent(pool, await given_author(pool, peer), "hello")

    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    peer.answer = never
    await deliver_once(pool, fetcher, OneKey())

    await _assert_unreachable(pool)


async def test_a_host_that_accepts_and_then_stalls_has_accepted(
    pool: Pool, fetcher: Fetcher
) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 99999)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.2", 0)
    async with server:
        origin = f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}"
        await _given_one_for(pool, origin)
        await deliver_once(pool, fetcher, OneKey())

    assert await _deliveries(pool) == 0


async def test_a_private_address_is_never_asked(pool: Pool, peer: Peer) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")

    others = [ip_network("10.0.0.0/8")]
    async with Fetcher(user_agent="test", allow_private_networks=others) as fetcher:
        await deliver_once(pool, fetcher, OneKey())

    assert peer.received == []
    assert await pool.fetchval("SELECT reason FROM dead_letters") == "blocked_address"


async def test_without_a_key_nothing_is_sent(pool: Pool, fetcher: Fetcher, peer: Peer) -> None:
    class NoKeys:
        async def signing_key(self, actor_id: ActorId) -> SigningKey:
            raise NotFound(f"no key of {actor_id}")

    await given_sent(pool, await given_author(pool, peer), "hello")

    await deliver_once(pool, fetcher, NoKeys())

    assert await pool.fetchval("SELECT reason FROM dead_letters") == "no_key"
    assert peer.received == []


async def test_a_key_that_cannot_be_opened_now_is_not_the_hosts_fault(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    class LockedKeys:
        async def signing_key(self, actor_id: ActorId) -> SigningKey:
            raise FedinetError(f"sealed under another key: {actor_id}")

    await given_sent(pool, await given_author(pool, peer), "hello")

    await deliver_once(pool, fetcher, LockedKeys())

    host = await _host(pool)
    assert host["failures"] == 0
    assert 10 < host["wait_s"] < 20
    assert await _deliveries(pool) == 1


async def test_a_fault_of_ours_lets_the_host_go(pool: Pool, fetcher: Fetcher, peer: Peer) -> None:
    class BrokenKeys:
        asked = 0

        async def signing_key(self, actor_id: ActorId) -> SigningKey:
            self.asked += 1
            if self.asked == 1:
                raise FedinetError(f"before any visit: {actor_id}")
            raise ZeroDivisionError

    await given_sent(pool, await given_author(pool, peer), "hello")

    await deliver_once(pool, fetcher, BrokenKeys())

    assert (await _host(pool))["leased_until"] is None
    assert await _deliveries(pool) == 1


async def test_follow_goes_to_the_personal_inbox(pool: Pool, fetcher: Fetcher, peer: Peer) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        bo = await given_inbox(tx, peer.origin)
    await given_sent(pool, ada, "follow", audience=Audience(actors=(bo,), direct=True))

    await deliver_once(pool, fetcher, OneKey())

    assert [one.path for one in peer.received] == ["/users/bo/inbox"]


async def test_one_bad_inbox_does_not_hold_up_the_others_of_its_host(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        for name in ("bo", "cy"):
            await given_follower(tx, ada, peer.origin, name, shares_inbox=False)
    await given_sent(pool, ada, "hello")

    async def bo_fails(received: Received) -> web.StreamResponse:
        return web.Response(status=500 if "/bo/" in received.path else 202)

    peer.answer = bo_fails
    await deliver_once(pool, fetcher, OneKey())

    assert await pool.fetchval("SELECT inbox_url FROM deliveries") == (
        f"{peer.origin}/users/bo/inbox"
    )
    host = await _host(pool)
    assert host["failures"] == 0
    assert 14 < host["wait_s"] < 20


async def test_a_status_may_change_from_one_delivery_to_the_next(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "one", "two", "three")
    peer.answer = in_turn(202, 404, 202)

    await deliver_once(pool, fetcher, OneKey())

    assert peer.names == ["one", "two", "three"]
    assert await _deliveries(pool) == 0
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 1


async def _given_one_for(pool: Pool, origin: str) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, origin)
    await given_sent(pool, ada, "hello")


async def _assert_unreachable(pool: Pool) -> None:
    row = await pool.fetchrow("SELECT attempts, last_error FROM deliveries")
    assert row is not None
    assert row["attempts"] == 1
    assert row["last_error"]
    host = await _host(pool)
    assert host["failures"] == 1
    assert host["failing_since"] is not None
    assert 14 < host["wait_s"] < 20


async def _deliveries(pool: Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM deliveries")


async def _host(pool: Pool) -> dict[str, object]:
    row = await pool.fetchrow(
        "SELECT *, extract(epoch FROM due_at - now())::float AS wait_s FROM outbound_hosts"
    )
    assert row is not None
    return dict(row)
