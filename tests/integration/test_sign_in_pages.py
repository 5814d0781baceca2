"""Signing in and out: one answer, fresh sessions, our forms only, no way to other sites."""

import asyncio

import pytest
import pytest_asyncio
from aiohttp import FormData
from argon2 import PasswordHasher

from fedinet.accounts.sign_in import BY_ADDRESS, BY_PAIR
from tests import made_files as made
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import CHEAP, given_account
from tests.integration.nodes import RunningNode


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(start_for_all: StartNode) -> RunningNode:
    """One where ada may sign in again and again."""
    node = await start_for_all()
    await given_account(node, "ada")
    return node


async def test_a_member_signs_in_by_name_or_address_and_out_again(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", email="Ada@guild.example")
    for login in ("ada", " Ada ", "@ada", f"@ada@{node.domain}", "ada@GUILD.example"):
        async with browser(node) as ada:
            page = await ada.sign_in(login)
            assert (page.status, page.path) == (200, "/"), login
            assert "Your menu, Ada" in page.text
            page = await ada.post("/sign-out", page.form("/sign-out").fields)
            assert "Your menu" not in page.text
            assert ada.cookie("session") is None
    assert await node.pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_an_older_hash_is_made_anew_by_who_signs_in(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    older = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await node.pool.execute("UPDATE accounts SET password_hash = $1", older)
    for _ in range(2):
        async with browser(node) as ada:
            assert (await ada.sign_in("ada")).path == "/"
        stored = await node.pool.fetchval("SELECT password_hash FROM accounts")
        assert stored != older
        assert not CHEAP.check_needs_rehash(stored)


async def test_a_wrong_password_and_an_unknown_name_look_the_same(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as visitor:
        wrong = await visitor.sign_in("ada", "another sentence of mine")
        unknown = await visitor.sign_in("eve", "another sentence of mine")
        typed = {"login": "eve", "password": "another sentence of mine"}
        dutch = {"Accept-Language": "nl"}
        said = await visitor.fill("/sign-in", "/sign-in", typed, headers=dutch)
    for page, field in ((wrong, "Name or e-mail"), (said, "Naam of e-mail")):
        assert f'<li><a href="#login"><b>{field}:</b>' in page.html
        assert 'role="alert" tabindex="-1" autofocus' in page.html
    assert (wrong.status, unknown.status) == (422, 422)
    assert 'role="alert"' in wrong.html and "still here" not in wrong.text
    assert wrong.text == unknown.text
    assert wrong.form("/sign-in").fields["login"] == "ada"
    assert "another sentence" not in wrong.html


async def test_a_session_that_somebody_planted_is_not_taken_over(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    port = node.services.uris.origin.port
    async with browser(node) as ada:
        ada.http.cookie_jar.update_cookies({f"fedinet-session-{port}": "planted"})
        await ada.sign_in("ada")
        first = ada.cookie("session")
        assert first not in (None, "planted")
    assert first is not None
    async with browser(node) as again:
        again.http.cookie_jar.update_cookies({f"fedinet-session-{port}": first})
        assert (await again.open("/settings")).status == 200
        page = await again.open("/sign-in")
        assert page.path == "/"


async def test_the_cookie_is_for_this_server_alone_and_not_for_scripts(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        form = (await ada.open("/sign-in")).form("/sign-in").fields
        fields = {**form, "login": "ada", "password": PASSWORD, "stay": "1"}
        async with ada.http.post("/sign-in", data=fields, allow_redirects=False) as answer:
            cookies = answer.headers.getall("Set-Cookie")
            assert answer.headers["Cache-Control"] == "no-store"
    session = next(cookie for cookie in cookies if "session" in cookie)
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Max-Age=7776000" in session
    assert "Secure" not in session  # development: an http origin
    assert PASSWORD not in str(await node.pool.fetch("SELECT * FROM sessions"))


async def test_a_form_that_is_not_ours_changes_nothing(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as other:
        stolen = (await other.open("/sign-in")).form("/sign-in").fields["csrf"]
        own = (await ada.open("/sign-in")).form("/sign-in").fields
        good = {**own, "login": "ada", "password": PASSWORD}
        attempts = [
            await ada.post("/sign-in", {**good, "csrf": ""}),
            await ada.post("/sign-in", {**good, "csrf": stolen}),
            await ada.post("/sign-in", {**good, "csrf": "aaaa.bbbb"}),
            await ada.post("/sign-in", good, headers={"Origin": "https://evil.example"}),
            await ada.post("/sign-in", good, headers={"Sec-Fetch-Site": "cross-site"}),
            await ada.post("/sign-in", good, headers={"Sec-Fetch-Site": "same-site"}),
        ]
        assert [page.status for page in attempts] == [403] * 6
        assert ada.cookie("session") is None
        assert "open for too long" in attempts[0].text
        page = await ada.post(
            "/sign-in", good, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        )
        assert page.path == "/"
        page = await ada.post("/sign-out", {"csrf": own["csrf"]})  # of before the sign-in
        assert page.status == 403
        assert (await ada.open("/settings")).path == "/settings"


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "settings",
        "/%0d%0aSet-Cookie:x=1\r\nLocation:https://evil.example",
    ],
)
async def test_next_leads_nowhere_else(lasting: RunningNode, there: str) -> None:
    async with browser(lasting) as ada:
        form = (await ada.open("/sign-in")).form("/sign-in").fields
        fields = {**form, "login": "ada", "password": PASSWORD, "next": there}
        async with ada.http.post("/sign-in", data=fields, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_a_page_for_members_leads_to_sign_in_and_back(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        page = await ada.open("/settings/security?x=1&y=a b")
        assert page.path == "/sign-in"
        form = page.form("/sign-in").fields
        assert form["next"] == "/settings/security?x=1&y=a+b"
        page = await ada.post("/sign-in", {**form, "login": "ada", "password": PASSWORD})
        assert page.path == "/settings/security"


async def test_guessing_is_stopped_and_says_when_to_come_back(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as eve:
        form = (await eve.open("/sign-in")).form("/sign-in").fields
        for _ in range(4):
            assert (await eve.sign_in("ada")).path == "/"  # the right password uses nothing up
            await eve.post("/sign-out", (await eve.open("/")).form("/sign-out").fields)
        await node.pool.execute(
            "UPDATE attempts SET count = $1 WHERE bucket LIKE 'sign-in:%'", BY_PAIR.count
        )
        form = (await eve.open("/sign-in")).form("/sign-in").fields
        page = await eve.post("/sign-in", {**form, "login": "ada", "password": PASSWORD})
        assert page.status == 429
        assert int(page.headers["Retry-After"]) > 0
        assert "Too many wrong passwords were tried. You can go on in" in page.text
        assert "A passkey or a link by mail lets you in at once" in page.text
        assert page.form("/sign-in").fields["login"] == "ada" and PASSWORD not in page.html
        forwarded = {"X-Forwarded-For": "203.0.113.9"}  # nobody trusts this client as a proxy
        page = await eve.post(
            "/sign-in", {**form, "login": "ada", "password": PASSWORD}, headers=forwarded
        )
        assert page.status == 429

        await given_account(node, "bo")
        async with browser(node) as bo:  # in the same office
            assert (await bo.sign_in("bo")).path == "/"
            await node.pool.execute(
                "UPDATE attempts SET count = $1 WHERE bucket LIKE 'sign-in-address:%'",
                BY_ADDRESS.count,
            )
            await bo.post("/sign-out", (await bo.open("/")).form("/sign-out").fields)
            assert (await bo.sign_in("bo")).status == 429  # everybody's password was guessed at


async def test_a_crowd_at_the_door_does_not_take_the_memory(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as crowd:
        form = (await crowd.open("/sign-in")).form("/sign-in").fields
        tries = [
            crowd.post("/sign-in", {**form, "login": f"name{n}", "password": "no" * 10})
            for n in range(15)
        ]
        pages: list[SeenPage] = await asyncio.gather(*tries)
    assert {page.status for page in pages} <= {422, 429}


async def test_a_closed_account_and_a_suspended_actor_are_out_at_once(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "bob")
    async with browser(node) as ada, browser(node) as bob:
        await ada.sign_in("ada")
        await bob.sign_in("bob")
        await node.pool.execute(
            "UPDATE accounts SET disabled_at = now() WHERE actor_id ="
            " (SELECT id FROM actors WHERE username = 'ada')"
        )
        await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE username = 'bob'")
        assert (await ada.open("/settings")).path == "/sign-in"
        assert (await bob.open("/settings")).path == "/sign-in"
        assert (await ada.sign_in("ada")).status == 422


async def test_what_was_written_when_the_session_ended_is_shown_again(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    words = "Two long evenings of work on a <bio>."
    async with browser(node) as ada:
        await ada.sign_in("ada")
        form = (await ada.open("/settings")).form("/settings").fields
        await node.pool.execute("DELETE FROM sessions")
        posted = {**form, "bio": words}
        page = await ada.post("/settings", posted, headers={"Sec-Fetch-Site": "same-origin"})
        assert page.status == 403
        assert words in page.text
        page = await ada.post("/settings", posted, headers={"Sec-Fetch-Site": "cross-site"})
        assert words not in page.text


async def _nobody_goes_on_with_hers(
    ada: Browser, written: dict[str, str], carried: dict[str, str]
) -> None:
    """Another member in the same browser is told whose it is; it waits for her."""
    ours = {"Sec-Fetch-Site": "same-origin"}
    await given_account(ada.node, "bo")
    await ada.open("/sign-in?again=1")
    await ada.fill("/sign-in?again=1", "/sign-in", {"login": "bo", "password": PASSWORD})
    for path, fields in (("/write", written), ("/write/resume", carried)):
        page = await ada.post(path, fields, headers=ours)
        assert (page.status, "Somebody else began this" in page.text) == (403, True), page.text
        assert "for as long as the window is open" in page.text
        assert "@ada signs in" in page.text and 'href="/sign-in?again=1&amp;next=' in page.html
    drafts = "SELECT count(*) FROM kept_drafts d JOIN accounts a ON a.id = d.account_id"
    assert (
        await ada.node.pool.fetchval(
            drafts + " JOIN actors o ON o.id = a.actor_id WHERE o.username = 'bo'"
        )
        == 0
    )
    long = "Æ\r\n" * 9_000
    await ada.fill("/sign-in?again=1", "/sign-in", {"login": "ada", "password": PASSWORD})
    page = await ada.post("/write", {**written, "text": long}, headers=ours)
    assert page.form("/write/resume").fields["text"].count("Æ") == 9_000, "an article is whole"
    file = FormData({**written, "text": "With a picture"})
    file.add_field("file", made.picture("PNG"), filename="cat.png", content_type="image/png")
    async with ada.http.post("/write", data=file, headers=ours) as answer:
        assert "have to be chosen again" in await answer.text()


async def test_a_post_goes_on_after_a_session_has_ended(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    ours = {"Sec-Fetch-Site": "same-origin"}
    async with browser(node) as ada:
        await ada.sign_in("ada")
        form = (await ada.open("/write")).form("/write").fields
        written = {**form, "text": "Two evenings of work", "audience": "everyone", "option1": "A"}
        assert (await ada.post("/write", {**written, "do": "show"})).path == "/write", "Enter"
        await node.pool.execute("DELETE FROM sessions")
        page = await ada.post("/write", written, headers=ours)
        carried = page.form("/write/resume").fields
        page = await ada.post("/write/resume", carried, headers=ours)
        assert (page.status, "Go on writing" in page.text) == (401, True), "not signed in yet"
        ada.http.cookie_jar.clear()  # as after signing out in another window
        for form in (written, carried):
            page = await ada.post(
                f"/write{'/resume' if form is carried else ''}", form, headers=ours
            )
            assert "signed out in the meantime; what you wrote is kept" in page.text
            assert "open for too long" not in page.text
            assert page.html.index('btn--tone" href="/sign-in?') < page.html.index("Go on writing<")
            assert "have to be chosen again" not in page.text
        await ada.sign_in("ada")
        page = await ada.post("/write", written, headers=ours)
        assert "for too long; what you wrote is kept" in page.text and "reload" not in page.text
        stranger = await ada.post("/write/resume", carried, headers={"Sec-Fetch-Site": "none"})
        assert stranger.status == 403, "another site does not fill our form"
        named = await ada.post("/tags/resume", {"do": "follow"}, headers=ours)
        assert named.status == 403, "a page that is only called so wants its token"
        file = FormData(carried)
        file.add_field("file", made.picture("PNG"), filename="cat.png", content_type="image/png")
        async with ada.http.post("/write/resume", data=file, headers=ours) as answer:
            assert answer.status == 200
        assert await node.pool.fetchval("SELECT count(*) FROM media") == 0, "shown, not done"
        await _nobody_goes_on_with_hers(ada, written, carried)
        done = await ada.open("/signed-in")
        assert "go on writing in the other one" in done.text
        page = await ada.post("/write/resume", carried, headers=ours)
        again = page.form("/write").fields
        assert again["text"] == "Two evenings of work"
        assert (again["audience"], again["option1"]) == ("everyone", "A")
        assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0
        assert "Two evenings of work" in (await ada.post("/write", again)).text
