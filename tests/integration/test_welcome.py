"""Whoever joins is led through three small steps, says hello, and is answered."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.query import Conn
from fedinet.kernel.ids import ActorId
from fedinet.welcome.greeters_store import choose_greeters, set_greeter
from fedinet.welcome.upkeep import look_once
from tests.integration.browser import SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member
from tests.integration.test_invitation_pages import given_link
from tests.integration.test_joining import given_house
from tests.integration.test_room import joins

SETTING = "/settings/newcomers"
HELLO = {"text": "I bake, @bo", "do": "hello"}


async def test_whoever_joins_is_welcomed(start_node: StartNode) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        page = await joins(eve, await given_link(ada), "eve")
        assert page.path == "/welcome" and "Nothing is written about you" in page.text
        about = "/settings?next=/welcome"
        form = (await eve.open(about)).form(about)
        page = await eve.post(about, {**form.fields, "bio": "Bread, mostly"})
        assert page.path == "/welcome" and "Bread, mostly" in page.text
        away = "/settings?next=//evil.example"
        assert "evil" not in (await eve.open(away)).html
        await node.pool.execute("UPDATE actors SET discoverable = true WHERE username = 'bo'")
        page = await eve.fill("/welcome", "/welcome", {"do": "follow bo"})
        assert 'value="follow ada"' in page.html  # who invited her
        assert 'value="follow bo"' not in page.html
        page = await eve.fill("/welcome", "/welcome", {"do": "follow ada"})
        assert "You asked to follow; they have not answered yet" in page.text

        assert (await eve.fill("/welcome", "/welcome", {"text": " ", "do": "hello"})).status == 422
        form = {**(await eve.open("/welcome")).form("/welcome").fields, **HELLO}
        pages = await asyncio.gather(*(eve.post("/welcome", form) for _ in range(2)))
        assert all("You said hello" in page.text for page in pages)
        assert "I bake" in (await ada.open("/community")).text
    said = await node.pool.fetch("SELECT p.visibility FROM posts p WHERE p.is_local")
    assert [row["visibility"] for row in said] == ["community"]


async def test_first_words_that_wait_are_not_lost(start_node: StartNode) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        await joins(eve, await given_link(ada), "eve")
        ways = {"picture": "/settings/pictures", "about": "/settings", "home": "/"}
        for at, (way, leads_to) in enumerate(ways.items()):
            said = {"text": f"I bake {at}", "do": way}
            assert (await eve.fill("/welcome", "/welcome", said)).path == leads_to
            assert f"I bake {at}" in (await eve.open("/welcome")).html
        page = await eve.fill("/welcome", "/welcome", {"do": "follow ada"})
        assert "You asked to follow" in page.text and "I bake 2" in page.html
        page = await eve.fill("/welcome", "/welcome", {"do": "unfollow ada"})
        assert "You asked to follow" not in page.text and "I bake 2" in page.html
        assert "form=welcome" in (await eve.open("/write")).html  # a draft as every other
        assert "I bake 2" in (await eve.open("/write?form=welcome")).html

        for wrong in ("follow nobody", "block ada", "", "/evil"):
            page = await eve.fill("/welcome", "/welcome", {"text": "Wait", "do": wrong})
            assert page.status == 422 and "Wait" in page.html
        emptied = await eve.fill("/welcome", "/welcome", {"text": " ", "do": "about"})
        assert emptied.path == "/settings" and "I bake" not in (await eve.open("/welcome")).html
        await eve.fill("/welcome", "/welcome", {"text": "I knead", "do": "home"})
        page = await eve.fill("/welcome", "/welcome", {"do": "hello"})
        assert "You said hello" in page.text and "I knead" in (await ada.open("/community")).text
        assert "form=welcome" not in (await eve.open("/write")).html


async def test_two_are_asked_to_answer_and_stewards_see_who_was_not(start_node: StartNode) -> None:
    node = await given_house(start_node)
    await given_account(node, "cy")
    _, di_id = await given_account(node, "di")
    async with browser(node) as ada, browser(node) as bo, browser(node) as cy, browser(node) as di:
        for who, name in ((ada, "ada"), (bo, "bo"), (cy, "cy"), (di, "di")):
            await who.sign_in(name)
        assert (await cy.open("/admin/welcomes")).status == 403
        await cy.fill("/welcome", "/welcome", {"text": "I bake", "do": "hello"})
        page = await ada.open("/admin")
        assert "Cy is new here and says hello" in page.text  # nobody greets
        assert "Newcomers 1 waits for you" in page.text
        assert "Cy" in waiting(await ada.open("/admin/welcomes"))
        first = await hello_of(node, "cy")
        await cy.fill(first, "/write", {"text": "And knead"})  # no answer by another
        await node.drain()
        assert "Cy is new here" in (await ada.open("/admin")).text
        await bo.fill(first, "/write", {"text": "Welcome"})
        await node.drain()
        page = await ada.open("/admin/welcomes")
        assert "Everybody was answered" in page.text and "Newcomers 1" not in page.text
        assert "Cy is new here" not in (await ada.open("/admin")).text

        for who in (bo, cy, di):
            page = await who.fill(SETTING, SETTING, {"greets": "1"})
            assert page.form(SETTING).fields == page.form(SETTING).fields | {"greets": "1"}
        await di.fill("/welcome", "/welcome", {"text": "I brew", "do": "hello"})
        for who in (bo, cy):
            told = (await who.open("/notifications")).text
            assert "is new here and says hello" in told and "I brew" in told
            assert "What waits for you Di is new here" in (await who.open("/week")).text
        assert "is new here" not in (await di.open("/notifications")).text
        assert "Di is new here" not in (await ada.open("/admin")).text
        await node.pool.execute("UPDATE welcomes SET answered_at = now()")
        assert "is new here" not in (await bo.open("/week")).text, "somebody was quicker"
        await node.pool.execute("UPDATE welcomes SET answered_at = NULL WHERE actor_id = $1", di_id)
        now = datetime.now(UTC)
        await look_once(node.pool, now + timedelta(hours=47))
        assert "nobody has answered" not in (await ada.open("/admin")).text
        assert "Everybody was answered" in (await ada.open("/admin/welcomes")).text
        for _ in range(2):
            await look_once(node.pool, now + timedelta(hours=49))
        page = await ada.open("/admin")
        assert "Di said hello more than two days ago, and nobody has answered" in page.text
        assert await node.pool.fetchval("SELECT times FROM matters WHERE kind = 'unwelcomed'") == 1
        assert "Newcomers 1 waits for you" in page.text
        assert "Di" in waiting(await ada.open("/admin/welcomes"))
        second = await hello_of(node, "di")
        await di.fill(f"{second}/delete", f"{second}/delete", {})
        await node.drain()
        assert "Everybody was answered" in (await ada.open("/admin/welcomes")).text
        assert "nobody has answered" not in (await ada.open("/admin")).text
        assert "You said hello" in (await di.open("/welcome")).text  # once is enough


async def test_greeters_are_asked_in_turns_and_in_changing_pairs(tx: Conn) -> None:
    people = [(await given_member(tx, name)).id for name in ("ada", "bo", "cy", "di", "eve")]
    newcomer, *greeters = people
    assert await choose_greeters(tx, newcomer, now=datetime.now(UTC)) == []
    for one in people:
        await set_greeter(tx, one, wants=True)
    pairs: list[frozenset[ActorId]] = []
    for day in range(30):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        pairs.append(frozenset(await choose_greeters(tx, newcomer, now=now)))
    assert all(len(pair) == 2 for pair in pairs) and len(set(pairs)) > 2
    for one in greeters:
        assert sum(one in pair for pair in pairs) >= 10
    assert not any(newcomer in pair for pair in pairs)


def waiting(page: SeenPage) -> str:
    """What the list of the newcomers says."""
    return page.text[page.text.index("They said hello") :]


async def hello_of(node: RunningNode, name: str) -> str:
    post = await node.pool.fetchval(
        "SELECT post_id FROM welcomes w JOIN actors a ON a.id = w.actor_id WHERE username = $1",
        name,
    )
    return f"/@{name}/{post}"
