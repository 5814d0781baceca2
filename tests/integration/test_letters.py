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
