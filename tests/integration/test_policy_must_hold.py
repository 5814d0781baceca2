"""What a policy promises, through the real inbox and between real nodes.

Also promised, and tried elsewhere: one bad line of a file changes nothing
(test_policy_commands), every process obeys within a second (test_policy_processes).
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows.freezing import sever_once
from fedinet.kernel.ids import Domain, KeyUri
from fedinet.policy import ask, commands, upkeep
from fedinet.policy.ask import RefusedByPolicy
from fedinet.policy.audit_store import list_audit
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import EVERYWHERE
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey, public_of
from fedinet.signing.message import Outgoing
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server, rsa_key
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import Member, accepts, follows, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_remote

ADA = Steward(name="@ada", now=datetime.now(UTC), reason="a wave")
REFUSED = ("example.org", "a.example.org", "b.a.example.org", "example.org:8443")
FREE = ("notexample.org", "example.org.evil.net", "example.com", "org")


async def test_a_domain_covers_its_sub_domains_and_no_other_at_every_door(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_member_of(node, "ada")
    known = [await given_known(node, host) for host in (*REFUSED, *FREE)]
    await put(node, domains=["Example.ORG."], verdict="reject")

    for number, somebody in enumerate(known):
        host = somebody.uri.split("/")[2]
        is_free = host in FREE
        for path in ("/inbox", "/users/ada/inbox"):
            activity = like(somebody, number, id=f"{somebody.uri}/likes{path}")
            answer = await deliver(node, somebody, activity, path=path)
            assert answer.status == (202 if is_free else 403), (host, path)
        assert await asked(node, somebody, "/users/ada") == (200 if is_free else 403), host
        assert await permitted(node, host) == (EVERYWHERE if is_free else frozenset()), host
    for host in REFUSED:  # before the network is tried
        with_port = f"https://{host}/notes/1"
        assert await is_refused(node.services.fetcher.get(with_port, accept="*/*")), host


async def test_a_rule_past_its_end_is_inert_at_once_and_its_end_is_written_down(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the loop that the worker runs: it looks well within the minute that is promised."""
    node = await start_node()
    bob = await given_known(node, "b.example")
    end = datetime.now(UTC) + timedelta(hours=1)
    await put(node, domains=["b.example"], verdict="reject", expires=end)
    assert (await deliver(node, bob, like(bob, 1))).status == 403
    stop, looks, now = asyncio.Event(), asyncio.Semaphore(0), datetime.now(UTC)

    def clock() -> datetime:
        looks.release()
        return now

    loop = asyncio.create_task(upkeep.end_rules(node.pool, stop, clock=clock, interval_s=0.02))
    async with asyncio.timeout(20):
        for _ in range(3):  # at the third, two are over
            await looks.acquire()
    assert [row.change.action for row in await audit(node)] == ["add"]

    monkeypatch.setattr(ask, "datetime", SimpleNamespace(now=lambda _zone: end))
    assert (await deliver(node, bob, like(bob, 2))).status == 202, "the engine, before the loop"
    now = end + timedelta(seconds=upkeep.INTERVAL_S)
    async with asyncio.timeout(20):
        while len(await audit(node)) < 2:  # noqa: ASYNC110  # the loop works by itself
            await asyncio.sleep(0.02)
    stop.set()
    await loop
    [ended, _] = await audit(node)
    assert (ended.change.action, ended.by_whom, ended.change.subject) == ("expire", "time", "rule")
    assert ended.change.before is not None and ended.change.after is None
    assert upkeep.INTERVAL_S <= 60


