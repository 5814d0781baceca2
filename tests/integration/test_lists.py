"""Lists of people: what stands in them, who may be put in, and that they are their owner's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.lists import commands
from fedinet.lists.model import MAX_LISTS, MAX_MEMBERS, List, RepliesPolicy
from fedinet.lists.timeline_store import list_timeline
from fedinet.posts.model import Post
from fedinet.reactions import commands as reactions
from fedinet.timelines.store import list_home, place_own
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_member, seen_by
from tests.integration.social import NOW, publish


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


async def given_people(tx: Tx) -> tuple[Actor, Actor, Actor, Actor]:
    """Ada follows Bo and Cleo, and not Dan."""
    ada, bo, cleo, dan = [await given_member(tx, name) for name in ("ada", "bo", "cleo", "dan")]
    for followed in (bo, cleo):
        await given_follow(tx, ada, followed)
    return ada, bo, cleo, dan


async def read(tx: Tx, of: List, owner: Actor, page: Page = FIRST_PAGE) -> list[int]:
    return [item.post_id for item in await list_timeline(tx, seen_by(owner), of, page)]


async def test_a_list_shows_what_its_people_write_and_share(tx: Tx) -> None:
    ada, bo, cleo, dan = await given_people(tx)
    of = await commands.create(tx, ada.id, " Bakers ")
    await commands.add(tx, of, [bo.id])
    first = await publish(tx, bo)
    await publish(tx, cleo)
    shared = await publish(tx, dan)
    await publish(tx, bo, visibility=Visibility.MENTIONED)
    await reactions.boost(tx, bo, shared.id, now=NOW)
    own = await publish(tx, bo)
    await reactions.boost(tx, bo, own.id, now=NOW)

    assert of.title == "Bakers"
    assert await read(tx, of, ada) == [own.id, shared.id, first.id]
    assert await read(tx, of, ada, Page(limit=1)) == [own.id]
    assert await read(tx, of, ada, Page(max_id=own.id)) == [shared.id, first.id]
    assert await read(tx, of, ada, Page(min_id=first.id, limit=1)) == [shared.id]
    await tx.execute("DELETE FROM follows WHERE target_id = $1", bo.id)
    assert await read(tx, of, ada) == [], "whom she follows no more"


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (RepliesPolicy.NONE, ["to ada"]),
        (RepliesPolicy.LIST, ["to ada", "to bo"]),
        (RepliesPolicy.FOLLOWED, ["to ada", "to bo", "to cleo"]),
    ],
)
async def test_which_answers_stand_in_a_list(
    tx: Tx, policy: RepliesPolicy, shown: list[str]
) -> None:
    ada, bo, cleo, dan = await given_people(tx)
    eve = await given_member(tx, "eve")
    await given_follow(tx, ada, eve)
    of = await commands.create(tx, ada.id, "Bakers", replies_policy=policy)
    await commands.add(tx, of, [bo.id, eve.id])
    answers: dict[int, str] = {}
    for name, author in {"to ada": ada, "to bo": bo, "to cleo": cleo, "to dan": dan}.items():
        parent = await publish(tx, author)
        answers[(await publish(tx, eve, parent=parent)).id] = name
    found = await read(tx, of, ada)
    assert [answers[post_id] for post_id in reversed(found) if post_id in answers] == shown


async def test_who_stands_in_an_exclusive_list_is_left_out_of_the_home(tx: Tx) -> None:
    ada, bo, cleo, _ = await given_people(tx)
    of = await commands.create(tx, ada.id, "Bakers", exclusive=True)
    await commands.add(tx, of, [bo.id, ada.id])
    posts: list[Post] = [await publish(tx, one) for one in (bo, cleo, ada)]
    for post in posts:
        await place_own(tx, ada.id, post.id)
    home = [item.post_id for item in await list_home(tx, seen_by(ada))]
    assert home == [posts[2].id, posts[1].id], "her own posts stay"
    assert posts[0].id in await read(tx, of, ada)


async def test_an_app_keeps_lists(ada: App) -> None:
    bob, cy = await given_app(ada.node, "bob"), await given_app(ada.node, "cy")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    made = await ada.post("/v1/lists", json={"title": "Bakers", "exclusive": True})
    path = f"/v1/lists/{made['id']}"
    assert made == {
        "id": made["id"],
        "title": "Bakers",
        "replies_policy": "list",
        "exclusive": True,
    }
    assert await ada.get("/v1/lists") == [made]
    changed = await ada.call("PUT", f"/api{path}", json={"replies_policy": "none"})
    assert changed.body == {**made, "replies_policy": "none"}

    await ada.post(f"{path}/accounts", json={"account_ids": [str(bob.id)]})
    assert [one["acct"] for one in await ada.get(f"{path}/accounts?limit=0")] == ["bob"]
    assert [one["id"] for one in await ada.get(f"/v1/accounts/{bob.id}/lists")] == [made["id"]]
    post = await bob.publish()
    assert [one["id"] for one in await ada.get(f"/v1/timelines/list/{made['id']}")] == [post["id"]]

    for method, where, ids, status in (
        ("POST", path, [bob.id], 422),
        ("POST", path, [cy.id], 404),
        ("POST", path, list(range(1, MAX_MEMBERS + 2)), 422),
        ("DELETE", path, [cy.id, bob.id], 200),
    ):
        body = {"account_ids": [str(one) for one in ids]}
        assert await ada.status(method, f"{where}/accounts", json=body) == status, (method, ids)
    assert await ada.get(f"{path}/accounts") == []

    for method, tail in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/accounts")):
        assert await bob.status(method, path + tail, json={"title": "Mine"}) == 404, tail
    assert await bob.status("GET", f"/v1/timelines/list/{made['id']}") == 404
    assert await bob.status("POST", f"{path}/accounts", json={"account_ids": []}) == 404
    for title in ("", "  ", "x" * 257, None):
        assert await ada.status("POST", "/v1/lists", json={"title": title}) == 422, title
    wrong = {"title": "x", "replies_policy": "all"}
    assert await ada.status("POST", "/v1/lists", json=wrong) == 422
    assert (await ada.call("DELETE", f"/api{path}")).body == {}
    assert await ada.status("GET", path) == 404


async def test_there_is_an_end_to_lists(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    for number in range(MAX_LISTS):
        await commands.create(tx, ada.id, str(number))
    with pytest.raises(Unprocessable):
        await commands.create(tx, ada.id, "one more")


async def test_a_member_keeps_lists_on_pages(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo", "cleo"):
        await given_account(node, name)
    bo = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'bo'")
    cleo = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'cleo'")
    async with browser(node) as ada, browser(node) as other:
        for who, name in ((ada, "ada"), (other, "bo")):
            await who.sign_in(name)
        token = (await ada.open("/@bo")).form("/@bo/acts").fields
        await ada.post("/@bo/acts", {**token, "do": "follow"})
        await node.pool.execute("UPDATE follows SET state = 'accepted'")
        written = {"text": "Bread at nine " + "and so on " * 200, "audience": "everyone"}
        whole = await other.fill("/write", "/write", written)
        empty = await ada.fill("/lists", "/lists", {"title": " "})
        assert (empty.status, "A list needs a title" in empty.text) == (422, True)
        bakers = {"title": "Bakers <b>", "exclusive": "1"}
        begun = await asyncio.gather(*(ada.fill("/lists", "/lists", bakers) for _ in range(2)))
        page, path = begun[0], begun[0].path
        assert begun[1].path == path, "a second click"
        path = await _is_another_later(node, ada, bakers)
        page = await ada.open(path)
        list_path = path.removesuffix("/people")
        assert "Nobody is in this list yet" in (await ada.open(list_path)).text
        assert 'value="Bakers &lt;b&gt;"' in page.html
        assert page.form(list_path).fields["exclusive"] == "1"

        assert "You follow nobody of this name" in (await ada.open(f"{path}?q=cleo")).text
        found = await ada.open(f"{path}?q=BO")
        assert f'value="{bo}"' in found.html
        add = {**found.form(list_path).fields, "person": str(bo), "do": "add"}
        for _ in range(2):  # the same button twice
            page = await ada.post(path, add)
            assert (page.status, page.html.count('value="remove"')) == (200, 2)
        shown = (await ada.open(list_path)).text
        assert ("Bread at nine" in shown, "Read on" in shown) == (True, True), "long: folded"
        assert "Read on" not in (await ada.open(whole.path)).text
        assert "Bread at nine" not in (await ada.open("/")).text, "only in its list"
        assert (await ada.post(path, {**add, "person": str(cleo)})).status == 404
        assert (await ada.post(path, {**add, "person": "x"})).status == 422

        assert "Add to a list" in (await ada.open("/@bo")).text
        person = f"/people/{bo}/lists"
        page = await ada.fill(person, path, {"do": "remove"})
        assert (page.path, "Take out" in page.text) == (person, False)
        await ada.fill(person, path, {"do": "add"})
        page = await ada.fill(path, list_path, {"title": "Bread", "replies": "none"})
        assert page.form(list_path).fields["replies"] == "none"

        for theirs in (list_path, path, f"{list_path}/delete"):
            assert (await other.open(theirs)).status == 404
        mine = (await other.open("/lists")).form("/lists").fields
        for target in (list_path, path):
            assert (await other.post(target, {**mine, "title": "Mine"})).status == 404
        await other.post(f"{list_path}/delete", mine)
        for status in (200, 404):  # the back button, and once more
            assert (await ada.open(list_path)).status == status
            page = await ada.post(f"{list_path}/delete", add)
            assert (page.path, "No lists yet" in page.text) == ("/lists", True)


async def _is_another_later(node: RunningNode, ada: Browser, fields: dict[str, str]) -> str:
    """Two minutes later a list of the same title is another. Returns the page of the first."""
    earlier = "UPDATE lists SET id = id - (120000::bigint << 16) RETURNING id"
    path = f"/lists/{await node.pool.fetchval(earlier)}/people"
    another = await ada.fill("/lists", "/lists", fields)
    assert another.path != path and another.path.endswith("/people")
    gone = another.path.removesuffix("/people") + "/delete"
    await ada.fill(gone, gone, {})
    return path
