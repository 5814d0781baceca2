"""What stewards read of what was reported: whoever keeps whom away, and what was for few alone."""

import re
from typing import Any

import pytest

from fedinet.db.query import Pool
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.test_media_posts import status_of, uploaded

TAKE = {"do": "act", "act": "remove", "reason": "It hurt"}
RUDE = {"comment": "It is rude", "category": "other"}
SAID = "SELECT words FROM reported_words ORDER BY said_at"


@pytest.mark.parametrize(("who", "whom"), [("cleo", "ada"), ("ada", "cleo")])
async def test_no_block_keeps_a_steward_from_what_was_reported(
    start_node: StartNode, who: str, whom: str
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="moderator")
    await given_account(node, "bo")
    cleo = await given_app(node, "cleo")
    shown = await uploaded(cleo, "A thief")
    text = {"status": "Bram is a thief", "visibility": "private", "media_ids": [shown["id"]]}
    said = (await cleo.post("/v1/statuses", json=text))["id"]
    await node.pool.execute("UPDATE posts SET visibility = 'community'")
    letter = (await cleo.publish("@bo For you alone", visibility="direct"))["id"]
    async with browser(node) as ada, browser(node) as bo, browser(node) as one:
        await one.sign_in(who)
        await one.fill(f"/@{whom}", f"/@{whom}/acts", {"do": "block"})
        await bo.sign_in("bo")
        for post, words in ((said, "It is a lie"), (letter, "And this")):
            asked = (await bo.open(f"/report?post={post}")).text
            assert ("shows it to the stewards" in asked) == (post == letter)
            form = {"comment": words, "category": "other"}
            assert (await bo.fill(f"/report?post={post}", "/report", form)).status == 200
        await ada.sign_in("ada")
        assert (await ada.open(f"/@cleo/{said}")).status == 404
        assert "Bram is a thief" in (await ada.open("/admin/reports")).text
        path = await newest_report(node.pool)
        page = await ada.open(path)
        assert "Bram is a thief" in page.text and "For you alone" in page.text
        assert "not for you to read" not in page.text
        assert f"/@cleo/{said}" not in page.html, "no link to what does not open"
        [picture] = re.findall(r'src="(/media/[^"?]+)(\?pass=[^"]+)"', page.html)
        for path_of, status in ((picture[0], 404), ("".join(picture), 200)):
            assert await status_of(ada.http, path_of) == status, path_of
        assert (await take_away(ada, path, said)).status == 200
    left = await node.pool.fetch("SELECT id FROM posts")
    assert [row["id"] for row in left] == [int(letter)]


async def test_who_reports_a_letter_shows_it_to_the_stewards_and_no_other(
    start_node: StartNode,
) -> None:
    """Also with its picture, in apps, and until it is settled for a while; it can be taken away."""
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo = await given_app(node, "cleo"), await given_app(node, "bo")
    mo = await given_app(node, "mo", "admin:read")
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", mo.id)
    first = (await cleo.publish("@bo How are you?", visibility="direct"))["id"]
    answer = (await bo.publish("@cleo Fine", visibility="direct", in_reply_to_id=first))["id"]
    rude = (await cleo.publish("@bo Vile words", visibility="direct", in_reply_to_id=answer))["id"]
    async with browser(node) as page, browser(node) as ada:
        await page.sign_in("bo")
        await ada.sign_in("ada")
        assert (await page.fill(f"/report?post={rude}", "/report", RUDE)).status == 200
        path = await newest_report(node.pool)
        for there in ("/admin", "/admin/reports", path):
            assert "Vile words" in (await ada.open(there)).text, there
        shown = await ada.open(path)
        assert "Only people mentioned" in shown.text and "nothing else of the conv" in shown.text
        assert "Fine" not in shown.text and "How are you?" not in shown.text
        assert f'"/@cleo/{rude}"' not in shown.html
        for other in (first, answer, rude):
            assert (await ada.open(f"/@cleo/{other}")).status == 404, "nowhere but in the report"
        [told] = await mo.get("/v1/admin/reports")
        assert [status["id"] for status in told["statuses"]] == [rude]

        assert (await take_away(ada, path, rude)).status == 200
        left = await node.pool.fetch("SELECT id FROM posts ORDER BY id")
        assert [row["id"] for row in left] == [int(first), int(answer)]
        assert (await ada.open(path)).text.count("Vile words") == 1
        await _is_looked_at_again(cleo, ada)


async def _is_looked_at_again(cleo: App, ada: Browser) -> None:
    async with browser(cleo.node) as page:
        await page.sign_in("cleo")
        standing = await page.open("/settings/standing")
        asks, *_ = [one for one in standing.forms if one.action.startswith("/settings/standing/")]
        number = asks.action.rpartition("/")[2]
        await page.post(asks.action, {**asks.fields, f"words_{number}": "It was a joke"})
    assert "Vile words" in (await ada.open(f"/admin/looks/{number}")).text


