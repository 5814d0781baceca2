"""What an import does where servers are silent, slow to be asked, or its member may not go on."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from fedinet.accounts.standing_store import set_frozen
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.kernel.ids import Domain
from fedinet.net.budget import Paced
from fedinet.node.store import lock_down
from fedinet.transfers import commands, store
from fedinet.transfers.model import KEPT_FOR, LOOKED_AT_FOR, Counts, Import, Kind, State
from fedinet.transfers.reading import read_import
from fedinet.transfers.upkeep import keep_once
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.test_imports import download, finish, upload

SILENT = "127.0.0.1:1"


async def test_a_silent_server_is_asked_three_times_and_not_for_every_line(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    one = await begins(ada, Kind.BLOCKS, "".join(f"p{n}@{SILENT}\n" for n in range(5)))
    for tried in (1, 2):
        await node.drain()
        rows = await node.pool.fetch("SELECT tries, due_at FROM import_rows ORDER BY due_at")
        rests = datetime.now(UTC) + timedelta(minutes=4)
        assert [row["tries"] for row in rows] == [tried] * 5 and rows[0]["due_at"] > rests
        await hours_pass(node)
    await node.drain()
    assert await standing(node, one) == (State.DONE, Counts(failed=5))


async def test_a_server_that_answers_again_is_not_given_up(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as there:
        for name in ("bo", "cleo"):
            there.actor(name)
        there.webfinger(f"slow@{there.domain}", "", status=503)
        file = "".join(f"{name}@{there.domain}\n" for name in ("slow", "bo", "cleo"))
        one = await begins(ada, Kind.BLOCKS, file)
        stands: list[Counts] = []
        for _ in range(6):
            await node.drain()
            stands.append((await standing(node, one))[1])
            await hours_pass(node)
        assert stands[:3] == [Counts(3), Counts(2, done=1), Counts(1, done=2)]
        assert stands[3:] == [Counts(1, done=2), Counts(1, done=2), Counts(done=2, failed=1)]


async def test_a_server_that_was_asked_a_lot_is_asked_later_and_nothing_is_lost(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as there:
        spent(node, there)
        one = await begins(ada, Kind.BLOCKS, f"bo@{there.domain}\n")
        for _ in range(4):
            await finish(node, rounds=1)
        assert await standing(node, one) == (State.WORKING, Counts(waiting=1))
        assert await node.pool.fetchval("SELECT tries FROM import_rows") == 0


async def test_a_handle_that_was_not_confirmed_in_time_is_confirmed_later(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as there:
        there.actor("bo")
        handle = f"bo@{there.domain}"
        there.webfinger(handle, f"{there.origin}/users/bo", status=503)
        await node.services.actors.get(f"{there.origin}/users/bo")
        there.actor("bo")
        one = await begins(ada, Kind.BLOCKS, f"{handle}\n")
        await finish(node)
        assert await standing(node, one) == (State.DONE, Counts(done=1))


async def test_who_stops_in_the_last_turn_keeps_what_they_had(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    bo = await given_member_of(node, "bo")
    await mutes(ada, bo)
    async with foreign_server() as there:
        one = await begins(ada, Kind.MUTES, f"cleo@{there.domain}\n", overwrite=True)

        async def stops(_: web.Request) -> web.StreamResponse:
            async with transaction(node.pool) as tx:
                await commands.stop(tx, ada.actor_id, one.id, now=datetime.now(UTC))
            return web.Response(status=404)

        there.answers["/.well-known/webfinger"] = stops
        await finish(node)
    assert await standing(node, one) == (State.STOPPED, Counts(failed=1))
    assert (await ada.stands_to(bo)).muting


async def test_of_one_member_one_file_is_at_work_at_a_time(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_member_of(node, "ada"), await given_member_of(node, "bo")
    first = await begins(ada, Kind.BLOCKS, f"cleo@{SILENT}\n")
    second = await begins(ada, Kind.SERVERS, "bad.example\n")
    of_bo = await begins(bo, Kind.SERVERS, "bad.example\n")
    await finish(node, rounds=1)
    assert await standing(node, second) == (State.WORKING, Counts(waiting=1))
    assert await standing(node, of_bo) == (State.DONE, Counts(done=1))
    async with transaction(node.pool) as tx:
        await commands.stop(tx, ada.actor_id, first.id, now=datetime.now(UTC))
    await finish(node, rounds=1)
    assert await standing(node, second) == (State.DONE, Counts(done=1))


@pytest.mark.parametrize("why", ["frozen", "locked down"])
async def test_an_import_stops_where_its_member_may_not_act(
    start_node: StartNode, why: str
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    one = await begins(ada, Kind.SERVERS, "bad.example\n")
    async with transaction(node.pool) as tx:
        if why == "frozen":
            await set_frozen(tx, ada.account_id, frozen=True)
        else:
            await lock_down(tx, by="root", reason="")
    await finish(node)
    assert await standing(node, one) == (State.STOPPED, Counts(waiting=1))


async def test_old_files_are_forgotten_and_what_nobody_works_on_any_more_stops(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    done = await begins(ada, Kind.SERVERS, "bad.example\n")
    await finish(node)
    running = await begins(ada, Kind.BLOCKS, f"cleo@{SILENT}\n")
    await brings(ada, Kind.SERVERS, "worse.example\n")
    assert await left_after(node, timedelta(hours=23)) == 3
    assert await left_after(node, LOOKED_AT_FOR + timedelta(hours=1)) == 2
    assert await standing(node, done) == (State.DONE, Counts(done=1))
    assert await left_after(node, KEPT_FOR + timedelta(hours=1)) == 1
    assert (await standing(node, running))[0] is State.WORKING
    await node.pool.execute("UPDATE jobs SET failed_at = now()")
    assert await left_after(node, timedelta()) == 1
    assert await standing(node, running) == (State.STOPPED, Counts(waiting=1))
    async with transaction(node.pool) as tx:
        await commands.begin(tx, ada.actor_id, running.id, now=datetime.now(UTC))
    assert await left_after(node, timedelta()) == 1
    assert (await standing(node, running))[0] is State.WORKING


async def test_a_line_that_is_cut_off_takes_no_other_along(start_node: StartNode) -> None:
    node = await start_node()
    await given_member_of(node, "ada")
    file = ("#domain\n" + '"no, ' + "server " * 500 + '"\n' + "nor this one\n").encode()
    async with browser(node) as page:
        await page.sign_in("ada")
        seen = await upload(page, file, "x.csv")
        failed = (await download(page, f"{seen.path}/failed.csv")).decode()
    assert failed.splitlines()[-1] == "nor this one" and failed.count("\n") == 2


async def brings(who: Member, kind: Kind, file: str) -> Import:
    reading = read_import(file, kind=kind, ours=(), username="ada")
    async with transaction(who.node.pool) as tx:
        return await commands.prepare(tx, who.actor_id, reading, now=datetime.now(UTC))


async def begins(who: Member, kind: Kind, file: str, *, overwrite: bool = False) -> Import:
    made, now = await brings(who, kind, file), datetime.now(UTC)
    async with transaction(who.node.pool) as tx:
        return await commands.begin(tx, who.actor_id, made.id, overwrite=overwrite, now=now)


async def mutes(who: Member, whom: Member) -> None:
    async def act(tx: Tx, me: Actor) -> None:
        await blocking.mute(tx, me, await get_actor(tx, whom.actor_id))

    await who.does(act)


async def standing(node: RunningNode, one: Import) -> tuple[State, Counts]:
    async with transaction(node.pool) as tx:
        found = await store.find_import(tx, one.actor_id, one.id)
        assert found is not None
        return found.state, await store.count_rows(tx, one.id)


async def left_after(node: RunningNode, time: timedelta) -> int:
    await keep_once(node.pool, datetime.now(UTC) + time)
    return await node.pool.fetchval("SELECT count(*) FROM imports")


async def hours_pass(node: RunningNode) -> None:
    await node.pool.execute("UPDATE import_rows SET due_at = due_at - interval '2 hours'")
    await node.pool.execute("UPDATE import_turns SET ask_at = ask_at - interval '2 hours'")
    await node.pool.execute("UPDATE jobs SET due_at = due_at - interval '2 hours'")


def spent(node: RunningNode, there: ForeignServer) -> None:
    """Ask a server so much that it has to be left alone."""
    pace = node.services.fetcher._paces["document"]  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(Paced):
        while True:
            pace.take(Domain(there.domain))
