"""A day with Mastodon.py, a client that others wrote, against a node of ours."""

import asyncio
from queue import Queue
from typing import Any

import pytest
from mastodon import Mastodon, MastodonNotFoundError, StreamListener

from fedinet.streaming.hub import HUB
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode


def _client(app: App) -> Any:
    return Mastodon(
        access_token=app.token,
        api_base_url=app.node.origin,
        ratelimit_method="throw",
        version_check_mode="created",
    )


async def test_a_day_with_mastodon_py(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    written = await asyncio.to_thread(_morning, ada, bob)
    await node.drain()
    await asyncio.to_thread(_evening, ada, bob, written)


def _morning(first: App, second: App) -> Any:
    ada, bob, bob_id = _client(first), _client(second), second.id
    assert ada.instance().title == ada.instance_v1().title == "Test community"
    assert ada.app_verify_credentials().name == "Test app"
    assert ada.me().acct == "ada"
    assert ada.account_lookup("bob").id == str(bob_id)
    assert ada.account_search("bo")[0].acct == "bob"
    assert ada.account_follow(bob_id).following
    assert not ada.account_relationships(bob_id)[0].notifying
    assert ada.account_follow(bob_id, notify=True).notifying
    assert not ada.account_follow(bob_id, notify=False).notifying
    assert bob.account_relationships([ada.me().id])[0].followed_by
    ada.account_update_credentials(
        display_name="Ada Lovelace", note="Counts #bread", fields=[("Site", "https://ada.example")]
    )
    assert ada.me().source.note == "Counts #bread"
    assert ada.preferences()["posting:default:visibility"] == "private"
    assert ada.custom_emojis() == ada.lists() == ada.filters() == ada.bookmarks() == []
    post = bob.status_post(
        "Hello @ada, #bread is ready", visibility="public", idempotency_key="one", language="en"
    )
    again = bob.status_post("Hello", visibility="public", idempotency_key="one")
    assert again.id == post.id
    return post


def _evening(first: App, second: App, post: Any) -> None:
    ada, bob = _client(first), _client(second)
    assert [status.id for status in ada.timeline_home()] == [post.id]
    assert [status.id for status in ada.timeline_local()] == [post.id]
    assert [status.id for status in ada.timeline_hashtag("Bread")] == [post.id]
    assert [one.type for one in ada.notifications()] == ["mention"]
    assert ada.notifications_unread_count()["count"] == 1
    answer = ada.status_reply(post, "Warm already?", visibility="public")
    assert answer.in_reply_to_id == post.id
    assert [one.id for one in ada.status_context(post.id).descendants] == [answer.id]
    assert ada.status_favourite(post.id).favourited
    assert ada.status_reblog(post.id).reblog.id == post.id
    assert [one.acct for one in bob.status_favourited_by(post.id)] == ["ada"]
    assert bob.status(post.id).favourites_count == 1
    assert ada.status(post.id).favourites_count == 0
    assert not ada.status_unfavourite(post.id).favourited
    assert not ada.status_unreblog(post.id).reblogged
    edited = ada.status_update(answer.id, "Still warm?")
    assert edited.edited_at is not None
    assert len(ada.status_history(answer.id)) == 2
    assert ada.status_source(answer.id).text == "Still warm?"
    assert [one.id for one in ada.account_statuses(post.account.id)] == [post.id]
    found = ada.search_v2("bread")
    assert [tag.name for tag in found.hashtags] == ["bread"]
    assert [one.acct for one in ada.search_v2("@bob").accounts] == ["bob"]
    marked = ada.markers_set(["notifications"], [ada.notifications()[0].id])
    assert marked.notifications.version == 1
    assert ada.unread_grouped_notifications_count() == 0
    [group] = ada.grouped_notifications().notification_groups
    assert ada.grouped_notification(group.group_key).statuses[0].id == post.id
    assert [one.acct for one in ada.grouped_notification_accounts(group.group_key)] == ["bob"]
    ada.dismiss_grouped_notification(group.group_key)
    assert ada.update_notifications_policy(for_new_accounts="filter").for_new_accounts == "filter"
    assert ada.notifications_policy().summary.pending_requests_count == 0
    assert ada.notification_requests() == []
    assert ada.notifications_merged()
    ada.update_notifications_policy(for_new_accounts="accept")
    ada.notifications_clear()
    assert ada.notifications() == []
    assert ada.account_mute(post.account.id, duration=60).muting
    assert ada.mutes()[0].id == post.account.id
    assert not ada.account_unmute(post.account.id).muting
    assert ada.account_block(post.account.id).blocking
    assert ada.blocks()[0].id == post.account.id
    assert not ada.account_unblock(post.account.id).blocking
    assert ada.status_delete(answer.id).text == "Still warm?"
    with pytest.raises(MastodonNotFoundError):
        ada.status(answer.id)
    _shelves(ada, post)


def _shelves(ada: Any, post: Any) -> None:
    """What a member keeps for herself: saved posts, lists, filters."""
    assert ada.status_bookmark(post.id).bookmarked
    assert [one.id for one in ada.bookmarks()] == [post.id]
    assert not ada.status_unbookmark(post.id).bookmarked
    assert ada.conversations() == []
    ada.account_follow(post.account.id)
    bakers = ada.list_create("Bakers", exclusive=True)
    ada.list_accounts_add(bakers, [post.account.id])
    assert [one.acct for one in ada.list_accounts(bakers)] == ["bob"]
    assert [one.id for one in ada.timeline_list(bakers)] == [post.id]
    assert ada.list_update(bakers, "Bakers of Ghent").title == "Bakers of Ghent"
    ada.list_delete(bakers)
    words = [{"keyword": "bread", "whole_word": True}]
    carbs = ada.create_filter_v2("Carbs", ["home"], "warn", keywords_attributes=words)
    assert ada.status(post.id).filtered[0].filter.title == "Carbs"
    ada.add_filter_keyword_v2(carbs, "cake", whole_word=False)
    assert [one.keyword for one in ada.filter_keywords_v2(carbs)] == ["bread", "cake"]
    ada.delete_filter_v2(carbs)
    assert ada.filters_v2() == []
    assert ada.status_mute(post.id).muted
    assert ada.status(post.id).muted
    assert not ada.status_unmute(post.id).muted


async def test_mastodon_py_listens(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    heard = Ear()
    client = await asyncio.to_thread(_client, ada)
    assert await asyncio.to_thread(client.stream_healthy)
    handle = await asyncio.to_thread(client.stream_user, heard, run_async=True)
    try:
        async with asyncio.timeout(20):
            await node.app[HUB].heard.wait()
            await bob.publish("Hello @ada")
            await node.drain()
            assert await asyncio.to_thread(heard.said.get, timeout=15) == ("mention", "bob")
    finally:
        await asyncio.to_thread(handle.close)


class Ear(StreamListener):
    def __init__(self) -> None:
        super().__init__()
        self.said: Queue[tuple[str, str]] = Queue()

    def on_notification(self, notification: Any) -> None:
        self.said.put((notification.type, notification.account.acct))
