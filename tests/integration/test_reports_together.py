"""Reports about one person are one line of the desk, and are settled by one decision."""

import asyncio

import pytest

from fedinet.moderation.model import MAX_AN_HOUR
from tests.integration.apps import given_app
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.test_last_owner import is_waiting

LOCK = "SELECT id FROM reports WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
OPEN = "SELECT count(*) FROM reports WHERE resolved_at IS NULL"


async def test_reports_about_one_person_are_one_line_and_settled_together(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="moderator")
    bob, cleo = await given_app(node, "bob"), await given_app(node, "cleo")
    dan = await given_app(node, "dan")
    for app, name, others in ((cleo, "cleo", (bob, dan)), (dan, "dan", (bob, cleo))):
        for target in others:
            said = {"account_id": str(target.id), "comment": f"Rude, says {name}"}
            await app.post("/v1/reports", json=said)
    words = {"category": "spam", "comment": "Buy bread", "email": "v@v.example", "name": "Vi"}
    async with browser(node) as ada, browser(node) as guest:
        await guest.fill(f"/report/visitor?person={bob.id}", "/report/visitor", words)
        await ada.sign_in("ada")
        for path in ("/admin", "/admin/reports"):
            page = await ada.open(path)
            assert page.text.count("3 reports about Bob") >= 1, page.text
            assert path != "/admin" or "Reports 3" in page.text, page.text
            assert "by people without an account , Cleo , Dan · Unwanted" in page.text, page.text
            assert page.html.count("/admin/reports/") == 3, "three people, three lines"
        assert (await ada.open("/admin/reports?all=1")).html.count("/admin/reports/") == 5
        one, two, three = [
            row["id"]
            for row in await node.pool.fetch(
                "SELECT id FROM reports WHERE target_id = $1 ORDER BY id", int(bob.id)
            )
        ]
        await _are_settled_together(ada, one, two, three)
        assert await node.pool.fetchval(OPEN) == 2, "those about others stay"
        told = await node.pool.fetch("SELECT kind FROM mails WHERE kind = 'report_settled'")
        assert len(told) == 1


async def _are_settled_together(ada: Browser, one: int, two: int, three: int) -> None:
    """What was ticked is; what was not stays open, and after a mistake nothing is ticked anew."""
    pool, path = ada.node.pool, f"/admin/reports/{three}"
    page = await ada.open(path)
    assert "2 other open reports about them are settled too" in page.text
    assert "Rude, says cleo" in page.text and "Rude, says dan" in page.text
    first = next(form for form in page.forms if "note" in form.fields).fields
    assert first[f"also_{one}"] == first[f"also_{two}"] == "1", "ticked"
    kept = {name: value for name, value in first.items() if name != f"also_{one}"}
    wrong = await ada.post(path, {**kept, "do": "settle", "note": "x" * 3000})
    assert wrong.status == 422
    again = next(form for form in wrong.forms if "note" in form.fields).fields
    assert f"also_{one}" not in again and f"also_{two}" in again
    await ada.post(path, {**kept, "do": "settle", "note": "We talked"})
    assert [
        row["id"]
        for row in await pool.fetch(
            "SELECT id FROM reports WHERE resolved_at IS NULL AND id = ANY($1)", [one, two, three]
        )
    ] == [one]
    record = await ada.open("/admin/decisions?act=settle")
    assert record.text.count("We talked") == 1
    assert f"/admin/reports/{two}" in record.html and f"/admin/reports/{three}" in record.html
    await ada.fill(path, path, {"do": "reopen"})
    acting = (await ada.open(path)).forms[-1].fields
    assert acting[f"also_{one}"] == "1"
    done = {**acting, "do": "act", "act": "limit", "reason": "Enough"}
    await _begins_with_the_first(ada, one, three, path, done)
    for _ in range(2):
        assert (await ada.post(path, done)).status == 200
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM reports WHERE resolved_at IS NULL AND id = ANY($1)", [one, three]
        )
        == 0
    )


async def _begins_with_the_first(
    who: Browser, first: int, last: int, path: str, fields: dict[str, str]
) -> None:
    """Who works on several reports locks them by number, so that two never wait for each other."""
    async with who.node.pool.acquire() as watcher, watcher.transaction():
        await watcher.fetchval(LOCK, first)
        second = asyncio.create_task(who.post(path, fields))
        await is_waiting(who.node.pool, second)
        assert await watcher.fetchval(LOCK, last) == last, "it holds what comes later"
    assert (await second).status == 200


