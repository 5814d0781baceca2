"""What stewards read of what was reported: whoever keeps whom away, and nothing for few alone."""

import pytest

from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

TAKE = {"do": "act", "act": "remove", "reason": "It hurt"}


@pytest.mark.parametrize(("who", "whom"), [("cleo", "ada"), ("ada", "cleo")])
async def test_no_block_keeps_a_steward_from_what_was_reported(
    start_node: StartNode, who: str, whom: str
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="moderator")
    await given_account(node, "bo")
    cleo = await given_app(node, "cleo")
    said = (await cleo.publish("Bram is a thief", visibility="private"))["id"]
    await node.pool.execute("UPDATE posts SET visibility = 'community'")
    letter = (await cleo.publish("@bo For you alone", visibility="direct"))["id"]
    async with browser(node) as ada, browser(node) as bo, browser(node) as one:
        await one.sign_in(who)
        await one.fill(f"/@{whom}", f"/@{whom}/acts", {"do": "block"})
        await bo.sign_in("bo")
        for post, words in ((said, "It is a lie"), (letter, "And this")):
            asked = (await bo.open(f"/report?post={post}")).text
            assert ("The stewards cannot open" in asked) == (post == letter)
            form = {"comment": words, "category": "other"}
            assert (await bo.fill(f"/report?post={post}", "/report", form)).status == 200
        await ada.sign_in("ada")
        assert (await ada.open(f"/@cleo/{said}")).status == 404
        assert "Bram is a thief" in (await ada.open("/admin/reports")).text
        report = await node.pool.fetchval("SELECT max(id) FROM reports")
        path = f"/admin/reports/{report}"
        page = await ada.open(path)
        assert "Bram is a thief" in page.text and "For you alone" not in page.text
        assert "One post is not for you to read." in page.text
        form = [one for one in page.forms if one.action == path][-1].fields
        done = await ada.post(path, {**form, **TAKE, f"post_{said}": "1"})
        assert done.status == 200
    left = await node.pool.fetch("SELECT id FROM posts")
    assert [row["id"] for row in left] == [int(letter)]


async def test_a_letter_does_not_tell_a_steward_who_reported_it(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "bo")
    await given_account(node, "cleo", role="owner")
    mo = await given_app(node, "mo")
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", mo.id)
    letter = (await mo.publish("@bo Fine with me", visibility="direct"))["id"]
    async with browser(node) as bo, browser(node) as her:
        await bo.sign_in("bo")
        form = {"comment": "Rude", "category": "other"}
        assert (await bo.fill(f"/report?post={letter}", "/report", form)).status == 200
        await her.sign_in("mo")
        report = await node.pool.fetchval("SELECT max(id) FROM reports")
        for path in ("/admin", "/admin/reports", f"/admin/reports/{report}"):
            page = await her.open(path)
            assert page.status == 200 and "Fine with me" not in page.text, path
        assert "One post is not for you to read." in page.text
