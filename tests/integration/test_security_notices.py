"""A member hears of sign-ins with a browser that was not known, and of what decides over them."""

from datetime import UTC, datetime, timedelta

from fedinet.security.upkeep import forget_once
from tests.integration.browser import PASSWORD, Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
ASKS = "Was it you?"
HERE = "/settings/security"
MAILS = "FROM mails WHERE kind <> 'confirm_address' ORDER BY id"


async def was_me(me: Browser) -> None:
    await me.fill(HERE, "/settings/notices", {})


async def test_a_new_browser_is_told_once_and_cannot_hush_its_own_coming(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", email="ada@guild.example")
    await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
    async with browser(node) as laptop, browser(node) as thief:
        await laptop.sign_in("ada")  # just joined: nobody has to be told
        assert await node.pool.fetchval("SELECT count(*) FROM security_notices") == 0
        await node.pool.execute("UPDATE accounts SET created_at = now() - interval '1 hour'")
        form = {"login": "ada", "password": PASSWORD}
        await thief.fill("/sign-in", "/sign-in", form, headers=FIREFOX)
        assert ASKS not in (await thief.open("/")).text
        assert ASKS in (await laptop.open("/settings")).text
        page = await laptop.open(HERE)
        assert "A new sign-in to your account New" in page.text
        assert "Firefox, Linux · 127.0.0.0/24" in page.text
        mail = await node.pool.fetch(f"SELECT kind, facts::text {MAILS}")
        assert [row["kind"] for row in mail] == ["new_sign_in"]
        assert "Firefox, Linux" in mail[0]["facts"]
        own = page.form("/sign-out").fields
        await thief.post("/settings/notices", (await thief.open(HERE)).form("/sign-out").fields)
        assert ASKS in (await laptop.open("/settings")).text
        await was_me(laptop)
        assert ASKS not in (await laptop.open("/settings")).text
        assert "A new sign-in to your account New" not in (await laptop.open(HERE)).text

        await laptop.post("/sign-out", own)
        await laptop.sign_in("ada")  # known by its cookie, which outlives the session
        await laptop.fill(
            HERE,
            "/settings/password",
            {"current_password": PASSWORD, "password": "another evening by the sea"},
        )
        assert ASKS not in (await laptop.open("/settings")).text  # who did it knows
        page = await laptop.open(HERE)
        assert "Your password was changed" in page.text
        await thief.sign_in("ada", "another evening by the sea")
        assert ASKS in (await thief.open("/settings")).text
        kinds = await node.pool.fetch(f"SELECT kind {MAILS}")
        assert [row["kind"] for row in kinds] == ["new_sign_in", "password_changed"]
        await forget_once(node.pool, datetime.now(UTC) + timedelta(days=401), ip_days=30)
        for table in ("known_browsers", "security_notices"):
            assert await node.pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
