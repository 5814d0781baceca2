"""Order per sender and inbox, and how many deliveries of one host are on their way at once."""

import asyncio

from aiohttp import web

from fedinet.db.query import Pool
from fedinet.net.fetch import Fetcher
from fedinet.outbox.backoff import HOLDS_ORDER
from fedinet.outbox.run import PER_VISIT, deliver_once
from tests.integration.outbox.peers import (
    OneKey,
    Peer,
    Received,
    answering,
    given_all_due,
    given_author,
    given_follower,
    given_sent,
    in_turn,
)


async def test_one_sender_reaches_one_inbox_in_order_one_at_a_time(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    names = [str(number) for number in range(PER_VISIT + 5)]
    await given_sent(pool, ada, *names)

    while await deliver_once(pool, fetcher, OneKey()):
        pass

    assert peer.names == names
    assert peer.most_at_once == 1


async def test_at_most_four_deliveries_of_one_host_are_on_their_way(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    for name in ("ada", "bea", "cai", "dot", "eve", "fay"):
        author = await given_author(pool, peer, name=name)
        await given_sent(pool, author, f"{name} 1", f"{name} 2")
    four_are_here = asyncio.Event()

    async def wait_for_four(_: Received) -> web.StreamResponse:
        if peer.at_once == 4:
            four_are_here.set()
        await asyncio.wait_for(four_are_here.wait(), 10)
        return web.Response(status=202)

    peer.answer = wait_for_four
    await deliver_once(pool, fetcher, OneKey())

    assert peer.most_at_once == 4
    assert sorted(peer.names) == sorted({*peer.names})
    assert len(peer.names) == 12
    assert all(peer.names.index(f"{n} 1") < peer.names.index(f"{n} 2") for n in ("ada", "fay"))


async def test_a_failed_activity_holds_back_what_follows_it(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada, bea = await given_author(pool, peer), await given_author(pool, peer, name="bea")
    await given_sent(pool, ada, "first", "second")
    await given_sent(pool, bea, "other")

    async def refuses_first(received: Received) -> web.StreamResponse:
        return web.Response(status=500 if received.name == "first" else 202)

    peer.answer = refuses_first
    await _deliver_while_due(pool, fetcher)
    await given_sent(pool, ada, "third")
    await _deliver_while_due(pool, fetcher)
    assert sorted(peer.names) == ["first", "other"]

    peer.answer = answering(202)
    await given_all_due(pool)
    await _deliver_while_due(pool, fetcher)
    assert peer.names[2:] == ["first", "second", "third"]


async def test_an_activity_that_a_peer_chokes_on_does_not_silence_its_sender(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "poison", "harmless")

    async def chokes(received: Received) -> web.StreamResponse:
        return web.Response(status=500 if received.name == "poison" else 202)

    peer.answer = chokes
    for _ in range(HOLDS_ORDER + 1):
        await given_all_due(pool)
        await _deliver_while_due(pool, fetcher)
        assert "harmless" not in peer.names
    await pool.execute("UPDATE outbound_hosts SET due_at = now()")
    await _deliver_while_due(pool, fetcher)

    assert peer.names.count("harmless") == 1


async def test_a_failing_host_is_asked_with_one_delivery_until_it_takes_one(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada, bea = await given_author(pool, peer), await given_author(pool, peer, name="bea")
    await given_sent(pool, ada, "a1", "a2")
    await given_sent(pool, bea, "b1")
    await pool.execute("UPDATE outbound_hosts SET failures = 7, failing_since = now()")
    peer.answer = in_turn(502, 202)

    await deliver_once(pool, fetcher, OneKey())
    assert peer.names == ["a1"]

    await given_all_due(pool)
    await deliver_once(pool, fetcher, OneKey())
    assert peer.names == ["a1", "a1"]

    await deliver_once(pool, fetcher, OneKey())
    assert sorted(peer.names[2:]) == ["a2", "b1"]


async def test_after_an_outage_everything_arrives_in_order(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, "http://127.0.0.2:9")
    await given_sent(pool, ada, "1", "2", "3")
    for _ in range(HOLDS_ORDER + 3):
        await deliver_once(pool, fetcher, OneKey())
        await pool.execute("UPDATE outbound_hosts SET due_at = now()")
    await pool.execute("UPDATE deliveries SET inbox_url = $1", f"{peer.origin}/inbox")

    await _deliver_while_due(pool, fetcher)

    assert peer.names == ["1", "2", "3"]


async def _deliver_while_due(pool: Pool, fetcher: Fetcher) -> None:
    while await deliver_once(pool, fetcher, OneKey()):
        pass
