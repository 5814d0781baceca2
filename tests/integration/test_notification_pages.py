"""The page of notifications: what it says, whom it keeps quiet about, and putting away."""

from collections.abc import Awaitable, Callable

from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]


async def test_each_kind_has_its_words(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Bread is ready", "everyone")
        await act(bo, post.path, "thank")
        await act(bo, post.path, "share")
        await write(bo, "Hello @ada", "everyone")
        await bo.fill(post.path, "/write", {"text": "On my way"})
        await act(bo, "/@ada", "follow")
        await node.drain()
        page = await ada.open("/notifications")
        for words in (
            "thanked you",
            "shared what you wrote",
            "mentioned you",
            "answered you",
            "asked to follow you",
            "Bread is ready",
            "On my way",
        ):
            assert words in page.text, words
        assert "notifications are new" in page.text and "caught up" not in page.text

        for title, phrase, action in (("Hellos", "hello", "warn"), ("Ways", "way", "hide")):
            wish = {"title": title, "words": phrase, "in-notifications": "1", "does": action}
            await ada.fill("/settings/filters/new", "/settings/filters/new", wish)
        page = await ada.open("/notifications")
        assert "You filter “Hellos” Show anyway" in page.text
        assert "On my way" not in page.text and "Bread is ready" in page.text


async def test_several_who_do_the_same_share_a_line(start_node: Start) -> None:
    node = await given_house(start_node)
    await given_account(node, "cy")
    async with browser(node) as ada, browser(node) as bo, browser(node) as cy:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await cy.sign_in("cy")
        post = await write(ada, "Bread is ready", "everyone")
        await act(bo, post.path, "thank")
        await act(cy, post.path, "thank")
        await node.drain()
        page = await ada.open("/notifications")
        assert "Cy and Bo thanked you" in page.text

        await node.pool.execute("UPDATE actors SET approves_followers = false")
        for one, name in ((bo, "bo"), (cy, "cy")):
            await act(one, "/@ada", "follow")
            await act(ada, f"/@{name}", "follow")
        await node.drain()
        page = await ada.open("/notifications")
        assert "Cy and Bo follow you now" in page.text
        await act(ada, "/@cy", "unfollow")
        page = await ada.open("/notifications")
        assert "Cy follows you now" in page.text, "whom to follow back stands alone"
        ids = page.html.split('name="id[]" value="')[1:]
        token = page.form("/notifications").fields["csrf"]
        form = [("csrf", token), ("do", "dismiss"), *(("id[]", i.split('"')[0]) for i in ids)]
        async with ada.http.post("/notifications", data=form) as answer:
            assert "Nothing to tell" in await answer.text()


async def test_a_request_is_answered_where_it_stands(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await act(bo, "/@ada", "follow")
        await node.drain()
        form = (await ada.open("/notifications")).form("/@bo/acts")
        answered = await ada.post(form.action, {**form.fields, "do": "accept"})
        assert answered.path == "/notifications"
        assert "You said yes" in answered.text
        assert "You follow them" in (await bo.open("/@ada")).text
        await node.drain()
        assert "Ada accepted your request to follow" in (await bo.open("/notifications")).text
        await given_account(node, "cy")
        await act(bo, "/@cy", "follow")
        async with browser(node) as cy:
            await cy.sign_in("cy")
            form = (await cy.open("/requests")).form("/@bo/acts")
            await cy.post(form.action, {**form.fields, "do": "accept"})
        await node.drain()
        said = (await bo.open("/notifications")).text
        assert "Cy and Ada accepted your requests to follow" in said


async def test_looking_changes_nothing_and_a_click_marks_as_seen(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await write(bo, "One @ada", "everyone")
        await node.drain()
        for _ in range(2):
            shown = await ada.open("/notifications")
            assert ">New</b>" in shown.html
        await write(bo, "Two @ada", "everyone")  # after the page was made
        await node.drain()
        form = shown.form("/notifications")
        seen = await ada.post("/notifications", {**form.fields, "do": "seen"})
        assert seen.html.count(">New</b>") == 1
        assert "One notification is new" in seen.text
        older = {**form.fields, "last": "0", "do": "seen"}
        assert (await ada.post("/notifications", older)).html.count(">New</b>") == 1


async def test_one_or_all_is_put_away_and_what_came_since_stays(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        for number in range(3):
            await write(bo, f"Number {number} @ada", "everyone")
        await node.drain()
        page = await ada.open("/notifications")
        head = page.form("/notifications").fields
        one = next(form for form in page.forms if "id[]" in form.fields)
        left = await ada.post("/notifications", {**one.fields, "do": "dismiss"})
        assert "Number 2" not in left.text
        assert "Number 1" in left.text
        assert (await ada.post("/notifications", {**one.fields, "do": "dismiss"})).status == 200
        await write(bo, "Number 3 @ada", "everyone")
        await node.drain()
        rest = await ada.post("/notifications", {**head, "do": "dismiss-all"})
        assert "Number 3" in rest.text
        assert "Number 1" not in rest.text


async def test_nothing_is_told_of_the_blocked_the_muted_and_the_unseen(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        secret = await write(bo, "A secret for @ada", "mentioned")
        await node.drain()
        assert "A secret" in (await ada.open("/notifications")).text
        await node.pool.execute("UPDATE audience_members SET until = now()")
        assert (await ada.open(secret.path)).status == 404
        assert "A secret" not in (await ada.open("/notifications")).text
        await write(bo, "Loud @ada", "everyone")
        await node.drain()
        await act(ada, "/@bo", "mute")
        assert "Loud" not in (await ada.open("/notifications")).text
        await act(ada, "/@bo", "unmute")
        assert "Loud" in (await ada.open("/notifications")).text
        await act(ada, "/@bo", "block")
        assert "Loud" not in (await ada.open("/notifications")).text


async def test_a_long_list_is_read_to_its_end(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        for number in range(22):
            await write(bo, f"Number {number}. @ada", "everyone")
        await node.drain()
        first = await ada.open("/notifications")
        assert "Number 1." not in first.text
        href = first.html.split('rel="next" href="')[1].split('"')[0]
        last = await ada.open(href.replace("&amp;", "&"))
        assert "Number 0." in last.text
        assert "There is something new" in last.text and "caught up" not in last.text
        assert "I’ve seen these" not in last.text


async def test_odd_acts_are_refused(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await write(bo, "Hi @ada", "everyone")
        await node.drain()
        form = (await ada.open("/notifications")).form("/notifications")
        for fields, status in (
            ({"do": "burn"}, 422),
            ({"do": "seen", "last": "soon"}, 422),
            ({"do": "seen", "last": "-5"}, 200),
            ({"do": "seen", "last": "9" * 19}, 422),
            ({"do": "dismiss", "id[]": "9" * 19}, 200),
            ({"do": "dismiss", "id[]": "x"}, 200),
            ({"do": "dismiss", "id[]": "9" * 18}, 200),
            ({"do": "dismiss"}, 200),
        ):
            answer = await ada.post("/notifications", {**form.fields, **fields})
            assert answer.status == status, fields
        theirs = (
            (await ada.open("/notifications")).html.split('name="id[]" value="')[1].split('"')[0]
        )
        token = (await bo.open("/@ada")).form("/@ada/acts").fields["csrf"]
        await bo.post("/notifications", {"csrf": token, "do": "dismiss", "id[]": theirs})
        assert "Hi" in (await ada.open("/notifications")).text


async def given_house(start_node: Start) -> RunningNode:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    return node


async def write(writer: Browser, text: str, audience: str) -> SeenPage:
    page = await writer.fill("/write", "/write", {"text": text, "audience": audience})
    assert page.status == 200, page.text
    return page


async def act(browser: Browser, path: str, what: str) -> SeenPage:
    form = (await browser.open(path)).form(f"{path}/acts")
    return await browser.post(form.action, {**form.fields, "do": what})
