"""People elsewhere change, go and come back: what is here follows what their server shows."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.refresh import promise_refresh
from fedinet.actors.store import get_actor, set_suspended
from fedinet.db.pool import transaction
from fedinet.profiles.refreshing import refresh_actor
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.nodes import RunningNode
from tests.integration.test_last_owner import is_waiting


@dataclass
class Town:
    node: RunningNode
    peer: ForeignServer
    bob: PeerActor

    async def known(self) -> Actor:
        async with transaction(self.node.pool) as tx:
            actor_id = await tx.fetchval("SELECT id FROM actors WHERE uri = $1", self.bob.uri)
            return await get_actor(tx, actor_id)

    def shows(self, **changes: object) -> None:
        """His server shows him so from now on."""
        peer_actor(self.peer, "bob", **changes)

    async def refresh(self, **more: object) -> Actor:
        """The job that some occasion has promised."""
        payload = {"actor_id": (await self.known()).id, **more}
        await refresh_actor(self.node.pool, self.node.services.actors, payload)
        return await self.known()

    async def time_passes(self, by: timedelta) -> None:
        await self.node.pool.execute(
            """
            UPDATE actors SET fetched_at = fetched_at - $1::interval,
                   refresh_after = refresh_after - $1::interval, gone_at = gone_at - $1::interval,
                   handle_checked_at = handle_checked_at - $1::interval
             WHERE NOT is_local
            """,
            by,
        )
        self.node.services.verifier.forget("")

    async def acts(self, number: int) -> None:
        assert (await deliver(self.node, self.bob, like(self.bob, number))).status == 202
        await self.node.drain()

    @property
    def asked(self) -> int:
        return self.peer.count("/users/bob")


@pytest.fixture
async def town(start_node: StartNode) -> AsyncIterator[Town]:
    node = await start_node()
    async with foreign_server() as peer:
        town = Town(node, peer, peer_actor(peer, "bob"))
        await node.services.actors.get(town.bob.uri)
        yield town


async def test_who_is_looked_at_is_read_again_after_a_day_and_not_more_often(town: Town) -> None:
    await given_account(town.node, "ada")
    page_of_bob = f"/@{(await town.known()).handle}"
    async with browser(town.node) as page:
        assert (await page.open(page_of_bob)).status == 200
        await page.sign_in("ada")
        await town.time_passes(timedelta(hours=23))
        await page.open(page_of_bob)
        await town.node.drain()
        assert town.asked == 1

        await town.time_passes(timedelta(hours=2))
        town.shows(
            name="Bob the Baker", type="Service", movedTo="https://c.example/bob", memorial=True
        )
        await page.open(page_of_bob)
        await town.node.drain()
        seen = await page.open(page_of_bob)
        assert "Bob the Baker has moved." in seen.text and "An automatic account" in seen.text
        assert "In memory" in seen.text and town.asked == 2
        assert await town.node.pool.fetchval("SELECT count(*) FROM moves") == 0

        await town.time_passes(timedelta(days=2))
        town.peer.serve("/users/bob", {}, status=404)
        for _ in range(3):
            await page.open(page_of_bob)
            await town.node.drain()
        assert town.asked == 3 and not (await town.known()).is_gone


async def test_who_acts_is_read_again_after_a_week(town: Town) -> None:
    await town.time_passes(timedelta(days=6))
    await town.acts(1)
    assert town.asked == 1
    await town.time_passes(timedelta(days=2))
    town.shows(name="Robert")
    await town.acts(2)
    await town.acts(3)
    assert town.asked == 2 and (await town.known()).name == "Robert"


@pytest.mark.parametrize("how", ["410", "a tombstone"])
async def test_who_is_gone_twice_is_gone_and_may_come_back(town: Town, how: str) -> None:
    _, ada = await given_account(town.node, "ada")
    bob = await town.known()
    await town.node.pool.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, 'accepted', '')",
        ada,
        bob.id,
    )
    tombstone = {"id": town.bob.uri, "type": "Tombstone"}
    town.peer.serve("/users/bob", tombstone, status=410 if how == "410" else 200)
    assert not (await town.refresh()).is_gone
    due = await town.node.pool.fetchval("SELECT due_at FROM jobs WHERE kind = 'actors.refresh'")
    assert due > datetime.now(UTC) + timedelta(minutes=50)
    assert (await town.refresh(was_gone=True)).is_gone
    await town.node.drain()
    assert await town.node.pool.fetchval("SELECT count(*) FROM follows") == 0

    town.shows(name="Bob again")
    async with transaction(town.node.pool) as tx:  # a server may go on showing somebody for a while
        assert not await promise_refresh(tx, bob.id, older_than=timedelta(), now=datetime.now(UTC))
    await town.time_passes(timedelta(days=1, minutes=1))
    await town.acts(1)
    back = await town.known()
    assert not back.is_gone and back.name == "Bob again"


async def test_a_suspension_there_comes_and_goes_and_one_here_stays(town: Town) -> None:
    town.shows(suspended=True)
    assert (await town.refresh()).is_suspended
    town.shows()
    assert not (await town.refresh()).is_suspended

    town.shows(suspended=True)
    bob = await town.refresh()
    async with transaction(town.node.pool) as tx:
        await set_suspended(tx, bob.id, suspended=True)
    town.shows()
    assert (await town.refresh()).is_suspended


async def test_a_new_name_under_the_same_id_is_confirmed_by_webfinger(town: Town) -> None:
    await town.time_passes(timedelta(days=2))
    town.shows(preferredUsername="robert")
    update = like(town.bob, 1, type="Update", object={"id": town.bob.uri, "type": "Person"})
    assert (await deliver(town.node, town.bob, update)).status == 202
    await town.node.drain()
    renamed = await town.known()
    assert renamed.username == "robert" and renamed.handle_checked_at is None

    town.peer.webfinger(f"robert@{town.peer.domain}", town.bob.uri)
    await town.time_passes(timedelta(days=2))
    assert (await town.refresh()).handle_checked_at is not None
    found = await town.node.services.actors.resolve_handle(f"robert@{town.peer.domain}")
    assert found is not None and found.uri == town.bob.uri


async def test_whom_one_follows_stands_in_the_directory_under_their_newest_name(town: Town) -> None:
    for name in ("ada", "mo"):
        await given_account(town.node, name)
    pool, bob = town.node.pool, await town.known()
    follow = """INSERT INTO follows (follower_id, target_id, state, uri)
                SELECT id, $1, 'accepted', '' FROM actors WHERE username = $2"""
    written = "SELECT xmin::text FROM follows WHERE target_id = $1"
    await pool.execute(follow, bob.id, "ada")
    async with browser(town.node) as ada, browser(town.node) as mo:

        async def order(reader: Browser, **asked: str) -> list[str]:
            page = await reader.open("/people", params=asked)
            return re.findall(r'<h[23] class="name"><a href="/@([a-z]+)[@"]', page.html)

        await ada.sign_in("ada")
        await mo.sign_in("mo")
        for shown, place, expected in (
            ({"name": "Zed"}, 2, ["ada", "mo", "bob"]),
            ({"name": "Ádám"}, 1, ["ada", "bob", "mo"]),
            ({"name": "", "preferredUsername": "zora"}, 2, ["ada", "mo", "zora"]),
            ({"name": "Lex", "preferredUsername": "zora"}, 1, ["ada", "zora", "mo"]),
        ):
            town.shows(**shown)
            await town.refresh()
            assert await order(ada) == expected
            assert await order(ada, q=shown["name"] or "zora") == [expected[place]]
        once = await pool.fetchval(written, bob.id)
        town.shows(name="Lex", preferredUsername="zora", summary="I bake.")
        await town.refresh()
        assert await pool.fetchval(written, bob.id) == once, "no follow is written for that"

        async with pool.acquire() as renaming, renaming.transaction():
            await renaming.execute("UPDATE actors SET name = 'Bea' WHERE id = $1", bob.id)
            following = asyncio.create_task(pool.execute(follow, bob.id, "mo"))
            await is_waiting(pool, following)
        await following
        assert await order(mo, q="bea") == ["zora"], "followed while the name was changed"


async def test_a_forwarded_update_of_a_person_is_read_at_its_origin(town: Town) -> None:
    async with foreign_server() as elsewhere:
        eve = peer_actor(elsewhere, "eve", key=2)
        town.shows(name="Robert")
        lie = {"id": town.bob.uri, "type": "Person", "name": "Forged"}
        assert (
            await deliver(town.node, eve, like(town.bob, 9, type="Update", object=lie))
        ).status == 202
        await town.node.drain()
    assert (await town.known()).name == "Robert"
