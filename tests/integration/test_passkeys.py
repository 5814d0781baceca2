"""Passkeys over HTTP: added, named, used alone and after a password, and forged in every way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.db.pool import transaction
from fedinet.http.headers import CONTENT_SECURITY_POLICY
from fedinet.security.commands import take_off
from fedinet.security.upkeep import forget_once
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account, given_second_step
from tests.integration.nodes import RunningNode
from tests.soft_passkey import SoftPasskey

HERE = "/settings/passkeys"
NOT_OURS = "does not open an account here"


def a_device(node: RunningNode, **changes: Any) -> SoftPasskey:
    return SoftPasskey(**{"origin": node.origin, "rp_id": "127.0.0.1", **changes})


async def asked(me: Browser, page: str, action: str) -> tuple[dict[str, str], dict[str, Any]]:
    """What the script does first: the form's fields, and what it is told to ask the device."""
    fields = (await me.open(page)).form(action).fields
    async with me.http.post(f"{action}/options", data=fields) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return fields, await answer.json()


async def adds(me: Browser, device: SoftPasskey, name: str = "", **lies: Any) -> SeenPage:
    fields, options = await asked(me, HERE, HERE)
    answer = device.made(options, **lies)
    return await me.post(HERE, {**fields, "do": "add", "name": name, "credential": answer})


async def enters(me: Browser, device: SoftPasskey, at: str = "/sign-in", **lies: Any) -> SeenPage:
    fields, options = await asked(me, at, "/sign-in/passkey")
    answer = device.used(options, **lies)
    return await me.post("/sign-in/passkey", {**fields, "credential": answer})


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    made = await start_node()
    await given_account(made, "ada")
    await given_account(made, "eve")
    return made


async def test_a_passkey_is_added_named_used_and_removed(node: RunningNode) -> None:
    phone = a_device(node)
    async with browser(node) as me, browser(node) as eve, browser(node) as other:
        await me.sign_in("ada")
        page = await me.open(HERE)
        policy = page.headers["Content-Security-Policy"]
        allowed = CONTENT_SECURITY_POLICY.replace("'none'", "", 1).split("script-src ")[0]
        assert policy.startswith(f"{allowed}script-src {node.origin}/assets/passkeys.")
        assert "'unsafe" not in policy
        assert "One passkey signs" not in (await me.open("/settings/security")).text
        page = await adds(me, phone, "my phone")
        assert (page.path, 'value="my phone"' in page.html) == (HERE, True)
        assert (await adds(me, phone)).status == 422  # the same one again
        options = (await asked(me, HERE, HERE))[1]
        assert len(options["excludeCredentials"]) == 1
        assert "ada" not in str(options["user"]["id"])

        page = await enters(other, phone)
        assert (page.path, "Your menu, Ada" in page.text) == ("/", True)
        seen = await node.pool.fetchrow("SELECT sign_count, last_used_at FROM passkeys")
        assert (seen["sign_count"], seen["last_used_at"] is None) == (1, False)

        await eve.sign_in("eve")
        number = str(await node.pool.fetchval("SELECT id FROM passkeys"))
        form = (await eve.open(HERE)).form(HERE).fields
        for do in ("name", "remove"):
            await eve.post(HERE, {**form, "id": number, "name": "eve’s now", "do": do})
        for wrong in ({"do": "remove"}, {"do": "name", "id": number, "name": " "}, {"do": "x"}):
            assert (await eve.post(HERE, {**form, **wrong})).status == 422
        assert 'value="my phone"' in (await me.open(HERE)).html
        page = await me.post(HERE, {**page.form("/sign-out").fields, "do": "name"})
        assert page.status == 403  # another browser's form
        own = (await me.open(HERE)).form(HERE).fields
        await me.post(HERE, {**own, "id": number, "do": "name", "name": "the old phone"})
        page = await me.post(HERE, {**own, "id": number, "do": "remove"})
        assert "the old phone" not in page.text
        await node.pool.execute("UPDATE sessions SET verified_at = NULL")
        assert (await me.post(HERE, {**own, "do": "add"})).path == "/settings/again"
        told = await node.pool.fetch("SELECT kind FROM security_notices ORDER BY id")
        assert [row["kind"] for row in told] == ["passkey_added", "passkey_removed"]
        await eve.post("/sign-out", form)
        page = await enters(eve, phone)
        assert (page.status, NOT_OURS in page.text) == (422, True)


