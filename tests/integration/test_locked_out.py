"""A member whom wrong passwords have locked out: stewards see it, and help them in."""

import re
from datetime import UTC, datetime, timedelta

from fedinet.accounts.sign_in import BY_NAME, BY_PAIR
from fedinet.http.limits import Limit
from tests.integration.browser import PASSWORD, Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

NEW = "een andere zin die niemand raadt"
TRIED = "Too many wrong passwords"


async def test_stewards_open_what_wrong_passwords_have_shut(start_node: StartNode) -> None:
    node = await start_node()
    _, owner_id = await given_account(node, "joris", role="owner")
    await given_account(node, "mo", role="moderator")
    _, ada_id = await given_account(node, "ada", email="ada@home.example")
    confirm = "UPDATE accounts SET email_confirmed_at = $1 WHERE email IS NOT NULL"
    await node.pool.execute(confirm, datetime.now(UTC))
    person = f"/admin/people/{ada_id}"
    async with browser(node) as joris, browser(node) as mo, browser(node) as her:
        await joris.sign_in("joris")
        await mo.sign_in("mo")
        assert TRIED not in (await mo.open(person)).text
        for login in ("ada", "ada@home.example"):
            await _is_locked_out(her, login)

            page = await mo.open(person)
            assert re.search(rf"{TRIED} .*shut until .*\d:\d\d", page.text), page.text
            assert f"{person}/link" not in page.html, "moderators make no links"
            csrf = page.form(f"{person}/unlock").fields
            assert (await mo.post(f"{person}/link", csrf)).status == 403
            opened = await mo.post(f"{person}/unlock", csrf)
            assert "can try to sign in again" in opened.text and TRIED not in opened.text
            assert (await her.sign_in(login)).status == 200
            await her.fill("/", "/sign-out", {})

        await node.pool.execute(confirm, None)
        for name in ("zz ada", "zz:ada", "ada@home.example"):
            for limit, who in ((BY_NAME, name), (BY_PAIR, f"192.0.2.1 {name}")):
                start = limit.window_start(datetime.now(UTC))
                await node.pool.execute(
                    """
                    INSERT INTO attempts (bucket, window_start, count) VALUES ($1, $2, 500)
                    ON CONFLICT (bucket, window_start) DO UPDATE SET count = 500
                    """,
                    limit.bucket(who),
                    start,
                )
        assert TRIED not in (await mo.open(person)).text, "names of nobody, or of who knows whom"
        await mo.post(f"{person}/unlock", csrf)
        left = "SELECT count(*) FROM attempts WHERE count = 500"
        assert await node.pool.fetchval(left) == 6, "and forgets nothing of theirs"

        for other, status in ((owner_id, 403), (ada_id + 1, 404)):
            assert (await mo.post(f"/admin/people/{other}/unlock", csrf)).status == status
        await node.pool.execute("UPDATE sessions SET verified_at = NULL")
        form = (await joris.open(person)).form(f"{person}/link").fields
        assert (await joris.post(f"{person}/link", form)).path == "/settings/again"
        await node.pool.execute("UPDATE sessions SET verified_at = now()")
        made = await joris.post(f"{person}/link", form)
        found = re.search(r'value="https?://[^/"]+(/reset-password\?token=[^"]+)"', made.html)
        assert found is not None and made.headers["Cache-Control"] == "no-store"
        await _is_locked_out(her, "ada")
        changed = await her.fill(found[1], "/reset-password", {"password": NEW})
        assert changed.path == "/sign-in"
        assert (await her.open(found[1])).status == 410, "once"
        assert (await her.sign_in("ada", PASSWORD)).status == 422
        assert (await her.sign_in("ada", NEW)).path == "/"

        record = (await joris.open(person)).text
        assert record.count("may try to sign in again") == 3 and "@mo" in record
        assert record.count("link for a new password") >= 2 and "@joris" in record
        assert "@ada" not in (await joris.open("/admin/policy/audit")).text, "that is kept for good"
        told = (await her.open("/settings/standing")).text
        assert "A steward let you try to sign in again" in told
        assert "A steward made a link for a new password" in told


async def _is_locked_out(her: Browser, login: str) -> None:
    for _ in range(20):
        assert (await her.sign_in(login, "wrong")).status == 422
    refused = await her.sign_in(login)
    assert (refused.status, "a steward can help" in refused.text) == (429, True)


def test_a_limit_says_when_it_opens() -> None:
    limit = Limit("x", 20, timedelta(minutes=10))
    start = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    now, before = start + timedelta(minutes=5), start - limit.window
    assert limit.opens_at({}, now) is None
    assert limit.opens_at({start: 19}, now) is None
    assert limit.opens_at({start: 20}, now) == start + limit.window * 1.05
    assert limit.opens_at({start: 9, before: 20}, now) is None
    assert limit.opens_at({start: 9, before: 40}, now) == start + limit.window * 0.75
    assert limit.opens_at({before: 1000}, start - limit.window * -5) is None
