"""Somebody without an account reports a post, and reads what became of it."""

from datetime import UTC, datetime, timedelta

from fedinet.accounts.store import find_account
from fedinet.db.pool import transaction
from fedinet.leaving.commands import close_account
from fedinet.moderation import visiting
from fedinet.moderation.visitors_store import NAMED_FOR, forget_visitors
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_admin_people_api import given_steward

_FORM = "/report/visitor"
_AGAIN = {"category": "other", "comment": "again"}
_ANSWER = "/report/visitor/answer"
_MAILS = "SELECT kind, recipient, language, facts FROM mails WHERE kind = 'report_settled'"


async def test_a_visitor_reports_a_post_and_reads_the_answer(start_node: StartNode) -> None:
    node = await start_node()
    bo = await given_app(node, "bo")
    post = await bo.post("/v1/statuses", json={"status": "Buy bread", "visibility": "public"})
    hidden = await bo.post("/v1/statuses", json={"status": "Secret", "visibility": "private"})
    await given_account(node, "ada", role="owner")
    async with browser(node) as ada, browser(node) as guest:
        await ada.sign_in("ada")
        asked = f"{_FORM}?post={post['id']}"
        assert asked in (await guest.open(f"/@bo/{post['id']}")).html
        assert f"{_FORM}?person={bo.id}" in (await guest.open("/@bo")).html
        for none in (f"?post={hidden['id']}", "?post=7", "?person=x", ""):
            assert (await guest.open(_FORM + none)).status == 404, none
        await _is_refused(guest, asked)
        assert await node.pool.fetchval("SELECT count(*) FROM reports") == 0
        words = (await guest.open(asked)).form(_FORM).fields
        words |= {
            "category": "spam",
            "comment": "<b>Spam</b>",
            "name": "Cleo",
            "email": "cleo@c.example",
        }
        options = {"headers": {"Accept-Language": "nl"}, "allow_redirects": False}
        mine = (await guest.fill(asked, _FORM, words, **options)).headers["Location"]
        again = (await guest.post(_FORM, words, **options)).headers["Location"]
        assert again == mine and await node.pool.fetchval("SELECT count(*) FROM reports") == 1
        assert mine.startswith(f"{_ANSWER}?key=") and "<b>Spam</b>" in (await guest.open(mine)).text
        for none in (f"?key={'x' * 43}", "?key=%ED%A0%80", ""):
            assert (await guest.open(f"{_ANSWER}{none}")).status == 404, none
        await _is_answered(ada)
        assert "Thank you, it is gone" in (await guest.open(mine)).text
        mails = [tuple(row) for row in await node.pool.fetch(_MAILS)]
        assert [row[:3] for row in mails] == [("report_settled", "cleo@c.example", "nl")]
        assert "it is gone" in mails[0][3]
        left = await node.pool.fetchrow("SELECT name, email FROM visitor_reports")
        assert left is not None and tuple(left) == ("", "")
        for _ in range(4):
            page = await guest.fill(asked, _FORM, {**_AGAIN, "email": "c@d.example"})
        assert page.status == 429
        await _is_forgotten(node, await given_steward(node, "mo", "moderator"))


