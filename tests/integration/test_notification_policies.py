"""What a member keeps back of people whom they do not know well, and how these come through."""

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.kernel.paging import Page
from fedinet.notifications import commands, policy_store, store, telling_store
from fedinet.notifications.model import Answer, Policy
from fedinet.posts.model import Post
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import deliver_note, publish, tell
from tests.integration.test_streaming import listening

KINDS = tuple(asdict(Policy()))
MENTIONED = Visibility.MENTIONED


@pytest.mark.parametrize(
    ("situation", "by"),
    [
        ("a new stranger", {"for_not_following", "for_not_followers", "for_new_accounts"}),
        ("a stranger", {"for_not_following", "for_not_followers"}),
        ("follows me since today", {"for_not_following", "for_not_followers"}),
        ("follows me", {"for_not_following"}),
        ("I follow them", {"for_not_followers"}),
        ("a private mention", {"for_not_following", "for_not_followers", "for_private_mentions"}),
        ("a private answer", {"for_not_following", "for_not_followers"}),
        ("limited", {"for_not_following", "for_not_followers", "for_limited_accounts"}),
        ("limited, but I follow them", {"for_not_followers"}),
        ("a steward", set[str]()),
    ],
)
async def test_each_rule_meets_those_it_names(tx: Tx, situation: str, by: set[str]) -> None:
    ada = await given_member(tx, "ada")
    note = await _given_note(tx, ada, situation)
    silent = [note.id] if situation.startswith("limited") else []
    lenient = replace(Policy(), for_limited_accounts=Answer.ACCEPT)
    for kind in KINDS:
        for answer in (Answer.FILTER, Answer.DROP):
            await policy_store.change_policy(tx, ada.id, asdict(replace(lenient, **{kind: answer})))
            await telling_store.tell_of_posts(tx, [note.id], silent=silent)
            rows = await tx.fetch(
                "DELETE FROM notifications WHERE owner_id = $1 AND post_id = $2 RETURNING filtered",
                ada.id,
                note.id,
            )
            kept = [] if answer is Answer.DROP else [True]
            assert [row["filtered"] for row in rows] == (kept if kind in by else [False]), kind


async def _given_note(tx: Tx, ada: Actor, situation: str) -> Post:
    """Bo mentions Ada."""
    here = situation in {"a private mention", "a private answer", "a steward"}
    bo = await (given_member(tx, "bo") if here else given_remote(tx, "bo"))
    age = 1 if situation == "a new stranger" else 40
    await tx.execute("UPDATE actors SET joined_at = now() - $1 * interval '1 day'", age)
    if "follows me" in situation:
        await given_follow(tx, bo, ada)
    if "I follow" in situation:
        await given_follow(tx, ada, bo)
    if situation == "follows me":
        await tx.execute("UPDATE follows SET created_at = now() - interval '4 days'")
    if situation == "a steward":
        await tx.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", bo.id)
    parent = None
    if situation == "a private answer":
        first = await publish(tx, ada, "@bo psst", MENTIONED, bo)
        parent = await publish(tx, bo, "yes", MENTIONED, parent=first)
    if here:
        reach = Visibility.EVERYONE if situation == "a steward" else MENTIONED
        return await publish(tx, bo, "@ada hello", reach, ada, parent=parent)
    return await deliver_note(tx, bo, mentions=[ada])