async def test_lifting_on_day_three_restores_every_follow_and_later_members_ask_again(
    start_node: StartNode,
) -> None:
    """Two nodes of ours, and a server like Mastodon that gets the same Follow again."""
    here, there = await start_node(), await start_node()
    ada, cleo = await given_member_of(here, "ada"), await given_member_of(here, "cleo")
    bo, dan = await given_member_of(there, "bo"), await given_member_of(there, "dan")
    for one, other in ((ada, bo), (bo, ada), (dan, cleo)):
        await follows(one, other)
        await accepts(other, one)
    await follows(cleo, bo)  # and waits for a yes
    await here.drain()
    before = [await follows_of(here), await follows_of(there)]
    async with foreign_server() as peer:
        eve = peer_actor(peer, "eve")
        heard = listening(peer, "/users/eve/inbox")
        await given_friend(ada, eve.uri)
        domains = [there.domain, peer.domain]
        await put(here, domains=domains, verdict="reject", effects=["freeze_follows"])
        await here.drain()
        assert await follows_of(here) == set()

        await days_pass(here, 3)
        assert await sever_once(here.pool) == 0
        await lift(here)
        assert [await follows_of(here), await follows_of(there)] == [
            before[0] | {(ada_uri(ada), eve.uri, "accepted")},
            before[1],
        ]
        [again] = [one for one in heard if one["type"] == "Follow"]
        assert (again["id"], again["object"]) == ("https://here.example/follows/1", eve.uri)

        await put(here, domains=domains, verdict="reject", effects=["freeze_follows"])
        await here.drain()
        heard.clear()
        await days_pass(here, 31)
        assert await sever_once(here.pool) == len(before[0]) + 1
        await lift(here)
        assert await follows_of(here) == set() and heard == []
        async with browser(here) as mine:
            await mine.sign_in("ada")
            page = await mine.open("/follows/put-aside")
            asks = [form for form in page.forms if form.action.endswith("/ask")]
            assert [len(asks), page.text.count("Ask them again")] == [2, 2]
            for form in (*asks, asks[0]):
                await mine.post(form.action, form.fields)
            await here.drain()
            assert "Ask them again" not in (await mine.open("/follows/put-aside")).text
        assert [one["object"] for one in heard] == [eve.uri]
        assert await follows_of(here) == {
            (ada_uri(ada), f"{there.origin}/users/bo", "accepted"),  # who had never forgotten her
            (ada_uri(ada), eve.uri, "pending"),
        }


async def given_known(node: RunningNode, host: str) -> PeerActor:
    """Somebody at a host that cannot be reached, whose key we have."""
    async with transaction(node.pool) as tx:
        actor = await given_remote(tx, "bob", host)
        key = SigningKey(KeyUri(f"{actor.uri}#main-key"), rsa_key(1))
        await tx.execute(
            "INSERT INTO actor_keys (id, actor_id, kind, public_der) VALUES ($1, $2, 'rsa', $3)",
            key.id,
            actor.id,
            public_of(key.private).der,
        )
    return PeerActor(actor.uri, key)


async def given_friend(member: Member, uri: str) -> None:
    """The member follows somebody elsewhere, who said yes."""
    them = await member.node.services.actors.get(uri)
    async with transaction(member.node.pool) as tx:
        await given_follow(tx, await get_actor(tx, member.actor_id), them)
        await tx.execute(
            "UPDATE follows SET uri = 'https://here.example/follows/1' WHERE target_id = $1",
            them.id,
        )


def listening(peer: Any, path: str) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(json.loads(await request.read()))
        return web.Response(status=202)

    peer.answers[path] = take
    return heard


async def put(node: RunningNode, **fields: Any) -> None:
    document = msgspec.convert({"key": "rule", **fields}, RuleDocument)
    async with transaction(node.pool) as tx:
        await commands.put_rules(tx, [document], ours=[Domain(node.domain)], by=ADA)
    node.services.policy.current.forget("")


async def lift(node: RunningNode) -> None:
    async with transaction(node.pool) as tx:
        await commands.remove_rules(tx, ["rule"], by=ADA)
    node.services.policy.current.forget("")
    await node.drain()


async def days_pass(node: RunningNode, days: int) -> None:
    """Move the clock of what is put aside."""
    await node.pool.execute(
        "UPDATE frozen_follows SET frozen_at = frozen_at - make_interval(days => $1)", days
    )


async def follows_of(node: RunningNode) -> set[tuple[str, str, str]]:
    rows = await node.pool.fetch(
        "SELECT me.uri AS one, them.uri AS other, f.state FROM follows f"
        "  JOIN actors me ON me.id = f.follower_id JOIN actors them ON them.id = f.target_id"
    )
    return {(row["one"], row["other"], row["state"]) for row in rows}


async def audit(node: RunningNode) -> list[Any]:
    async with node.pool.acquire() as conn:
        return list(await list_audit(conn))


async def asked(node: RunningNode, somebody: PeerActor, path: str) -> int:
    """The answer to a document that somebody asks for by name."""
    url = f"{node.origin}{path}"
    signed = sign_cavage(somebody.key, Outgoing("GET", url), now=datetime.now(UTC))
    headers = {**signed, "Accept": "application/activity+json"}
    async with node.http.get(url, headers=headers) as answer:
        return answer.status


async def permitted(node: RunningNode, host: str) -> frozenset[object]:
    """Where a server may pass: what fetches, deliveries and media ask before they do anything."""
    return frozenset(
        [
            scope
            for scope in EVERYWHERE
            if not await is_refused(node.services.policy.permit(scope, Domain(host)))
        ]
    )


async def is_refused(asking: Any) -> bool:
    try:
        await asking
    except RefusedByPolicy:
        return True
    return False


def ada_uri(member: Member) -> str:
    return f"{member.node.origin}/users/ada"
