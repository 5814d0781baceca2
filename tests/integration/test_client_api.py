"""The client API through HTTP: audiences, who is told what, paging, entities."""

from datetime import datetime
from typing import Any

import asyncpg
import pytest

from fedinet.db.pool import transaction
from tests.integration.apps import App, given_app, given_token
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow
from tests.integration.statements import statements
from tests.integration.test_client_entities import check_status


@pytest.fixture
async def ada(start_node: StartNode) -> App:
    return await given_app(await start_node(), "ada")


@pytest.mark.parametrize(
    ("sent", "stored", "shown"),
    [
        ({"visibility": "public"}, "everyone", ("public", False)),
        ({"visibility": "unlisted"}, "quiet", ("unlisted", False)),
        ({"visibility": "private"}, "followers", ("private", False)),
        ({"visibility": "direct"}, "mentioned", ("direct", False)),
        ({}, "community", ("private", True)),
        ({"local_only": "true", "visibility": "public"}, "community", ("private", True)),
        ({"local_only": "true", "visibility": "private"}, "community", ("private", True)),
    ],
)
async def test_an_app_says_for_whom_a_post_is(
    ada: App, sent: dict[str, str], stored: str, shown: tuple[str, bool]
) -> None:
    post = await ada.post("/v1/statuses", data={"status": "Hello", **sent})
    assert (post["visibility"], post["local_only"]) == shown
    kept = await ada.node.pool.fetchval("SELECT visibility FROM posts")
    assert kept == stored


async def test_without_an_audience_a_post_goes_where_the_member_wants(ada: App) -> None:
    changed = await ada.call(
        "PATCH", "/api/v1/accounts/update_credentials", data={"source[privacy]": "unlisted"}
    )
    assert changed.body["source"]["privacy"] == "unlisted"
    with statements() as asked:
        answer = await ada.call("POST", "/api/v1/statuses", json={"status": "Hello"})
    assert answer.body["visibility"] == "unlisted"
    assert asked[answer.headers["X-Request-Id"]] == [
        "http.find_tokens",
        *("posts.begin", "posts.insert_local", "inbox.keep_own_activity", "timelines.place_own"),
    ]


async def test_sending_back_what_was_read_keeps_the_community(ada: App) -> None:
    own = await ada.get("/v1/accounts/verify_credentials")
    source = {"source[privacy]": own["source"]["privacy"]}
    await ada.call("PATCH", "/api/v1/accounts/update_credentials", data=source)
    post = await ada.post("/v1/statuses", json={"status": "Hello"})
    assert post["local_only"]


