"""Two stewards at one form: who saves second sees what the first saved, and loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from fedinet.charter.commands import add_rule
from fedinet.charter.model import RuleWords
from fedinet.charter.store import lock_house
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.node.store import lock_node
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

WAITING = """
    SELECT count(DISTINCT pid) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
SAID = "was changed elsewhere while you were writing"


@pytest.mark.parametrize(
    ("path", "name", "subject"),
    [
        ("/admin/house/description", "source", "/about"),
        ("/admin/house/privacy", "source", "/privacy"),
        ("/admin/house/terms", "source_nl", "/terms"),
        ("/admin/house/rules/RULE", "text", "/rules"),
        ("/settings/community", "purpose", "/settings/community"),
    ],
)
async def test_who_saves_second_is_asked(
    start_node: StartNode, path: str, name: str, subject: str
) -> None:
    node = await start_node()
    await given_account(node, "anna", role="owner")
    await given_account(node, "bob", role="admin")
    async with transaction(node.pool) as tx:
        rule_id = await add_rule(tx, RuleWords("Be kind", "To all"), {})
    path = path.replace("RULE", str(rule_id))
    async with browser(node) as anna, browser(node) as bob:
        await anna.sign_in("anna")
        await bob.sign_in("bob")
        more = {"source_nl": {"source": "# Terms"}, "purpose": {"hue": "plum"}}.get(name, {})
        more |= {"do": "save"}
        hers = {**(await anna.open(path)).form(path).fields, **more, name: "What Anna wrote."}
        his = {**(await bob.open(path)).form(path).fields, **more, name: "What Bob wrote."}
        for _ in range(2):  # a second click is the same once more
            assert (await anna.post(path, hers)).status == 200
        refused = await bob.post(path, his)
        assert (refused.status, SAID in refused.text) == (409, True)
        assert "What Anna wrote." in refused.html.partition("<form")[2].partition(SAID)[2]
        kept = refused.form(path).fields
        assert kept[name].strip() == "What Bob wrote."
        assert (await anna.open(path)).form(path).fields[name].strip() == "What Anna wrote."
        assert (await bob.post(path, {**kept, **more, name: kept[name]})).status == 200
        assert (await anna.open(path)).form(path).fields[name].strip() == "What Bob wrote."
        record = await anna.open("/admin/policy/audit")
        assert subject in record.text and "written anew" in record.text
        assert "@bob" in record.text and record.text.count("What Anna wrote.") == 2
        assert "Undo this" not in record.text


@pytest.mark.parametrize(
    ("path", "name", "hers", "shown"),
    [
        ("/admin/law", "controller", "The guild", "The guild"),
        ("/admin/law", "address", "Oven 1\n1000 Bread", "1000 Bread"),
        ("/admin/house/contact", "email", "one@home.example", "one@home.example"),
        ("/admin/house/contact", "steward", "BOB", "@bob"),
    ],
)
async def test_who_answers_and_whom_to_write_to_is_saved_by_one_at_a_time(
    start_node: StartNode, path: str, name: str, hers: str, shown: str
) -> None:
    node = await start_node()
    await given_account(node, "anna", role="owner")
    hers = hers.replace("BOB", str((await given_account(node, "bob", role="admin"))[0]))
    async with browser(node) as anna, browser(node) as bob:
        await anna.sign_in("anna")
        await bob.sign_in("bob")
        other = "email" if name == "email" else "host" if path == "/admin/law" else "email"
        his = (await bob.open(path)).form(path).fields | {other: "his@home.example"}
        form = (await anna.open(path)).form(path).fields
        for _ in range(2):  # a second click is the same once more
            assert (await anna.post(path, {**form, name: hers})).status == 200
        refused = await bob.post(path, his)
        assert (refused.status, SAID in refused.text) == (409, True)
        assert shown in refused.html.partition(SAID)[2].partition("<form")[0]
        kept = refused.form(path).fields
        assert kept[other].strip() == "his@home.example"
        assert (await anna.open(path)).form(path).fields[name].strip() == hers
        assert (await bob.post(path, kept)).status == 200
        assert (await anna.open(path)).form(path).fields[other].strip() == "his@home.example"


@pytest.mark.parametrize(
    ("path", "name", "lock"),
    [
        ("/admin/house/description", "source", lock_house),
        ("/settings/community", "purpose", lock_node),
    ],
)
async def test_of_two_at_the_same_moment_one_is_asked(
    start_node: StartNode, path: str, name: str, lock: Callable[[Tx], Awaitable[object]]
) -> None:
    node = await start_node()
    await given_account(node, "anna", role="owner")
    await given_account(node, "bob", role="admin")
    async with browser(node) as anna, browser(node) as bob:
        forms: list[dict[str, str]] = []
        for who, login in ((anna, "anna"), (bob, "bob")):
            await who.sign_in(login)
            more = {"hue": "plum"} if name == "purpose" else {}
            form = (await who.open(path)).form(path).fields
            forms.append({**form, **more, name: f"What {login} wrote."})
        async with transaction(node.pool) as tx:
            await lock(tx)
            sent = [
                asyncio.create_task(who.post(path, form))
                for who, form in zip((anna, bob), forms, strict=True)
            ]
            async with asyncio.timeout(20):
                while await node.pool.fetchval(WAITING) < len(sent):  # noqa: ASYNC110  # tells nobody
                    await asyncio.sleep(0.01)
        assert sorted([(await one).status for one in sent]) == [200, 409]


async def test_what_one_took_out_does_not_come_back_unasked(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "anna", role="owner")
    await given_account(node, "bob", role="admin")
    path = "/admin/house/terms"
    async with browser(node) as anna, browser(node) as bob:
        await anna.sign_in("anna")
        await bob.sign_in("bob")
        await anna.fill(path, path, {"source": "# Terms", "source_nl": "# Voorwaarden"})
        hers = (await anna.open(path)).form(path).fields
        his = (await bob.open(path)).form(path).fields
        assert (await anna.post(path, {**hers, "source_nl": ""})).status == 200
        refused = await bob.post(path, {**his, "source_nl": "# Voorwaarden, beter"})
        assert (refused.status, SAID in refused.text) == (409, True)
        assert (await bob.post(path, refused.form(path).fields)).status == 200