async def test_what_the_law_asks_is_read_where_there_is_one_steward(start_node: StartNode) -> None:
    """By them, without who wrote it, until it is settled; anything else waits for a second one."""
    node = await start_node()
    ada = await given_steward(node, "ada", "owner")
    bo = await given_app(node, "bo")
    asked = f"{_FORM}?person={ada.id}"
    said = "I am Jan de Vries, jan@v.example. https://home.example/@ada/1 is my picture"
    words = {"comment": said, "name": "Jan de Vries", "email": "jan@v.example"}
    async with browser(node) as steward, browser(node) as guest:
        await steward.sign_in("ada")
        assert "You are the only steward" in (await steward.open("/admin")).text
        assert "is the only steward here" not in (await guest.open(f"{_FORM}?person={bo.id}")).text
        assert "is the only steward here" in (await guest.open(asked)).text
        async with browser(node) as member:
            await member.sign_in("bo")
            form = (await member.open(f"/report?person={ada.id}")).text
            assert "is the only steward here" in form and "in which your name stands" in form
        for kind in ("other", "legal"):
            await guest.fill(asked, _FORM, {**words, "category": kind})
        ids = [row["id"] for row in await node.pool.fetch("SELECT id FROM reports ORDER BY id")]
        other, legal = [f"/admin/reports/{number}" for number in ids]
        assert "Jan" not in (await steward.open(other)).text
        for page in (legal, "/admin", "/admin/reports"):
            read = (await steward.open(page)).text
            assert "https://home.example/@ada/1 is my picture" in read, page
            assert "Jan" not in read and "Vries" not in read and "v.example" not in read, page
        told = await ada.get(f"/v1/admin/reports/{ids[1]}")
        assert "is my picture" in told["comment"] and "Jan" not in str(told)
        sly = f"/v1/admin/reports/{ids[0]}"
        assert await ada.status("PUT", sly, json={"category": "legal"}) == 422
        await _is_answered_and_stays_open(ada, steward, other, legal)
        again = (await steward.open(legal)).text
        assert "is my picture" in again and "Jan" not in again
        await forget(node, before=datetime.now(UTC) + timedelta(days=1))
        later = (await steward.open(legal)).text
        assert "is my picture" in later and "Jan" not in later, "nor in half a year"
        await given_account(node, "cleo", role="moderator")
        assert "is my picture" not in (await steward.open(legal)).text
        assert "is the only steward here" not in (await guest.open(asked)).text
        assert "You are the only steward" not in (await steward.open("/admin")).text
        await guest.sign_in("cleo")
        desk = await guest.open("/admin")
        assert legal in desk.html and "2 reports about Ada" in desk.text, "they waited for her"
        for page in (other, legal):
            assert "is my picture" in (await guest.open(page)).text, "another steward reads it"
        cleo = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'cleo'")
        await bo.post("/v1/reports", json={"account_id": str(cleo), "comment": "Rude"})
        own = await node.pool.fetchval("SELECT id FROM reports WHERE target_id = $1", cleo)
        mine = f"/admin/reports/{own}"
        assert "I work on this" not in (await guest.open(mine)).text
        refused = await guest.fill(mine, mine, {"do": "take"})
        assert refused.status == 422 and "ask another steward" in refused.text
        assert (await steward.fill(mine, mine, {"do": "anything"})).status == 422
        assert "Mark as settled" in (await steward.open(mine)).text, "nothing was settled"


async def test_who_is_forgotten_is_left_out_of_their_words_for_good(start_node: StartNode) -> None:
    """Once nobody else is left, whom they are about reads them, and cannot tell who wrote them."""
    node = await start_node()
    ada = await given_steward(node, "ada", "owner")
    cleo = await given_account(node, "cleo", role="moderator")
    bo, said = await given_app(node, "bo"), "It is {}. https://home.example/@ada/1 is my picture"
    await node.pool.execute("UPDATE actors SET name = 'Bo Baker' WHERE id = $1", int(bo.id))
    named = {"category": "legal", "name": "Jan de Vries", "email": "jan@v.example"}
    async with browser(node) as steward, browser(node) as other:
        await other.fill(
            f"{_FORM}?person={ada.id}", _FORM, {**named, "comment": said.format("Jan de Vries")}
        )
        legal = {"account_id": str(ada.id), "category": "legal", "comment": said.format("Bo Baker")}
        await bo.post("/v1/reports", json=legal)
        ids = [row["id"] for row in await node.pool.fetch("SELECT id FROM reports ORDER BY id")]
        visitors, members = [f"/admin/reports/{number}" for number in ids]
        await other.sign_in("cleo")
        for page, name in ((visitors, "Jan de Vries"), (members, "Bo Baker")):
            assert f"It is {name}." in (await other.open(page)).text
        alone = {"do": "settle", "answer": "It is gone", f"also_{ids[1]}": ""}
        await other.fill(visitors, visitors, alone)
        await other.fill(visitors, visitors, {"do": "reopen"})
        for account_id in (bo.account_id, cleo[0]):
            async with transaction(node.pool) as tx:
                account = await find_account(tx, account_id)
                assert account is not None
                await close_account(tx, account)
        await node.drain()
        await steward.sign_in("ada")
        for page in (visitors, members):
            assert "It is […]" in (await steward.open(page)).text
            read = (await steward.open(page)).text
            assert "https://home.example/@ada/1 is my picture" in read, page
            assert not any(name in read for name in ("Jan", "Vries", "Bo ", "Baker")), page