async def test_answers_that_are_forged_replayed_or_somebody_elses(node: RunningNode) -> None:
    phone, hers = a_device(node), a_device(node, sees_holder=False)
    async with browser(node) as me, browser(node) as eve, browser(node) as door:
        await me.sign_in("ada")
        await eve.sign_in("eve")
        own, options = await asked(me, HERE, HERE)
        answer = phone.made(options)
        evil = (await eve.open(HERE)).form(HERE).fields
        page = await eve.post(HERE, {**evil, "do": "add", "credential": answer})
        assert page.status == 422  # made at Ada's asking
        page = await me.post(HERE, {**own, "do": "add", "credential": answer})
        assert page.status == 422  # and its challenge is gone by that
        for lies in ({"origin": "https://evil.example"}, {"challenge": "AAAA"}, {"fmt": "tpm"}):
            assert (await adds(me, phone, **lies)).status == 422
        assert (await adds(me, phone)).status == 200
        assert (await adds(eve, hers)).status == 200

        fields, options = await asked(door, "/sign-in", "/sign-in/passkey")
        good = {**fields, "credential": phone.used(options)}
        await me.post("/sign-out", own)
        stolen = {**(await me.open("/sign-in")).form("/sign-in").fields, **good}
        stolen["csrf"] = (await me.open("/sign-in")).form("/sign-in").fields["csrf"]
        assert (await me.post("/sign-in/passkey", stolen)).status == 422  # another browser's
        assert (await door.post("/sign-in/passkey", good)).status == 422  # answered by that
        assert (await enters(door, hers)).status == 422  # nobody looked who holds it
        for lies in ({"origin": "https://evil.example"}, {"signer": hers.key}, {"type": "x"}):
            assert (await enters(door, phone, **lies)).status == 422
        phone.count = -1  # a copy that never signed since
        await node.pool.execute("UPDATE passkeys SET sign_count = 9")
        assert (await enters(door, phone)).status == 422
        for junk in ("", "{}", "[" * 9000, json.dumps({"id": "x"})):
            page = await door.post("/sign-in/passkey", {**fields, "credential": junk})
            assert page.status == 422
        assert door.cookie("session") is None
        phone.count = 20
        await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE username = 'ada'")
        page = await enters(door, phone)
        assert (page.status, page.path) == (200, "/shut-out")
        await node.pool.execute("UPDATE accounts SET disabled_at = now()")
        assert (await enters(door, phone)).status == 422
        await node.pool.execute("UPDATE passkey_challenges SET expires_at = now()")
        await forget_once(node.pool, datetime.now(UTC), ip_days=30)
        assert await node.pool.fetchval("SELECT count(*) FROM passkey_challenges") == 0


async def test_after_the_password_one_of_ones_own_stands_in_for_the_code(
    node: RunningNode,
) -> None:
    phone, hers = a_device(node, sees_holder=False), a_device(node)
    async with browser(node) as me, browser(node) as eve, browser(node) as door:
        for who, name, device in ((me, "ada", phone), (eve, "eve", hers)):
            await who.sign_in(name)
            await adds(who, device)
        account_id = await node.pool.fetchval(
            "SELECT account_id FROM passkeys WHERE credential_id = $1", phone.id
        )
        await given_second_step(node, account_id)
        page = await door.sign_in("ada", next="/settings")
        assert page.path == "/sign-in/code"
        assert (await enters(door, hers, at="/sign-in/code")).status == 422  # Eve’s
        assert (await enters(door, phone, at="/sign-in/code")).path == "/settings"
        async with transaction(node.pool) as tx:
            assert await take_off(tx, account_id)
        kept = await node.pool.fetch("SELECT credential_id FROM passkeys")
        assert [row["credential_id"] for row in kept] == [hers.id]
