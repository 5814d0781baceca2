"""When something went wrong: everybody out, nothing in or out, looked at, lifted."""

from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.lockdown import commands, store
from fedinet.security.owner_links_store import new_owner_link
from tests.integration.apps import App, given_app
from tests.integration.browser import PASSWORD, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.members import Member, follows, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.test_erasures import given_ways_in, ways_in

PAGE = "/admin/lockdown"


async def test_a_community_is_locked_down_looked_at_and_lifted(start_node: StartNode) -> None:
    node, other = await start_node(), await start_node()
    await given_account(node, "olga", role="owner")
    await given_account(node, "mo", role="admin")
    ada, bo = await given_app(node, "ada"), await given_member_of(other, "bo")
    await follows(bo, Member(node, ada.account_id, ada.id))
    await node.drain()
    keys = await public_keys(node)
    async with browser(node) as olga, browser(node) as mo, browser(node) as thief:
        await olga.sign_in("olga")
        await mo.sign_in("mo")
        await thief.sign_in("olga")
        assert (await mo.open(PAGE)).status == 403
        token = (await mo.open("/write")).form("/write").fields
        assert (await mo.post(PAGE, {**token, "do": "lock"})).status == 403
        await given_ways_in(node, ada.account_id)
        form = {"do": "lock", "reason": "A laptop was stolen", "actors": "1", "push": "1"}
        form["invitations"] = "1"
        page = await olga.fill(PAGE, PAGE, form)
        assert "Locked down" in page.text and "A laptop was stolen" in page.text

        assert await ways_in(node.pool) == 0
        for visitor in (mo, thief):
            seen = await visitor.open("/settings")
            assert seen.path.startswith("/sign-in") and "you can read" in seen.text
            refused = await visitor.fill(
                "/sign-in", "/sign-in", {"login": "mo", "password": PASSWORD}
            )
            assert (refused.status, "you can read" in refused.text) == (503, True)
        assert (await thief.open("/about")).status == 200
        assert await ada.status("GET", "/v1/timelines/home") == 401
        assert await ada.status("POST", "/v1/statuses", json={"status": "x"}) == 401
        assert await App(node).status("POST", "/v1/apps", json={"client_name": "x"}) == 503
        async with node.http.post("/oauth/token", data={}) as answer:
            assert answer.status == 503
        async with node.http.post("/inbox", data=b"{}") as answer:
            assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
        assert (
            await olga.fill("/write", "/write", {"text": "x", "audience": "everyone"})
        ).status == 503
        lines = {(line.what.value, line.who) for line in await report(node)}
        assert {("session", "@mo"), ("session", "@olga"), ("token", "@ada")} <= lines

        await node.drain()
        await node.drain()
        now_keys = await public_keys(node)
        assert len(now_keys) == len(keys) and not keys & now_keys
        assert await node.pool.fetchval("SELECT count(*) FROM outgoing WHERE fanned_out_at IS NULL")
        page = await olga.fill(PAGE, PAGE, {"do": "lift"})
        assert "you can read" not in page.text and "Lock it down" in page.text
        assert (await thief.open("/settings")).path.startswith("/sign-in")
        assert (await mo.sign_in("mo")).status == 200
    await node.drain()
    await other.drain()
    assert not await node.pool.fetchval("SELECT count(*) FROM outgoing WHERE fanned_out_at IS NULL")


async def test_an_owner_gets_in_by_a_link_from_the_terminal_once(start_node: StartNode) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "olga", role="owner")
    member, _ = await given_account(node, "bo")
    now = datetime.now(UTC)
    async with transaction(node.pool) as tx:
        await commands.lock_down(tx, by="a test", reason="", data=node.services.settings.data)
        assert await store.find_owner(tx, "bo") is None and await store.find_owner(tx) == owner
        token = await new_owner_link(tx, owner, now=now)
        no_owner = await new_owner_link(tx, member, now=now)
        await commands.lock_down(tx, by="a test", reason="", data=node.services.settings.data)
    async with browser(node) as olga, browser(node) as thief:
        path = f"/lockdown/enter?token={token}"
        assert (await thief.open("/lockdown/enter?token=guess%00")).status == 410
        page = await olga.open(path)
        fields = page.form("/lockdown/enter").fields
        visitor = (await thief.open(path)).form("/lockdown/enter").fields
        assert (await thief.post("/lockdown/enter", {**visitor, "token": no_owner})).status == 410
        page = await olga.post("/lockdown/enter", fields)
        assert page.path == PAGE and "Lift it" in page.text
        assert (await thief.post("/lockdown/enter", visitor)).status == 410
        assert (await thief.open(PAGE)).path.startswith("/sign-in")
        assert (await olga.fill(PAGE, PAGE, {"do": "lift"})).status == 200


async def report(node: RunningNode) -> list[store.Line]:
    since = datetime.now(UTC) - timedelta(hours=1)
    return list(await store.report(node.pool, since, limit=100))


async def public_keys(node: RunningNode) -> set[bytes]:
    rows = await node.pool.fetch(
        "SELECT private_sealed FROM actor_keys WHERE private_sealed IS NOT NULL"
    )
    return {row["private_sealed"] for row in rows}
