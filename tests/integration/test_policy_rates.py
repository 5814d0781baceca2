"""A rule with a rate, through the real inbox: held beyond it, or asked to come again."""

from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.policy.ask import Policy
from fedinet.policy.floods.alerts_store import raise_alerts
from fedinet.policy.floods.detectors import Alarm
from fedinet.policy.model import AlertKind, Rate, Rule, Verdict
from fedinet.policy.rates import store as rate_store
from fedinet.policy.rates.model import Window
from fedinet.vocab.activity import parse_activity
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.test_policy_enforced import put

NOW = datetime(2026, 11, 28, 12, 20, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
RULE = Rule(id=7, rate=Rate(count=5, period=timedelta(hours=1)))


async def test_what_is_beyond_a_rate_is_held_in_every_process(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, activities=["Like"], rate="2/d", verdict="hold", reason="Gently")
        for number in range(4):
            assert (await deliver(node, bob, like(bob, number))).status == 202
        await node.drain()
        logged = await node.pool.fetch("SELECT outcome FROM inbound_log ORDER BY id")
        assert [row["outcome"] for row in logged].count("held") == 2

        elsewhere = Policy(node.pool, node.services.uris)
        case = elsewhere.case(parse_activity(like(bob, 9)), now=datetime.now(UTC), with_text=False)
        [explained] = await elsewhere.explain([case])
        assert explained.decision.verdict is Verdict.HOLD
        assert (await elsewhere.judge([case]))[0].decision.verdict is Verdict.HOLD

        await put(node, activities=["Like"], rate="2/d", verdict="defer")
        answer = await deliver(node, bob, like(bob, 10))
        problem = await answer.json()
        assert (answer.status, problem["reason"]) == (429, "over_rate")
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400 * 1.5
        undo = like(bob, 11, type="Undo", object={**like(bob, 1), "@context": None})
        assert (await deliver(node, bob, undo)).status == 202

        await put(node, activities=["Like"], rate="2/d", verdict="reject", reason="Enough")
        refused = await deliver(node, bob, like(bob, 12))
        assert refused.status == 403 and "Enough" in (await refused.json())["title"]
        assert await node.pool.fetchval("SELECT current FROM policy_rates") == 5


async def test_counts_are_exact_and_roll_over(tx: Conn) -> None:
    key, rated = (RULE.id, "evil.example"), {RULE.id: RULE}
    first = await rate_store.add_to_rates(tx, {key: 4}, rated, NOW)
    second = await rate_store.add_to_rates(tx, {key: 3}, rated, NOW)
    assert (first[key], second[key]) == (Window(HOUR), Window(HOUR, 4))
    next_hour = NOW + timedelta(hours=1)
    third = await rate_store.add_to_rates(tx, {key: 1}, rated, next_hour)
    assert third[key] == Window(HOUR + timedelta(hours=1), 0, 7)
    late = await rate_store.add_to_rates(tx, {key: 1}, rated, NOW)
    assert late[key] == Window(HOUR + timedelta(hours=1), 1, 7)
    last = await rate_store.add_to_rates(tx, {key: 1}, rated, next_hour + timedelta(hours=2))
    assert last[key] == Window(HOUR + timedelta(hours=3))


async def test_what_no_rate_looks_at_is_forgotten(tx: Conn) -> None:
    keys = {(RULE.id, "https://long.example/" + "x" * 2000): 1, (RULE.id, "b.example"): 1}
    await rate_store.add_to_rates(tx, keys, {RULE.id: RULE}, NOW)
    assert set(await rate_store.read_rates(tx, keys)) == set(keys)
    await rate_store.prune_rates(tx, NOW + timedelta(minutes=80))
    assert len(await rate_store.read_rates(tx, keys)) == 2
    await rate_store.prune_rates(tx, NOW + timedelta(hours=3))
    assert await rate_store.read_rates(tx, keys) == {}


async def test_a_rule_can_hold_while_an_alert_is_open(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, activities=["Like"], during=["follow_flood"], verdict="drop")
        case = node.services.policy.case(
            parse_activity(like(bob)), now=datetime.now(UTC), with_text=False
        )
        for subject, verdict in (("elsewhere.example", "ACCEPT"), (peer.domain, "DROP")):
            flood = Alarm(kind=AlertKind.FOLLOW_FLOOD, subject=subject, count=70, sources=1)
            async with transaction(node.pool) as tx:
                await raise_alerts(tx, [flood], datetime.now(UTC))
            asked = Policy(node.pool, node.services.uris)
            assert (await asked.judge([case]))[0].decision.verdict.name == verdict
