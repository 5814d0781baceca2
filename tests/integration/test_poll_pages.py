"""A poll from the page for writing to its end: on two nodes, through pages and apps."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
POLL = {"options": ["Tea", "<b>Coffee</b>"], "expires_in": 3600}


async def test_a_poll_is_asked_answered_and_ended_across_nodes(start_node: Start) -> None:
    here, there = await start_node(), await start_node()
    ada, bo = await given_app(here, "ada"), await given_app(there, "bo")
    await follow(bo, ada)
    async with browser(here) as author, browser(there) as voter:
        await author.sign_in("ada")
        await voter.sign_in("bo")
        page = await ask(author, option1="Tea", option2="<b>Coffee</b>", content_note="Drinks")
        assert "0 of 0" not in page.html and "0 people answered" in page.text
        assert "&lt;b&gt;Coffee&lt;/b&gt;" in page.html
        await here.drain()

        home = await voter.open("/")
        assert "Choose one answer" in home.text and "0 of 0" not in home.html
        [ballot] = [form for form in home.forms if form.action.endswith("/vote")]
        nothing = await voter.post(ballot.action, ballot.fields)
        assert '<details class="cw" open>' in nothing.html
        assert nothing.path == ballot.action.removesuffix("/vote") and nothing.method == "GET"
        assert "Choose one answer first, then vote." in nothing.text and "Tea" in nothing.text
        number = nothing.path.rpartition("/")[2]
        assert f'id="v{number}"' in nothing.html and f'aria-describedby="v{number}"' in nothing.html
        voted = await voter.post(ballot.action, {**ballot.fields, "choice[]": "1"})
        assert "1 of 1" in voted.text and "your answer" in voted.text
        again = await voter.post(ballot.action, {**ballot.fields, "choice[]": "0"})
        assert (again.method, "You have voted already" in again.html) == ("GET", True)
        own = await author.post(f"{page.path}/vote", page.form("/sign-out").fields)
        assert "You asked this yourself" in own.text
        await there.drain()
        assert "1 of 1" in (await author.open(page.path)).text

        await voter.live_in("Asia/Kathmandu")
        assert "(Kathmandu, Nepal)" in (await voter.open("/")).text
        async with browser(here) as visitor:
            seen = await visitor.open(f"{page.path}?vote={page.path.rpartition('/')[2]}")
            assert "You asked this yourself" not in seen.text
            assert re.search(r"Open until .* \d\d:\d\d UTC", seen.text)

        await end_soon(here)
        await here.drain()
        assert "This poll has ended." in (await author.open(page.path)).text
        assert "This poll has ended." in (await voter.open("/")).text
        for person in (author, voter):
            told = await person.open("/notifications")
            assert "asked, and the poll has ended" in told.text
    [told] = await bo.get("/v1/notifications?types[]=poll")
    assert told["status"]["poll"]["expired"]
    assert told["status"]["poll"]["own_votes"] == [1]
    document = await show(here, f"/posts/{page.path.rpartition('/')[2]}")
    assert document["type"] == "Question" and document["closed"] == document["endTime"]


async def test_apps_ask_and_vote(start_node: Start) -> None:
    node = await start_node()
    ada, eve = await given_app(node, "ada"), await given_app(node, "eve")
    visitor = App(node)
    status = await ada.publish("Tea or coffee?", poll=POLL | {"multiple": True})
    poll: Any = status["poll"]
    assert poll["id"] == status["id"]
    assert (poll["expired"], poll["multiple"], poll["voted"]) == (False, True, True)
    assert [(o["title"], o["votes_count"]) for o in poll["options"]] == [
        ("Tea", 0),
        ("<b>Coffee</b>", 0),
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", poll["expires_at"])
    path = f"/v1/polls/{poll['id']}"
    assert (await eve.get(path))["own_votes"] == []
    assert "voted" not in await visitor.get(path)
    answer = await eve.post(f"{path}/votes", json={"choices": [0, 1]})
    assert (answer["voted"], answer["own_votes"]) == (True, [0, 1])
    assert (answer["votes_count"], answer["voters_count"]) == (2, 1)
    for app, choices in ((eve, [0]), (ada, [0])):
        assert await app.status("POST", f"{path}/votes", json={"choices": choices}) == 422
    assert await visitor.status("POST", f"{path}/votes", json={"choices": [0]}) == 401
    edited = await ada.call(
        "PUT",
        f"/api/v1/statuses/{poll['id']}",
        json={"status": "Or?", "poll": POLL | {"multiple": 1}},
    )
    assert (edited.status, edited.body["poll"]["votes_count"]) == (200, 2)
    other = {"status": "Or?", "poll": {"options": ["A", "B"], "expires_in": 3600}}
    assert await ada.status("PUT", f"/v1/statuses/{poll['id']}", json=other) == 422
    limits = (await visitor.get("/v2/instance"))["configuration"]["polls"]
    assert limits["max_options"] == 6 and limits["min_expiration"] == 300
    hidden = await ada.publish("Secret", poll=POLL | {"hide_totals": True}, visibility="private")
    assert [o["votes_count"] for o in hidden["poll"]["options"]] == [None, None]
    assert await eve.status("GET", f"/v1/polls/{hidden['id']}") == 404
    assert await eve.status("GET", f"/v1/polls/{int(hidden['id']) + 1}") == 404


async def test_a_poll_that_cannot_be_comes_back_with_every_word(start_node: Start) -> None:
    node = await start_node()
    await given_app(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ask(ada, option1="Tea", option2="TEA", option4="Milk", audience="everyone")
        assert page.status == 422
        assert "Two answers to choose from are the same" in page.text
        assert 'value="Milk"' in page.html and '<details class="fold" open>' in page.html
        assert 'href="#option2"' in page.html
        seen = await browse_as_visitor(node, await ask(ada, option1="A", option2="B"))
    assert "Sign in to vote." in seen.text and 'name="choice[]"' not in seen.html


async def ask(person: Browser, **fields: str) -> SeenPage:
    words = {"text": "Tea or coffee?", "audience": "everyone", **fields}
    return await person.fill("/write", "/write", words)


async def browse_as_visitor(node: RunningNode, page: SeenPage) -> SeenPage:
    async with browser(node) as visitor:
        return await visitor.open(page.path)


async def follow(follower: App, author: App) -> None:
    name = (await author.actor()).full_handle
    found = await follower.get(f"/v2/search?q=@{name}&resolve=true&type=accounts")
    await follower.post(f"/v1/accounts/{found['accounts'][0]['id']}/follow")
    await follower.node.drain()


async def end_soon(node: RunningNode) -> None:
    await node.pool.execute("UPDATE polls SET ends_at = now()")
    await node.pool.execute("UPDATE jobs SET due_at = now()")


async def show(node: RunningNode, path: str) -> Any:
    accept = {"Accept": "application/activity+json"}
    async with node.http.get(path, headers=accept) as answer:
        return await answer.json(content_type=None)
