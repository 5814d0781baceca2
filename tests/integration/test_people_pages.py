"""The directory, and the lists that are for nobody but their owner."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name, get_actor
from fedinet.db.pool import transaction
from fedinet.follows.people_store import list_people
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_remote

Start = Callable[..., Awaitable[RunningNode]]


@pytest.mark.parametrize(
    "path",
    [
        "/people",
        "/people/following",
        "/people/followers",
        "/people/muted",
        "/people/blocked",
        "/requests",
        "/notifications",
        "/search",
        "/search?q=ada",
    ],
)
async def test_lists_of_people_are_for_members(start_node: Start, path: str) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        assert (await visitor.open(path)).path == "/sign-in"


async def test_the_directory_goes_from_a_to_z_whatever_the_accents(start_node: Start) -> None:
    node = await given_names(start_node, ada="Zoë", bo="élodie", cy="Eva", dee="Émile", eli="7 up")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/people")
        register = page.html.partition('class="register"')[2]
        places = [register.index(f">{name}<") for name in ("7 up", "élodie", "Émile", "Eva", "Zoë")]
        assert places == sorted(places)
        for letter in ("#", "E", "Z"):
            assert f">{letter}</h2>" in page.html
        assert page.html.count(">E</h2>") == 1
        assert "That is everyone" in page.text


async def test_the_directory_shows_strangers_only_if_one_follows_them(start_node: Start) -> None:
    node = await given_names(start_node, ada="Ada", bo="Bo")
    ada_actor = await local(node, "ada")
    async with transaction(node.pool) as tx:
        followed = await given_remote(tx, "greet", "b.example")
        await given_remote(tx, "stranger", "c.example")
        await given_follow(tx, ada_actor, followed)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        assert "/@greet@b.example" in (await ada.open("/people")).html
        assert "greet" not in (await bo.open("/people")).html
        assert "stranger" not in (await ada.open("/people")).html


async def test_a_long_directory_is_read_to_its_end_page_by_page(start_node: Start) -> None:
    node = await start_node()
    await given_account(node, "ada")
    ada_actor = await local(node, "ada")
    async with transaction(node.pool) as tx:
        for number in range(85):
            # The same name for many: the order must hold within it too.
            remote = await given_remote(tx, f"greet{number}", "b.example")
            await tx.execute("UPDATE actors SET name = 'Greet' WHERE id = $1", remote.id)
            await given_follow(tx, ada_actor, remote)
    seen: set[str] = set()
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/people")
        for _ in range(2):
            seen |= handles(page)
            page = await ada.open(further(page))
        seen |= handles(page)
        assert "That is everyone" in page.text
        assert len(seen) == 86


async def test_the_directory_finds_parts_of_names_and_no_wildcards(start_node: Start) -> None:
    node = await given_names(start_node, ada="Élodie Van den Berg", bo="Bo")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for words in ("elodie", "ÉLODIE", "den", "@ada", " ada "):
            found = await find(ada, words)
            assert handles(found) == {"ada"}, words
        for words in ("%", "_", "x' OR '1'='1", "zz\0zz", "\\", "(", "élodiee"):
            assert handles(await find(ada, words)) == set(), words
        assert handles(await find(ada, "   ")) == {"ada", "bo"}
        assert (await ada.open("/people?after=nonsense")).status == 200
        assert (await ada.open("/people?after=" + "9" * 400)).status == 200
        assert handles(await ada.open("/people?after=987654321")) == set(), "whom it named is gone"


async def test_who_is_suspended_or_gone_or_blocks_one_is_not_in_the_directory(
    start_node: Start,
) -> None:
    node = await given_names(start_node, ada="Ada", bo="Bo", cy="Cy", dee="Dee")
    ada_actor = await local(node, "ada")
    async with transaction(node.pool) as tx:
        for name in ("far", "hushed", "lost", "cross"):
            await given_follow(tx, ada_actor, await given_remote(tx, name))
        asked = await given_remote(tx, "asked")
        await given_follow(tx, ada_actor, asked, state="pending")
        await tx.execute(
            "UPDATE actors SET suspended_at = now() WHERE username IN ('bo', 'hushed')"
        )
        await tx.execute("UPDATE actors SET gone_at = now() WHERE username IN ('cy', 'lost')")
        await tx.execute(
            """INSERT INTO blocks (actor_id, target_id)
               SELECT id, $1 FROM actors WHERE username IN ('dee', 'cross')""",
            ada_actor.id,
        )
    async with browser(node) as ada:
        await ada.sign_in("ada")
        assert handles(await ada.open("/people")) == {"ada", "far@b.example"}
        for words, found in (("A", {"ada", "far@b.example"}), ("s", set()), ("y", set())):
            assert handles(await find(ada, words)) == found, words
        followed = await list_people(node.pool, ada_actor.id, only_followed=True)
        assert [one.actor.username for one in followed] == ["asked", "far"]


async def test_readers_in_turns_get_each_their_own_language_and_form(start_node: Start) -> None:
    node = await given_names(start_node, ada="Ada", bo="Bo")
    await node.pool.execute(
        """UPDATE accounts SET language = 'nl'
            WHERE actor_id = (SELECT id FROM actors WHERE username = 'bo')"""
    )
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        tokens = set[str]()
        for _ in range(2):
            pages = await asyncio.gather(
                ada.open("/people"), bo.open("/people"), ada.open("/write")
            )
            languages = [re.findall('<html lang="([a-z]+)', page.html) for page in pages]
            assert languages == [["en"], ["nl"], ["en"]]
            assert "That is everyone" in pages[0].text and "That is" not in pages[1].text
            for page in pages:
                [token] = set(re.findall('name="csrf" value="([^"]+)"', page.html))
                assert token not in tokens
                tokens.add(token)


async def test_my_lists_show_whom_i_follow_and_who_follows_and_asks(start_node: Start) -> None:
    node = await given_names(start_node, ada="Ada", bo="Bo")
    ada_actor = await local(node, "ada")
    async with transaction(node.pool) as tx:
        for name, follower_first, state in (
            ("followed", False, "accepted"),
            ("asked", False, "pending"),
            ("follower", True, "accepted"),
            ("asking", True, "pending"),
        ):
            remote = await given_remote(tx, name)
            pair = (remote, ada_actor) if follower_first else (ada_actor, remote)
            await given_follow(tx, *pair, state=state)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        assert handles(await ada.open("/people/following")) == {
            "followed@b.example",
            "asked@b.example",
        }
        assert handles(await ada.open("/people/followers")) == {"follower@b.example"}
        assert handles(await ada.open("/requests")) == {"asking@b.example"}
        for path in ("/people/following", "/people/followers", "/requests"):
            assert handles(await bo.open(path)) == set(), path


async def test_a_colleague_is_found_by_what_they_do_or_by_their_address(start_node: Start) -> None:
    node = await given_names(start_node, ada="Ada", bo="Bo", cy="Cy")
    fields = (
        """[{"name": "Work", "value": "<a href='https://kiln.example'>the Kiln</a>, R&amp;D"}]"""
    )
    await node.pool.execute(
        """UPDATE actors SET summary_source = 'Brick and *lime*', fields = $1::jsonb,
                  summary_html = '<p>Brick and <em>lime</em></p><p>In Ghent</p>'
            WHERE username = 'bo'""",
        fields,
    )
    async with transaction(node.pool) as tx:
        far = await given_remote(tx, "fay", "b.example")
        await tx.execute("UPDATE actors SET summary_source = 'lime' WHERE id = $1", far.id)
        await given_follow(tx, await local(node, "ada"), far)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for words, found in (
            ("LIME", True),
            ("bo kiln", True),
            ("lime ghent carpentry", False),
            ("href", False),
            ("%", False),
        ):
            page = await find(ada, words)
            assert ('<a href="/@bo">' in page.html) is found, words
            assert "Cy" not in page.text and "@fay" not in page.text, words
        assert "Brick and lime" in (await find(ada, "Bo")).text
        await node.pool.execute(
            """UPDATE actors SET name = 'Cy Kilner', summary_source = 'Luxurious (UX) brickwork'
                WHERE username = 'cy'"""
        )
        for words, found in (
            ("lime ghent", []),
            ("lime brick", ["bo"]),
            ("kiln", ["cy", "bo"]),
            ("ux brick", ["cy"]),
            ("ic", []),  # of a word
            ("u", []),
            ("R&D", ["bo"]),
            ("brick " * 12 + "nobody", ["bo", "cy"]),  # no more words than that
        ):
            assert await names_found(ada, words) == found, words
        await node.pool.execute("UPDATE actors SET limited_at = now() WHERE username = 'bo'")
        assert await names_found(ada, "brick") == ["cy"]
        assert (await find(ada, f"{node.origin}/@bo")).path == "/@bo"
        assert (await find(ada, f"@bo@{node.domain}")).path == "/@bo"
        assert (await find(ada, "https://127.0.0.1:1/@bo")).path == "/search"


async def names_found(reader: Browser, words: str) -> list[str]:
    page = await reader.open("/search", params={"q": words})
    return re.findall(r'<h3 class="name"><a href="/@([^"]*)"', page.html)


async def given_names(start_node: Start, **names: str) -> RunningNode:
    node = await start_node()
    for username, name in names.items():
        await given_account(node, username)
        await node.pool.execute("UPDATE actors SET name = $2 WHERE username = $1", username, name)
    return node


async def local(node: RunningNode, username: str) -> Actor:
    actor = await find_local_by_name(node.pool, username)
    assert actor is not None
    return actor


async def find(reader: Browser, words: str) -> SeenPage:
    page = await reader.open("/people", params={"q": words})
    assert page.status == 200, words
    return page


def handles(page: SeenPage) -> set[str]:
    """Whose rows stand on the page."""
    return set(re.findall(r'<h[23] class="name"><a href="/@([^"]*)"', page.html))


def further(page: SeenPage) -> str:
    href = page.html.split('rel="next" href="')[1].split('"')[0]
    return href.replace("&amp;", "&")


async def test_a_server_that_is_silent_for_days_is_told_of_where_its_people_stand(
    start_node: Start,
) -> None:
    node = await start_node()
    _, ada = await given_account(node, "ada")
    async with transaction(node.pool) as tx:
        me = await get_actor(tx, ada)
        for host in ("b.example", "c.example"):
            await given_follow(tx, await given_remote(tx, "bo", host), me)
        await tx.execute(
            """
            INSERT INTO outbound_hosts (host, failures, failing_since)
            VALUES ('b.example', 9, now() - interval '4 days'), ('c.example', 9, now())
            """
        )
    async with browser(node) as page:
        await page.sign_in("ada")
        shown = await page.open("/people/followers")
    assert shown.text.count("has not answered for days") == 1