async def test_limited_ones_notify_nobody_until_a_member_wants_it(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    note = await deliver_note(tx, bo, mentions=[ada])
    await telling_store.tell_of_posts(tx, [note.id], silent=[note.id])
    assert await store.list_notifications(tx, seen_by(ada), filtered=True) == []
    await policy_store.change_policy(tx, ada.id, asdict(Policy(for_limited_accounts=Answer.FILTER)))
    await telling_store.tell_of_posts(tx, [note.id], silent=[note.id])
    assert await store.list_notifications(tx, seen_by(ada)) == []
    [request] = await policy_store.list_requests(tx, seen_by(ada), Page())
    bob = await given_member(tx, "bob")
    assert not await commands.accept(tx, bob.id, [request.id])
    assert await policy_store.find_request(tx, seen_by(bob), request.id) is None
    await commands.accept(tx, ada.id, [request.id])
    second = await deliver_note(tx, bo, 2, mentions=[ada])
    await telling_store.tell_of_posts(tx, [second.id], silent=[second.id])
    await tell(tx)
    told = await store.list_notifications(tx, seen_by(ada))
    assert [one.post_id for one in told] == [second.id, note.id]


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada", "read write follow push")


async def test_a_policy_is_read_and_changed_in_both_versions(ada: App) -> None:
    policy = await ada.get("/v2/notifications/policy")
    assert policy == {
        **dict.fromkeys(KINDS, "accept"),
        "for_limited_accounts": "drop",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    for answer in ("accepted", "", "FILTER", ["filter"]):
        wrong = await _put(ada, "v2", {"for_not_following": answer})
        assert (wrong[0], "error" in wrong[1]) == (422, True)
    assert (await _put(ada, "v1", {"filter_not_following": True}))[1]["filter_not_following"]
    changed = await _put(ada, "v2", {"for_new_accounts": "accept"})
    assert changed[1]["for_not_following"] == "filter"


async def test_what_is_kept_back_waits_apart_until_it_is_let_through(ada: App) -> None:
    bob, cleo = await given_app(ada.node, "bob"), await given_app(ada.node, "cleo")
    await _put(ada, "v2", {"for_not_following": "filter"})
    await ada.node.pool.execute(
        """INSERT INTO push_subscriptions (token_id, owner_id, endpoint, p256dh, auth, standard,
                                           alerts, kinds, policy, token_sealed)
           SELECT id, $1, '', '', '', true, '{mention}', '{mention,like}', 'all', ''
             FROM access_tokens ORDER BY id LIMIT 1""",
        ada.id,
    )
    async with listening(ada, "user:notification") as socket:
        post = await ada.publish()
        await cleo.post(f"/v1/statuses/{post['id']}/favourite")
        first = await bob.publish("Hello @ada")
        second = await bob.publish("@ada are you there?")
        await ada.node.drain()
        assert await ada.get("/v1/notifications") == []
        assert (await ada.get("/v2/notifications"))["notification_groups"] == []
        assert (await ada.get("/v1/notifications/unread_count"))["count"] == 0
        assert (await ada.get("/v2/notifications/unread_count"))["count"] == 0
        assert not await ada.node.pool.fetchval("SELECT count(*) FROM jobs WHERE kind = 'push'")

        await _see_all(ada, bob)
        requests = await ada.get("/v1/notifications/requests")
        of_bob, of_cleo = sorted(requests, key=lambda one: one["account"]["acct"])
        assert (of_bob["account"]["acct"], of_cleo["account"]["acct"]) == ("bob", "cleo")
        assert (of_bob["notifications_count"], of_cleo["last_status"]) == ("2", None)
        assert of_bob["last_status"]["id"] == second["id"]
        assert of_bob["updated_at"].endswith("Z")
        counted = (await ada.get("/v2/notifications/policy"))["summary"]
        assert counted == {"pending_requests_count": 2, "pending_notifications_count": 3}
        address = f"/v1/notifications/requests/{of_bob['id']}"
        assert await ada.get(address) == of_bob
        assert await bob.status("GET", address) == 404
        assert await bob.status("POST", f"{address}/accept") == 404
        await bob.post("/v1/notifications/requests/accept", json={"id": [of_bob["id"]]})
        await ada.post(f"{address}/accept")
        assert await ada.status("POST", f"{address}/dismiss") == 404
        assert await ada.get("/v1/notifications/requests/merged") == {"merged": True}
        listed = await ada.get("/v1/notifications")
        assert [one["status"]["id"] for one in listed] == [second["id"], first["id"]]
        assert all("filtered" not in one for one in listed)
        await ada.post("/v1/notifications/requests/dismiss", data={"id[]": [of_cleo["id"]]})
        assert await ada.get("/v1/notifications/requests") == []
        await ada.node.drain()
        heard = await socket.receive_json(timeout=20)
        assert (heard["event"], heard["payload"]) == ("notifications_merged", "1")
    await bob.publish("@ada thank you")
    await cleo.publish("@ada and me")
    await ada.node.drain()
    assert len(await ada.get("/v1/notifications")) == 3
    assert await ada.node.pool.fetchval("SELECT count(*) FROM jobs WHERE kind = 'push'") == 1
    [again] = await ada.get("/v1/notifications/requests")
    assert again["account"]["acct"] == "cleo"
    await _answer_on_the_page(ada, cleo)


async def _answer_on_the_page(ada: App, cleo: App) -> None:
    """Cleo is dropped, comes again and is let through; then the rule itself is changed."""
    here, kept = "/settings/notifications", "/settings/notifications/kept"
    async with browser(ada.node) as page, browser(ada.node) as other:
        await page.sign_in("ada")
        await other.sign_in("cleo")
        seen = await page.open(here)
        assert "1 notification" in seen.text and "/@cleo/" in seen.html
        dropped = await page.fill(here, kept, {"do": "dismiss"})
        assert (dropped.status, "Nothing is kept back." in dropped.text) == (200, True)
        await cleo.publish("@ada once more")
        await ada.node.drain()
        fields = (await page.open(here)).form(kept).fields | {"do": "accept"}
        csrf = (await other.open(here)).form(here).fields["csrf"]
        await other.post(kept, {**fields, "csrf": csrf})
        assert len(await ada.get("/v1/notifications/requests")) == 1
        assert (await page.post(kept, {**fields, "do": "dance"})).status == 422
        for _ in range(2):
            assert "Nothing is kept back." in (await page.post(kept, fields)).text
        assert "once more" in (await page.open("/notifications")).text
        changed = await page.fill(here, here, {"for_new_accounts": "drop"})
        assert "Saved." in changed.text
        assert (await page.fill(here, here, {"for_new_accounts": "shout"})).status == 422
    policy = await ada.get("/v2/notifications/policy")
    assert (policy["for_not_following"], policy["for_new_accounts"]) == ("filter", "drop")


async def _see_all(ada: App, bob: App) -> None:
    """Who asks for it sees it; putting all away does not touch it."""
    every = await ada.get("/v1/notifications?include_filtered=true")
    assert [one["filtered"] for one in every] == [True] * 3
    assert len(await ada.get(f"/v1/notifications?account_id={bob.id}")) == 2
    grouped = await ada.get("/v2/notifications?include_filtered=1")
    assert len(grouped["notification_groups"]) == 3
    await ada.post("/v1/notifications/clear")


async def _put(app: App, version: str, fields: dict[str, object]) -> tuple[int, Any]:
    answer = await app.call("PATCH", f"/api/{version}/notifications/policy", json=fields)
    same = await app.call("PUT", f"/api/{version}/notifications/policy", json=fields)
    assert (same.status, same.body) == (answer.status, answer.body)
    return answer.status, answer.body
