"""Reports about one person are one line of the desk, and are settled by one decision."""

from tests.integration.apps import given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

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
    for _ in range(2):
        assert (await ada.post(path, done)).status == 200
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM reports WHERE resolved_at IS NULL AND id = ANY($1)", [one, three]
        )
        == 0
    )
