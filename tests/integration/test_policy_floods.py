"""Floods through the real inbox: noticed, told, held by what a steward says, and over again."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from fedinet.db.pool import transaction
from fedinet.follows import commands as follow_commands
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.audit_store import list_audit
from fedinet.policy.commands import Steward, end_expired
from fedinet.policy.document import RuleDocument
from fedinet.policy.floods.alerts_store import list_open_alerts, raise_alerts
from fedinet.policy.floods.detectors import Alarm
from fedinet.policy.floods.rules import PANIC_KEYS, rule_against
from fedinet.policy.floods.upkeep import look_for_floods_once
from fedinet.policy.model import AlertKind, Mode
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.test_policy_enforced import mention, switch

ALERTS, PANIC = "/admin/policy/alerts", "/admin/policy/panic"
RULE = "/admin/policy/rule"
ADA = Steward(name="@ada", now=datetime.now(UTC), reason="a wave")


async def test_a_wave_is_noticed_and_with_a_rule_for_it_reaches_nobody(
    start_node: StartNode,
) -> None:
    """New accounts of six servers, one of them known; a friend of ada's lives there, too."""
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(foreign_server()) for _ in range(6)]
        fay = peer_actor(servers[0], "fay")
        them = await node.services.actors.get(fay.uri)
        await ada.does(lambda tx, me: follow_commands.follow(tx, me, them, now=datetime.now(UTC)))
        accept = {"type": "Accept", "object": await _follow_of(node)}
        await deliver(node, fay, like(fay, 99, **accept))
        await switch(node, Mode.CAUTIOUS)
        spammers = [peer_actor(one, name) for one in servers for name in ("s1", "s2")]

        await _shout(node, spammers, ada, 1)
        await node.drain()
        assert await ada.told() == ["mention"] * 2  # of the one server that ada knows
        assert await look_for_floods_once(node.pool, datetime.now(UTC)) == 1
        assert await look_for_floods_once(node.pool, datetime.now(UTC)) == 0
        [alert] = await _open(node)
        assert (alert.kind, alert.sources) == (AlertKind.MENTION_WAVE, 6)

        await _put(node, rule_against(alert.kind, alert.subject))
        for number in range(2, 11):
            await _shout(node, spammers, ada, number)
        await deliver(node, fay, mention(fay, ada, 7))
        undo = like(fay, 8, type="Delete", object=f"{spammers[0].uri}/notes/1")
        gone = {**undo, "id": f"{spammers[0].uri}/x", "actor": spammers[0].uri}
        await deliver(node, spammers[0], gone)
        await node.drain()

        assert await ada.told() == ["mention"] * 2  # fay's, and one of the first wave is deleted
        rows = await node.pool.fetch(
            "SELECT outcome, count(*) AS n FROM inbound_log"
            " WHERE activity_uri ~ '/s[12]/likes/([2-9]|10)$' GROUP BY outcome"
        )
        assert {row["outcome"]: row["n"] for row in rows} == {"held": 9 * len(spammers)}
        later = datetime.now(UTC) + timedelta(hours=3)
        assert await look_for_floods_once(node.pool, later) == 0
        assert await _open(node) == []
        assert await node.pool.fetchval("SELECT count(*) FROM policy_sightings") == 0


