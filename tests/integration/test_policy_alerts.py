"""Alerts are raised once, go on, end by themselves, and tell of themselves once."""

from datetime import UTC, datetime, timedelta

from fedinet.db.query import Conn
from fedinet.inbox.fairness import fair_share
from fedinet.inbox.held_store import trim_held
from fedinet.policy.floods import alerts_store as store
from fedinet.policy.floods.detectors import Alarm
from fedinet.policy.model import AlertKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WAVE = Alarm(kind=AlertKind.MENTION_WAVE, subject="", count=30, sources=9, examples=("a.example",))
FLOOD = Alarm(kind=AlertKind.FOLLOW_FLOOD, subject="evil.example", count=70, sources=1)


async def test_a_flood_is_one_alert_that_ends_an_hour_after_it_was_last_seen(tx: Conn) -> None:
    [first] = await store.raise_alerts(tx, [WAVE], NOW)
    more = Alarm(kind=WAVE.kind, subject="", count=99, sources=3)
    assert await store.raise_alerts(tx, [more], NOW + 30 * MINUTE) == []

    [alert] = await store.list_open_alerts(tx)
    assert (alert.id, alert.count, alert.sources, alert.examples) == (
        first.id,
        99,
        9,
        ("a.example",),
    )
    assert await store.end_quiet_alerts(tx, NOW + 89 * MINUTE) == []
    assert len(await store.end_quiet_alerts(tx, NOW + 91 * MINUTE)) == 1
    ended = await store.find_alert(tx, first.id)
    assert ended is not None and ended.ended_at is not None and ended.ended_by == ""


async def test_what_was_put_away_is_not_raised_again_within_the_hour(tx: Conn) -> None:
    [second, first] = await store.raise_alerts(tx, [FLOOD, WAVE], NOW)
    await store.end_alert(tx, first.id, by="@ada", now=NOW + MINUTE)
    assert await store.raise_alerts(tx, [WAVE, FLOOD], NOW + 50 * MINUTE) == []
    assert [alert.id for alert in await store.list_open_alerts(tx)] == [second.id]
    assert len(await store.raise_alerts(tx, [WAVE], NOW + 61 * MINUTE)) == 1


async def test_a_bomb_of_domains_cannot_fill_the_table(tx: Conn) -> None:
    many = [
        Alarm(kind=AlertKind.NEW_SERVERS, subject=f"{n}.example", count=20, sources=20)
        for n in range(150)
    ]
    await store.raise_alerts(tx, many, NOW)
    await store.raise_alerts(
        tx, [Alarm(kind=WAVE.kind, subject=one.subject, count=1, sources=1) for one in many], NOW
    )
    assert await store.raise_alerts(tx, [FLOOD], NOW + MINUTE) == []
    assert len(await store.list_alerts(tx, limit=500)) <= 300
    await store.end_quiet_alerts(tx, NOW + timedelta(days=1))
    await store.end_quiet_alerts(tx, NOW + timedelta(days=100))
    assert await store.list_alerts(tx) == []


async def test_what_waits_is_bounded_for_a_server_and_in_all(tx: Conn) -> None:
    await tx.execute(
        """INSERT INTO inbound_held (id, received_at, domain, lane, signer_uri, actor_uri,
                                     activity_type, object_type, reason, body_sealed)
           SELECT n, now(), CASE WHEN n <= 6 THEN 'flood.example' ELSE n || '.example' END, 0, 's',
                  'a', 'Create', 'Note', 'policy', ''
             FROM generate_series(1, 12) AS n"""
    )
    assert await trim_held(tx, limit=50) == 0
    assert await trim_held(tx, limit=50, of_server=4, in_all=100) == 2
    left = await tx.fetch("SELECT id FROM inbound_held ORDER BY id")
    assert [row["id"] for row in left] == [1, 2, 3, 4, *range(7, 13)]
    await tx.execute(
        """INSERT INTO inbound_held (id, received_at, domain, lane, signer_uri, actor_uri,
                                     activity_type, object_type, reason, body_sealed)
           SELECT n, now(), n || '.bomb.example', 0, 's', 'a', 'Create', 'Note', 'policy', ''
             FROM generate_series(20, 59) AS n"""
    )
    assert await trim_held(tx, limit=90, of_server=4, in_all=12) == 50 - 12
    left = await tx.fetch("SELECT id FROM inbound_held ORDER BY id")
    assert [row["id"] for row in left] == [1, 2, 3, *range(7, 13), 20, 21, 22]
    assert await trim_held(tx, limit=90, of_server=4, in_all=5) == 7
    assert [fair_share(sizes, 12) for sizes in ((), (1, 2), (1, 40, 4), (9,) * 20)] == [1, 2, 7, 1]
