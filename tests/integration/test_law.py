"""Who answers for a community, versions that members accept, and what is kept how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fedinet.charter.register import WHY
from fedinet.charter.retention import retention
from fedinet.charter.upkeep import look_once
from fedinet.db.query import Pool
from fedinet.http.upkeep import sweep_once
from fedinet.security.upkeep import forget_once
from fedinet.settings import load
from tests.integration.apps import App
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_invitation_pages import given_link

ROOT = Path(__file__).parents[2]
SETTINGS = load({"origin": "https://a.example"}, {})
_LAW = "/admin/law"
_ASK = "/admin/law/ask"
_MINE = "/settings/agreements"
_WHOLE = {
    "controller": "Bakers' <b>Guild</b>",
    "address": "Oven 1\n1000 Bread",
    "email": "house@bread.example",
    "host": "Rack of the guild, Belgium",
    "backups": "Cellar, Belgium",
    "authority": "Authority of bread",
}


async def test_stewards_say_who_answers_and_members_accept_what_changes(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo", role="moderator")
    async with browser(node) as ada, browser(node) as bo, browser(node) as guest:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        await _fills_in(node, ada, guest)
        for word in ("One", "Two"):  # the same day: one version
            await ada.fill("/admin/house", "/admin/house", {"text": word})
        assert (await guest.open("/versions/rules/2")).status == 404
        await _joins(node, ada, guest)
        await ada.fill("/admin/house", "/admin/house", {"text": "Three"})  # somebody accepted
        assert "Three" not in (await guest.open("/versions/rules/1")).text
        assert "Three" in (await guest.open("/versions/rules/2")).text
        await _asks(ada, bo, guest)
        assert (await bo.post(_LAW, {})).status == 403
        assert (await bo.open("/admin/law/register")).status == 403
        table = await ada.open("/admin/law/register.csv")
        assert "house@bread.example" not in table.html and "ip_days" in table.html
        assert "Belgium" in (await ada.open("/admin/law/register.md")).html


async def _fills_in(node: RunningNode, ada: Browser, guest: Browser) -> None:
    await look_once(node.pool)
    assert "Your imprint is not filled in" in (await ada.open("/admin")).text
    assert "not filled in everything" in (await guest.open("/imprint")).text
    wrong = await ada.fill(_LAW, _LAW, {"controller": "x" * 301, "email": "a@\nb"})
    assert wrong.status == 422
    await ada.fill(_LAW, _LAW, {"controller": "Guild"})
    await look_once(node.pool)
    assert "Your imprint is not filled in" in (await ada.open("/admin")).text
    assert "Saved" in (await ada.fill(_LAW, _LAW, _WHOLE)).text
    assert "Your imprint is not filled in" not in (await ada.open("/admin")).text
    imprint = await guest.open("/imprint")
    assert "Bakers' <b>Guild</b>" in imprint.text and "not filled in" not in imprint.text
    privacy = await guest.open("/privacy", headers={"Accept-Language": "nl"})
    assert "30 dagen" in privacy.text and "Cellar, Belgium" in privacy.text
    kept = await guest.open("/versions/privacy/1", headers={"Accept-Language": "nl"})
    assert "30 dagen" in kept.text
    app = await App(node).get("/v1/instance/privacy_policy")
    assert "Cellar, Belgium" in app["content"] and "not sealed" in app["content"]


async def _joins(node: RunningNode, ada: Browser, guest: Browser) -> None:
    fields = {"your_name": "Cleo", "username": "cleo", "password": "a short sentence"}
    await guest.fill(await given_link(ada), "/join", fields)
    rows = await node.pool.fetch("SELECT kind, number FROM house_acceptances")
    assert [tuple(row) for row in rows] == [("rules", 1)]


async def _asks(ada: Browser, bo: Browser, cleo: Browser) -> None:
    assert "has changed" not in (await cleo.open("/")).text
    await ada.fill(_LAW, _ASK, {})
    for one in (bo, cleo):
        assert "has changed" in (await one.open("/")).text
        for wrong in ({"paper": "privacy"}, {"number": "99999999"}, {"number": "x"}):
            assert (await one.fill(_MINE, _MINE, wrong)).status == 404
        page = await one.fill(_MINE, _MINE, {})
        assert "has changed" not in page.text and "version 2" in page.text
    assert (await ada.fill(_MINE, _MINE, {"number": "3"})).status == 200  # no such version
    assert "has changed" in (await ada.open("/")).text


async def test_every_network_that_is_stored_is_named_and_forgotten(pool: Pool) -> None:
    columns = await pool.fetch(
        """
        SELECT c.table_name, c.column_name
          FROM information_schema.columns c
         WHERE c.table_schema = current_schema()
           AND (c.data_type IN ('inet', 'cidr')
                OR c.column_name ~ '(^|_)(ip|ips|networks?|client|bucket)(_|$)')
           AND c.data_type <> 'timestamp with time zone'
           AND c.column_name <> 'client_id'
        """
    )
    found = {(row["table_name"], row["column_name"]) for row in columns}
    assert found == {
        ("attempts", "bucket"),
        ("sessions", "network"),
        ("security_notices", "network"),
        ("ended_sessions", "network"),
    }


async def test_what_the_table_names_is_there_and_on_every_list(pool: Pool) -> None:
    """In the schema, in docs/law.md, in the register and among the settings."""
    kept = retention(SETTINGS)
    assert {one.key for one in kept} == set(WHY)
    tables = {row["name"] for row in await pool.fetch(_TABLES)}
    document = (ROOT / "docs" / "law.md").read_text()
    for one in kept:
        for word in (*one.tables, one.setting):
            assert f"`{word}`" in document or not word or one.key == "account", word
        assert set(one.tables) <= tables
        if one.setting:
            days = getattr(SETTINGS, one.setting)
            assert f"| {days} days | `{one.setting}` |" in document
        elif one.days is not None:
            assert f"| {one.days} days" in document, one.key


async def test_networks_of_sign_ins_go_and_the_sign_ins_stay(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await node.pool.execute(
        "INSERT INTO security_notices (account_id, kind, network, created_at)"
        " SELECT id, 'new_sign_in', '203.0.113.0/24', now() FROM accounts"
    )
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for days, is_left in ((29, True), (31, False)):
            now = datetime.now(UTC) + timedelta(days=days)
            await node.pool.execute("UPDATE sessions SET expires_at = $1", now + timedelta(days=9))
            await sweep_once(node.pool, now, ip_days=30)
            await forget_once(node.pool, now, ip_days=30)
            for table in ("sessions", "security_notices"):
                rows = await node.pool.fetch(f"SELECT network FROM {table}")  # noqa: S608
                assert rows, table
                assert {bool(row["network"]) for row in rows} == {is_left}, table


_TABLES = (
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
)
