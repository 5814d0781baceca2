"""What rules may ask for is known, and is asked for sparingly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.inbox import held_store
from fedinet.kernel.errors import RemoteUnavailable
from fedinet.kernel.ids import Domain
from fedinet.policy import facts_store
from fedinet.policy.ask import Case
from fedinet.policy.model import Envelope, Relation, Scope
from fedinet.policy.servers.asking import EACH_OWNER, EACH_ROUND, Asker
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.members import given_member_of
from tests.integration.people import given_follow, given_remote
from tests.integration.test_policy_enforced import mention, put

NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.0"


async def test_rules_about_software_accounts_followers_and_signatures_hold(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    now = datetime.now(UTC)
    asker = Asker(node.pool, node.services.fetcher, scheme="http")
    async with foreign_server() as peer:
        counted = {"id": f"{peer.origin}/users/bob/followers", "type": "OrderedCollection",
                   "totalItems": 2}  # fmt: skip
        bob, eve = peer_actor(peer, "bob", followers=counted), peer_actor(peer, "eve")
        software = peer.serve("/ni", {"software": {"name": "Zap", "version": "1.4.2"},
                                      "usage": {"users": {"total": 4}}})  # fmt: skip
        peer.serve("/.well-known/nodeinfo", {"links": [{"rel": NODEINFO, "href": software}]})
        for key, fields in {
            "old": {"software": ["zap"], "version_below": "1.5", "words": ["old software"]},
            "other": {"software": ["zap"], "version_below": "1.4", "words": ["old software"],
                      "verdict": "drop"},
            "small": {"server_accounts_below": 5, "words": ["small server"]},
            "followers": {"followers_below": 3, "words": ["few followers"]},
            "many": {"followers_below": 2, "words": ["few followers"], "verdict": "drop"},
            "signed": {"signatures": ["cavage"], "words": ["signed so"]},
        }.items():  # fmt: skip
            await put(node, **{"key": key, "verdict": "hold", **fields})

        async def said(*texts: str, by: Any = bob, start: int = 1) -> list[str]:
            """Send these words; which of them are held?"""
            for number, text in enumerate(texts, start=start):
                await deliver(node, by, mention(by, ada, number, content=text))
            await node.drain()
            async with transaction(node.pool) as tx:
                items = await held_store.list_held(tx)
            return [item.object_uri or "" for item in items]

        texts = ("old software", "small server", "few followers", "signed so")
        assert [uri[-1] for uri in await said(*texts)] == ["4", "3"]  # nobody has asked yet
        assert await asker.ask_once(now) == 1
        node.services.policy._servers._values.clear()
        assert [uri[-1] for uri in await said(*texts, start=5)] == ["8", "7", "6", "5", "4", "3"]
        assert len(await said("few followers", by=eve)) == 6  # it does not say how many
        assert await asker.ask_once(now) == 0
        async with transaction(node.pool) as tx:
            known = (await facts_store.read_servers(tx, {Domain(peer.domain): peer.origin}))[
                Domain(peer.domain)
            ]
        assert (known.software, known.version, known.accounts) == ("zap", "1.4.2", 4)
        assert peer.count("/users/bob/followers") == 0


async def test_asking_is_bounded_and_never_leads_elsewhere(start_node: StartNode) -> None:
    node = await start_node()
    now = datetime.now(UTC)
    asked: list[str] = []

    class Silent:
        async def get(self, url: str, **_: object) -> object:
            asked.append(url)
            raise RemoteUnavailable("nobody answers\0")

    asker = Asker(node.pool, Silent(), scheme="https")  # type: ignore[arg-type]
    await node.pool.execute(
        """INSERT INTO inbound_seen (origin, id_hash)
           SELECT format('https://n%s.evil.example', n), 'x' FROM generate_series(1, 1200) AS n"""
    )
    await node.pool.execute("INSERT INTO inbound_seen VALUES ('https://kind.example', 'x')")
    rounds = [await asker.ask_once(now + timedelta(minutes=minute)) for minute in range(8)]
    assert max(rounds) == EACH_ROUND
    assert len([url for url in asked if "evil" in url]) == EACH_OWNER
    assert "https://kind.example/.well-known/nodeinfo" in asked

    async with foreign_server() as peer, foreign_server() as other:
        link = other.serve("/ni", {"software": {"name": "x"}})
        peer.serve("/.well-known/nodeinfo", {"links": [{"rel": NODEINFO, "href": link}]})
        await deliver(node, bob := peer_actor(peer, "bob"), like(bob))
        real = Asker(node.pool, node.services.fetcher, scheme="http")
        assert await real.ask_once(now + timedelta(hours=1)) == 1
        assert other.asked == []
        row = await node.pool.fetchrow(
            "SELECT last_error, failures FROM policy_servers WHERE domain = $1", peer.domain
        )
        assert row is not None and "said to be at" in row["last_error"] and row["failures"] == 1


async def test_how_a_sender_stands_to_the_people_here(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with transaction(node.pool) as tx:
        me = await get_actor(tx, ada.actor_id)
        bob, eve = await given_remote(tx, "bob"), await given_remote(tx, "eve")
        await given_follow(tx, me, bob)
        await given_follow(tx, bob, me)
        await given_follow(tx, me, eve)
    domain = Domain("b.example")
    cases = [
        Case(Envelope(scope=Scope.INBOUND, domain=domain, now=datetime.now(UTC), actor=uri),
             "https://b.example")
        for uri in (bob.uri, eve.uri, None)
    ]  # fmt: skip
    facts = await node.services.policy.facts(cases)
    assert [one.relations for one in facts] == [
        {Relation.FOLLOWED, Relation.FOLLOWS_US, Relation.MUTUAL},
        {Relation.FOLLOWED},
        set(),
    ]
