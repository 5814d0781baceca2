"""Followed hashtags: what has one comes into the home, and goes; nobody sees more for it."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.follows.commands import change_terms, unfollow
from fedinet.follows.model import Terms
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import Page
from fedinet.posts.model import Post
from fedinet.tags import commands, entities, store
from fedinet.tags.model import MAX_FOLLOWED
from fedinet.timelines.store import list_home
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import publish, tell


async def test_what_has_a_followed_hashtag_stands_in_the_home(tx: Tx) -> None:
    ada, bo, cleo = [await given_member(tx, name) for name in ("ada", "bo", "cleo")]
    await given_follow(tx, ada, cleo)
    for tag in ("bread", "rye"):
        await commands.follow(tx, ada.id, tag, tag.title())
    before = await publish(tx, bo, "Old #rye")
    shown = [await publish(tx, bo, "New #Bread #BREAD", visibility) for visibility in Visibility]
    followed = await publish(tx, cleo, "#bread")
    both = await publish(tx, bo, "#bread and #rye")
    answer = await publish(tx, bo, "Yes #bread", parent=before)
    await publish(tx, bo, "No hashtag")
    blocked = await given_member(tx, "dan")
    await publish(tx, blocked, "#bread")
    await blocking.block(tx, ada, blocked)
    await tell(tx)

    async def home() -> set[int]:
        return {item.post_id for item in await list_home(tx, seen_by(ada))}

    def seen(*more: Post) -> set[int]:
        listed = (Visibility.EVERYONE, Visibility.COMMUNITY, Visibility.ALLIES)
        return {p.id for p in (*shown, *more) if p in more or p.visibility in listed}

    assert await home() == seen(before, followed, both, answer)
    stranger = await given_remote(tx, "eve")
    assert not {p.id for p in shown if p.visibility is not Visibility.EVERYONE} & {
        item.post_id for item in await list_home(tx, seen_by(stranger))
    }
    quiet = await publish(tx, cleo, "#bread", Visibility.QUIET)
    plain = await publish(tx, cleo, "No hashtag")
    await tell(tx)
    assert await home() == seen(before, followed, both, answer, quiet, plain)
    await change_terms(tx, ada, cleo, Terms(languages=("nl",)))
    await tx.execute("UPDATE posts SET language = 'en' WHERE author_id = $1", cleo.id)
    await tell(tx)
    assert await home() == seen(before, followed, both, answer)
    await change_terms(tx, ada, cleo, Terms(languages=()))
    await tell(tx)
    assert await home() == seen(before, followed, both, answer, quiet, plain)
    await unfollow(tx, ada, cleo)
    await tell(tx)
    assert await home() == seen(before, followed, both, answer)
    await commands.unfollow(tx, ada.id, "bread")
    await commands.unfollow(tx, ada.id, "cheese")
    await tell(tx)
    assert await home() == {before.id, both.id}


def ids(statuses: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in statuses]


async def test_there_are_only_so_many(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    for number in range(MAX_FOLLOWED):
        await store.insert(tx, ada.id, f"t{number}", f"t{number}")
    await commands.follow(tx, ada.id, "t1", "t1")
    with pytest.raises(Unprocessable):
        await commands.follow(tx, ada.id, "one more", "one more")
    assert len(await store.list_followed(tx, ada.id, Page(limit=3))) == 3


async def test_apps_and_pages_follow_hashtags(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, now = await start_node(), datetime.now(UTC)
    counted = entities._not_counted  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(entities, "_not_counted", lambda _: counted(now))  # no midnight between
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    assert (await ada.get("/v1/tags/Bread"))["following"] is False
    tag = await ada.post("/v1/tags/Bread/follow")
    today = int(tag["history"][0]["day"])
    assert today == datetime.combine(now, time(), UTC).timestamp()
    assert tag == await ada.post("/v1/tags/bread/follow") == await ada.get("/v1/tags/BREAD")
    assert tag == {
        "id": "bread",
        "name": "bread",
        "url": f"{node.origin}/tags/bread",
        "history": [
            {"day": str(today - days * 86_400), "uses": "0", "accounts": "0"} for days in range(7)
        ],
        "following": True,
        "featuring": False,
    }
    assert await ada.get("/v1/followed_tags") == [tag] and await bo.get("/v1/followed_tags") == []
    assert await ada.status("POST", "/v1/tags/1234/follow") == 404
    shown = await ada.post("/v1/tags/Bread/feature")
    assert shown == await ada.post("/v1/tags/bread/feature") == {**tag, "featuring": True}
    assert [one["name"] for one in await bo.get(f"/v1/accounts/{ada.id}/featured_tags")] == [
        "Bread"
    ]
    assert await ada.get("/v1/followed_tags") == [shown] != [await bo.get("/v1/tags/bread")]
    assert await ada.post("/v1/tags/bread/unfeature") == tag
    assert tag == await ada.post("/v1/tags/bread/unfeature")
    status = await bo.publish("Fresh #bread")
    await node.drain()
    assert ids(await ada.get("/v1/timelines/home")) == [status["id"]]
    later = await bo.publish("Fresh")
    await bo.call("PUT", f"/api/v1/statuses/{later['id']}", json={"status": "Fresh #bread"})
    await node.drain()
    assert ids(await ada.get("/v1/timelines/home")) == [later["id"], status["id"]]
    await node.pool.execute("UPDATE posts SET is_local = false WHERE id = $1", int(later["id"]))
    assert ids(await ada.get("/v1/timelines/tag/bread")) == [later["id"], status["id"]]
    assert ids(await ada.get("/v1/timelines/tag/bread?remote=true")) == [later["id"]]
    visitor = App(node)
    assert ids(await visitor.get("/v1/timelines/tag/bread")) == [status["id"]]
    assert ids(await visitor.get("/v1/timelines/tag/bread?local=true&remote=true")) == [
        status["id"]
    ]
    assert await visitor.status("GET", "/v1/timelines/tag/bread?remote=true") == 401
    access = (await visitor.get("/v2/instance"))["configuration"]["timelines_access"]
    assert access["hashtag_feeds"] == {"local": "public", "remote": "authenticated"}
    assert (await ada.get("/v2/search?q=%23bread&type=hashtags"))["hashtags"] == [tag]
    async with browser(node) as page:
        assert later["id"] not in (await page.open("/tags/bread")).html
        await page.sign_in("ada")
        assert later["id"] in (await page.open("/tags/bread")).html
        assert "#Bread" in (await page.open("/settings/hashtags")).text
        await page.fill("/tags/bread", "/tags/bread", {"do": "leave"})
        assert await ada.get("/v1/followed_tags") == []
        await page.fill("/settings/hashtags", "/settings/hashtags", {"tag": "#Rye", "do": "follow"})
        wrong = await page.fill(
            "/settings/hashtags", "/settings/hashtags", {"tag": "12", "do": "follow"}
        )
        assert wrong.status == 422
    assert [one["name"] for one in await ada.get("/v1/followed_tags")] == ["rye"]
    await node.drain()
    assert await ada.get("/v1/timelines/home") == []
