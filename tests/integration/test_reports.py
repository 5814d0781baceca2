"""Reports: from other servers, from members, and how stewards settle them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.desk.store import list_open
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.moderation import reports_store
from fedinet.moderation.acts_store import SAID_KEPT, list_acts_of
from fedinet.moderation.model import MAX_OPEN_OF_ONE, MAX_OPEN_OF_OWNER
from fedinet.moderation.reasons import Because
from fedinet.moderation.removing import take_away
from fedinet.moderation.reporting import report
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.moderation.upkeep import forget_once
from fedinet.vocab.activity import Document
from fedinet.vocab.normalise import normalise
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.people import URIS, given_follow, given_member, given_remote
from tests.integration.social import deliver_note, publish, receive, sent
from tests.integration.statements import statements
from tests.integration.test_media_posts import uploaded

WIRE = Path(__file__).parents[1] / "wire"
SQL = Path(__file__).parents[2] / "schemas" / "sql"
POST = "https://home.example/posts/1"


def wire(path: str) -> Document:
    return normalise(json.loads((WIRE / path).read_text())["document"])


def flag(actor: Actor, *named: object, number: int = 1, **more: Any) -> Document:
    return {
        "id": f"{actor.uri}/flags/{number}",
        "type": "Flag",
        "actor": actor.uri,
        "object": list(named),
        "content": "<p>Look</p><script>x</script>",
        **more,
    }


@pytest.mark.parametrize("path", ["mastodon/flag.json", "lemmy/flag.json", "misskey/flag.json"])
async def test_what_real_servers_report_is_kept_once(tx: Tx, path: str) -> None:
    ada, document = await given_member(tx, "ada"), wire(path)
    uri = str(document["actor"])
    reporter = await given_remote(tx, uri.rsplit("/", 1)[-1], uri.split("/")[2], uri=uri)
    post = await publish(tx, ada)
    await tx.execute("UPDATE posts SET uri = $1", POST)

    assert await receive(tx, reporter, document) == Applied()
    assert await receive(tx, reporter, document) == Dropped("already_known")

    [one] = await reports_store.list_reports(tx)
    assert (one.target_id, one.reporter_id) == (ada.id, reporter.id) and one.comment
    assert one.post_ids in ((post.id,), ())


async def test_a_flag_of_ten_thousand_is_one_report_for_each_member(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo")
    post = await publish(tx, ada)
    many = [f"https://x.example/{n}" for n in range(10_000)]

    assert await receive(tx, bo, flag(bo, post.uri, 7, None, cleo.uri, *many)) == Applied()
    late = flag(bo, *many, ada.uri, number=2)
    assert await receive(tx, bo, late) == Dropped("unknown_object")

    reports = {one.target_id: one for one in await reports_store.list_reports(tx)}
    assert reports.keys() == {ada.id, cleo.id}
    assert reports[ada.id].post_ids == (post.id,) and reports[cleo.id].post_ids == ()
    assert len(reports[ada.id].unknown) == 20 and reports[ada.id].comment == "Look"


async def test_who_reports_without_end_is_not_heard_meanwhile(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    for number in range(MAX_OPEN_OF_ONE):
        await receive(tx, bo, flag(bo, ada.uri, number=number))

    assert await receive(tx, bo, flag(bo, ada.uri, number=999)) == Dropped("too_many_reports")


async def test_a_domain_that_invents_reporters_is_not_heard_either(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    for number in range(4):
        domain = f"s{number}.flood.example"
        uri = f"https://{domain}/users/bo{number}"
        bo = await given_remote(tx, f"bo{number}", domain, uri=uri)
        for again in range(MAX_OPEN_OF_OWNER // 3):
            outcome = await receive(tx, bo, flag(bo, ada.uri, number=again))
    cleo = await given_remote(tx, "cleo", "noflood.example", uri="https://noflood.example/cleo")

    assert outcome == Dropped("too_many_reports")
    assert await receive(tx, cleo, flag(cleo, ada.uri)) == Applied()
    assert await tx.fetchval("SELECT count(*) FROM reports") == MAX_OPEN_OF_OWNER + 1
    assert len(await reports_store.list_reports(tx)) == 1, "all about one person"


async def test_a_member_reports_somebody_elsewhere_and_stays_unnamed(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    node = await given_remote(tx, "node", "home.example", uri=URIS.node_actor)
    await given_follow(tx, ada, bo)
    note, mine = await deliver_note(tx, bo), await publish(tx, ada)

    made = await report(
        tx, URIS, ada, bo, post_ids=[note.id, mine.id], comment=" rude ", category="spam",
        forward=True,
    )  # fmt: skip

    told = (await sent(tx))[-1]
    assert (told.sender, told.to, told.is_direct) == (node.id, [bo.id], True)
    assert told.activity["object"] == [bo.uri, note.uri] and told.activity["content"] == "rude"
    assert ada.uri not in json.dumps(told.activity) and made.post_ids == (note.id,)
    with pytest.raises(Unprocessable):
        await report(tx, URIS, ada, ada, post_ids=[], comment="", category="other", forward=False)


async def test_what_one_had_settled_about_oneself_is_open_again(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, flag(bo, ada.uri))
    await tx.execute("UPDATE reports SET resolved_at = now(), resolved_by = target_id")
    await tx.execute("DELETE FROM matters")
    await tx.execute((SQL / "0103_reports_about_oneself.sql").read_text())

    [one] = await reports_store.list_reports(tx)
    [line] = await list_open(tx)
    assert (line.subject, line.about_actor) == (str(one.id), ada.id)
    assert line.href == f"/admin/reports/{one.id}"


async def test_a_report_goes_from_the_page_to_the_desk_and_is_settled(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="moderator")
    await given_account(node, "bo")
    app = await given_app(node, "cleo")
    shown = await uploaded(app, "A rude picture")
    status = await app.publish("Rude words", visibility="public", media_ids=[shown["id"]])
    async with browser(node) as bo:
        await bo.sign_in("bo")
        empty = await bo.fill(f"/report?post={status['id']}", "/report", {"comment": " "})
        assert empty.status == 422 and "Say what it is about" in empty.text
        assert "Needed if you choose “Something else”." in empty.text
        page = await bo.fill(
            f"/report?post={status['id']}", "/report", {"comment": "This <b>hurts</b>"}
        )
        assert page.status == 200 and "Thank you" in page.text
        assert "/report" not in [form.action for form in page.forms]  # a reload tells nothing twice
        for path in ("/admin", "/admin/reports"):
            assert (await bo.open(path)).status == 403
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for path in ("/admin", "/admin/reports"):
            with statements() as asked:
                page = await ada.open(path)
            assert len(asked[page.headers["X-Request-Id"]]) <= 6, asked
            assert "by Bo ( @bo ) “ This <b>hurts</b> ”" in page.text, page.text
            assert "The post: “ Rude words ”" in page.text
        report_id = await node.pool.fetchval("SELECT id FROM reports")
        path = f"/admin/reports/{report_id}"
        page = await ada.open(path)
        assert "Rude words" in page.text and 'alt="A rude picture"' in page.html
        assert 'by <a href="/@bo">' in page.html and "(<bdi>@bo</bdi>)" in page.html, (
            "as everywhere"
        )
        noted = {**page.forms[-1].fields, "note": "We talked", "do": "note"}
        for page in await asyncio.gather(*(ada.post(path, noted) for _ in range(2))):
            assert page.status == 200 and page.text.count("We talked") == 1
        nothing = await ada.post(path, {**noted, "note": " ", "answer": "To the visitor"})
        assert nothing.status == 422 and "Write something first" in nothing.text
        assert 'href="#note"' in nothing.html
        await ada.fill(path, path, {"do": "settle", "note": "We talked"})
        assert "Nothing to look at" in (await ada.open("/admin/reports")).text
        assert "We talked" in (await ada.open(path)).text
        await _the_post_is_taken_away(app, status["id"], ada, path)
    by_app = {"account_id": str(app.id), "forward": True}
    assert await app.status("POST", "/v1/reports", json=by_app) == 422
    boss = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'bo'")
    made = await app.post("/v1/reports", json={"account_id": str(boss), "comment": "Hm"})
    assert (made["category"], made["forwarded"], made["comment"]) == ("other", False, "Hm")


async def test_a_server_that_reports_is_named_as_one(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "mo", role="moderator")
    _, cleo = await given_account(node, "cleo")
    async with transaction(node.pool) as tx:
        there = await given_remote(tx, "loud.example", "loud.example")
        await tx.execute("UPDATE actors SET kind = 'Application' WHERE id = $1", there.id)
        for number in (1, 2):
            uri = await tx.fetchval("SELECT uri FROM actors WHERE id = $1", cleo)
            await receive(tx, there, flag(there, uri, number=number))
    async with browser(node) as mo:
        await mo.sign_in("mo")
        report = await node.pool.fetchval("SELECT max(id) FROM reports")
        shown = await mo.open(f"/admin/reports/{report}")
        assert "by the server loud.example" in shown.text and "@loud.example@" not in shown.text
        assert "by loud.example (2)" in (await mo.open("/admin")).text.replace(" (", " (")


_POSTED = """
    SELECT to_char(published_at AT TIME ZONE 'UTC', 'FMDD FMMonth YYYY') FROM posts WHERE id = $1
