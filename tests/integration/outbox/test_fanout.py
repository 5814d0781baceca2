"""An activity becomes one delivery for each inbox that it is for."""

import asyncio
from datetime import timedelta

import pytest

from fedinet.actors.store import mark_gone, set_suspended
from fedinet.db.query import Pool
from fedinet.kernel.ids import ActorId, Domain, InboxUrl
from fedinet.outbox.audience import Audience
from fedinet.outbox.fanout import fan_out_once
from fedinet.outbox.queue_store import lease_hosts
from tests.integration.outbox.peers import (
    given_author,
    given_enqueued,
    given_follower,
    given_inbox,
    given_sent,
)
from tests.integration.people import URIS, given_follow, given_member

B, C = "https://b.example", "https://c.example:8443"


async def test_followers_on_one_host_share_one_delivery(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        for name in ("bo", "cy", "di"):
            await given_follower(tx, ada, B, name)
        await given_follower(tx, ada, C, "ed", shares_inbox=False)

    await given_sent(pool, ada, "hello")

    assert await _deliveries(pool) == [
        ("b.example", "https://b.example/inbox"),
        ("c.example:8443", "https://c.example:8443/users/ed/inbox"),
    ]


async def test_what_is_direct_goes_to_personal_inboxes(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        bo = await given_inbox(tx, B)

    await given_sent(pool, ada, "follow", audience=Audience(actors=(bo,), direct=True))

    assert await _deliveries(pool) == [("b.example", "https://b.example/users/bo/inbox")]


async def test_nobody_here_and_nobody_suspended_gone_or_pending_is_sent_anything(
    pool: Pool,
) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx, tx.transaction():
        local = await given_member(tx, "local")
        await given_follow(tx, local, ada)
        suspended = await given_follower(tx, ada, B, "suspended")
        await set_suspended(tx, suspended, suspended=True)
        gone = await given_follower(tx, ada, C, "gone")
        await mark_gone(tx, gone)
        waiting = await given_follower(tx, ada, "https://d.example", "waiting")
        await tx.execute("UPDATE follows SET state = 'pending' WHERE follower_id = $1", waiting)

    named = Audience(followers=True, actors=(local.id, suspended, gone, ada.id))
    await given_sent(pool, ada, "hello", audience=named)

    assert await _deliveries(pool) == []
    assert await pool.fetchval("SELECT fanned_out_at IS NOT NULL FROM outgoing")


async def test_a_follower_who_is_named_too_and_an_unknown_id_cost_nothing(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        bo = await given_follower(tx, ada, B)

    audience = Audience(followers=True, actors=(bo, bo, ActorId(12345)))
    await given_sent(pool, ada, "hello", audience=audience)

    assert await _deliveries(pool) == [("b.example", "https://b.example/inbox")]


async def test_kept_inboxes_are_reached_but_never_our_own_or_impossible_ones(pool: Pool) -> None:
    ada = await given_author(pool)
    inboxes = (
        "https://B.example/inbox",
        str(URIS.shared_inbox),
        "ftp://b.example/inbox",
        "https://ada:secret@c.example/inbox",
        "",
    )

    kept = Audience(inboxes=tuple(map(InboxUrl, inboxes)))
    await given_sent(pool, ada, "delete", audience=kept)

    assert await _deliveries(pool) == [("b.example", "https://B.example/inbox")]


async def test_two_workers_never_double_a_delivery(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, B)
    for number in range(10):
        await given_enqueued(pool, ada, str(number))

    done = await asyncio.gather(*(fan_out_once(pool, URIS) for _ in range(4)))

    assert sum(done) + await fan_out_once(pool, URIS) == 10
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 10


async def test_nothing_leaves_a_paused_node(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, B)
        await tx.execute(
            "INSERT INTO node (origin, account_domain, paused_at) VALUES ('', '', now())"
        )

    await given_enqueued(pool, ada)
    assert await fan_out_once(pool, URIS) == 0

    await pool.execute("UPDATE node SET paused_at = NULL")
    assert await fan_out_once(pool, URIS) == 1


async def test_a_leased_host_is_marked_and_keeps_its_lease(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, B)
    await given_sent(pool, ada, "first")
    async with pool.acquire() as tx:
        await lease_hosts(tx, healthy=9, failing=9, lease=timedelta(minutes=1))
    until = await pool.fetchval("SELECT leased_until FROM outbound_hosts")

    await given_sent(pool, ada, "second")

    host = await pool.fetchrow("SELECT * FROM outbound_hosts")
    assert host is not None
    assert host["woken"]
    assert host["due_at"] == host["leased_until"] == until


async def test_a_failing_host_is_not_woken_before_its_pause_ends(pool: Pool) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        await given_follower(tx, ada, B)
    await given_sent(pool, ada, "first")
    await pool.execute("UPDATE outbound_hosts SET failures = 3, due_at = now() + interval '1 hour'")

    await given_sent(pool, ada, "second")

    assert await pool.fetchval("SELECT due_at > now() + interval '50 min' FROM outbound_hosts")


@pytest.mark.parametrize(
    ("dead_for", "is_named", "is_tried"),
    [
        pytest.param(timedelta(days=1), False, False, id="posts to followers are left out"),
        pytest.param(timedelta(days=1), True, True, id="what names somebody is tried"),
        pytest.param(timedelta(days=8), False, True, id="after a week anything is"),
    ],
)
async def test_a_host_that_was_given_up_is_hardly_asked(
    pool: Pool, dead_for: timedelta, is_named: bool, is_tried: bool
) -> None:
    ada = await given_author(pool)
    async with pool.acquire() as tx:
        bo = await given_follower(tx, ada, B)
        await tx.execute(
            """
            INSERT INTO outbound_hosts (host, failures, failing_since, dead_at)
            VALUES ('b.example', 50, now() - interval '20 days', now() - $1::interval)
            """,
            dead_for,
        )

    audience = Audience(followers=True, actors=(bo,) if is_named else ())
    await given_sent(pool, ada, "hello", audience=audience)

    host = await pool.fetchrow("SELECT dead_at, due_at FROM outbound_hosts")
    assert host is not None
    assert (host["dead_at"] is None) == is_tried
    assert (host["due_at"] is not None) == is_tried
    assert bool(await _deliveries(pool)) == is_tried


async def _deliveries(pool: Pool) -> list[tuple[Domain, str]]:
    rows = await pool.fetch("SELECT host, inbox_url FROM deliveries ORDER BY host, inbox_url")
    return [(Domain(row["host"]), row["inbox_url"]) for row in rows]
