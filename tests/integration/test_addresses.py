"""An address is a member's once they have opened the link that was sent there."""

import re
from datetime import UTC, datetime, timedelta

from fedinet.kernel.ids import AccountId
from tests.integration.apps import App, given_token
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.unit.mail.test_compose import bodies

OLD, NEW = "ada@old.example", "ada@new.example"


async def test_an_address_counts_when_its_link_was_opened_and_the_old_one_is_told(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        account_id, _ = await given_account(node, "ada", email=OLD)
        async with browser(node) as ada, browser(node) as elsewhere:
            await ada.sign_in("ada")
            assert "Not confirmed yet" in (await ada.open("/settings/email")).text
            link = await the_link(node, server, OLD)
            assert (await elsewhere.open(link)).status == 200
            assert await confirmed(node, account_id) == (OLD, False)  # a program opened it
            assert "Confirmed" in (await press(elsewhere, link)).text
            assert await confirmed(node, account_id) == (OLD, True)
            assert (await elsewhere.open(link)).status == 410

            wrong = await change(ada, NEW, "not the password at all")
            assert (wrong.status, "not your present password" in wrong.text) == (422, True)
            assert (await change(ada, "ada@new")).status == 422
            assert f"We wrote to {NEW}" in (await change(ada, NEW)).text
            former = await the_link(node, server, NEW)
            await ada.fill("/settings/email", "/settings/email", {"do": "again"})
            link = await the_link(node, server, NEW)
            assert (await elsewhere.open(former)).status == 410
            assert await confirmed(node, account_id) == (OLD, True)
            await press(elsewhere, link)
            assert await confirmed(node, account_id) == (NEW, True)
            await node.drain()
            assert (server.got[-1]["To"], "changed" in server.got[-1]["Subject"]) == (OLD, True)

            await change(ada, "")
            await node.drain()
            assert await confirmed(node, account_id) == (None, False)
            assert (server.got[-1]["To"], "changed" in server.got[-1]["Subject"]) == (NEW, True)


async def test_who_reads_an_address_has_it_and_apps_cannot_choose_another(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        squatter, _ = await given_account(node, "mallory", email=OLD)
        app = App(node, await given_token(node, squatter, "read write"))
        assert await app.get("/v1/emails/check_confirmation") is False
        assert await app.post("/v1/emails/confirmations") == {}
        stolen = {"email": "other@evil.example"}
        assert await app.status("POST", "/v1/emails/confirmations", json=stolen) == 403
        theirs = await the_link(node, server, OLD)
        assert len(server.got) == 1, "a link that ended before it was sent is sent no more"

        account_id, _ = await given_account(node, "ada")
        async with browser(node) as ada:
            await ada.sign_in("ada")
            await change(ada, OLD.upper())
            link = await the_link(node, server, OLD.upper())
            await press(ada, link)
            assert await confirmed(node, account_id) == (OLD.upper(), True)
            assert await confirmed(node, squatter) == (None, False)
            assert await app.get("/v1/emails/check_confirmation") is True
            assert await app.status("POST", "/v1/emails/confirmations") == 403
            late = await press(ada, theirs)
            assert (late.status, "uses this address already" in late.text) == (422, True)

            await change(ada, NEW)
            again = ("/settings/email", "/settings/email", {"do": "again"})
            for _ in range(3):
                assert (await ada.fill(*again)).status == 200
            assert (await ada.fill(*again)).status == 429
            await node.pool.execute(
                "UPDATE account_links SET expires_at = $1", datetime.now(UTC) - timedelta(seconds=1)
            )
            assert (await ada.open(await the_link(node, server, NEW))).status == 410
            assert "We wrote to" not in (await ada.open("/settings/email")).text


async def the_link(node: RunningNode, server: MailServer, to: str) -> str:
    """The path in the newest message with a secret to this address."""
    await node.drain()
    for message in reversed(server.got):
        found = re.search(r"https?://[^/]+(/[a-z-]+\?token=\S+)", bodies(message)[0])
        if message["To"].lower() == to.lower() and found is not None:
            return found[1]
    raise AssertionError(f"no link for {to} in {[one['To'] for one in server.got]}")


async def press(who: Browser, link: str) -> SeenPage:
    return await who.fill(link, "/confirm-email", {})


async def change(who: Browser, email: str, password: str = PASSWORD) -> SeenPage:
    """Fill in the form for another address, one of several on its page."""
    page = await who.open("/settings/email")
    (form,) = (form for form in page.forms if "email" in form.fields)
    answers = {"email": email, "current_password": password, "do": "change"}
    return await who.post("/settings/email", {**form.fields, **answers})


async def confirmed(node: RunningNode, account_id: AccountId) -> tuple[str | None, bool]:
    row = await node.pool.fetchrow(
        "SELECT email, email_confirmed_at FROM accounts WHERE id = $1", account_id
    )
    return row["email"], row["email_confirmed_at"] is not None
