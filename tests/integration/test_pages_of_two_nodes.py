"""Two communities through their pages alone: find, follow, read, answer, and the way home."""

from collections.abc import Awaitable, Callable

from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]


async def test_two_members_find_follow_and_answer_each_other(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(here) as ada, browser(there) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        bo_page = f"/@bo@{there.domain}"
        found = await search(ada, f"@bo@{there.domain}")
        assert found.path == bo_page
        assert "they have not answered yet" in (await act(ada, bo_page, "follow")).text
        await here.drain()
        asked = (await bo.open("/notifications")).form(f"/@ada@{here.domain}/acts")
        await bo.post(asked.action, {**asked.fields, "do": "accept"})
        await here.drain()
        assert "You follow them" in (await ada.open(bo_page)).text
        await write(bo, "For those who follow me", "followers")
        await here.drain()
        assert "For those who follow me" in (await ada.open("/")).text
        profile = await ada.open(bo_page)
        assert "For those who follow me" in profile.text
        thread = thread_of(profile, there)
        await ada.fill(thread, "/write", {"text": f"@bo@{there.domain} and I do"})
        await here.drain()
        assert "and I do" in (await bo.open("/notifications")).text
        assert "You don’t follow each other" in (await act(ada, bo_page, "unfollow")).text
        await here.drain()
        assert "Who follows you will stand here" in (await bo.open("/people/followers")).text


async def test_a_visitor_goes_home_to_follow(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(here) as visitor, browser(there) as home:
        await home.sign_in("bo")
        form = (await visitor.open("/@ada")).form("/remote-follow")
        fields = {**form.fields, "handle": f"@bo@{there.domain}"}
        door = await visitor.post("/remote-follow", fields)
        way = door.html.split('<a class="btn btn--tone btn--wide" href="')[1].split('"')[0]
        assert way.startswith(there.origin)
        arrived = await home.open(way.removeprefix(there.origin).replace("&amp;", "&"))
        assert arrived.path == f"/@ada@{here.domain}"
        assert "Ask to follow" in arrived.text


async def test_who_is_not_signed_in_comes_to_the_person_after_signing_in(
    start_node: Start,
) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(there) as home:
        page = await home.open("/authorize_interaction", params={"uri": f"{here.origin}/users/ada"})
        assert page.path == "/sign-in"
        form = page.form("/sign-in")
        signed = {**form.fields, "login": "bo", "password": "een zin die niemand raadt"}
        assert (await home.post("/sign-in", signed)).path == f"/@ada@{here.domain}"


async def test_another_servers_post_is_answered_from_home(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(here) as ada, browser(there) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Who has a ladder?", "everyone")
        number = post.path.rpartition("/")[2]
        for address in (f"{here.origin}/posts/{number}", f"{here.origin}{post.path}"):
            page = await bo.open("/authorize_interaction", params={"uri": address})
            assert page.path.startswith(f"/@ada@{here.domain}/")
            assert "Who has a ladder?" in page.text
        assert " replied." not in (await ada.open("/community")).text
        await bo.fill(page.path, "/write", {"text": f"@ada@{here.domain} I have one"})
        await here.drain()
        assert "I have one" in (await ada.open(post.path)).text
        await ada.fill(post.path, "/write", {"text": "Good"})
        await here.drain()
        seen = await ada.open("/community")
        assert "Bo replied." in seen.text
        assert f'<a href="{post.path}"><bdi>Bo</bdi> replied.</a>' in seen.html
        assert "You replied." in (await bo.open(f"/@ada@{here.domain}")).text


async def test_a_closed_post_is_not_found_from_elsewhere(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(here) as ada, browser(there) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Among us only", "community")
        number = post.path.rpartition("/")[2]
        page = await search(bo, f"{here.origin}/posts/{number}")
        assert page.path == "/search"
        assert "Among us only" not in page.text
        assert "no post or person for you" in page.text


async def test_visitors_see_of_people_elsewhere_only_the_way_there(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    await there.pool.execute("UPDATE actors SET name = 'Bo of Beyond' WHERE username = 'bo'")
    async with browser(here) as ada, browser(here) as visitor:
        await ada.sign_in("ada")
        known = await search(ada, f"bo@{there.domain}")
        assert "Bo of Beyond" in known.text
        seen = await visitor.open(known.path)
        assert "Bo of Beyond" not in seen.text
        assert f'href="{there.origin}/@bo"' in seen.html
        assert "noindex" in seen.html


async def test_what_cannot_be_found_says_so(start_node: Start) -> None:
    here, there = await given_two_houses(start_node)
    async with browser(here) as ada:
        await ada.sign_in("ada")
        for words in (
            f"@nobody@{there.domain}",
            "@bo@127.0.0.1:1",
            "http://127.0.0.1:1/@bo",
            "http://169.254.169.254/latest",
            f"{there.origin}/",
            f"{here.origin}/nothing",
            "http://",
            "zz\0zz",
            "🍞",
            "x" * 5000,
        ):
            page = await search(ada, words)
            assert page.status == 200, words
            assert "Nothing found" in page.text, words
        assert "Nothing found" not in (await search(ada, "  ")).text


async def test_names_and_words_are_found_here(start_node: Start) -> None:
    here, _ = await given_two_houses(start_node)
    await given_account(here, "cy")
    async with browser(here) as ada:
        await ada.sign_in("ada")
        await write(ada, "The ladder stands in the #shed", "everyone")
        await here.drain()
        assert "/@cy" in (await search(ada, "Cy")).html
        found = await search(ada, "ladder")
        assert "The ladder stands" in found.text
        assert "/tags/shed" in (await search(ada, "#shed")).html


async def given_two_houses(start_node: Start) -> tuple[RunningNode, RunningNode]:
    here, there = await start_node(), await start_node()
    await given_account(here, "ada")
    await given_account(there, "bo")
    return here, there


async def search(reader: Browser, words: str) -> SeenPage:
    return await reader.open("/search", params={"q": words})


async def write(writer: Browser, text: str, audience: str) -> SeenPage:
    page = await writer.fill("/write", "/write", {"text": text, "audience": audience})
    assert page.status == 200, page.text
    return page


async def act(browser: Browser, path: str, what: str) -> SeenPage:
    form = (await browser.open(path)).form(f"{path}/acts")
    return await browser.post(form.action, {**form.fields, "do": what})


def thread_of(page: SeenPage, node: RunningNode) -> str:
    """The first post's own page."""
    after = page.html.split(f'<a class="post-time" href="/@bo@{node.domain}/')[1]
    return f"/@bo@{node.domain}/{after.split(chr(34))[0]}"
