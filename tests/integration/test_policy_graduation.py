"""Time makes quiet servers met: what waited comes in, and a steward may take it back."""

from datetime import UTC, datetime, timedelta

import msgspec

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.inbox import held
from fedinet.inbox.graduating import graduate_once
from fedinet.inbox.held_store import list_held
from fedinet.kernel.ids import Domain
from fedinet.policy.audit_store import Filter, check_chain, list_audit
from fedinet.policy.commands import undo_version
from fedinet.policy.model import Mode
from fedinet.policy.servers import meeting
from fedinet.policy.store import read_standing
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, peer_actor
from tests.integration.members import given_member_of
from tests.integration.people import given_follow
from tests.integration.test_policy_enforced import ADA, mention, put, switch


async def test_a_quiet_server_is_met_by_time(start_node: StartNode) -> None:
    node = await start_node()
    ada, cleo = await given_member_of(node, "ada"), await given_member_of(node, "cleo")
    await node.pool.execute("UPDATE actors SET approves_followers = false WHERE is_local")
    await switch(node, Mode.CAUTIOUS)
    now, policy, box = datetime.now(UTC), node.services.policy.current, node.services.box
    soon, later = now + timedelta(days=13), now + timedelta(days=15)
    async with foreign_server() as peer:
        people = [peer_actor(peer, name) for name in ("bob", "ben", "bea")]
        await deliver(node, people[0], mention(people[0], ada, 1))
        await node.drain()
        async with transaction(node.pool) as tx:
            for person, member in zip(people, (ada, cleo, cleo), strict=True):
                them = await node.services.actors.get(person.uri)
                await given_follow(tx, them, await get_actor(tx, member.actor_id))
            await tx.execute("UPDATE follows SET accepted_at = now()")
        domain = Domain(peer.domain)

        assert await graduate_once(node.pool, box, policy, soon, scheme="http") == 0
        await put(node, key="named", domains=[domain], effects=["unlist"])
        assert await graduate_once(node.pool, box, policy, later, scheme="http") == 0
        async with transaction(node.pool) as tx:
            await undo_version(tx, (await read_standing(tx)).version, ours=[], by=ADA)
        policy.forget("")
        assert await ada.told() == []
        assert await graduate_once(node.pool, box, policy, later, scheme="http") == 1
        await node.drain()
        assert await ada.told() == ["mention"]
        assert await graduate_once(node.pool, box, policy, later, scheme="http") == 0

        async with transaction(node.pool) as tx:
            [row] = await list_audit(tx, Filter(domains=[domain]), limit=1)
            assert (row.change.action, row.by_whom) == ("meet", "time")
            assert msgspec.json.decode(row.change.after or "")["followers"] == 3
            assert await meeting.unmeet(tx, domain, by=ADA)
            assert not await meeting.unmeet(tx, domain, by=ADA)
        node.services.policy._servers._values.clear()
        await deliver(node, people[1], mention(people[1], ada, 2))
        await node.drain()
        async with transaction(node.pool) as tx:
            [item] = await list_held(tx)
            await held.discard(tx, [item.id])
        assert await graduate_once(node.pool, box, policy, later, scheme="http") == 0
        async with transaction(node.pool) as tx:
            assert await check_chain(tx) is None
