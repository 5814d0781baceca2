"""What a report keeps of posts: for how long, how much, and when they are deleted meanwhile."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import QUERIES, Tx
from fedinet.moderation.acts_store import SAID_KEPT
from fedinet.moderation.model import MAX_POSTS
from fedinet.moderation.reported_store import forget_reported, hand_over
from fedinet.moderation.reporting import report
from fedinet.moderation.upkeep import forget_once
from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.people import URIS, given_follow, given_member, given_remote
from tests.integration.social import publish, receive
from tests.integration.test_reports import flag
from tests.integration.test_reports_and_blocks import RUDE, SAID, TAKE, newest_report

WAITS = """SELECT EXISTS (SELECT FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock')"""


async def test_a_report_keeps_so_much_and_no_more(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_member(tx, "bo")
    post = await publish(tx, ada)
    made = await report(
        tx, URIS, bo, ada, post_ids=[post.id], comment="Rude", category="spam", forward=False
    )
    for number in (1, 2):
        later = [post.published_at + timedelta(days=number, seconds=n) for n in range(50)]
        await hand_over(tx, made.id, [replace(post, edited_at=at) for at in later])
    assert await tx.fetchval("SELECT count(*) FROM reported_words") == 60


async def test_a_server_hands_over_what_its_people_may_read(tx: Tx) -> None:
    """Whatever their handles end in; and no more posts than a member may report."""
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    there = await given_remote(tx, bo.domain, bo.domain)
    await tx.execute("UPDATE actors SET domain = 'handles.example' WHERE id = $1", bo.id)
    other = await given_remote(tx, "cy", "c.example")
    follower = await given_remote(tx, "di", "d.example")
    await given_follow(tx, follower, ada)
    letter = await publish(tx, ada, f"@{bo.handle} Vile words", Visibility.MENTIONED, bo)
    circle = await publish(tx, ada, "To my circle", Visibility.FOLLOWERS)
    named = (letter.uri, circle.uri)
    for number, (sender, read) in enumerate(
        [(other, []), (there, [letter.id]), (follower, [circle.id])], 1
    ):
        await receive(tx, sender, flag(sender, *named, number=number))
        kept = [row["post_id"] for row in await tx.fetch("SELECT * FROM reported_words")]
        assert kept == read, sender.uri
        await tx.execute("DELETE FROM reported_words")
    many = [(await publish(tx, ada, f"Post {one}")).uri for one in range(MAX_POSTS + 5)]
    await receive(tx, there, flag(there, *many, number=9))
    said = [row["words"] for row in await tx.fetch("SELECT * FROM reported_words ORDER BY post_id")]
    assert said == [f"Post {one}" for one in range(MAX_POSTS)]


async def test_who_follows_a_member_does_not_slow_down_a_report(tx: Tx) -> None:
    """However many they are, and whatever is named: they are looked through once."""
    ada, there = await given_member(tx, "ada"), await given_remote(tx, "b.example")
    await tx.execute(
        """
        WITH fans AS (
            INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
            SELECT 'https://b.example/users/' || n, 'https://b.example', n, 'b.example', false,
                   'Person', '', 'https://b.example/inbox'
              FROM generate_series(1, 20000) AS n
         RETURNING id)
        INSERT INTO follows (follower_id, target_id, state, uri)
        SELECT id, $1, 'accepted', '' FROM fans""",
        ada.id,
    )
    await tx.execute("ANALYZE actors; ANALYZE follows")
    cy = await given_remote(tx, "cy", "c.example")
    letters = [await publish(tx, ada, "No", Visibility.MENTIONED, cy) for _ in range(10)]
    asked = [one.id for one in letters], there.id, "https://b.example", ada.id, MAX_POSTS
    sql = QUERIES["moderation.list_posts_read_at"]
    [[explained]] = await tx.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *asked)
    [found] = json.loads(explained)
    assert found["Plan"]["Actual Rows"] == 0
    assert found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < 2000


@pytest.mark.parametrize(
    ("days", "settled", "act", "stays"),
    [
        (100, None, None, True),
        (SAID_KEPT.days + 1, None, None, False),
        (100, 29, None, True),
        (100, 31, None, False),
        (100, 31, "settle", False),
        (100, 31, "warn", True),
        (SAID_KEPT.days + 1, 31, "warn", False),
    ],
)
async def test_it_is_forgotten_in_time(
    start_node: StartNode, days: int, settled: int | None, act: str | None, stays: bool
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo = await given_app(node, "cleo"), await given_app(node, "bo")
    letter = (await cleo.publish("@bo Vile words", visibility="direct"))["id"]
    body: dict[str, Any] = {"account_id": str(cleo.id), "status_ids": [letter], "comment": "Rude"}
    await bo.post("/v1/reports", json=body)
    now = datetime.now(UTC)
    await node.pool.execute("UPDATE reported_words SET kept_at = $1", now - timedelta(days=days))
    if settled is not None:
        at = now - timedelta(days=settled)
        await node.pool.execute("UPDATE reports SET resolved_at = $1", at)
    if act is not None:
        await node.pool.execute(
            "INSERT INTO account_acts (target_id, act, detail, reason, by_whom, report_id)"
            " SELECT target_id, $1, '', '', 'ada', id FROM reports",
            act,
        )
    await forget_once(node.pool)
    assert bool(await node.pool.fetch(SAID)) == stays
    async with browser(node) as ada:
        await ada.sign_in("ada")
        shown = (await ada.open(await newest_report(node.pool))).text
        assert ("Vile words" in shown, "not for you to read" in shown) == (stays, not stays)


async def test_what_is_settled_together_is_kept_as_long(start_node: StartNode) -> None:
    """And what one report shows as taken away, the other shows as what it said."""
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo, di = [await given_app(node, name) for name in ("cleo", "bo", "di")]
    short, long = [(await cleo.publish(said))["id"] for said in ("Thief", "Bram is a Thief, too")]
    body: dict[str, Any] = {"account_id": str(cleo.id), "comment": "Rude"}
    for who in (di, bo):
        await who.post("/v1/reports", json={**body, "status_ids": [short, long]})
    one, two = [
        f"/admin/reports/{row['id']}"
        for row in await node.pool.fetch("SELECT id FROM reports ORDER BY id")
    ]
    async with browser(node) as ada:
        await ada.sign_in("ada")
        form = [form for form in (await ada.open(two)).forms if form.action == two][-1].fields
        also = {f"also_{one.rpartition('/')[2]}": "1", f"post_{long}": "1"}
        assert (await ada.post(two, {**form, **TAKE, **also})).status == 200
        await cleo.status("DELETE", f"/v1/statuses/{short}")
        await node.drain()
        gone = "It was deleted since it was reported. It said: "
        shown = (await ada.open(two)).text
        assert f"{gone}Thief" in shown and shown.count("Bram is a Thief, too") == 1
        shown = (await ada.open(one)).text
        assert f"{gone}Thief" in shown and f"{gone}Bram is a Thief, too" in shown
    await forget_reported(node.pool, now=datetime.now(UTC) + timedelta(days=31))
    assert len(await node.pool.fetch(SAID)) == 4


@pytest.mark.parametrize("again", [False, True])
async def test_what_is_deleted_while_it_is_reported_is_reported(
    start_node: StartNode, again: bool
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo = await given_app(node, "cleo"), await given_app(node, "bo")
    rude = (await cleo.publish("Bram is a thief"))["id"]
    body: dict[str, Any] = {"account_id": str(cleo.id), "comment": "Rude"}
    if again:
        await bo.post("/v1/reports", json=body)
    async with transaction(node.pool) as tx:
        await tx.execute("DELETE FROM posts WHERE id = $1", int(rude))
        sent = bo.status("POST", "/v1/reports", json={**body, "status_ids": [rude]})
        asked = asyncio.create_task(sent)
        while not await node.pool.fetchval(WAITS):
            await asyncio.sleep(0.01)
            assert not asked.done()
    assert await asked == 200
    async with browser(node) as ada:
        await ada.sign_in("ada")
        shown = (await ada.open(await newest_report(node.pool))).text
        assert "It was deleted since it was reported. It said: Bram is a thief" in shown


@pytest.mark.parametrize("form_of", ["/report", "/report/visitor"])
async def test_words_about_what_is_deleted_before_they_are_sent_arrive(
    start_node: StartNode, form_of: str
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo")
    cleo = await given_app(node, "cleo")
    rude = (await cleo.publish("Bram is a thief"))["id"]
    async with browser(node) as bo:
        if form_of == "/report":
            await bo.sign_in("bo")
        form = (await bo.open(f"{form_of}?post={rude}")).form(form_of).fields
        await cleo.status("DELETE", f"/v1/statuses/{rude}")
        await node.drain()
        sent = await bo.post(form_of, {**form, **RUDE})
        assert sent.status == 200
        assert (await bo.open(f"{form_of}?post={rude}")).status == 404
    [row] = await node.pool.fetch("SELECT target_id, comment FROM reports")
    assert (row["target_id"], row["comment"]) == (cleo.id, "It is rude")


async def test_what_a_long_report_names_last_is_not_said_to_be_deleted(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    cleo, bo = await given_app(node, "cleo"), await given_app(node, "bo")
    said = [(await cleo.publish(f"Number {one}."))["id"] for one in range(MAX_POSTS + 1)]
    body: dict[str, Any] = {"account_id": str(cleo.id), "comment": "Rude"}
    for some in (said[:2], said[2:]):
        await bo.post("/v1/reports", json={**body, "status_ids": some})
    async with browser(node) as ada:
        await ada.sign_in("ada")
        shown = (await ada.open(await newest_report(node.pool))).text
        assert f"When it was reported, it said: Number {MAX_POSTS}." in shown
        assert "It was deleted" not in shown