async def test_follows_by_the_dozen_and_hellthreads_are_noticed(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob, eve = peer_actor(peer, "bob"), peer_actor(peer, "eve")
        for number in range(50):
            await deliver(node, bob, like(bob, number, type="Follow", object=_uri(ada)))
        crowd = [{"type": "Mention", "href": f"https://c.example/{number}"} for number in range(20)]
        for number in range(10):
            said = mention(eve, ada, number)
            said["object"]["tag"] += crowd
            await deliver(node, eve, said)
        await node.drain()
        assert await look_for_floods_once(node.pool, datetime.now(UTC)) == 2
        alerts = {alert.kind: alert for alert in await _open(node)}
        flood, hellthread = alerts[AlertKind.FOLLOW_FLOOD], alerts[AlertKind.HELLTHREAD]
        assert (flood.subject, flood.count) == (peer.domain, 50)

        await _put(node, rule_against(flood.kind, flood.subject))
        await _put(node, rule_against(hellthread.kind, ""))
        told = len(await ada.told())
        for number in range(11):
            last = await deliver(node, bob, like(bob, 70 + number, type="Follow", object=_uri(ada)))
            await node.work()
        assert last.status == 429 and int(last.headers["Retry-After"]) > 0
        await deliver(node, eve, said | {"id": f"{eve.uri}/again"})
        await node.drain()
        assert len(await ada.told()) == told


async def test_the_switch_is_pulled_seen_ends_by_itself_and_is_undone(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    await given_account(node, "mo", role="moderator")
    await given_account(node, "owen", role="owner")
    async with foreign_server() as peer, browser(node) as mo, browser(node) as owen:
        await mo.sign_in("mo")
        await owen.sign_in("owen")
        bob = peer_actor(peer, "bob")
        desk = await mo.open("/admin/policy")
        assert "is looked at first" not in desk.text
        seen = await mo.fill("/admin/policy", PANIC, {"hours": "24", "do": "preview"})
        assert "Look at strangers first" in seen.text and await _panic(node) == []
        assert (await _save(mo, seen, "")).status == 422
        await _save(mo, seen, "Too much at once")
        assert [rule.source for rule in await _panic(node)] == ["panic", "panic"]
        for page in ("/admin", "/admin/reports", "/admin/policy/held", ALERTS):
            assert "is looked at first" in (await owen.open(page)).text

        await deliver(node, bob, mention(bob, ada, 1))
        await deliver(node, bob, like(bob, 2, type="Follow", object=_uri(ada)))
        await node.drain()
        assert await ada.told() == []
        shown = await owen.open(f"/admin/policy/explain?address={bob.uri}")
        assert PANIC_KEYS[0] in shown.text

        seen = await owen.fill(ALERTS, PANIC, {"hours": "0", "do": "preview"})
        await _save(owen, seen, "Over")
        assert await _panic(node) == []
        async with transaction(node.pool) as tx:
            version = (await store.read_standing(tx)).version
            await commands.undo_version(tx, version, ours=(), by=ADA)
        assert len(await _panic(node)) == 2
        async with transaction(node.pool) as tx:
            assert await end_expired(tx, datetime.now(UTC) + timedelta(hours=25)) == 2
            assert {row.change.action for row in await list_audit(tx, limit=2)} == {"expire"}
        assert "is looked at first" not in (await owen.open("/admin/policy")).text


async def test_an_alert_gives_a_draft_is_put_away_and_a_quota_is_written_in_the_form(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "mo", role="moderator")
    await given_account(node, "owen", role="owner")
    flood = Alarm(kind=AlertKind.FOLLOW_FLOOD, subject="flood.example", count=70, sources=1)
    async with transaction(node.pool) as tx:
        await raise_alerts(tx, [flood], datetime.now(UTC))
    async with browser(node) as mo, browser(node) as owen:
        await mo.sign_in("mo")
        await owen.sign_in("owen")
        shown = await mo.open("/admin/policy")
        assert "Very many ask to follow from flood.example" in shown.text
        assert "Draft a rule" not in (await mo.open(ALERTS)).text

        seen = await owen.fill(ALERTS, f"{ALERTS}/draft", {"do": "preview"})
        assert "Asked to come later" in seen.text and "only beyond a rate" in seen.text
        fields = {**seen.form(f"{ALERTS}/draft").fields, "why": "A flood", "do": "save"}
        assert "Draft" in (await owen.post(f"{ALERTS}/draft", fields)).text
        async with node.pool.acquire() as conn:
            [draft] = await store.list_rules(conn, state="draft")
        assert (draft.document.source, draft.document.rate) == ("detector:follow_flood", "10/h")

        await mo.fill(ALERTS, ALERTS, {})
        assert await _open(node) == []
        assert "seen by @mo" in (await mo.open(ALERTS)).text

        quota = {"domain": "loud.example", "action": "defer", "rate_per": "actor"}
        wrong = await owen.fill(RULE, RULE, {**quota, "rate": "many", "do": "preview"})
        assert wrong.status == 422 and "Write it like 20/h" in wrong.text
        wrong = await owen.fill(RULE, RULE, {**quota, "do": "preview"})
        assert wrong.status == 422 and "say how much" in wrong.text
        seen = await owen.fill(RULE, RULE, {**quota, "rate": "20/h", "do": "preview"})
        await owen.post(RULE, {**seen.form(RULE).fields, "why": "Gently", "do": "save"})
        page = await owen.open(f"{RULE}?key=loud.example")
        form = page.form(RULE).fields
        assert (form["rate"], form["rate_per"], form["action"]) == ("20/h", "actor", "defer")


async def _shout(node: RunningNode, senders: Sequence[PeerActor], to: Member, number: int) -> None:
    for sender in senders:
        assert (await deliver(node, sender, mention(sender, to, number))).status == 202


async def _follow_of(node: RunningNode) -> Any:
    return await node.pool.fetchval("SELECT uri FROM follows")


async def _open(node: RunningNode) -> Sequence[Any]:
    async with node.pool.acquire() as conn:
        return await list_open_alerts(conn)


async def _put(node: RunningNode, draft: RuleDocument) -> None:
    rule = msgspec.structs.replace(draft, draft=False)
    async with transaction(node.pool) as tx:
        await commands.put_rules(tx, [rule], ours=[Domain(node.domain)], by=ADA)
    node.services.policy.current.forget("")
    node.services.policy.alerts.forget("")


async def _panic(node: RunningNode) -> Sequence[RuleDocument]:
    async with node.pool.acquire() as conn:
        return [rule.document for rule in await store.list_rules(conn, source="panic")]


async def _save(who: Browser, seen: SeenPage, why: str) -> SeenPage:
    return await who.post(PANIC, {**seen.form(PANIC).fields, "why": why, "do": "save"})


def _uri(member: Member) -> str:
    return f"{member.node.origin}/users/ada"
