"""What members would rather not read: kept by apps, told in statuses, obeyed by pages."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


async def test_a_status_tells_which_filters_it_meets(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    wish = {
        "title": "Carbs",
        "context": ["home", "public"],
        "filter_action": "hide",
        "expires_in": 3600,
        "keywords_attributes": [{"keyword": "bread", "whole_word": True}, {"keyword": "cake"}],
    }
    made = await ada.post("/v2/filters", json=wish)
    assert [one["keyword"] for one in made["keywords"]] == ["bread", "cake"]
    assert (made["filter_action"], made["statuses"]) == ("hide", [])
    post, other = await bob.publish("Bread is ready"), await bob.publish("Soup")
    [told] = (await ada.get(f"/v1/statuses/{post['id']}"))["filtered"]
    shell = {key: made[key] for key in ("id", "title", "context", "expires_at", "filter_action")}
    assert told == {"filter": shell, "keyword_matches": ["bread"], "status_matches": None}
    assert (await bob.get(f"/v1/statuses/{post['id']}"))["filtered"] == []
    assert (await ada.publish("My bread"))["filtered"] == [], "one's own words"

    at = f"/v2/filters/{made['id']}"
    listed = await ada.post(f"{at}/statuses", json={"status_id": other["id"]})
    [told] = (await ada.get(f"/v1/statuses/{other['id']}"))["filtered"]
    assert (told["keyword_matches"], told["status_matches"]) == (None, [other["id"]])
    assert await ada.get(f"{at}/statuses") == [listed]
    await ada.call("DELETE", f"/api/v2/filters/statuses/{listed['id']}")
    assert (await ada.get(f"/v1/statuses/{other['id']}"))["filtered"] == []

    bread, cake = made["keywords"]
    changes = [{"id": bread["id"], "_destroy": True}, {"id": cake["id"], "keyword": "soup"}]
    changed = await ada.call(
        "PUT", f"/api{at}", json={"keywords_attributes": changes, "expires_in": ""}
    )
    assert [one["keyword"] for one in changed.body["keywords"]] == ["soup"]
    assert (changed.body["title"], changed.body["expires_at"]) == ("Carbs", None)
    added = await ada.post(f"{at}/keywords", json={"keyword": "pie"})
    await ada.call("PUT", f"/api/v2/filters/keywords/{added['id']}", json={"whole_word": "false"})
    assert await ada.get(f"/v2/filters/keywords/{added['id']}") == {**added, "whole_word": False}

    for method, tail in (
        ("GET", at),
        ("PUT", at),
        ("DELETE", at),
        ("GET", f"{at}/keywords"),
        ("POST", f"{at}/keywords"),
        ("POST", f"{at}/statuses"),
        ("GET", f"/v2/filters/keywords/{added['id']}"),
        ("DELETE", f"/v1/filters/{added['id']}"),
    ):
        body = {"title": "x", "keyword": "x", "status_id": post["id"]}
        assert await bob.status(method, tail, json=body) == 404, (method, tail)
    assert (await ada.call("DELETE", f"/api{at}")).body == {}
    assert await ada.get("/v2/filters") == []


async def test_old_apps_see_each_word_as_a_filter(ada: App) -> None:
    made = await ada.post("/v1/filters", json={"phrase": "pie", "context": ["home"]})
    assert (made["whole_word"], made["irreversible"], made["context"]) == (True, False, ["home"])
    [whole] = await ada.get("/v2/filters")
    assert (whole["title"], whole["filter_action"]) == ("pie", "warn")
    await ada.post(f"/v2/filters/{whole['id']}/keywords", json={"keyword": "tart"})
    assert [one["phrase"] for one in await ada.get("/v1/filters")] == ["pie", "tart"]
    path = f"/v1/filters/{made['id']}"
    longer = {"phrase": "pies", "context": ["home"]}
    assert (await ada.call("PUT", f"/api{path}", json=longer)).body["phrase"] == "pies"
    for more in ({"context": ["public"]}, {"irreversible": True}, {"expires_in": 60}):
        assert await ada.status("PUT", path, json={**longer, **more}) == 422, more
    for one in await ada.get("/v1/filters"):
        assert await ada.status("DELETE", f"/v1/filters/{one['id']}") == 200
    assert await ada.get("/v2/filters") == []


async def test_a_filter_that_cannot_be_is_refused_whole(ada: App) -> None:
    good = {"title": "x", "context": ["home"]}
    for wrong in (
        {"title": ""},
        {"title": "x" * 257},
        {"title": {"a": 1}},
        {"context": []},
        {"context": ["attic"]},
        {"filter_action": "burn"},
        {"expires_in": -1},
        {"expires_in": "soon"},
        {"keywords_attributes": [{"keyword": " "}]},
        {"keywords_attributes": [{"keyword": "x"}] * 501},
    ):
        assert await ada.status("POST", "/v2/filters", json={**good, **wrong}) == 422, wrong
    assert await ada.get("/v2/filters") == []


async def test_pages_fold_and_leave_out(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    for word, action in (("bread", "warn"), ("cake", "hide")):
        wish = {"title": f"no {word}", "context": ["public"], "filter_action": action}
        await ada.post("/v2/filters", json={**wish, "keywords_attributes": [{"keyword": word}]})
    for text in ("Bread <b>is</b> ready", "Cake is ready", "Soup is ready"):
        await bob.publish(text)
    async with browser(ada.node) as page:
        await page.sign_in("ada")
        seen = await page.open("/community")
    assert "You filter “no bread”" in seen.text
    assert "Cake is ready" not in seen.html
    assert seen.html.index('<details class="cw">') < seen.html.index("Bread")
    assert "Soup is ready" in seen.text


async def test_a_member_filters_on_pages(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        for text in ("Soup at one", "A category of its own", "The cat is out"):
            written = {"text": text, "audience": "community"}
            last = await bo.fill("/write", "/write", written)
        new = "/settings/filters/new"
        form = (await ada.open(new)).form(new).fields
        assert form["does"] == "warn"
        nowhere = {key: value for key, value in form.items() if not key.startswith("in-")}
        page = await ada.post(new, {**nowhere, "title": "Cats", "words": "cat"})
        assert (page.status, page.form(new).fields["words"]) == (422, "cat"), "nothing is lost"
        for wrong in ({"title": ""}, {"words": " "}, {"does": "burn"}, {"ends": "0"}):
            wish = {**form, "title": "Cats", "words": "cat", **wrong}
            assert (await ada.post(new, wish)).status == 422, wrong
        cats = {**form, "title": "Cats", "words": "cat\n\n cat "}
        for page in await asyncio.gather(*(ada.post(new, cats) for _ in range(2))):
            assert page.path == "/settings/filters"
        assert await node.pool.fetchval("SELECT count(*) FROM filters") == 1, "a second click"
        number = await node.pool.fetchval("SELECT max(id) FROM filters")
        one = f"/settings/filters/{number}"
        page = await ada.open("/community")
        assert "You filter “Cats”" in page.text
        assert page.html.count("Show anyway") == 1, "whole words"

        changed = {"words": "", "parts": "cat", "does": "hide"}
        await ada.fill(one, one, changed)
        page = await ada.open("/community")
        assert "Hidden by your filters: 2 posts. See which" in page.text
        assert ("cat is out" in page.text, "Soup at one" in page.text) == (False, True)
        assert (await ada.open("/community?hidden=1")).html.count("Show anyway") == 2
        await ada.fill(one, one, {"in-public": ""})
        form = (await ada.open(one)).form(one).fields
        assert (form["parts"], form["does"]) == ("cat", "hide")

        number = last.path.rpartition("/")[2]
        chosen = await ada.open(f"/settings/filters?post={number}")
        for _ in range(2):
            page = await ada.post(f"{one}/posts", {**chosen.form(f"{one}/posts").fields})
            assert (page.path, page.html.count('value="remove"')) == (one, 1)
        await ada.post(f"{one}/posts", {**page.form(f"{one}/posts").fields, "do": "remove"})
        assert 'value="remove"' not in (await ada.open(one)).html

        mine = (await bo.open(new)).form(new).fields
        assert (await bo.open(one)).status == 404
        assert (await bo.post(one, {**mine, "title": "Mine", "words": "x"})).status == 404
        await bo.post(f"{one}/delete", mine)
        for _ in range(2):
            page = await ada.post(f"{one}/delete", form)
            assert (page.path, "You filter nothing." in page.text) == ("/settings/filters", True)
