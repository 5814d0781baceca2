"""Hosts that stay away, hosts that come back, and what was given up meanwhile."""

from datetime import timedelta

from fedinet.db.query import Pool
from fedinet.kernel.ids import Domain
from fedinet.net.fetch import Fetcher
from fedinet.outbox.hosts_store import host_seen
from fedinet.outbox.letters_store import list_dead_letters
from fedinet.outbox.queue_store import lease_hosts
from fedinet.outbox.run import deliver_once
from fedinet.outbox.upkeep import retry_dead_letters, tidy_once
from tests.integration.outbox.peers import (
    OneKey,
    Peer,
    answering,
    given_all_due,
    given_author,
    given_sent,
)


async def test_a_host_that_fails_for_a_week_is_given_up(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(503)
    await _given_failing_for(pool, timedelta(days=6))
    await deliver_once(pool, fetcher, OneKey())
    assert await pool.fetchval("SELECT dead_at IS NULL FROM outbound_hosts")

    await _given_failing_for(pool, timedelta(days=7, minutes=1))
    await deliver_once(pool, fetcher, OneKey())
    assert await pool.fetchval("SELECT dead_at IS NOT NULL FROM outbound_hosts")

    await given_all_due(pool)
    assert await deliver_once(pool, fetcher, OneKey()) == 0


async def test_a_dead_host_that_sends_us_something_gets_what_still_waits(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    await pool.execute(
        """
        UPDATE outbound_hosts
           SET failures = 90, failing_since = now() - interval '8 days', dead_at = now(),
               due_at = NULL
        """
    )

    async with pool.acquire() as tx, tx.transaction():
        assert await host_seen(tx, Domain(peer.domain))
    await deliver_once(pool, fetcher, OneKey())

    assert peer.names == ["hello"]
    async with pool.acquire() as tx, tx.transaction():
        assert not await host_seen(tx, Domain(peer.domain))
        assert not await host_seen(tx, Domain("never.heard.of"))


async def test_being_seen_does_not_end_a_lease(pool: Pool, peer: Peer) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    await pool.execute("UPDATE outbound_hosts SET failures = 1")
    async with pool.acquire() as tx, tx.transaction():
        await lease_hosts(tx, healthy=9, failing=9, lease=timedelta(minutes=1))
        until = await tx.fetchval("SELECT leased_until FROM outbound_hosts")
        await host_seen(tx, Domain(peer.domain))

    assert await pool.fetchval("SELECT leased_until FROM outbound_hosts") == until
    assert await pool.fetchval("SELECT due_at FROM outbound_hosts") == until
    assert await pool.fetchval("SELECT woken FROM outbound_hosts")


async def test_after_three_days_a_delivery_is_a_dead_letter(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    peer.answer = answering(500)
    await pool.execute("UPDATE deliveries SET expires_at = now()")

    await deliver_once(pool, fetcher, OneKey())

    (letter,) = await list_dead_letters(pool)
    assert (letter.reason, letter.last_error, letter.attempts) == ("expired", "500 because", 1)
    assert letter.activity_uri is not None


async def test_what_waits_for_a_dead_host_expires_without_being_tried(
    pool: Pool, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "old", "new")
    await pool.execute(
        "UPDATE outbound_hosts SET failures = 9, dead_at = now(), last_error = 'no answer'"
    )
    await pool.execute(
        """
        UPDATE deliveries SET expires_at = now()
         WHERE outgoing_id = (SELECT min(id) FROM outgoing)
        """
    )

    assert await tidy_once(pool) == 1

    (letter,) = await list_dead_letters(pool, host=Domain(peer.domain))
    assert (letter.reason, letter.last_error) == ("expired", "no answer")
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 1
    assert peer.received == []


async def test_dead_letters_are_tried_again_on_request(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "one", "two")
    peer.answer = answering(404)
    await deliver_once(pool, fetcher, OneKey())
    newest, oldest = await list_dead_letters(pool)
    assert await list_dead_letters(pool, before=newest.id) == [oldest]
    await pool.execute("UPDATE outbound_hosts SET failures = 9, dead_at = now(), due_at = NULL")
    peer.answer = answering(202)

    assert await retry_dead_letters(pool, host=Domain("elsewhere.example")) == 0
    assert await retry_dead_letters(pool, ids=[newest.id]) == 1
    await deliver_once(pool, fetcher, OneKey())
    assert await retry_dead_letters(pool) == 1
    await deliver_once(pool, fetcher, OneKey())

    assert peer.names == ["one", "two", "two", "one"]
    assert await list_dead_letters(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_old_activities_are_forgotten_once_nothing_waits_for_them(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    await given_sent(pool, ada, "delivered")
    await deliver_once(pool, fetcher, OneKey())
    await given_sent(pool, ada, "waits", "buried")
    await pool.execute("UPDATE outgoing SET created_at = now() - interval '15 days'")
    await pool.execute(
        """
        WITH last AS (
            DELETE FROM deliveries WHERE outgoing_id = (SELECT max(id) FROM outgoing) RETURNING *
        )
        INSERT INTO dead_letters (host, inbox_url, outgoing_id, sender_id, attempts, reason)
        SELECT host, inbox_url, outgoing_id, sender_id, 1, 'refused' FROM last
        """
    )
    await given_sent(pool, ada, "young")

    await tidy_once(pool)
    assert await pool.fetchval("SELECT count(*) FROM outgoing") == 3

    await pool.execute("UPDATE dead_letters SET buried_at = now() - interval '31 days'")
    await tidy_once(pool)
    assert await pool.fetchval("SELECT count(*) FROM outgoing") == 2


async def _given_failing_for(pool: Pool, age: timedelta) -> None:
    await given_all_due(pool)
    await pool.execute(
        "UPDATE outbound_hosts SET failures = 9, failing_since = now() - $1::interval", age
    )
