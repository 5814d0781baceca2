"""Who forgot a password gets another by mail, and nobody learns who is a member."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.apps import App, given_token
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import mail_server
from tests.integration.test_addresses import change, the_link

NEW, ADDRESS = "een heel andere zin", "ada@home.example"


async def test_a_link_sets_a_new_password_once_and_signs_everybody_out(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        account_id, _ = await given_account(node, "ada", email=ADDRESS)
        await node.drain()
        await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
        app = App(node, await given_token(node, account_id, "read write"))
        async with browser(node) as thief, browser(node) as ada:
            await thief.sign_in("ada")
            await change(thief, "thief@evil.example")
            waiting = await the_link(node, server, "thief@evil.example")
            assert "/forgot-password" in (await ada.open("/sign-in")).html
            await ada.fill("/forgot-password", "/forgot-password", {"login": " Ada@Home.Example"})
            link = await the_link(node, server, ADDRESS)
            await ada.fill("/forgot-password", "/forgot-password", {"login": "ada"})
            assert await the_link(node, server, ADDRESS) == link  # it stays the one that works

            assert (await ada.fill(link, "/reset-password", {"password": "short"})).status == 422
            done = await ada.fill(link, "/reset-password", {"password": NEW})
            assert (done.path, "new password is set" in done.text) == ("/sign-in", True)
            assert (await ada.open(link)).status == 410
            assert (await ada.post("/reset-password", {**done.forms[0].fields})).status == 410
            assert (await thief.open("/settings")).path == "/sign-in"
            assert (await thief.open(waiting)).status == 410
            assert await app.status("GET", "/v1/accounts/verify_credentials") == 401
            assert (await ada.sign_in("ada")).status == 422
            assert "Your menu" in (await ada.sign_in("ada", NEW)).text
        await node.drain()
        assert (server.got[-1]["To"], server.got[-1]["Subject"]) == (
            ADDRESS, "Your password was changed",
        )  # fmt: skip


async def test_nobody_learns_from_the_answer_who_is_a_member(
    start_node: StartNode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "fedinet")
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_account(node, "ada", email=ADDRESS)
        await given_account(node, "bo", email="bo@home.example")
        await node.drain()
        await node.pool.execute(
            "UPDATE accounts SET email_confirmed_at = now() WHERE email = $1", ADDRESS
        )
        server.got.clear()
        async with browser(node) as visitor:
            pages = [
                await visitor.fill("/forgot-password", "/forgot-password", {"login": login})
                for login in (ADDRESS, "ada", "bo@home.example", "eve@evil.example", '@" y')
            ]
            assert len({(page.status, page.text) for page in pages}) == 1
            sealed = await node.pool.fetch("SELECT payload::text, unique_key FROM jobs")
            assert len(sealed) == 5 and not any("home" in row["payload"] for row in sealed)
            await node.drain()
            assert [one["To"] for one in server.got] == [ADDRESS]  # asked twice at once
            empty = await visitor.fill("/forgot-password", "/forgot-password", {"login": " "})
            assert empty.status == 422
            link = await the_link(node, server, ADDRESS)
            await node.pool.execute(
                "UPDATE account_links SET expires_at = $1", datetime.now(UTC) - timedelta(seconds=1)
            )
            assert (await visitor.open(link)).status == 410
            await visitor.fill("/forgot-password", "/forgot-password", {"login": "ada"})
            assert await the_link(node, server, ADDRESS) != link  # when the former has ended
            for _ in range(4):
                last = await visitor.fill("/forgot-password", "/forgot-password", {"login": "x"})
            assert last.status == 429
        assert "home.example" not in caplog.text.replace(node.origin, "")


async def test_without_mail_the_page_says_whom_to_ask(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner", email=ADDRESS)
    await given_account(node, "bo")
    async with browser(node) as visitor:
        page = await visitor.open("/forgot-password")
        assert "@ada" in page.text and "@bo" not in page.text
        assert [form.action for form in page.forms if form.action == "/forgot-password"] == []
