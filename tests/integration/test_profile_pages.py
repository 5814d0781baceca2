"""The page of a person: for members, for visitors, for servers; and what one does there."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from fedinet.db.pool import transaction
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(start_for_all: Start) -> RunningNode:
    """One that nobody changes: for tests that only ask."""
    return await given_house(start_for_all)


async def test_a_visitor_reads_a_profile_and_its_public_posts(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        await write(ada, "For the world", "everyone")
        await write(ada, "Among us", "community")
        page = await visitor.open("/@ada", headers={"Accept": "text/html"})
        assert page.status == 200
        assert "For the world" in page.html
        assert "Among us" not in page.html
        assert page.form("/remote-follow").fields["uri"] == f"{node.origin}/users/ada"
        assert page.html.count('id="follow"') == 1
        assert page.html.index('id="follow"') < page.html.index('id="posts"'), "before the posts"
        post = page.html.split('<a class="post-time" href="')[1].split('"')[0]
        alone, own = await visitor.open(post), await ada.open(post)
        assert f'<p class="mono">{node.origin}{post}</p>' in alone.html, "where to answer it"
        assert "Who wrote this" in alone.text and "Who wrote this" not in own.text
        assert "No answer stands here yet" in alone.text
        assert "No answer stands here yet" not in own.text, (
            "it reads as if one’s words had not come"
        )
        assert "You are told when" in own.text
        rested = await ada.post(f"{post}/acts", {**own.form(f"{post}/acts").fields, "do": "mute"})
        assert "You are told no more" in rested.text
        await write(ada, "And more", "everyone", parent=post.rpartition("/")[2])
        assert "No answer stands here yet" not in (await visitor.open(post)).text


async def test_posts_say_who_their_author_is_or_the_name_that_tells_two_apart(
    start_node: Start,
) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        for one, name in ((ada, "ada"), (bo, "bo")):
            await one.sign_in(name)
            bio = "Builds <b>boats</b>. What somebody asks for is not always what they need."
            changes = {"display_name": name.upper(), "bio": bio}
            assert (await one.fill("/settings", "/settings", changes)).status == 200
            await write(one, "hello", "community")
        said = (await bo.open("/community")).html
        assert '<bdi title="@ada">Builds &lt;b&gt;boats&lt;/b&gt;</bdi>' in said
        assert "<bdi>@ada</bdi>" not in said
        await bo.fill("/settings", "/settings", {"display_name": "ADA"})
        alike = (await bo.open("/community")).html
        assert "<bdi>@ada</bdi>" in alike and "<bdi>@bo</bdi>" in alike
        assert "<bdi title=" not in alike


async def test_a_profile_says_where_its_document_is(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as visitor:
        page = await visitor.open("/@ada")
        document = f"{node.origin}/users/ada"
        assert f'type="application/activity+json" href="{document}"' in page.html
        assert page.headers["Link"].startswith(f"<{document}>")
        assert "Accept" in page.headers["Vary"]
        assert f'property="og:url" content="{node.origin}/@ada"' in page.html


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json, text/html;q=0.5",
    ],
)
async def test_a_server_is_led_to_the_document(lasting: RunningNode, accept: str) -> None:
    async with browser(lasting) as server:
        answer = await server.open("/@ada", headers={"Accept": accept}, allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Location"] == f"{lasting.origin}/users/ada"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/html,*/*;q=0.8", ""])
async def test_a_link_preview_gets_the_page(lasting: RunningNode, accept: str) -> None:
    async with browser(lasting) as preview:
        answer = await preview.open("/@ada", headers={"Accept": accept}, allow_redirects=False)
        assert answer.status == 200
        assert 'property="og:title"' in answer.html


async def test_search_engines_stay_out_unless_invited(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as visitor:
        assert 'name="robots" content="noindex"' in (await visitor.open("/@ada")).html
        await node.pool.execute("UPDATE actors SET indexable = true WHERE username = 'ada'")
        assert "noindex" not in (await visitor.open("/@ada")).html


@pytest.mark.parametrize(
    "handle",
    [
        "nobody",
        "ada%00",
        "%00",
        "a%00da@b.example",
        "ada@b%00.example",
        "ada@",
        "@",
        "@@",
        "ada@b.example@c.example",
        "bo@never.example",
        "%F0%9F%8D%9E",
        "%ff%fe",
        "x" * 900,
        "ada@" + "x" * 900,
        "ada%E2%80%AE",
        "%D0%B0da",  # the first letter is Cyrillic
        "%27%3B--",
    ],
)
async def test_there_is_no_page_for_nobody(lasting: RunningNode, handle: str) -> None:
    async with browser(lasting) as visitor:
        assert (await visitor.open(f"/@{handle}")).status == 404


async def test_who_has_left_is_gone_and_who_is_suspended_not_found(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as visitor:
        await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE username = 'bo'")
        assert (await visitor.open("/@bo")).status == 404
        await node.pool.execute("UPDATE actors SET gone_at = now() WHERE username = 'ada'")
        assert (await visitor.open("/@ada")).status == 410


async def test_every_spelling_leads_to_one_page(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as visitor:
        for spelling in ("ADA", f"ada@{node.domain}", f"Ada@{node.domain}"):
            assert (await visitor.open(f"/@{spelling}")).path == "/@ada"
        name = await node.pool.fetchval("SELECT username FROM actors WHERE kind = 'Application'")
        assert (await visitor.open(f"/@{name}")).path == "/about"


async def test_a_hostile_name_and_bio_are_only_text(start_node: Start) -> None:
    node = await given_house(start_node)
    name = "<script>alert(1)</script>\"' {{ 7*7 }} %(name)s"
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        bio = '<img src=x onerror=alert(1)> <b onclick="x">hi</b> javascript:alert(1)'
        saved = await ada.fill(
            "/settings",
            "/settings",
            {
                "display_name": name,
                "bio": bio,
                "field-1-name": "<i>x</i>",
                "field-1-value": "<script>",
            },
        )
        assert saved.status == 200
        await write(ada, "hello @bo", "everyone")
        await bo.fill("/@ada", "/@ada/acts", {"do": "follow"})
        await ada.fill("/@bo", "/@bo/acts", {"do": "follow"})
        await node.drain()
        for page in ("/@ada", "/people", "/requests", "/notifications", "/search?q=alert"):
            seen = await bo.open(page)
            assert seen.status == 200, page
            assert seen.html.count("<script") == seen.html.count("/assets/app."), page
            assert "<img src=x" not in seen.html, page
            assert "<b onclick" not in seen.html, page
            if page != "/search?q=alert":
                assert "{{ 7*7 }} %(name)s" in seen.text, page


async def test_following_among_members_holds_at_once_and_ends(start_node: Start) -> None:
    node = await given_house(start_node)
    await approve_nobody(node, "bo")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        followed = await act(ada, "bo", "follow")
        assert followed.path == "/@bo"
        assert "You follow them" in followed.text
        assert "You follow them" in (await act(ada, "bo", "follow")).text
        assert "bo" in (await ada.open("/people/following")).text
        ended = await act(ada, "bo", "unfollow")
        assert "You don’t follow each other" in ended.text
        assert (await act(ada, "bo", "unfollow")).status == 200


async def test_a_request_is_answered_once_and_twice_is_no_harm(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        assert "they have not answered yet" in (await act(ada, "bo", "follow")).text
        requests = await bo.open("/requests")
        assert "Ada" in requests.text
        form = requests.form("/@ada/acts")
        assert form.fields["next"] == "/requests"
        accepted = await bo.post("/@ada/acts", {**form.fields, "do": "accept"})
        assert accepted.path == "/requests"
        assert "Nobody waits for your answer" in accepted.text
        again = await bo.post("/@ada/acts", {**form.fields, "do": "accept"})
        assert again.status == 200
        assert "You follow them" in (await ada.open("/@bo")).text
        assert "Ada" in (await bo.open("/people/followers")).text
        removed = await act(bo, "ada", "remove")
        assert "You don’t follow each other" in removed.text


async def test_not_now_is_one_click_and_silent(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await act(ada, "bo", "follow")
        await act(bo, "ada", "reject")
        assert "Nobody waits" in (await bo.open("/requests")).text
        await node.drain()
        assert "Nothing to tell" in (await ada.open("/notifications")).text


async def test_a_block_closes_the_page_on_both_sides(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await write(ada, "Seen by all", "everyone")
        await write(bo, "Of bo", "everyone")
        blocked = await act(ada, "bo", "block")
        assert "You keep them away" in blocked.text
        assert "Of bo" not in blocked.html
        closed = await bo.open("/@ada")
        assert "Seen by all" not in closed.html
        assert "closed the door" in closed.text
        assert (await act(bo, "ada", "follow")).status == 403
        assert "/@ada" not in (await bo.open("/people")).html
        assert "Bo" in (await ada.open("/people/blocked")).text
        assert "Of bo" in (await act(ada, "bo", "unblock")).html


async def test_muting_lasts_a_week_and_can_be_lifted(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        assert "Muted until" in (await act(ada, "bo", "mute")).text
        left = await node.pool.fetchval("SELECT until - now() FROM mutes")
        assert 6.9 < left.total_seconds() / 86400 <= 7
        assert "Bo" in (await ada.open("/people/muted")).text
        assert "Muted until" not in (await act(ada, "bo", "unmute")).text


async def test_no_act_on_oneself_unsigned_unknown_or_without_the_token(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        token = (await ada.open("/@bo")).form("/@bo/acts").fields["csrf"]
        assert (await ada.post("/@ada/acts", {"csrf": token, "do": "follow"})).status == 422
        assert (await ada.post("/@ada/acts", {"csrf": token, "do": "block"})).status == 422
        assert (await ada.post("/@bo/acts", {"csrf": token, "do": "marry"})).status == 422
        assert (await ada.post("/@nobody/acts", {"csrf": token, "do": "follow"})).status == 404
        assert (await ada.post("/@bo/acts", {"do": "follow"})).status == 403
        assert (await ada.open("/@bo/acts")).status == 405
        away = {"csrf": token, "do": "mute", "next": "https://evil.example/"}
        assert (await ada.post("/@bo/acts", away)).path == "/@bo"
        form = (await visitor.open("/@bo")).form("/remote-follow")
        assert (await visitor.post("/@bo/acts", {**form.fields, "do": "follow"})).status == 401
    assert await node.pool.fetchval("SELECT count(*) FROM follows") == 0


async def test_older_posts_are_a_page_away_until_the_end(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        for number in range(23):
            await write(ada, f"Post number {number}.", "everyone")
        first = await visitor.open("/@ada")
        assert "Post number 22." in first.html
        assert "Post number 2." not in first.html
        href = first.html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        last = await visitor.open(href)
        assert "Post number 0." in last.html
        assert 'rel="next"' not in last.html
        assert "That is everything" in last.text
        assert (await visitor.open("/@ada?max_id=1")).status == 200
        assert (await visitor.open("/@ada?max_id=x%00")).status == 400


async def test_replies_stand_on_their_own_tab(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        post = await write(ada, "A beginning", "everyone")
        await ada.fill(post.path, "/write", {"text": "And on it goes"})
        assert "And on it goes" not in (await ada.open("/@ada")).html
        assert "And on it goes" in (await ada.open("/@ada?replies=1")).html


async def given_house(start_node: Start) -> RunningNode:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    return node


async def approve_nobody(node: RunningNode, name: str) -> None:
    async with transaction(node.pool) as tx:
        await tx.execute("UPDATE actors SET approves_followers = false WHERE username = $1", name)


async def write(writer: Browser, text: str, audience: str, **more: str) -> SeenPage:
    page = await writer.fill("/write", "/write", {"text": text, "audience": audience, **more})
    assert page.status == 200, page.text
    return page


async def act(browser: Browser, handle: str, what: str) -> SeenPage:
    """Press a button on somebody's page."""
    form = (await browser.open(f"/@{handle}")).form(f"/@{handle}/acts")
    return await browser.post(form.action, {**form.fields, "do": what})
