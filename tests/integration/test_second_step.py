"""A second step at sign-in: turned on by a code, asked at every door, taken off."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time

import pytest
from pyotp.totp import TOTP

from fedinet.db.pool import transaction
from fedinet.http.sessions import close_other_sessions
from fedinet.kernel.ids import AccountId
from fedinet.security.commands import take_off
from fedinet.security.model import MAX_ATTEMPTS
from fedinet.security.upkeep import forget_once
from tests.integration.apps import App
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account, given_second_step
from tests.integration.nodes import RunningNode
from tests.integration.test_oauth import agrees, registers, request_of

HERE = "/settings/second-step"
_CODE = re.compile(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}")


@dataclass
class Ada:
    """A member with a second step, her app for codes and her paper."""

    node: RunningNode
    account_id: AccountId
    secret: str
    paper: list[str]

    def code(self, steps: int = 0) -> str:
        """What her app shows, so many half minutes from now."""
        return TOTP(self.secret).at(int(time()) + 30 * steps)

    async def forget_codes_of_now(self) -> None:
        """As if no code had been used yet."""
        await self.node.pool.execute("UPDATE totp SET last_step = 0")


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[Ada]:
    node = await start_node()
    account_id, _ = await given_account(node, "ada", role="owner")
    them = Ada(node, account_id, *await given_second_step(node, account_id))
    await them.forget_codes_of_now()
    yield them


async def gives(me: Browser, code: str) -> SeenPage:
    return await me.fill("/sign-in/code", "/sign-in/code", {"code": code})


async def test_a_member_turns_it_on_signs_in_with_it_and_turns_it_off(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as me, browser(node) as phone:
        await me.sign_in("ada")
        page = await me.fill(HERE, HERE, {"do": "begin"})
        assert 'class="qr" role="img"' in page.html
        assert "style=" not in page.html.partition("<svg viewBox")[2].partition("</svg>")[0]
        key = re.search(r'<b class="mono">([A-Z2-7 ]+)</b>', page.html)
        assert key is not None
        secret = key[1].replace(" ", "")
        assert secret.encode() not in await node.pool.fetchval("SELECT secret FROM totp")
        assert (await phone.sign_in("ada")).path == "/"  # not confirmed: asks for nothing yet
        await phone.post("/sign-out", (await phone.open("/")).form("/sign-out").fields)
        form = page.form(HERE).fields
        wrong = await me.post(HERE, {**form, "do": "confirm", "code": "000000"})
        assert (wrong.status, "not the code of this moment" in wrong.text) == (422, True)
        code = TOTP(secret).now()
        page = await me.post(HERE, {**form, "do": "confirm", "code": code})
        codes = _CODE.findall(page.text)
        assert len(codes) == 10
        assert page.headers["Cache-Control"] == "no-store"
        kept = str(await node.pool.fetch("SELECT * FROM recovery_codes"))
        assert not any(code in kept or code.replace("-", "") in kept for code in codes)

        asked = await phone.sign_in("ada", next="/settings")
        assert (asked.path, phone.cookie("session")) == ("/sign-in/code", None)
        assert (
            await phone.open("/settings")
        ).path == "/sign-in"  # the password alone opens nothing
        used = await gives(phone, code)  # the one that turned it on
        assert (used.status, "used before" in used.text) == (422, True)
        assert (await gives(phone, codes[0].upper())).path == "/settings"
        assert phone.cookie("pending") is None
        assert "9 codes are left" in (await phone.open(HERE)).text
        renewed = _CODE.findall((await me.fill(HERE, HERE, {"do": "codes"})).text)
        assert len(set(renewed) - set(codes)) == 10
        assert "It is off" in (await me.fill(HERE, HERE, {"do": "off"})).text
        assert (await me.post(HERE, {**form, "do": "codes"})).path == HERE  # from an older page
        assert await node.pool.fetchval("SELECT count(*) FROM recovery_codes") == 0
        told = await node.pool.fetch("SELECT kind FROM security_notices ORDER BY id")
        assert [row["kind"] for row in told] == [
            *("totp_added", "recovery_code_used", "recovery_codes_made", "totp_removed")
        ]
        await phone.post("/sign-out", (await phone.open("/")).form("/sign-out").fields)
        assert (await phone.sign_in("ada")).path == "/"


async def test_a_code_counts_once_and_guessing_ends(ada: Ada) -> None:
    async with browser(ada.node) as me, browser(ada.node) as eve, browser(ada.node) as late:
        await eve.sign_in("ada")
        await late.sign_in("ada")
        code = ada.code()
        await me.sign_in("ada", next="/about?over")
        assert (await gives(me, code)).path == "/about"
        counted = "SELECT count FROM attempts WHERE bucket LIKE 'second-%'"
        assert await ada.node.pool.fetchval(counted) == 0  # a right one is no guess
        assert (await gives(eve, code)).status == 422  # seen over the shoulder
        assert (await gives(eve, ada.code(-1))).status == 422  # nor an older one after it
        for _ in range(MAX_ATTEMPTS - 3):
            assert (await gives(eve, "000000")).status == 422
        page = await gives(eve, "000000")
        assert (page.path, "Please begin again" in page.text) == ("/sign-in", True)
        assert (await eve.open("/sign-in/code")).path == "/sign-in"
        assert eve.cookie("session") is None
        await late.open("/sign-in/code")
        fields = (await late.open("/sign-in/code")).form("/sign-in/code").fields
        await ada.node.pool.execute("UPDATE attempts SET count = 20 WHERE bucket LIKE 'second-%'")
        page = await late.post("/sign-in/code", {**fields, "code": ada.paper[0]})
        assert page.status == 429
        await ada.node.pool.execute("DELETE FROM attempts")
        await ada.node.pool.execute("UPDATE pending_sign_ins SET expires_at = now()")
        assert (
            await late.post("/sign-in/code", {**fields, "code": ada.paper[0]})
        ).path == "/sign-in"
        await forget_once(ada.node.pool, datetime.now(UTC), ip_days=30)
        assert await ada.node.pool.fetchval("SELECT count(*) FROM pending_sign_ins") == 0


async def test_what_began_before_a_new_password_or_the_end_of_the_step_goes_no_further(
    ada: Ada,
) -> None:
    async with browser(ada.node) as me:
        await me.sign_in("ada")
        fields = (await me.open("/sign-in/code")).form("/sign-in/code").fields
        for change in (
            "UPDATE accounts SET password_hash = password_hash || ' '",
            "UPDATE accounts SET disabled_at = now()",
        ):
            await ada.node.pool.execute(change)
            page = await me.post("/sign-in/code", {**fields, "code": ada.paper[0]})
            assert (page.path, me.cookie("session")) == ("/sign-in", None)
            await ada.node.pool.execute(
                "UPDATE accounts SET password_hash = trim(password_hash), disabled_at = NULL"
            )
            await me.sign_in("ada")
            fields = (await me.open("/sign-in/code")).form("/sign-in/code").fields
        async with transaction(ada.node.pool) as tx:
            assert await take_off(tx, ada.account_id)
        assert (await me.post("/sign-in/code", {**fields, "code": ada.code()})).path == "/sign-in"
        assert (await me.sign_in("ada")).path == "/"


async def test_no_other_door_leads_past_it(ada: Ada) -> None:
    """Forms that sign in who sends them twice, and the page on which an app is let in."""
    app = await registers(ada.node)
    again = {"username": "ada", "your_name": "Ada", "password": PASSWORD, "email": ""}
    async with browser(ada.node) as eve:
        visitor = (await eve.open("/sign-in")).form("/sign-in").fields
        community = {"name": "Guild", "purpose": "Bread", "language": "en", "hue": "moss"}
        community["time_zone"] = "UTC"
        page = await eve.post("/setup", {**visitor, **again, **community, "token": "dead"})
        assert (page.path, eve.cookie("session")) == ("/sign-in/code", None)
        page = await eve.post("/join", {**visitor, **again, "code": "dead"})
        assert (page.path, eve.cookie("session")) == ("/sign-in/code", None)
        await ada.node.pool.execute("UPDATE accounts SET created_at = now() - interval '1 hour'")
        for door, more in (("/setup", {**community, "token": "dead"}), ("/join", {"code": "dead"})):
            page = await eve.post(door, {**visitor, **again, **more})
            assert (page.status, page.path) == (410, door)  # only the same form of a moment ago
        page = await eve.fill(request_of(app), "/sign-in", {"login": "ada", "password": PASSWORD})
        assert page.path == "/sign-in/code"
        assert (await eve.open(request_of(app))).path == "/sign-in"
        await eve.fill(request_of(app), "/sign-in", {"login": "ada", "password": PASSWORD})
        assert (await gives(eve, ada.code())).path == "/oauth/authorize"
        codes = [(await agrees(eve, request_of(app)))["code"] for _ in range(2)]
        _, given = await app.exchange(code=codes[0])
        await not_even_of_who_is_suspended(ada)
        async with transaction(ada.node.pool) as tx:
            assert await take_off(tx, ada.account_id)  # what was lost opens nothing any more
        assert (await app.exchange(code=codes[1]))[0] == 400
        assert await App(ada.node, given["access_token"]).status("GET", "/v1/preferences") == 401
        assert (await eve.open("/settings")).path == "/sign-in"


async def not_even_of_who_is_suspended(ada: Ada) -> None:
    """The password shows why; nobody asks in her name or takes her data without the code."""
    pool = ada.node.pool
    await pool.execute("UPDATE actors SET suspended_at = now() WHERE username = 'ada'")
    async with browser(ada.node) as eve:
        shown = await eve.sign_in("ada")
        assert shown.path == "/shut-out" and "wrote no reason down" in shown.text
        form = shown.form("/shut-out/code").fields
        for action in ("/shut-out/archive", "/shut-out/ask/1"):
            assert (await eve.post(action, form)).status == 401
        assert (await eve.post("/shut-out/code", {**form, "code": "000000"})).status == 422
        await ada.forget_codes_of_now()
        whole = await eve.post("/shut-out/code", {**form, "code": ada.code()})
        assert whole.form("/shut-out/archive")
        await pool.execute("UPDATE actors SET suspended_at = NULL WHERE username = 'ada'")
        assert (await eve.open("/shut-out")).path == "/sign-in"


async def test_a_browser_left_open_changes_nothing_without_the_password(ada: Ada) -> None:
    async with browser(ada.node) as me:
        await me.sign_in("ada")
        await gives(me, ada.code())
        form = (await me.open(HERE)).form(HERE).fields
        await ada.node.pool.execute("UPDATE sessions SET verified_at = NULL")
        for do in ("off", "codes"):
            page = await me.post(HERE, {**form, "do": do})
            assert page.path == "/settings/again"
        assert await ada.node.pool.fetchval("SELECT count(*) FROM recovery_codes") == 10
        assert (await me.open(HERE)).path == "/settings/again"
        proof = {"current_password": "another sentence"}
        page = await me.fill(f"/settings/again?next={HERE}", "/settings/again", proof)
        assert page.status == 422
        proof = {"current_password": PASSWORD}
        page = await me.fill(f"/settings/again?next={HERE}", "/settings/again", proof)
        assert page.path == HERE
        assert (await me.post(HERE, {**form, "do": "dance"})).status == 422
        async with transaction(ada.node.pool) as tx:
            await close_other_sessions(tx, ada.account_id, "")
        assert (await me.open(HERE)).path == "/sign-in"
