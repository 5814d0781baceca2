"""The page of letters: whose turn it is, in whose eyes, and an end."""

from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.statements import statements

ON_ME, ON_THEM, AT_REST = "Waiting on you", "Waiting on them", "Resting"
GROUPS = (ON_ME, ON_THEM, AT_REST)


async def test_letters_stand_by_whose_turn_it_is(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo", "cy"):
        await given_account(node, name)
    async with browser(node) as ada, browser(node) as bo, browser(node) as cy:
        for who, name in ((ada, "ada"), (bo, "bo"), (cy, "cy")):
            await who.sign_in(name)
        page = await ada.open("/conversations")
        assert "No letters yet" in page.text and 'href="/write?audience=mentioned"' in page.html
        assert (await bo.open("/conversations?max_id=x")).status == 400

        tea = await letter(bo, "@ada Tea at four?")
        cake = await letter(cy, "@ada @bo And cake?")
        await letter(bo, "@cy Not for Ada")
        await node.drain()
        with statements() as asked:
            page = await ada.open("/conversations")
        assert len(asked[page.headers["X-Request-Id"]]) <= 6
        assert groups(page) == [ON_ME]
        assert "Cy and Bo" in page.text and "And cake?" in page.text and "Tea at four?" in page.text
        assert f'href="{tea.path}#reply"' in page.html and "Not for Ada" not in page.html
        assert groups(await bo.open("/conversations")) == [ON_ME, ON_THEM]

        await ada.fill(tea.path, "/write", {"text": "Gladly"})
        await press(ada, cake.path, "thank")
        await node.drain()
        page = await ada.open("/conversations")
        assert groups(page) == [ON_THEM, AT_REST]
        assert "Gladly" in page.text and "You thanked for this." in page.text
        await press(bo, tea.path, "mute")
        page = await bo.open("/conversations")
        assert groups(page) == [ON_ME, ON_THEM, AT_REST], "Cake, his own letter, and tea"
        assert "You let this rest." in page.text and "Gladly" in page.text
        await press(ada, "/@bo", "block")
        page = await ada.open("/conversations")
        assert groups(page) == [AT_REST], "nobody waits for whom one keeps away"
        assert page.text.count("You keep them away.") == 1 and "Gladly" in page.text
        assert page.html.count("Read on and reply") == 1, "only where Cy reads it, too"
        note = {"text": "A note to myself", "audience": "mentioned"}
        asked = await cy.fill("/write", "/write", note)
        assert "only you would read this" in asked.text, asked.text
        sure = asked.form("/write").fields
        assert (await cy.post("/write", {**sure, "do": "publish"})).path.startswith("/@cy/")
        await node.drain()
        page = await cy.open("/conversations")
        assert groups(page) == [ON_ME, ON_THEM, AT_REST]
        assert "A note to myself" in page.html.partition(f"{AT_REST}</h2>")[2], (
            "nobody is to answer"
        )
        assert "Gladly" not in (await bo.open("/conversations")).html


async def test_the_list_of_letters_goes_on_and_ends(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        for word in ("First", "Second", "Third"):
            await letter(bo, f"@ada {word}")
        await node.drain()
        await wrote_long_ago(node, "First")
        page = await ada.open("/conversations?limit=2")
        assert "Third" in page.text and "Second" in page.text and "First" not in page.text
        assert "everything here" not in page.text
        older = page.html.partition('rel="next" href="')[2].partition('"')[0]
        assert older.startswith("/conversations?max_id=")
        page = await ada.open(older)
        assert groups(page) == [AT_REST], "nobody waits longer than a month"
        assert "First" in page.text and "That is everything here" in page.text

        await ada.fill(
            "/settings/filters/new",
            "/settings/filters/new",
            {"title": "Counting", "words": "second", "in-thread": "1", "does": "hide"},
        )
        page = await ada.open("/conversations")
        assert "You filter “Counting”" in page.text and "Second" not in page.text


async def test_every_page_has_one_idea_of_who_waits(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo", "cy", "di"):
        await given_account(node, name)
    async with browser(node) as ada, browser(node) as bo, browser(node) as cy:
        for who, name in ((ada, "ada"), (bo, "bo"), (cy, "cy")):
            await who.sign_in(name)
        letters = [await letter(bo, f"@ada Question {number}") for number in range(4)]
        cake = await letter(cy, "@ada And cake?")
        await node.drain()
        assert (await ada.open("/notifications")).text.count("New ·") == 5

        await press(ada, cake.path, "thank")
        await ada.fill(letters[3].path, "/write", {"text": "Here is the answer"})
        await node.drain()
        told = await ada.open("/notifications")
        assert told.text.count("New ·") == 3, "what is answered or thanked for has been seen"
        await ada.fill("/notifications", "/notifications", {"do": "dismiss-all"})
        for path in ("/", "/community", "/notifications", "/week"):
            page = await ada.open(path)
            assert "Waiting on you: Bo" in page.text and "Cy" not in waits(page), path
            assert "caught up" not in page.text and "Nothing to tell" not in page.text, path
        assert '<p><a href="/conversations">' in (await ada.open("/notifications")).html
        home = await ada.open("/")
        for number in range(3):
            assert f"Question {number}" in home.text, "which of his letters it is"
        assert (await ada.open("/week")).text.count("Bo wrote to you") == 3

        for one in letters[:3]:
            await press(ada, one.path, "thank")
        for path, done in (("/", "caught up"), ("/notifications", "Nothing to tell")):
            page = await ada.open(path)
            assert done in page.text and "Waiting on you" not in page.text, path
        assert "wrote to you" not in (await ada.open("/week")).text


def waits(page: SeenPage) -> str:
    """What follows the first word of who waits."""
    return page.text.partition("Waiting on you: ")[2][:20]


async def letter(who: Browser, text: str) -> SeenPage:
    page = await who.fill("/write", "/write", {"text": text, "audience": "mentioned"})
    assert page.path.startswith("/@"), page.text
    return page


async def press(who: Browser, path: str, what: str) -> None:
    form = (await who.open(path)).form(f"{path}/acts")
    await who.post(f"{path}/acts", {**form.fields, "do": what})


async def wrote_long_ago(node: RunningNode, word: str) -> None:
    """As if the conversation had rested for two months."""
    await node.pool.execute(
        "UPDATE conversations SET last_post_id = last_post_id - (60::bigint * 86400000 << 16)"
        " WHERE root_id = (SELECT id FROM posts WHERE html LIKE $1)",
        f"%{word}%",
    )


def groups(page: SeenPage) -> list[str]:
    return [one for one in GROUPS if f"</svg>{one}</h2>" in page.html]
