"""Ways in and out: a second step, a mailed link, taking all along, leaving, out everywhere."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyotp.totp import TOTP

from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.integration.test_leaving import let_time_pass
from tests.unit.mail.test_compose import bodies

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser
ADDRESS = "ada@home.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_ways_in_and_out(
    start_node: Start, visit: Visit, tmp_path: Path, scripts: bool
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_account(node, "ada", email=ADDRESS)
        _, bo = await given_account(node, "bo")
        await node.pool.execute("UPDATE actors SET approves_followers = false WHERE id = $1", bo)
        await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
        look = Look(scripts=scripts)
        ada, other = await visit(node, "ada", look), await visit(node, "ada", look)
        recovery = await _sets_up_a_second_step(ada)
        await _signs_in_by_mail(other, server)
        await other.fill("Code", recovery)
        await other.press("Sign in")
        assert other.path == "/settings"
        await _takes_all_along_and_thinks_again(other, tmp_path)
        await _leaves(await visit(node, "bo", look), other)
        await other.press("Sign out everywhere, apps too")
        for gone in (ada, other):
            await gone.open("/notifications")
            assert gone.path.startswith("/sign-in")


async def _sets_up_a_second_step(ada: Visitor) -> str:
    """Signs in with it at once; returns a recovery code."""
    await ada.open("/settings/second-step")
    await ada.press("Set it up")
    key = (await ada.page.locator("b.mono").inner_text()).replace(" ", "")
    await ada.fill("Code", TOTP(key).at(datetime.now(UTC)))
    await ada.press("Turn it on")
    [recovery, *_] = re.findall(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", await ada.text())
    await ada.page.locator(".menu--face > summary").click()
    await ada.press("Sign out", within="header")
    await ada.open("/sign-in?next=/settings/security")
    await ada.fill("Name or e-mail", "ada")
    await ada.fill("Password", PASSWORD)
    await ada.press("Sign in")
    ada.expected.add(422)
    await ada.fill("Code", "000000")
    await ada.press("Sign in")
    assert "One thing to put right" in await ada.text()
    await ada.fill("Code", TOTP(key).at(datetime.now(UTC), counter_offset=1))
    await ada.press("Sign in")
    assert ada.path == "/settings/security"
    return recovery


async def _signs_in_by_mail(other: Visitor, server: MailServer) -> None:
    await other.page.context.clear_cookies()
    await other.open("/sign-in?next=/settings")
    await other.press("Sign in by a link")
    await other.fill("Name or e-mail", "ada")
    await other.press("Send the link")
    await other.node.drain()
    link = re.search(r"/sign-in/mail/open\?token=\S+", bodies(server.got[-1])[0])
    assert link
    await other.open(link[0])
    await other.press("Sign in")
    assert other.path == "/sign-in/code"


async def _brings_whom_she_followed(other: Visitor, folder: Path) -> None:
    """From the file to what became of it, and the page that shows it."""
    file = folder / "following_accounts.csv"
    lines = ("Account address,Show boosts", f"bo@{other.node.domain},false", "no address,true")
    file.write_text("\n".join(lines), encoding="utf-8")
    await other.open("/settings/import")
    await other.page.get_by_label("The file").set_input_files(file)
    await other.press("See what is in it")
    assert "One line is understood" in await other.text()
    await other.press("Begin")
    assert "at work" in await other.text()
    await other.node.drain()
    await other.press("Look again")
    assert "What did not work" in await other.text() and "no address" in await other.text()
    await other.shot("import-done")
    await other.open("/people/following")
    assert "Bo" in await other.text()


async def _takes_all_along_and_thinks_again(other: Visitor, folder: Path) -> None:
    await _brings_whom_she_followed(other, folder)
    await other.open("/settings/leaving")
    await other.page.locator("#archive_password").fill(PASSWORD)
    async with other.page.expect_download() as saving:
        await other.page.get_by_role("button", name="Download it").click()
    saved = await saving.value
    assert saved.suggested_filename.endswith(".zip")
    with ZipFile(await saved.path()) as file:
        [following] = [name for name in file.namelist() if name.endswith("following_accounts.csv")]
        assert f"bo@{other.node.domain}" in file.read(following).decode()
    await _asks_to_leave(other, "ada")
    await other.press("Stay after all")
    assert "Leave in seven days" in await other.text()


async def _asks_to_leave(who: Visitor, name: str) -> None:
    await who.open("/settings/leaving")
    await who.fill(f"Type your name, {name}, to be sure", name)
    await who.page.locator("#password").fill(PASSWORD)
    await who.press("Leave in seven days")


async def _leaves(bo: Visitor, other: Visitor) -> None:
    """And is gone after a week, with all that he said."""
    post = await bo.write("So long", "This community only")
    await _asks_to_leave(bo, "bo")
    assert "Until then all is as before." in await bo.text()
    await other.open("/people/following")
    assert "Bo" in await other.text()
    await let_time_pass(bo.node)
    await bo.node.drain()
    await bo.open("/notifications")
    assert bo.path.startswith("/sign-in")
    bo.expected.add(422)
    await bo.fill("Name or e-mail", "bo")
    await bo.fill("Password", PASSWORD)
    await bo.press("Sign in")
    assert "do not belong together" in await bo.text()
    await other.open(post, status=404)
    await other.open("/@bo", status=410)
    await other.open("/people/following")
    assert "Bo" not in await other.text()
    await other.open("/settings/security")