async def test_who_reports_without_end_is_told_what_to_do_and_more_is_added(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="moderator")
    cleo = await given_app(node, "cleo")
    people = [(await given_account(node, f"p{number}"))[1] for number in range(MAX_AN_HOUR + 1)]
    first, last = int(people[0]), int(people[-1])
    for person in people[:-1]:
        await cleo.post("/v1/reports", json={"account_id": str(person), "comment": "Rude"})
    again = {"account_id": str(first), "comment": "And again", "category": "spam"}
    for _ in range(2):
        made = await cleo.post("/v1/reports", json=again)
        assert (made["comment"], made["category"]) == ("Rude\n\nAnd again", "spam")
    twice = again | {"comment": "One\n\nTwo"}
    for _ in range(2):
        made = await cleo.post("/v1/reports", json=twice)
        assert made["comment"] == "Rude\n\nAnd again\n\nOne\n\nTwo"
    assert await node.pool.fetchval(OPEN) == MAX_AN_HOUR
    async with browser(node) as one, browser(node) as ada:
        await one.sign_in("cleo")
        words = {"comment": "Rude too", "category": "other"}
        refused = await one.fill(f"/report?person={last}", "/report", words)
        assert refused.status == 429 and "within an hour" in refused.text
        assert "Rude too" in refused.html, "nothing is lost"
        monkeypatch.setattr("fedinet.moderation.reporting.MAX_OPEN_OF_ONE", MAX_AN_HOUR)
        refused = await one.fill(f"/report?person={last}", "/report", words)
        assert refused.status == 429 and "of your reports are still open" in refused.text
        added = await one.fill(f"/report?person={first}", "/report", words)
        assert added.status == 200 and "Thank you" in added.text
        long = {**words, "comment": "x" * 1000}
        for number in range(5):
            page = await one.fill(
                f"/report?person={first}", "/report", {**long, "comment": f"{number}" * 1000}
            )
        assert page.status == 422 and "much about this already" in page.text
        await ada.sign_in("ada")
        assert (await ada.open("/admin/reports")).html.count("/admin/reports/") == MAX_AN_HOUR
        desk = await ada.open("/admin")
        assert "“ Rude And again" in desk.text
        await _all_of_one_are_settled(ada, int(cleo.id), int(last), desk)


async def _all_of_one_are_settled(ada: Browser, cleo: int, own: int, desk: SeenPage) -> None:
    """But for what was unticked; the record has a line for each person."""
    path = f"/admin/reporters/{cleo}"
    for seen in (desk, await ada.open("/admin/reports")):
        assert f"{MAX_AN_HOUR} open reports are by Cleo" in seen.text and path in seen.html
    page = await ada.open(path)
    form = page.form(path).fields
    boxes = [name for name in form if name.startswith("also_")]
    assert len(boxes) == MAX_AN_HOUR and all(form[name] == "1" for name in boxes)
    none = {name: value for name, value in form.items() if name not in boxes}
    refused = await ada.post(path, none)
    assert refused.status == 422 and "Tick at least one report" in refused.text
    found = await ada.node.pool.fetch("SELECT id FROM reports ORDER BY id")
    one, *_, most = (row["id"] for row in found)
    about = "UPDATE reports SET target_id = $2 WHERE id = $1"
    await ada.node.pool.execute(about, one, own)  # the first report, about the last person
    both = {f"also_{one}": "1", f"also_{most}": "1"}
    await _begins_with_the_first(ada, one, most, path, {**none, **both})
    await ada.node.pool.execute("UPDATE reports SET resolved_at = NULL, resolved_by = NULL")
    del form[boxes[0]]
    left = await ada.post(path, {**form, "note": "Quarrel"})
    assert left.html.count('name="also_') == 1
    assert await ada.node.pool.fetchval(OPEN) == 1
    record = (await ada.open("/admin/decisions?act=settle")).text
    assert record.count("Quarrel") == MAX_AN_HOUR - 1
    assert "are by Cleo" not in (await ada.open("/admin")).text
    assert "Nothing that they reported is open" in (await ada.open(f"/admin/reporters/{own}")).text
    async with browser(ada.node) as member:
        await member.sign_in("cleo")
        assert (await member.open(path)).status == 403
