"""A full community names allies that have room, as each of them says it now."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from fedinet.allies.asking_room import ask_room, promise_asking
from fedinet.allies.entrances import Entrance, EntranceState
from fedinet.allies.entrances_store import claim_entrances, know_entrance
from fedinet.allies.model import Ally
from fedinet.allies.store import save_ally
from fedinet.db.pool import transaction
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from tests.integration.browser import SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.friends import befriend, given_ally, part
from tests.integration.nodes import RunningNode
from tests.integration.people import given_remote
from tests.integration.test_invitation_pages import given_link
from tests.integration.test_joining import ask_the, given_house
from tests.integration.test_policy_enforced import put
from tests.integration.test_room import stands_in_line

ELSEWHERE = "Room elsewhere"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.1"


async def test_who_finds_no_room_is_shown_allies_that_have_some(start_node: StartNode) -> None:
    here, there = await given_house(start_node, bo=False), await start_node()
    await befriend(here, there)
    await there.pool.execute("UPDATE joining_ways SET asking = true")
    assert await said_by(there) == {"state": "ask", "address": f"{there.origin}/join/ask"}
    assert await asked(here) == 1
    assert await asked(here) == 0  # once in six hours
    async with browser(here) as ada, browser(here) as eve:
        await ada.sign_in("ada")
        link = await given_link(ada)
        await ask_the(ada, asking="1")
        assert ELSEWHERE not in (await eve.open("/join/ask")).text  # there is room here
        await ask_the(ada, asking="1", most_members="1")
        assert await said_by(here) == {"state": "full", "address": f"{here.origin}/join/ask"}
        shows(await eve.open("/join/ask"), there, "you can ask to join")
        mine = await stands_in_line(eve, link, "eve")
        shows(await eve.open(mine), there, "you can ask to join")

        await ask_the(ada, most_members="1")
        await there.pool.execute("UPDATE joining_ways SET asking = false")
        assert await asked(here, after=timedelta(hours=7)) == 1
        shows(await eve.open("/join"), there, "by invitation of a member")

        await put(here, key="loud", domains=[there.domain], effects=["limit"])
        for page in (mine, "/join"):
            assert ELSEWHERE not in (await eve.open(page)).text  # a rule of ours is about them
        await put(here, key="loud", domains=[there.domain], effects=["limit"], draft=True)
        assert ELSEWHERE in (await eve.open(mine)).text  # a draft is none

        await here.pool.execute("UPDATE ally_entrances SET read_at = now() - interval '3 days'")
        assert ELSEWHERE not in (await eve.open(mine)).text  # said too long ago
        await here.pool.execute("UPDATE ally_entrances SET read_at = now()")
        await part(there, here)
        assert ELSEWHERE not in (await eve.open(mine)).text
        assert await here.pool.fetchval("SELECT count(*) FROM ally_entrances") == 0


async def test_what_an_ally_answers_is_bounded_and_of_its_own(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer, foreign_server() as other:
        async with transaction(node.pool) as tx:
            friend = await given_remote(tx, "node", peer.domain, uri=f"{peer.origin}/actor")
            await given_ally(tx, friend, peer.origin)
            await claim_entrances(tx, datetime.now(UTC), before=datetime.now(UTC))
        good = {"state": "ask", "address": f"{peer.origin}/join"}

        async def read(document: object, *, link: str = "", status: int = 200) -> str:
            """What is known of them after they served this."""
            served = peer.serve("/ni", document, status=status)
            links = [{"rel": SCHEMA, "href": link or served}]
            peer.serve("/.well-known/nodeinfo", {"links": links})
            await ask_room(node.services.nodes, {"domain": peer.domain})
            return str(await node.pool.fetchval("SELECT state FROM ally_entrances"))

        def saying(joining: object) -> dict[str, object]:
            return {"metadata": {"nodeName": "Bakers", "joining": joining}}

        assert await read(saying(good)) == "ask"
        whole = saying({**good, "state": "full"})
        for wrong in (b"<html>", b"[" * 50_000, b"[]", {**whole, "x": "y" * 200_000}):
            assert await read(wrong) == "ask"  # no answer: what it said last stands
        assert await read(whole, status=500) == "ask"
        assert await read(whole, link=other.serve("/ni", whole)) == "ask"
        assert await read(whole, link="http://10.0.0.1/ni") == "ask"
        assert await read(whole, link="file:///etc/passwd") == "ask"
        assert other.asked == []
        peer.answers["/elsewhere"] = away
        assert await read(whole, link=f"{peer.origin}/elsewhere") == "ask"
        assert await read(whole) == "full"
        assert await read(saying({**good, "address": other.origin})) == ""  # no page of its own
        with pytest.raises(Malformed):
            await ask_room(node.services.nodes, {"domain": 7})
        asked = len(peer.asked)
        await node.pool.execute("UPDATE allies SET mutual_until = NULL")
        await ask_room(node.services.nodes, {"domain": peer.domain})
        await ask_room(node.services.nodes, {"domain": "nobody.example"})
        assert len(peer.asked) == asked  # nobody asks who is no ally any more


async def away(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://10.0.0.1/ni")


def shows(page: SeenPage, ally: RunningNode, words: str) -> None:
    assert ELSEWHERE in page.text and "Test community" in page.text and words in page.text
    assert f'href="{ally.origin}/join' in page.html


async def said_by(node: RunningNode) -> object:
    async with node.http.get("/nodeinfo/2.1") as answer:
        return (await answer.json(content_type=None))["metadata"]["joining"]


async def asked(node: RunningNode, *, after: timedelta = timedelta()) -> int:
    count = await promise_asking(node.pool, datetime.now(UTC) + after)
    await node.drain()
    return count


async def given_ally_with_room(node: RunningNode) -> None:
    """As if an ally had said so, for tests without another node."""
    now = datetime.now(UTC)
    async with transaction(node.pool) as tx:
        domain = Domain("brood.example")
        until = now + timedelta(days=9)
        ally = Ally(domain=domain, origin=f"https://{domain}", our_until=until, mutual_until=until)
        await save_ally(tx, ally, check_after=until)
        await claim_entrances(tx, now, before=now)
        said = Entrance(domain, EntranceState.ASK, f"https://{domain}/join/ask", "Brood")
        await know_entrance(tx, domain, said, now=now)