"""


async def _the_post_is_taken_away(cleo: App, post: str, ada: Browser, path: str) -> None:
    """For good and once; on record; Cleo is told, keeps her words, and may ask to look again."""
    pool, posted = cleo.node.pool, await cleo.node.pool.fetchval(_POSTED, int(post))
    decisions = await ada.open("/admin/decisions")
    assert decisions.text.count("a report was settled") == 2, "the kind to choose, and one line"
    for _ in range(2):
        await ada.fill(path, path, {"do": "reopen", "note": "It goes on"})
    found = await ada.open("/admin/decisions?act=reopen&by=@ada")
    assert "Cleo a report was opened again just now · @ada · Report It goes on" in found.text
    assert found.text.count("It goes on") == 1 and f'href="{path}"' in found.html
    await ada.fill(path, path, {"do": "settle", "note": "We talked"})
    assert "· Report We talked" in (await ada.open("/admin/decisions?act=settle")).text
    form = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
    assert f"post_{post}" in form
    chosen = {**form, "do": "act", "act": "remove", "reason": "It hurt somebody"}
    shown = await ada.post(path, {**chosen, "do": "preview"})
    assert f"The stewards took away what you posted on {posted}, " in shown.text
    assert await cleo.status("GET", f"/v1/statuses/{post}") == 200
    own = await ada.post(path, {**chosen, "do": "preview", "because": ""})
    assert [one for one in own.forms if one.action == path][-1].fields["because"] == "", (
        "words of one’s own stay one’s own"
    )
    chosen = await _a_word_is_said_once(ada, path, chosen)
    none = await ada.post(path, {**chosen, f"post_{post}": ""})
    assert none.status == 422 and "Choose at least one post" in none.text
    await pool.execute("UPDATE accounts SET role = 'owner' WHERE actor_id = $1", cleo.id)
    assert (await ada.post(path, chosen)).status == 403
    await pool.execute("UPDATE accounts SET role = 'member' WHERE actor_id = $1", cleo.id)
    for page in await asyncio.gather(*(ada.post(path, chosen) for _ in range(2))):
        assert (page.status, page.path) == (200, path), page.text
    await cleo.node.drain()
    assert await cleo.status("GET", f"/v1/statuses/{post}") == 404
    assert (await ada.open("/admin/decisions")).text.count("It hurt somebody") == 1
    now = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
    gone = await ada.post(path, {**chosen, "seen": now["seen"]})
    assert gone.status == 422 and "not there any more" in gone.text
    told = (
        "SELECT count(*) FROM outgoing WHERE convert_from(body, 'UTF8')::jsonb->>'type' = 'Delete'"
    )
    assert await pool.fetchval(told) == 1
    async with browser(cleo.node) as page:
        await page.sign_in("cleo")
        notices, standing = [
            await page.open(there) for there in ("/notifications", "/settings/standing")
        ]
        assert f"what you posted on {posted}, " in notices.text
        assert ("It hurt somebody" in standing.text, "was settled" in standing.text) == (
            True,
            False,
        )
        asks, *_ = [one for one in standing.forms if one.action.startswith("/settings/standing/")]
        words = "words_" + asks.action.rpartition("/")[2]
        await page.post(asks.action, {**asks.fields, words: "It was a joke"})
        kept = await pool.fetchval("SELECT form FROM kept_drafts WHERE of_post = $1", int(post))
        assert "Rude words" in (await page.open(f"/write?form={kept}")).html
        await page.fill("/write", "/write", {"text": "An answer", "do": "preview"})
        begun = await page.open("/write")
        assert "Rude words" in begun.text and "An answer" in begun.text, "each is found again"
        assert f"/write?form={kept}" in begun.html
    await _is_looked_at_again(ada, "/admin/looks/" + asks.action.rpartition("/")[2], posted)
    await _each_post_is_taken_away(cleo, ada, path, posted)


async def _is_looked_at_again(ada: Browser, look: str, posted: str) -> None:
    judged = (await ada.open(look)).text
    assert "The post does not come back" in judged and f"taken away, of {posted}, " in judged
    assert "Rude words" in judged and "A rude picture" in judged, "or nobody could look again"
    assert f"taken away, of {posted}, " in (await ada.open("/admin/looks")).text


async def _says_what_was_there(ada: Browser, path: str, posted: str) -> None:
    """A report tells the next steward by whom its post was taken away, and for a time what of."""
    text = (await ada.open(path)).text
    assert f"Taken away by @ada: what was posted on {posted}, " in text
    assert "Rude words" in text and f"taken away, of {posted}, " in text
    pool = ada.node.pool
    for table in ("removed_words", "reported_words"):
        await pool.execute(
            f"UPDATE {table} SET kept_at = now() - $1::interval",  # noqa: S608 - two of ours
            SAID_KEPT + timedelta(seconds=1),
        )
    await forget_once(pool)
    text = (await ada.open(path)).text
    assert "Rude words" not in text and "Its words are not kept" in text


async def _each_post_is_taken_away(cleo: App, ada: Browser, path: str, posted: str) -> None:
    """One by one, from a page that was not read anew: the second is said not to be done."""
    await _says_what_was_there(ada, path, posted)
    first, second = [(await cleo.publish(words))["id"] for words in ("More", "And more")]
    await cleo.node.pool.execute(
        "INSERT INTO report_posts (report_id, post_id)"
        " SELECT $1, unnest($2::bigint[])",
        int(path.rpartition("/")[2]),
        [int(first), int(second)],
    )  # fmt: skip
    form = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
    sent = {**form, "do": "act", "act": "remove", "reason": "It hurt"}
    for _ in range(2):
        assert (await ada.post(path, {**sent, f"post_{first}": "1"})).status == 200
    stale = await ada.post(path, {**sent, f"post_{second}": "1"})
    assert stale.status == 409 and "was done about them meanwhile" in stale.text
    again = [one for one in stale.forms if one.action == path][-1].fields
    assert (await ada.post(path, {**again, "do": "act"})).status == 200
    left = "SELECT count(*) FROM posts WHERE id = ANY($1::bigint[])"
    assert await cleo.node.pool.fetchval(left, [int(first), int(second)]) == 0


async def _a_word_is_said_once(ada: Browser, path: str, chosen: dict[str, str]) -> dict[str, str]:
    """By a second click; and who was slower than another steward is told so. The form as it is."""
    pool, of = ada.node.pool, await ada.node.pool.fetchval("SELECT target_id FROM reports")
    said = "SELECT count(*) FROM account_acts WHERE act = 'warn'"
    for number, there in enumerate((path, f"/admin/people/{of}"), 1):
        page = await ada.open(there)
        form = next(
            one.fields for one in page.forms if one.action == there and "seen" in one.fields
        )
        word = {**form, "do": "act", "act": "warn", "reason": f"Word {number}"}
        for page in await asyncio.gather(*(ada.post(there, word) for _ in range(2))):
            assert (page.status, page.path) == (200, there), page.text
        assert await pool.fetchval(said) == number
        slower = await ada.post(there, {**word, "act": "limit"})
        assert slower.status == 409 and "was done about them meanwhile" in slower.text
        assert "Only their followers" not in slower.text and f"Word {number}" in slower.html
        another = await ada.post(there, {**word, "reason": "Another word"})
        assert another.status == 409 and "Another word" in another.html
        older = await ada.open(f"/admin/people/{of}?max_id={'9' * 18}")
        assert "Do something about Cleo" in older.text
        assert not any("seen" in one.fields for one in older.forms), "where the latest is not seen"
    assert await pool.fetchval(said) == 2
    form = [one for one in (await ada.open(path)).forms if one.action == path][-1].fields
    return {**chosen, "seen": form["seen"]}


async def test_a_post_from_elsewhere_is_taken_away_and_not_taken_in_again(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)
    made = await report(
        tx, URIS, ada, bo, post_ids=[note.id], comment="", category="spam", forward=False
    )
    because, now = Because(reason_id=None, rule_ids=()), datetime.now(UTC)
    for posts in ([note], []):
        await take_away(
            tx, bo.id, posts, by=COMMAND_LINE, now=now, reason="", because=because,
            report_id=made.id,
        )  # fmt: skip
    [done] = await list_acts_of(tx, bo.id)
    assert (done.act, done.report_id) == (Act.REMOVE, made.id)
    count = "SELECT count(*) FROM posts WHERE uri = $1"
    assert await tx.fetchval(count, note.uri) == 0
    with pytest.raises(AssertionError, match="Dropped"):
        await deliver_note(tx, bo)
    assert await tx.fetchval(count, note.uri) == 0
