"""What a member is told: notifications, pushes, streams."""

from queue import Empty, Queue
from typing import Any, Final

import pytest
from mastodon import MastodonUnauthorizedError, StreamListener
from mastodon.return_types import Conversation, Notification, Status

from fedinet.streaming.hub import HUB
from tests.contract.mastodon_py import unfit
from tests.integration.mastodon_py.stage import Stage, given_client
from tests.integration.processes import PATIENCE_S
from tests.integration.test_push import Service

_KINDS: Final = {"update": Status, "notification": Notification, "conversation": Conversation}


def _notifications(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    ada.notifications_clear()
    hello = bob.status_post("Hello @ada", visibility="public")
    bob.status_post("Hello again @ada", visibility="public")
    stage.settle()
    second, first = ada.notifications()
    assert (first.type, first.status.id) == ("mention", hello.id)
    assert ada.notifications(id=first.id).status.id == hello.id
    assert ada.notifications_unread_count()["count"] == 2
    marked = ada.markers_set(["notifications"], [first.id])
    assert marked["notifications"].last_read_id == first.id
    assert ada.markers_get(["notifications"])["notifications"].version == 1
    assert ada.unread_grouped_notifications_count() == 1
    ada.notifications_dismiss(second.id)
    [group] = ada.grouped_notifications().notification_groups
    assert ada.grouped_notification(group.group_key).statuses[0].id == hello.id
    assert [one.acct for one in ada.grouped_notification_accounts(group.group_key)] == ["bob"]
    ada.dismiss_grouped_notification(group.group_key)
    assert ada.notifications() == []


def _kept_back(stage: Stage) -> None:
    ada = stage.ada
    kept = ada.update_notifications_policy(for_not_following="filter")
    assert kept.for_not_following == "filter"
    for name in ("dora", "emil", "fien", "gus"):
        stranger = stage.wait(given_client(stage, name))
        stranger.status_post("Psst, @ada", visibility="public")
    stage.settle()
    assert ada.notifications_policy().summary.pending_requests_count == 4
    first, second, third, fourth = ada.notification_requests()
    assert ada.notification_request(first.id).account.acct == first.account.acct
    ada.accept_notification_request(first.id)
    ada.dismiss_notification_request(second.id)
    ada.accept_multiple_notification_requests([third.id])
    ada.dismiss_multiple_notification_requests([fourth.id])
    stage.settle()
    assert ada.notifications_merged()
    assert ada.notification_requests() == []
    assert {one.account.acct for one in ada.notifications()} == {
        first.account.acct,
        third.account.acct,
    }
    ada.update_notifications_policy(for_not_following="accept")


def _pushes(stage: Stage) -> None:
    ada, service = stage.ada, stage.kept["push"]
    assert isinstance(service, Service)
    secret, public = ada.push_subscription_generate_keys()
    made = ada.push_subscription_set(f"{service.url}/ada", public, mention_events=True)
    changed = ada.push_subscription_update(mention_events=True, poll_events=True)
    assert (changed.id, changed.alerts.poll) == (made.id, True)
    assert ada.push_subscription().endpoint == f"{service.url}/ada"
    stage.bob.status_post("@ada, the bell", visibility="public")
    stage.settle()
    [(_, headers, body)] = service.got
    rung = ada.push_subscription_decrypt_push(
        body, secret, headers["Encryption"], headers["Crypto-Key"]
    )
    assert rung.notification_type == "mention"
    ada.push_subscription_delete()


def _streams(stage: Stage) -> None:
    """Each of them hears what is meant for it, until the app is signed out."""
    ada, bob = stage.kept["hark"], stage.bob
    assert ada.stream_healthy()
    bakers = ada.list_create("Bakers")
    ada.list_accounts_add(bakers, [bob.me().id])
    ears = [Ear(name) for name in ("user", "told", "public", "local", "tag", "list", "direct")]
    user, told, public, local, tag, listed, direct = ears
    ada.stream_user(user, run_async=True)
    ada.stream_user_notifications(told, run_async=True)
    ada.stream_public(public, run_async=True)
    ada.stream_local(local, run_async=True)
    ada.stream_hashtag("oats", tag, run_async=True)
    ada.stream_list(bakers, listed, run_async=True)
    ada.stream_direct(direct, run_async=True)
    stage.wait(stage.node.app[HUB].heard.wait())
    post = bob.status_post("@ada #oats", visibility="public")
    stage.settle()
    for ear in (user, public, local, tag, listed):
        ear.hears("update", post.id)
    for ear in (user, told):
        ear.hears("notification", "mention")
    bob.status_post("@ada Psst", visibility="direct")
    stage.settle()
    direct.hears("conversation", "")
    ada.revoke_access_token(allow_http=True)
    for ear in ears:
        ear.hears("ended", "")
    with pytest.raises(MastodonUnauthorizedError):
        ada.me()
    assert [one for ear in ears for one in ear.wrong] == []


class Ear(StreamListener):
    """Remembers what was said, and what of it is not as Mastodon.py promises."""

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream
        self.said: Queue[tuple[str, str]] = Queue()
        self.heard: list[tuple[str, str]] = []
        self.wrong: list[str] = []

    def on_any_event(self, name: str, data: Any = None, for_stream: str | None = None) -> None:
        del for_stream
        self.wrong += unfit(data, _KINDS[name], name) if name in _KINDS else ()
        words = {"update": "id", "notification": "type"}
        self.said.put((name, str(data[words[name]]) if name in words else ""))

    def handle_stream(self, response: Any) -> None:
        super().handle_stream(response)
        self.said.put(("ended", ""))

    def hears(self, name: str, what: str) -> None:
        while (name, what) not in self.heard:
            try:
                self.heard.append(self.said.get(timeout=PATIENCE_S))
            except Empty:
                said = f"{self.stream}: {(name, what)} is not in {self.heard}"
                raise AssertionError(said) from None


SCENES = (_notifications, _kept_back, _pushes, _streams)
