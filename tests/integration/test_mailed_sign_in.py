"""A link by mail signs in once, in the browser that asked, and tells nobody who is a member."""

import re
from datetime import UTC, datetime, timedelta

from fedinet.kernel.ids import AccountId
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account, given_second_step
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.unit.mail.test_compose import bodies

ADDRESS = "ada@home.example"


async def test_a_link_lets_in_once_and_only_where_it_was_asked_for(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_ada(node)
        async with browser(node) as ada, browser(node) as thief:
            link = await asked(ada, server, "Ada", there="/settings")
            assert "Good to see you" in (await ada.open(link)).text
            assert ada.cookie("session") is None  # a program that opens it gets nobody in
            assert "where you asked for it" in (await thief.open(link)).text
            assert "where you asked for it" in (await press(thief, link)).text
            await asked(thief, server, "ada")  # a cookie of their own helps nothing
            assert "where you asked for it" in (await press(thief, link)).text
            assert thief.cookie("session") is None
            assert (await press(ada, link)).path == "/settings"
            assert ada.cookie("session") is not None
            for who in (ada, thief):
                assert (await press(who, link)).status == 410
            bad = await ada.open("/sign-in/mail/open?token=guess")
            assert (bad.status, "no longer works" in bad.text) == (410, True)


async def test_what_changed_since_makes_a_link_void(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        account_id = await given_ada(node)
        async with browser(node) as ada:
            link = await asked(ada, server, ADDRESS.upper())
            for column, value in (
                ("email", "'other@home.example'"),
                ("password_hash", "'x'"),
                ("disabled_at", "now()"),
            ):
                kept = await node.pool.fetchval(f"SELECT {column} FROM accounts")  # noqa: S608
                await node.pool.execute(f"UPDATE accounts SET {column} = {value}")  # noqa: S608
                assert (await ada.open(link)).status == 410, column
                await node.pool.execute(f"UPDATE accounts SET {column} = $1", kept)  # noqa: S608
            assert (await ada.open(link)).status == 200
            await given_second_step(node, account_id)
            assert (await press(ada, link)).path == "/sign-in/code"
            assert ada.cookie("session") is None  # the link is the first step alone
            link = await asked(ada, server, "ada")
            late = datetime.now(UTC) - timedelta(seconds=1)
            await node.pool.execute("UPDATE mailed_sign_ins SET expires_at = $1", late)
            assert (await press(ada, link)).status == 410


async def test_a_link_leads_who_is_suspended_to_why_and_no_further(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        account_id = await given_ada(node)
        await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE username = 'ada'")
        async with browser(node) as ada, browser(node) as thief:
            link = await asked(ada, server, "ada", there="/settings")
            assert (await press(thief, link)).path == "/sign-in/mail/open"
            shut = await press(ada, link)
            assert (shut.status, shut.path) == (200, "/shut-out")
            assert shut.form("/shut-out/archive") and ada.cookie("session") is None
            assert (await press(ada, link)).status == 410
            await given_second_step(node, account_id)
            link = await asked(ada, server, "ada")
            asks = [one.action for one in (await press(ada, link)).forms]
            assert "/shut-out/code" in asks and "/shut-out/archive" not in asks


async def test_asking_tells_nothing_and_fills_no_mailbox(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        account_id = await given_ada(node)
        await given_account(node, "bo", email="bo@home.example")  # never confirmed
        await node.drain()
        server.got.clear()
        async with browser(node) as stranger:
            seen = {(await ask(stranger, name)).text for name in ("ada", "bo", "nobody", "@ADA")}
            assert len(seen) == 1 and (await ask(stranger, "")).status == 422
            await node.drain()
            assert [one["To"] for one in server.got] == [ADDRESS, ADDRESS]
            for _ in range(5):
                await ask(stranger, "ada")
            assert (await ask(stranger, "ada")).status == 429  # this network
            await node.pool.execute("DELETE FROM attempts WHERE bucket LIKE 'mailed-sign-in:%'")
            await ask(stranger, "ada")
            await node.drain()
            assert len(server.got) == 5  # this member
            told = "SELECT count(*) FROM jobs WHERE payload::text ~ 'ada'"
            assert not await node.pool.fetchval(told)

            owns = "UPDATE accounts SET role = 'owner' WHERE id = $1"
            await node.pool.execute(owns, account_id)
            async with browser(node) as ada:
                await ada.sign_in("ada")
                assert "Sign in by a link" in (await ada.open("/sign-in?again=1")).text
                there = "/settings/community"
                form = (await ada.open(there)).form(there).fields
                assert form.pop("mailed_sign_in") == "1"
                page = await ada.post(there, {**form, "hue": "moss"})
                assert (page.status, "Saved" in page.text) == (200, True)
                assert "Sign in by a link" not in (await ada.open("/sign-in?again=1")).text
                for path in ("/sign-in/mail", "/sign-in/mail/open?token=x"):
                    assert (await ada.open(path)).status == 404


async def given_ada(node: RunningNode) -> AccountId:
    account_id, _ = await given_account(node, "ada", email=ADDRESS)
    await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
    return account_id


async def ask(who: Browser, login: str, *, there: str = "/") -> SeenPage:
    path = f"/sign-in/mail?next={there}"
    return await who.fill(path, "/sign-in/mail", {"login": login})


async def asked(who: Browser, server: MailServer, login: str, *, there: str = "/") -> str:
    """Ask, and return the link that came."""
    assert "Look into your mailbox" in (await ask(who, login, there=there)).text
    await who.node.drain()
    found = re.search(r"/sign-in/mail/open\?token=\S+", bodies(server.got[-1])[0])
    assert found is not None
    return found[0]


async def press(who: Browser, link: str) -> SeenPage:
    """Send the form of the link, from whatever browser."""
    token = link.partition("token=")[2]
    csrf = (await who.open("/sign-in?again=1")).form("/sign-in").fields["csrf"]
    return await who.post("/sign-in/mail/open", {"csrf": csrf, "token": token})
