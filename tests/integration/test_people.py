"""Notes, recommendations, suggestions and the directory, as apps know them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.people import store
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.people import given_follow, given_member, given_remote


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


async def test_suggested_is_who_wants_it_and_is_new_to_one(tx: Tx) -> None:
    ada, cleo, dan, eve = [await given_member(tx, name) for name in ("ada", "cleo", "dan", "eve")]
    far, shy, once = [await given_remote(tx, name) for name in ("far", "shy", "once")]
    for friend in (cleo, dan):
        await given_follow(tx, ada, friend)
        for known in (far, shy, ada):
            await given_follow(tx, friend, known)
    await given_follow(tx, cleo, once)
    await tx.execute("UPDATE actors SET discoverable = true WHERE id <> $1", shy.id)

    async def suggested() -> tuple[list[int], list[int]]:
        members = await store.suggest_members(tx, ada.id, 40)
        friends = await store.suggest_friends_of_friends(tx, ada.id, 40, known_to=2)
        return [one.id for one in members], [one.id for one in friends]

    assert await suggested() == ([eve.id], [far.id])
    await store.dismiss_suggestion(tx, ada.id, far.id)
    await blocking.block(tx, eve, ada)
    assert await suggested() == ([], [])


async def test_the_directory_holds_who_wants_to_be_found(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    far, stranger = await given_remote(tx, "far"), await given_remote(tx, "stranger")
    await given_follow(tx, ada, far)
    wanted = [one.id for one in (cleo, dan, far, stranger)]
    await tx.execute("UPDATE actors SET discoverable = true WHERE id = ANY ($1)", wanted)

    async def listed(reader: Any, *, local: bool = False, offset: int = 0) -> list[int]:
        found = await store.list_directory(
            tx, reader, local=local, by_last_post=False, offset=offset, limit=40
        )
        return [one.id for one in found]

    assert await listed(ada.id) == [far.id, dan.id, cleo.id]
    assert await listed(ada.id, local=True, offset=1) == [cleo.id]
    assert await listed(None, local=True) == [dan.id, cleo.id]
    await blocking.block(tx, dan, ada)
    assert await listed(ada.id, local=True) == [cleo.id]


async def test_an_app_keeps_notes_that_nobody_else_reads(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    path = f"/v1/accounts/{bob.id}/note"
    assert (await ada.post(path, json={"comment": " Met in Ghent "}))["note"] == "Met in Ghent"
    [seen] = await ada.get(f"/v1/accounts/relationships?id[]={bob.id}")
    assert seen["note"] == "Met in Ghent"
    [theirs] = await bob.get(f"/v1/accounts/relationships?id[]={ada.id}")
    assert theirs["note"] == ""
    assert await ada.status("POST", path, json={"comment": "x" * 2001}) == 422
    assert await ada.status("POST", path, json={"comment": {"a": 1}}) == 422
    assert await ada.status("POST", path, json={"comment": "a\0b"}) == 400
    assert await ada.status("POST", "/v1/accounts/123/note", json={"comment": "x"}) == 404
    assert (await ada.post(path))["note"] == ""


async def test_an_app_recommends_and_is_shown_whom_one_may_not_know(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    await ada.node.pool.execute("UPDATE actors SET discoverable = true WHERE id = $1", bob.id)
    [one] = await ada.get("/v2/suggestions")
    assert (one["source"], one["sources"]) == ("staff", ["featured"])
    assert [one["account"]] == await ada.get("/v1/suggestions")
    assert one["account"]["id"] == str(bob.id)
    assert [who["id"] for who in await ada.get("/v1/directory?order=active")] == [str(bob.id)]
    assert await ada.get("/v1/directory?offset=99999999") == []

    assert await ada.status("POST", f"/v1/accounts/{bob.id}/endorse") == 422
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    assert await ada.get("/v2/suggestions") == []
    for _ in range(2):
        assert (await ada.post(f"/v1/accounts/{bob.id}/endorse"))["endorsed"]
    visitor = App(ada.node)
    for reader, path in (
        (ada, "/v1/endorsements"),
        (bob, f"/v1/accounts/{ada.id}/endorsements"),
        (visitor, f"/v1/accounts/{ada.id}/endorsements"),
    ):
        assert [who["id"] for who in await reader.get(path)] == [str(bob.id)]
    assert await ada.get(f"/v1/accounts/familiar_followers?id[]={bob.id}&id[]=5") == [
        {"id": str(bob.id), "accounts": []}
    ]
    await ada.post(f"/v1/accounts/{bob.id}/unfollow")
    assert await ada.get("/v1/endorsements") == [], "shown while one follows"
    assert not (await ada.post(f"/v1/accounts/{bob.id}/unpin"))["endorsed"]
    assert (await ada.call("DELETE", f"/api/v1/suggestions/{bob.id}")).body == {}
    assert await ada.get("/v2/suggestions") == []


async def test_a_member_keeps_a_bond_on_pages(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    await node.pool.execute("UPDATE actors SET discoverable = true WHERE username = 'bo'")
    bo = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'bo'")
    acts, bond = f"/people/{bo}/acts", f"/people/{bo}/bond"
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        page = await ada.open("/people/suggested")
        assert "A member of this community whom you do not follow." in page.text
        token = {**page.form("/@bo/acts").fields, "next": "/@bo"}
        assert (await ada.post(acts, {**token, "do": "recommend"})).status == 422, "not followed"
        for _ in range(2):
            page = await ada.post("/people/suggested", {**token, "person": str(bo)})
        assert "Nobody comes to mind" in page.text

        await ada.post("/@bo/acts", {**token, "do": "follow"})
        await node.pool.execute("UPDATE follows SET state = 'accepted'")
        for do in ("recommend", "recommend", "ring"):
            page = await ada.post(acts, {**token, "do": do})
        assert "You recommend them on your page." in page.text
        assert "You are told when they post." in page.text
        assert "Ada recommends" in (await visitor.open("/@ada")).text

        page = await ada.open(bond)
        assert page.form(bond).fields["boosts"] == "1"
        kept = {key: value for key, value in page.form(bond).fields.items() if key != "boosts"}
        page = await ada.post(bond, {**kept, "note": "Good <b>ovens</b>", "languages[]": "nl"})
        assert "Good &lt;b&gt;ovens&lt;/b&gt;" in page.html
        assert "You see only what they write themselves." in page.text
        assert "ovens" not in (await visitor.open("/@bo")).text
        page = await ada.fill(bond, bond, {"note": "x" * 2001})
        assert (page.status, page.form(bond).fields["note"]) == (422, "x" * 2001)
        page = await ada.open(bond)
        assert page.form(bond).fields["languages[]"] == "nl"
        assert page.form(bond).fields["notify"] == "1", "the bell stays"

        for do in ("unrecommend", "hush"):
            page = await ada.post(acts, {**token, "do": do})
        assert "You recommend" not in page.text
        assert (await ada.post(acts, {**token, "do": "dance"})).status == 422
        assert (await ada.open("/people/7/bond")).status == 404