async def test_what_was_reported_stays_readable_when_it_is_changed_or_deleted(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo")
    cleo = await given_app(node, "cleo")
    one = (await cleo.publish("Bram is a thief"))["id"]
    async with browser(node) as bo, browser(node) as ada:
        await bo.sign_in("bo")
        await ada.sign_in("ada")
        for _ in range(2):
            await bo.fill(f"/report?post={one}", "/report", RUDE)
        path = await newest_report(node.pool)
        shown = (await ada.open(path)).text
        assert shown.count("Bram is a thief") == 1 and "Then it said" not in shown
        change = {"status": "Bram is a friend"}
        assert await cleo.status("PUT", f"/v1/statuses/{one}", json=change) == 200
        shown = (await ada.open(path)).text
        assert shown.index("Bram is a friend") < shown.index("Then it said: Bram is a thief")
        await bo.fill(f"/report?post={one}", "/report", {**RUDE, "comment": "It goes on"})
        await cleo.status("DELETE", f"/v1/statuses/{one}")
        await node.drain()
        shown = (await ada.open(path)).text
        assert "It was deleted since it was reported. It said: Bram is a thief" in shown
        assert "Bram is a friend" in shown and "not for you to read" not in shown
        assert "Bram is a" in (await ada.open("/admin/reports")).text
        assert "Take the post away" not in shown
    assert [row["words"] for row in await node.pool.fetch(SAID)] == [
        "Bram is a thief",
        "Bram is a friend",
    ]


async def test_a_steward_is_not_shown_what_of_theirs_was_reported(start_node: StartNode) -> None:
    """A letter tells who reported it; deleted, it goes on to be for the other stewards."""
    node = await start_node()
    await given_account(node, "bo")
    await given_account(node, "cleo", role="owner")
    mo = await given_app(node, "mo")
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", mo.id)
    letter = (await mo.publish("@bo Fine with me", visibility="direct"))["id"]
    async with browser(node) as bo, browser(node) as her, browser(node) as cleo:
        await bo.sign_in("bo")
        form = {"comment": "Rude", "category": "other"}
        assert (await bo.fill(f"/report?post={letter}", "/report", form)).status == 200
        await node.drain()
        [told] = await mo.get("/v1/notifications", params={"types[]": "admin.report"})
        assert told["report"]["target_account"]["id"] == str(mo.id)
        assert told["report"]["status_ids"] == []
        await her.sign_in("mo")
        await cleo.sign_in("cleo")
        path = await newest_report(node.pool)
        for _ in range(2):
            for there in ("/admin", "/admin/reports", path):
                page = await her.open(there)
                assert page.status == 200 and "Fine with me" not in page.text, there
                assert "not for you to read" not in page.text, "nor that there was one"
                assert "Fine with me" in (await cleo.open(there)).text, there
            await mo.status("DELETE", f"/v1/statuses/{letter}")
            await node.drain()


async def newest_report(pool: Pool) -> str:
    newest = await pool.fetchval("SELECT max(id) FROM reports")
    return f"/admin/reports/{newest}"


async def take_away(ada: Browser, path: str, post: str) -> Any:
    form = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
    return await ada.post(path, {**form, **TAKE, f"post_{post}": "1"})


async def test_a_member_reads_which_post_it_is_about_and_not_which_letter(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo = await given_app(node, "cleo"), await given_app(node, "bo")
    said = (await cleo.publish("Bram is a thief"))["id"]
    letter = (await cleo.publish("@bo Vile words", visibility="direct"))["id"]
    other = (await cleo.publish("It was not reported"))["id"]
    text = {"status": "", "media_ids": [(await uploaded(cleo, ""))["id"]]}
    picture = (await cleo.post("/v1/statuses", json=text))["id"]
    body: dict[str, Any] = {"account_id": str(cleo.id), "comment": "Rude"}
    await bo.post("/v1/reports", json={**body, "status_ids": [said, letter, picture]})
    async with browser(node) as ada, browser(node) as page:
        await ada.sign_in("ada")
        path = await newest_report(node.pool)
        form = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
        word = {**form, "do": "preview", "act": "warn", "reason": "Be kind"}
        shown = await ada.post(path, word)
        read = shown.text.partition("This is what they read")[2].partition("Nothing is done")[0]
        assert "Bram is a thief" in read and "Vile words" not in read
        assert "A post without words" in read
        assert (await ada.post(path, {**word, "do": "act"})).status == 200
        await page.sign_in("cleo")
        standing = await page.open("/settings/standing")
        assert "Be kind" in standing.text and f'href="/@cleo/{said}"' in standing.html
        assert "About: “ Bram is a thief ”" in standing.text
        for hidden in ("Vile words", letter, other):
            assert hidden not in standing.html
        await cleo.status("DELETE", f"/v1/statuses/{said}")
        await node.drain()
        left = (await page.open("/settings/standing")).text
        assert left.count("About:") == 1 and "A post without words" in left