async def test_an_answer_keeps_the_audience_of_what_it_answers(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    first = await ada.publish(local_only=True)
    answer = await bob.publish("Mine?", in_reply_to_id=first["id"], visibility="public")
    assert (answer["visibility"], answer["local_only"]) == ("private", True)
    assert answer["in_reply_to_account_id"] == str(ada.id)
    assert [one["acct"] for one in answer["mentions"]] == ["ada"]


async def test_what_is_not_for_everyone_is_not_boosted(ada: App) -> None:
    for fields in ({"visibility": "unlisted"}, {"visibility": "private"}, {"local_only": True}):
        post = await ada.publish(**fields)
        assert await ada.status("POST", f"/v1/statuses/{post['id']}/reblog") == 422


async def test_counts_are_told_to_the_author_alone(ada: App) -> None:
    bob, cy = await given_app(ada.node, "bob"), await given_app(ada.node, "cy")
    post = await ada.publish()
    await bob.publish("Nice", in_reply_to_id=post["id"])
    await bob.post(f"/v1/statuses/{post['id']}/favourite")
    await bob.post(f"/v1/statuses/{post['id']}/reblog")
    await bob.post(f"/v1/accounts/{ada.id}/follow")
    counts = ("replies_count", "favourites_count", "reblogs_count")
    told = [await app.get(f"/v1/statuses/{post['id']}") for app in (ada, bob, cy)]
    assert [[one[name] for name in counts] for one in told] == [[1, 1, 1], [1, 0, 0], [1, 0, 0]]
    people = [await app.get(f"/v1/accounts/{ada.id}") for app in (ada, bob)]
    assert [(one["followers_count"], one["statuses_count"]) for one in people] == [(1, 1), (0, 1)]
    for what in (f"statuses/{post['id']}/favourited_by", f"statuses/{post['id']}/reblogged_by"):
        assert [len(await app.get(f"/v1/{what}")) for app in (ada, bob)] == [1, 0]
    assert [len(await app.get(f"/v1/accounts/{ada.id}/followers")) for app in (ada, bob)] == [1, 0]
    assert [len(await app.get(f"/v1/accounts/{bob.id}/following")) for app in (ada, bob)] == [0, 1]


async def test_a_boost_is_a_status_around_the_post(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    post = await ada.publish()
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    cy = await given_app(ada.node, "cy")
    await cy.post(f"/v1/accounts/{bob.id}/follow")
    await ada.node.drain()
    boost = await bob.post(f"/v1/statuses/{post['id']}/reblog")
    await ada.node.drain()
    check_status(boost)
    assert boost["account"]["acct"] == "bob"
    assert boost["reblog"]["id"] == post["id"]
    assert boost["reblog"]["reblogged"]
    [seen] = await cy.get("/v1/timelines/home")
    assert (seen["id"], seen["reblog"]["account"]["acct"]) == (boost["id"], "ada")
    liked = await cy.post(f"/v1/statuses/{boost['id']}/favourite")
    assert liked["reblog"]["favourited"]
    assert [one["id"] for one in await cy.get("/v1/favourites")] == [post["id"]]
    ended = await bob.post(f"/v1/statuses/{post['id']}/unreblog")
    assert not ended["reblogged"]
    assert await cy.get("/v1/timelines/home") == []


async def test_what_is_saved_is_the_members_alone(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    first, second = await ada.publish("One"), await ada.publish("Two", visibility="private")
    await bob.post(f"/v1/accounts/{ada.id}/follow")
    for post in (first, second, first):
        saved = await bob.post(f"/v1/statuses/{post['id']}/bookmark")
        check_status(saved)
        assert saved["bookmarked"]
    assert [one["id"] for one in await bob.get("/v1/bookmarks")] == [second["id"], first["id"]]
    assert await ada.get("/v1/bookmarks") == []
    assert not (await ada.get(f"/v1/statuses/{first['id']}"))["bookmarked"]
    assert not (await bob.post(f"/v1/statuses/{first['id']}/unbookmark"))["bookmarked"]
    await ada.post(f"/v1/accounts/{bob.id}/remove_from_followers")
    assert await bob.get("/v1/bookmarks") == [], "a post that is not for him any more"
    assert await ada.get("/v1/notifications", params={"exclude_types[]": "follow"}) == []


async def test_a_post_that_is_not_for_somebody_is_not_there(ada: App) -> None:
    bob, visitor = await given_app(ada.node, "bob"), App(ada.node)
    hidden = [await ada.publish(visibility=word) for word in ("private", "direct")]
    local = await ada.publish(local_only=True)
    unknown = await bob.call("GET", "/api/v1/statuses/1")
    for post in hidden:
        for tail in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by"):
            answer = await bob.call("GET", f"/api/v1/statuses/{post['id']}{tail}")
            assert (answer.status, answer.body) == (404, unknown.body)
        for tail in ("favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark"):
            answer = await bob.call("POST", f"/api/v1/statuses/{post['id']}/{tail}")
            assert (answer.status, answer.body) == (404, unknown.body)
        for method in ("PUT", "DELETE"):
            answer = await bob.call(method, f"/api/v1/statuses/{post['id']}", json={"status": "x"})
            assert (answer.status, answer.body) == (404, unknown.body)
    assert await visitor.status("GET", f"/v1/statuses/{local['id']}") == 404
    assert await bob.status("GET", f"/v1/statuses/{local['id']}") == 200
    assert await bob.get(f"/v1/statuses?id[]={hidden[0]['id']}&id[]={local['id']}") != []
    assert await visitor.get(f"/v1/accounts/{ada.id}/statuses") == []
    mine = await ada.get(f"/v1/accounts/{ada.id}/statuses?exclude_direct=1")
    assert [one["id"] for one in mine] == [local["id"], hidden[0]["id"]]


async def test_another_members_post_is_not_changed(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    post = await ada.publish()
    assert await bob.status("PUT", f"/v1/statuses/{post['id']}", json={"status": "x"}) == 404
    assert await bob.status("DELETE", f"/v1/statuses/{post['id']}") == 404
    assert await bob.status("GET", f"/v1/statuses/{post['id']}/source") == 404


async def test_a_home_is_paged_by_its_links(ada: App) -> None:
    ids = [(await ada.publish(f"Post {number}"))["id"] for number in range(5)]
    first = await ada.call("GET", "/api/v1/timelines/home?limit=2")
    assert [one["id"] for one in first.body] == ids[:2:-1]
    links = first.headers["Link"].split(", ")
    assert links[0].endswith('rel="next"')
    assert links[1].endswith('rel="prev"')
    older = links[0].split(">")[0].removeprefix(f"<{ada.node.origin}")
    assert [one["id"] for one in (await ada.call("GET", older)).body] == ids[2:0:-1]
    newer = await ada.get(f"/v1/timelines/home?min_id={ids[1]}&limit=2")
    assert [one["id"] for one in newer] == [ids[3], ids[2]]
    between = await ada.get(f"/v1/timelines/home?min_id={ids[0]}&max_id={ids[3]}")
    assert [one["id"] for one in between] == [ids[2], ids[1]]
    since = await ada.get(f"/v1/timelines/home?since_id={ids[1]}&limit=2")
    assert [one["id"] for one in since] == [ids[4], ids[3]]


async def test_a_home_costs_the_same_whatever_its_length(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    first = await ada.publish("One")
    await ada.get("/v1/timelines/home")
    short = await _count_statements(ada)
    for number in range(12):
        await bob.publish(f"{number} @ada #bread", in_reply_to_id=first["id"])
    await ada.node.drain()
    await ada.get("/v1/timelines/home?limit=40")
    assert await _count_statements(ada) <= short + 1
    assert 3 <= short <= 8, short


async def _count_statements(app: App) -> int:
    """Statements of one read of the home, as the connections report them."""
    seen: list[str] = []
    fetch = asyncpg.Connection.fetch
    fetchrow = asyncpg.Connection.fetchrow

    async def noted_fetch(conn: Any, sql: str, *args: Any, **options: Any) -> Any:
        seen.append(sql)
        return await fetch(conn, sql, *args, **options)

    async def noted_fetchrow(conn: Any, sql: str, *args: Any, **options: Any) -> Any:
        seen.append(sql)
        return await fetchrow(conn, sql, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg.Connection, "fetch", noted_fetch)
        patch.setattr(asyncpg.Connection, "fetchrow", noted_fetchrow)
        await app.get("/v1/timelines/home?limit=40")
    return len(seen)


async def test_a_rendered_post_follows_its_revision(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    post = await ada.publish("First")
    assert "First" in (await bob.get(f"/v1/statuses/{post['id']}"))["content"]
    await ada.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Second"})
    await ada.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Ada L."})
    now = await bob.get(f"/v1/statuses/{post['id']}")
    assert "Second" in now["content"]
    assert now["account"]["display_name"] == "Ada L."


async def test_an_edit_keeps_what_it_does_not_name(ada: App) -> None:
    post = await ada.publish("First", spoiler_text="Bread", language="nl")
    edited = (
        await ada.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Second"})
    ).body
    assert (edited["spoiler_text"], edited["sensitive"], edited["language"]) == (
        "Bread",
        True,
        "nl",
    )
    bare = await ada.call("PUT", f"/api/v1/statuses/{post['id']}", json={"spoiler_text": ""})
    assert (bare.body["spoiler_text"], bare.body["sensitive"]) == ("", False)
    assert "Second" in bare.body["content"]


async def test_a_key_makes_one_post_of_several_requests(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    key = {"Idempotency-Key": "5f7c"}
    ids = {
        (await ada.post("/v1/statuses", json={"status": "One"}, headers=key))["id"]
        for _ in range(3)
    }
    other = await bob.post("/v1/statuses", json={"status": "One"}, headers=key)
    assert len(ids | {other["id"]}) == 2


async def test_public_lists_hold_what_they_say(ada: App) -> None:
    visitor = App(ada.node)
    public, local = await ada.publish("#bread"), await ada.publish("#bread", local_only=True)
    await ada.publish("#bread", visibility="unlisted")
    read = {
        path: [one["id"] for one in await ada.get(f"/v1/timelines/{path}")]
        for path in ("public", "public?local=true", "public?remote=true", "tag/BREAD")
    }
    assert read == {
        "public": [public["id"]],
        "public?local=true": [local["id"], public["id"]],
        "public?remote=true": [],
        "tag/BREAD": [local["id"], public["id"]],
    }
    seen = await visitor.get("/v1/timelines/public?local=1")
    assert [one["id"] for one in seen] == [public["id"]]
    assert "favourited" not in seen[0]
    assert await visitor.status("GET", "/v1/timelines/public") == 401


async def test_relations_come_and_go(ada: App) -> None:
    bob = await given_app(ada.node, "bob", open_door=False)
    asked = await ada.post(f"/v1/accounts/{bob.id}/follow")
    assert (asked["following"], asked["requested"]) == (False, True)
    assert [one["acct"] for one in await bob.get("/v1/follow_requests")] == ["ada"]
    assert (await bob.get("/v1/accounts/verify_credentials"))["source"][
        "follow_requests_count"
    ] == 1
    yes = await bob.post(f"/v1/follow_requests/{ada.id}/authorize")
    assert yes["followed_by"]
    assert await bob.status("POST", f"/v1/follow_requests/{ada.id}/reject") == 404
    gone = await bob.post(f"/v1/accounts/{ada.id}/remove_from_followers")
    assert not gone["followed_by"]
    muted = await ada.post(f"/v1/accounts/{bob.id}/mute", json={"duration": 3600})
    assert muted["muting"]
    ends = datetime.fromisoformat((await ada.get("/v1/mutes"))[0]["mute_expires_at"])
    assert ends.tzinfo is not None
    await ada.post(f"/v1/accounts/{bob.id}/block")
    stands = await ada.get(f"/v1/accounts/relationships?id[]={bob.id}&id[]={ada.id}&id[]=1")
    assert [(one["id"], one["blocking"]) for one in stands] == [
        (str(bob.id), True),
        (str(ada.id), False),
    ]
    assert await ada.status("POST", f"/v1/accounts/{bob.id}/follow") == 403
    assert await ada.status("POST", f"/v1/accounts/{ada.id}/follow") == 422


async def test_notifications_are_read_marked_and_put_away(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    post = await ada.publish()
    await bob.post(f"/v1/accounts/{ada.id}/follow")
    await bob.post(f"/v1/statuses/{post['id']}/favourite")
    await bob.publish("Hello @ada")
    await ada.node.drain()
    told = await ada.get("/v1/notifications")
    assert {one["type"] for one in told} == {"follow", "favourite", "mention"}
    for one in told:
        together = {"follow": "follow-", "favourite": f"favourite-{post['id']}-"}
        assert one["group_key"].startswith(together.get(one["type"], f"ungrouped-{one['id']}"))
        assert one["account"]["acct"] == "bob"
        assert ("status" in one) == (one["type"] != "follow")
    only = await ada.get("/v1/notifications?types[]=mention&types[]=poll")
    assert [one["type"] for one in only] == ["mention"]
    rest = await ada.get("/v1/notifications?exclude_types[]=mention&exclude_types[]=follow")
    assert [one["type"] for one in rest] == ["favourite"]
    assert await ada.get("/v1/notifications?types[]=poll") == []
    assert await ada.get(f"/v1/notifications?account_id={ada.id}") == []
    assert (await ada.get("/v1/notifications/unread_count"))["count"] == 3
    read = {"notifications": {"last_read_id": told[0]["id"]}}
    assert (await ada.post("/v1/markers", json=read))["notifications"]["version"] == 1
    assert (await ada.get("/v1/notifications/unread_count"))["count"] == 0
    marked = await ada.get("/v1/markers?timeline[]=notifications&timeline[]=home")
    assert marked["notifications"]["last_read_id"] == told[0]["id"]
    assert await bob.status("GET", f"/v1/notifications/{told[0]['id']}") == 404
    assert await ada.post(f"/v1/notifications/{told[0]['id']}/dismiss") == {}
    assert await ada.status("POST", f"/v1/notifications/{told[0]['id']}/dismiss") == 404
    assert await ada.post("/v1/notifications/clear") == {}
    assert await ada.get("/v1/notifications") == []


async def test_search_resolves_what_another_node_shows(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    ada, bob = await given_app(here, "ada"), await given_app(there, "bob")
    public = await bob.publish("Bread over there, @nobody")
    hidden = await bob.publish("Only for friends", visibility="private")
    handle = f"@bob@{there.domain}"
    assert (await ada.get("/v2/search", params={"q": handle}))["accounts"] == []
    found = await ada.get("/v2/search", params={"q": handle, "resolve": "true"})
    [person] = found["accounts"]
    assert person["acct"] == f"bob@{there.domain}"
    assert person["avatar"].startswith(here.origin)
    looked = await ada.get("/v1/accounts/lookup", params={"acct": handle})
    assert looked["id"] == person["id"]
    for address in (public["uri"], public["url"]):
        got = await ada.get("/v2/search", params={"q": address, "resolve": "true"})
        assert [one["uri"] for one in got["statuses"]] == [public["uri"]]
    for address in (hidden["uri"], f"{there.origin}/nothing", "http://127.0.0.1:1/x"):
        got = await ada.get("/v2/search", params={"q": address, "resolve": "true"})
        assert got["statuses"] == got["accounts"] == []
    by_page = await ada.get("/v2/search", params={"q": person["url"], "resolve": "true"})
    assert [one["id"] for one in by_page["accounts"]] == [person["id"]]
    followed = await ada.post(f"/v1/accounts/{person['id']}/follow")
    assert followed["requested"]
    await here.drain()
    assert (await ada.get(f"/v1/accounts/relationships?id[]={person['id']}"))[0]["following"]
    await bob.publish("Second loaf")
    await here.drain()
    assert "Second loaf" in (await ada.get("/v1/timelines/home"))[0]["content"]
    mine = await ada.publish("My own loaf")
    await here.drain()
    for words in ("from:me loaf", "from:ada", f"from:ada@{here.domain} -from:bob@{there.domain}"):
        got = await ada.get("/v2/search", params={"q": words, "account_id": mine["account"]["id"]})
        assert [one["id"] for one in got["statuses"]] == [mine["id"]], words
    for more in ({"account_id": person["id"]}, {"max_id": mine["id"]}, {"min_id": mine["id"]}):
        assert (await ada.get("/v2/search", params={"q": "from:me"} | more))["statuses"] == []


async def test_what_cannot_be_shown_of_others_leads_to_their_post(ada: App) -> None:
    post = await ada.publish("Look")
    await ada.node.pool.execute(
        """UPDATE posts SET revision = 2, attachments =
           '[{"url": "https://b.example/x.svg", "media_type": "image/svg+xml"},
             {"url": "https://b.example/y"}]'"""
    )
    seen = (await ada.get(f"/v1/statuses/{post['id']}"))["media_attachments"]
    assert [(one["type"], one["url"], one["remote_url"]) for one in seen] == [
        ("unknown", post["url"], None)
    ] * 2


async def test_a_suspended_account_is_not_shown(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    async with transaction(ada.node.pool) as tx:
        await given_follow(tx, await ada.actor(), await bob.actor())
    await ada.node.pool.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", bob.id)
    assert await ada.status("GET", f"/v1/accounts/{bob.id}") == 404
    assert await ada.status("GET", "/v1/accounts/lookup?acct=bob") == 404
    assert await ada.status("POST", f"/v1/accounts/{bob.id}/unfollow") == 200
    assert await bob.status("GET", "/v1/timelines/home") == 401


async def test_a_token_in_the_address_opens_nothing(ada: App) -> None:
    token = await given_token(ada.node, ada.account_id, "read")
    visitor = App(ada.node)
    own = "/v1/accounts/verify_credentials"
    assert await visitor.status("GET", f"{own}?access_token={token}") == 401