async def _is_answered_and_stays_open(ada: App, steward: Browser, other: str, legal: str) -> None:
    """Whom it is about settles nothing, and tells the visitor what they did."""
    pool = ada.node.pool
    for word in ("settle", "reopen", "take", "leave"):
        refused = await steward.fill(legal, legal, {"do": word, "answer": "It is gone"})
        assert refused.status == 422 and "ask another steward" in refused.text, word
    assert await ada.status("POST", f"/v1{legal}/resolve") == 422
    assert (await steward.fill(legal, legal, {"do": "answer", "answer": " "})).status == 422
    assert (await steward.fill(other, other, {"do": "answer", "answer": "No"})).status == 422
    await steward.fill(legal, legal, {"do": "answer", "answer": "It is gone"})
    answers = await pool.fetch("SELECT answer FROM visitor_reports ORDER BY report_id")
    assert [row["answer"] for row in answers] == ["", "It is gone"]
    assert await pool.fetchval("SELECT count(*) FROM reports WHERE resolved_at IS NULL") == 2


async def _is_forgotten(node: RunningNode, mo: App) -> None:
    """Settled in an app too; and after half a year where nobody settles it."""
    named = "SELECT report_id FROM visitor_reports WHERE email <> '' ORDER BY report_id"
    first, *others = [row["report_id"] for row in await node.pool.fetch(named)]
    await mo.post(f"/v1/admin/reports/{first}/resolve")
    assert [row["report_id"] for row in await node.pool.fetch(named)] == others
    assert len(await node.pool.fetch(_MAILS)) == 2
    soon = datetime.now(UTC) + timedelta(days=1)
    await forget(node, before=soon - NAMED_FOR)
    assert [row["report_id"] for row in await node.pool.fetch(named)] == others
    await forget(node, before=soon)
    assert await node.pool.fetch(named) == []


async def forget(node: RunningNode, *, before: datetime) -> None:
    async with transaction(node.pool) as tx:
        await forget_visitors(tx, before=before)


async def _is_refused(guest: Browser, asked: str) -> None:
    assert "Thank you" in (await guest.fill(asked, _FORM, {"website": "spam"})).text
    long = {**_AGAIN, "email": "a@\nb", "name": "x" * (visiting.MAX_NAME + 1)}
    assert (await guest.fill(asked, _FORM, long)).status == 422
    for missing, field in (({"comment": "x"}, "category"), ({"category": "other"}, "comment")):
        page = await guest.fill(asked, _FORM, missing)
        assert page.status == 422
        assert f'href="#{field}"' in page.html


async def _is_answered(ada: Browser) -> None:
    desk = await ada.open("/admin/reports")
    assert "from a visitor" in desk.text and "somebody who has left" not in desk.text
    path = desk.html.partition('href="/admin/reports/')[2].partition('"')[0]
    report = f"/admin/reports/{path}"
    page = await ada.open(report)
    assert "Buy bread" in page.text and "Cleo" in page.text
    for word in ("take", "settle", "settle"):  # twice: one mail
        await ada.fill(report, report, {"do": word, "answer": "Thank you, it is gone"})
