"""However many members bring files at once, one server is asked and told one thing a second."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.transfers import store
from fedinet.transfers.model import Counts, Import, Kind, Reading, State
from fedinet.transfers.turns_store import take_turns
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member
from tests.integration.test_imports import finish
from tests.integration.test_imports_at_work import begins, standing

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
FAR, NEAR = "far.example", "near.example"


async def test_of_all_imports_one_asks_a_server_in_a_second_and_each_comes_to_its_turn(
    tx: Tx,
) -> None:
    ada, bo, cleo = [await given_import(tx, name) for name in ("ada", "bo", "cleo")]

    async def ask(one: Import, after: float, *servers: str) -> frozenset[str]:
        return await take_turns(tx, one, servers or [FAR], now=START + timedelta(seconds=after))

    assert await ask(ada, 0, FAR, NEAR) == {FAR, NEAR}
    assert await ask(bo, 0.1) == await ask(cleo, 0.2) == await ask(ada, 0.3) == frozenset()
    asked = {one.id: list[float]() for one in (ada, bo, cleo)}
    for tenth in range(4, 150):
        for one in (ada, bo, cleo):
            if await ask(one, tenth / 10):
                asked[one.id].append(tenth / 10)
    moments = sorted([0, *(at for times in asked.values() for at in times)])
    assert all(after - before >= 1 for before, after in pairwise(moments))
    assert moments[-1] > 13 and all(len(times) >= 4 for times in asked.values())


async def test_who_asks_alone_asks_each_second_and_who_comes_late_does_not_ask_twice(
    tx: Tx,
) -> None:
    ada = await given_import(tx, "ada")
    asked = [
        tenth
        for tenth in range(50)
        if await take_turns(tx, ada, [FAR], now=START + timedelta(seconds=tenth / 10))
    ]
    assert asked == [0, 10, 20, 30, 40]
    late = START + timedelta(hours=1)
    assert await take_turns(tx, ada, [FAR], now=late) == {FAR}
    assert await take_turns(tx, ada, [FAR], now=late) == frozenset()


async def test_neither_a_question_nor_a_follow_leaves_before_its_second(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bo, fay = [await given_member_of(node, name) for name in ("ada", "bo", "fay")]
    async with foreign_server() as there:
        for name in ("eve", "kim", "new"):
            there.actor(name)
        await node.services.actors.resolve_handle(f"eve@{there.domain}")
        await node.services.actors.resolve_handle(f"kim@{there.domain}")
        await brought_before(node, ada, there)
        asked = len(there.asked)

        file = "".join(f"{name}@{there.domain}\n" for name in ("eve", "kim", "new"))
        follows_all = await begins(bo, Kind.FOLLOWS, file + f"fay@{node.domain}\n")
        await finish_but_not_the_wait(node)
        assert await standing(node, follows_all) == (State.WORKING, Counts(3, done=1))
        mutes_all = await begins(fay, Kind.MUTES, f"eve@{there.domain}\nnew@{there.domain}\n")
        blocks_all = await begins(ada, Kind.BLOCKS, f"kim@{there.domain}\n")
        await finish_but_not_the_wait(node)
        assert await standing(node, mutes_all) == (State.WORKING, Counts(1, done=1))
        assert await standing(node, blocks_all) == (State.WORKING, Counts(1))
        assert len(there.asked) == asked

        await finish(node, rounds=6)
        for one, lines in ((follows_all, 4), (mutes_all, 2), (blocks_all, 1)):
            assert await standing(node, one) == (State.DONE, Counts(done=lines))
        assert sum("inbox" in address for address in there.asked) >= 4  # three follows, a block


async def given_import(tx: Tx, name: str) -> Import:
    member = await given_member(tx, name)
    return await store.insert_import(tx, member.id, Reading(Kind.BLOCKS, ()), START)


async def brought_before(node: RunningNode, who: Member, there: ForeignServer) -> None:
    """An import that has the seconds of the next hour."""
    async with transaction(node.pool) as tx:
        now = datetime.now(UTC)
        one = await store.insert_import(tx, who.actor_id, Reading(Kind.BLOCKS, ()), now)
        await take_turns(tx, one, [there.domain], now=now + timedelta(hours=1))


async def finish_but_not_the_wait(node: RunningNode) -> None:
    for _ in range(2):
        await node.drain()
        await node.pool.execute("UPDATE jobs SET due_at = now() WHERE kind = 'transfers.bring'")
