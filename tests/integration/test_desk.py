"""What stewards are told: one line for each matter, to each of them, and to nobody else."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.desk import store
from fedinet.desk.model import BY_HAND, MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.follows import blocking
from fedinet.inbox.lanes import Lanes
from fedinet.notifications.model import Kind
from fedinet.notifications.store import list_notifications
from fedinet.policy.commands import Steward, put_rules, remove_rules
from fedinet.policy.document import RuleDocument
from fedinet.policy.reminders import remind
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import URIS, given_member, given_remote, seen_by
from tests.integration.social import receive, tell
from tests.integration.test_reports import flag

NOW, DAY = datetime.now(UTC).replace(microsecond=0), timedelta(days=1)


async def test_the_same_again_is_one_line_and_one_notification(tx: Tx) -> None:
    ada = await given_steward(tx, "ada", "moderator")
    member = await given_member(tx, "cleo")
    for _ in range(3):
        await told(tx, MatterKind.FLOOD, "mentions loud.example")
    await told(tx, MatterKind.REVIEW, "mentions loud.example")
    await tell(tx)

    review, flood = await store.list_open(tx)
    assert (flood.times, review.times) == (3, 1)
    assert [one.about_id for one in await list_notifications(tx, seen_by(ada))] == [
        review.id,
        flood.id,
    ]
    assert await list_notifications(tx, seen_by(member)) == []
    assert await store.count_open(tx) == {"flood": 1, "review": 1}


async def test_what_is_settled_leaves_the_desk_and_may_come_again(tx: Tx) -> None:
    ada = await given_steward(tx, "ada", "admin")
    first = await told(tx, MatterKind.ALLY, "x.example")
    assert first is not None and not await store.put_away(tx, first, BY_HAND)
    await settle_matter(tx, MatterKind.ALLY, "x.example", "y.example")
    assert await store.list_open(tx) == []

    second = await told(tx, MatterKind.ALLY, "x.example")
    await tell(tx)

    assert second != first
    assert [one.about_id for one in await list_notifications(tx, seen_by(ada))] == [second]
    await tx.execute("UPDATE accounts SET role = 'member' WHERE actor_id = $1", ada.id)
    assert await list_notifications(tx, seen_by(ada)) == []


async def test_a_flood_of_matters_of_a_kind_ends(tx: Tx) -> None:
    await tx.execute(
        "INSERT INTO matters (kind, subject, name, href)"
        " SELECT 'watched', n::text, 'x', '/admin' FROM generate_series(1, 1000) AS n"
    )
    assert await told(tx, MatterKind.WATCHED, "one more") is None
    assert await told(tx, MatterKind.WATCHED, "7") is not None
    assert await told(tx, MatterKind.FLOOD, "another kind") is not None
    assert (await store.count_open(tx))["watched"] == 100


async def test_a_steward_who_is_reported_is_not_told_by_whom(tx: Tx) -> None:
    node = await given_remote(tx, "node", "home.example", uri=URIS.node_actor)
    await tx.execute(
        "UPDATE actors SET is_local = true, kind = 'Application' WHERE id = $1", node.id
    )
    ada, cleo = (
        await given_steward(tx, "ada", "moderator"),
        await given_steward(tx, "cleo", "owner"),
    )
    bo = await given_remote(tx, "bo")
    await blocking.block(tx, cleo, bo)  # a steward hears of reports all the same
    await receive(tx, bo, flag(bo, ada.uri))
    await receive(tx, bo, flag(bo, ada.uri))
    await tell(tx)

    for steward, by in ((ada, node), (cleo, bo)):
        [one] = await list_notifications(tx, seen_by(steward))
        assert (one.kind, one.actor_id) == (Kind.REPORT, by.id)


async def test_the_desk_counts_and_is_cleared_and_a_double_click_is_one_report(
    start_node: StartNode,
) -> None:
    node = await start_node()
    app = await given_app(node, "ada", scopes="read")
    await node.pool.execute("UPDATE accounts SET role = 'owner'")
    await given_account(node, "bo")
    async with browser(node) as bo:
        await bo.sign_in("bo")
        form = (await bo.open(f"/report?person={app.id}")).form("/report")
        fields = {**form.fields, "comment": "Rude to Bo’s guests"}
        await asyncio.gather(*(bo.post("/report", fields) for _ in range(2)))
        assert (await bo.open("/admin")).status == 403
        assert (await bo.open("/admin/first-day")).status == 403
    async with transaction(node.pool) as tx:
        await told(tx, MatterKind.FLOOD, "loud.example")
    await node.drain()
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/notifications")
        assert "Ada was reported" in page.text and "Bo" not in page.text
        assert "Much is coming in at once: loud.example" in page.text
        page = await ada.open("/admin")
        assert "To do 2 wait for you" in page.text and "Reports 1 waits for you" in page.text
        report = await node.pool.fetchval("SELECT id FROM reports")  # one, of two clicks
        for path in ("/admin", "/admin/reports", f"/admin/reports/{report}"):
            read = await ada.open(path)
            assert "who reported it waits for a second steward" in read.text, path
            assert "Bo" not in read.text and "guests" not in read.text, path
        assert 'href="/admin/first-day"' in page.html.partition("<main")[2]
        await _the_first_day_is_ticked(ada)
        page = await ada.fill("/admin", "/admin", {})
        assert "loud.example" not in page.text and "Ada was reported" in page.text
        assert "settled" in (await ada.open("/notifications")).text
        assert await node.pool.fetchval("SELECT count(*) FROM reports") == 1
        [entity] = await app.get("/v1/notifications")
        assert (entity["type"], entity["report"]["id"]) == ("admin.report", str(report))
        assert entity["report"]["target_account"]["username"] == "ada"
        assert "Bo" not in str(entity)
        assert (await app.get("/v1/notifications/unread_count"))["count"] == 1
        path = f"/admin/reports/{report}"
        await _only_another_settles_it(ada, path)
        for page in ("/admin/decisions?act=settle", f"/admin/people/{app.id}"):
            read = (await ada.open(page)).text
            assert "a report was settled" in read and "We talked" not in read, page
        page = await ada.open("/admin")
        assert "Nothing to look at" in page.text and "The worker does not run" in page.text
        async with working(node):
            page = await ada.open("/admin")
            assert "Nothing to look at" in page.text and "The server is well" in page.text
        await _another_opens_it_again(ada, path)
        assert "Ada was reported" in (await ada.open("/admin")).text
        await _words_without_a_name_are_for_others(ada, app)


async def _only_another_settles_it(ada: Browser, path: str) -> None:
    """An owner neither, who was the only steward when it came."""
    refused = await ada.fill(path, path, {"do": "settle", "note": "We talked"})
    assert refused.status == 422 and "ask another steward" in refused.text
    await given_account(ada.node, "dora", role="moderator")
    async with browser(ada.node) as dora:
        await dora.sign_in("dora")
        assert "Ada was reported" in (await dora.open("/admin")).text
        await dora.fill(path, path, {"do": "settle", "note": "We talked"})


async def _another_opens_it_again(ada: Browser, path: str) -> None:
    assert (await ada.fill(path, path, {"do": "reopen"})).status == 422
    async with browser(ada.node) as dora:
        await dora.sign_in("dora")
        await dora.fill(path, path, {"do": "reopen"})


async def _words_without_a_name_are_for_others(ada: Browser, app: App) -> None:
    """Of a visitor, settled or not, and of who has left; and what other stewards noted."""
    node, form = ada.node, "/report/visitor"
    await given_account(node, "cleo", role="moderator")
    words = {"category": "other", "comment": "She was rude. Jan de Vries", "name": "Johan"}
    async with browser(node) as guest, browser(node) as cleo:
        await guest.fill(f"{form}?person={app.id}", form, words)
        await node.pool.execute(
            "UPDATE reports SET reporter_id = NULL, comment = 'Rude to Anna'"
            " WHERE reporter_id IS NOT NULL"
        )
        bo_s, jan_s = [
            f"/admin/reports/{row['id']}"
            for row in await node.pool.fetch("SELECT id FROM reports ORDER BY id")
        ]
        await cleo.sign_in("cleo")
        await cleo.fill(jan_s, jan_s, {"do": "note", "note": "He rang me"})
        await node.drain()
        others = await cleo.open(jan_s)
        assert "de Vries" in others.text and "Answer to the visitor" in others.text
        for settled in (False, True):
            for path in ("/admin", "/admin/reports?all=1", bo_s, jan_s):
                read = await ada.open(path)
                assert "could tell who wrote them" in read.text or path == "/admin", path
                for told in ("Vries", "Johan", "Anna", "rang", "visitor", "has left"):
                    assert told not in read.text, (path, settled)
            assert "Vries" not in str(await app.get("/v1/notifications"))
            if not settled:
                await ada.fill(jan_s, jan_s, {"do": "note", "note": "I was"})
                assert (await ada.fill(jan_s, jan_s, {"do": "settle"})).status == 422
                await cleo.fill(jan_s, jan_s, {"do": "settle"})
        assert "I was" in (await ada.open(jan_s)).text, "one’s own note"


async def _the_first_day_is_ticked(ada: Browser) -> None:
    """By rules, and by a link that was not taken back, as by a list."""

    async def done() -> int:
        return (await ada.open("/admin/first-day")).text.count(" done")

    before = await done()
    await ada.fill("/admin/house", "/admin/house", {"text": "Be tidy"})
    assert await done() == before + 1
    assert "Here is the link" in (await ada.fill("/invitations", "/invitations", {})).text
    assert await done() == before + 2
    await ada.fill("/invitations", "/invitations/revoke", {})
    assert await done() == before + 1


async def test_what_is_wrong_with_the_server_stands_first_with_what_to_do(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await node.pool.execute(
        "INSERT INTO jobs (kind, payload, failed_at, last_error)"
        " VALUES ('oak', '{}', now(), 'The saw is blunt')"
    )
    await node.pool.execute(
        "INSERT INTO jobs (kind, payload, due_at) VALUES ('ash', '{}', now() - interval '1 hour')"
    )
    await node.pool.execute(
        "INSERT INTO outbound_hosts (host, failures, last_error)"
        " VALUES ('mute.example', 9, '500 {}')"
    )
    folder = node.services.settings.media
    shutil.rmtree(folder, ignore_errors=True)
    folder.touch()
    async with transaction(node.pool) as tx:
        await told(tx, MatterKind.REPORT, "Cleo")
        await told(tx, MatterKind.MAIL_FAILING, "mx.example")
        await told(tx, MatterKind.BACKUP_FAILED, "2026-11-29 03:10 UTC")
    await node.drain()
    async with working(node), browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/admin")
        said = (
            *("6 things of the server", "The server needs you"),
            *("Pictures and films of members cannot be stored.", "Let the server write"),
            *("A backup could not be made: 29 November 2026", "See why it failed"),
            *("Mail does not get out: mx.example takes no messages", "Members get no mail"),
            *("Nothing has been sent or worked off for 60 min", "whether the worker runs"),
            *("Pieces of our own work that were given up: 1", "See what went wrong"),
            *("The server mute.example takes nothing at the moment.", "theirs to mend"),
            "Cleo was reported",
        )
        assert "To do 2 wait for you" in page.text and "This community 1 waits" in page.text
        places = [page.text.find(words) for words in said]
        assert places == sorted(places) and places[0] > 0, page.text
        assert "The server is well" not in page.text
        looks = page.html.count("Look at it")
        assert looks == page.html.count('<a class="btn btn--s" href="/') == 6
        notices = await ada.open("/notifications")
        assert "A backup could not be made: 29 November 2026" in notices.text
        health = await ada.open("/admin/health")
        assert "5 things need you" in health.text and "mx.example" in health.text
        assert "cannot be stored" in (await ada.open("/admin/media")).text
        page = await ada.open("/admin/deliveries")
        assert "The saw is blunt" in page.text and "Something is broken there." in page.text
        await ada.fill("/admin", "/admin", {})
        page = await ada.open("/admin")
        assert "29 November" not in page.text and "mx.example" in page.text
        await node.pool.execute("UPDATE accounts SET role = 'moderator'")
        page = await ada.open("/admin/deliveries")
        assert "given up too" in page.text and "The saw is blunt" not in page.text


async def test_stewards_are_reminded_of_a_rule_once_for_each_date(tx: Tx) -> None:
    rules = [
        RuleDocument(key="look", domains=["a.example"], verdict="hold", review=NOW),
        RuleDocument(key="later", domains=["b.example"], verdict="hold", review=NOW + 2 * DAY),
        RuleDocument(key="ends", domains=["c.example"], verdict="hold", expires=NOW + 10 * DAY),
        RuleDocument(key="short", domains=["d.example"], verdict="hold", expires=NOW + DAY),
    ]
    by = Steward(name="@ada", now=NOW, reason="why")
    await put_rules(tx, rules, ours=[], by=by)
    for _ in range(2):
        await remind(tx, NOW)
    [look] = await store.list_open(tx)
    assert (look.kind, look.name, look.times) == (MatterKind.REVIEW, "look", 1)
    assert await store.put_away(tx, look.id, BY_HAND)
    await remind(tx, NOW + DAY)
    assert await store.list_open(tx) == []
    await remind(tx, NOW + 9 * DAY)
    assert {(m.kind, m.name) for m in await store.list_open(tx)} == {
        (MatterKind.REVIEW, "later"),
        (MatterKind.ENDING, "ends"),
    }
    await remove_rules(tx, ["later", "ends"], by=by)
    await remind(tx, NOW + 9 * DAY)
    assert await store.list_open(tx) == []


@asynccontextmanager
async def working(node: RunningNode) -> AsyncGenerator[None]:
    """A worker is there, as far as the database knows."""
    url, taken = node.services.settings.database_url, asyncio.Event()
    assert url is not None
    async with Lanes(url, on_taken=taken.set), asyncio.timeout(20):
        await taken.wait()
        yield


async def given_steward(tx: Tx, name: str, role: str) -> Actor:
    actor = await given_member(tx, name)
    await tx.execute("UPDATE accounts SET role = $2 WHERE actor_id = $1", actor.id, role)
    return actor


async def told(tx: Tx, kind: MatterKind, subject: str) -> int | None:
    return await tell_stewards(tx, kind, subject, name=subject, href="/admin")
