"""What is written, read, answered and kept."""

from datetime import UTC, datetime, timedelta

import pytest
from mastodon import MastodonNotFoundError

from tests.integration.mastodon_py.stage import Stage
from tests.made_files import picture


def _written(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    post = bob.status_post(
        "Hello @ada, #rye is ready", visibility="public", idempotency_key="one", language="en"
    )
    again = bob.status_post("Hello", visibility="public", idempotency_key="one")
    assert again.id == post.id
    stage.settle()
    assert ada.status(post.id).account.acct == "bob"
    assert [one.id for one in ada.statuses([post.id])] == [post.id]
    assert bob.toot("Good morning").content == "<p>Good morning</p>"
    assert ada.status_card(post.id) is None
    stage.kept["post"] = post


def _answered(stage: Stage) -> None:
    post = stage.kept["post"]
    ada = stage.ada
    answer = ada.status_reply(post, "Warm already?", visibility="public")
    assert answer.in_reply_to_id == post.id
    context = ada.status_context(post.id)
    assert [one.id for one in context.descendants] == [answer.id]
    assert ada.get_async_refresh_info(context) is None
    assert ada.await_async_refresh(context) is context
    edited = ada.status_update(answer.id, "Still warm?")
    assert edited.edited_at is not None
    assert len(ada.status_history(answer.id)) == 2
    assert ada.status_source(answer.id).text == "Still warm?"
    assert ada.status_delete(answer.id).text == "Still warm?"
    with pytest.raises(MastodonNotFoundError):
        ada.status(answer.id)


def _liked(stage: Stage) -> None:
    post = stage.kept["post"]
    ada, bob = stage.ada, stage.bob
    assert ada.status_favourite(post.id).favourited
    assert ada.status_reblog(post.id).reblog.id == post.id
    assert [one.acct for one in bob.status_favourited_by(post.id)] == ["ada"]
    assert [one.acct for one in bob.status_reblogged_by(post.id)] == ["ada"]
    assert [one.id for one in ada.favourites()] == [post.id]
    assert bob.status(post.id).favourites_count == 1
    assert ada.status(post.id).favourites_count == 0
    stage.settle()
    assert not ada.status_unfavourite(post.id).favourited
    assert not ada.status_unreblog(post.id).reblogged


def _quoted(stage: Stage) -> None:
    post = stage.kept["post"]
    ada, bob = stage.ada, stage.bob
    allowed = bob.status_update_quote_approval_policy(post.id, "public")
    assert allowed.quote_approval.automatic == ["public"]
    quoting = ada.status_post("Look", quoted_status_id=post.id, visibility="public")
    stage.settle()
    assert ada.status(quoting.id).quote.quoted_status.id == post.id
    assert [one.id for one in bob.status_quotes(post.id)] == [quoting.id]
    assert bob.status_quote_revoke(post.id, quoting.id).quote.state == "revoked"


def _pictures_and_polls(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    media = ada.media_post(picture(), "image/png", description="A loaf", synchronous=True)
    assert ada.media(media.id).description == "A loaf"
    assert ada.media_update(media.id, description="A rye loaf", focus=(0.5, 0)).meta.focus.x == 0.5
    shown = ada.status_post("Look", media_ids=[media], visibility="public")
    change = ada.generate_media_edit_attributes(media.id, description="Two rye loaves")
    changed = ada.status_update(shown.id, "Look!", media_attributes=[change])
    assert changed.media_attachments[0].description == "Two rye loaves"
    asked = ada.make_poll(["Rye", "Oats"], 3600)
    post = ada.status_post("Which?", poll=asked, visibility="public")
    assert not bob.poll(post.poll.id).voted
    assert bob.poll_vote(post.poll.id, [1]).own_votes == [1]


def _later(stage: Stage) -> None:
    ada, tomorrow = stage.ada, datetime.now(UTC) + timedelta(days=1)
    due = ada.status_post("Good morning", scheduled_at=tomorrow)
    assert [one.id for one in ada.scheduled_statuses()] == [due.id]
    moved = ada.scheduled_status_update(due.id, tomorrow + timedelta(hours=1))
    assert moved.scheduled_at > ada.status_post("Hi", scheduled_at=tomorrow).scheduled_at
    assert ada.scheduled_status(due.id).params.text == "Good morning"
    ada.scheduled_status_delete(due.id)
    assert due.id not in [one.id for one in ada.scheduled_statuses()]


def _timelines(stage: Stage) -> None:
    post = stage.kept["post"]
    ada = stage.ada
    assert post.id in [one.id for one in ada.timeline_home()]
    assert post.id in [one.id for one in ada.timeline("home")]
    assert post.id in [one.id for one in ada.timeline_local()]
    assert post.id in [one.id for one in ada.timeline_public()]
    assert [one.id for one in ada.timeline_hashtag("Rye")] == [post.id]
    assert [one.id for one in ada.account_statuses(post.account.id, tagged="rye")] == [post.id]
    linking = ada.status_post("See https://bread.example/rye", visibility="public")
    stage.settle()
    assert [one.id for one in ada.timeline_link("https://bread.example/rye")] == [linking.id]
    assert ada.timeline_is_available("local") is True
    found = ada.search_v2("rye")
    assert [tag.name for tag in found.hashtags] == ["rye"]
    assert [one.acct for one in ada.search("@bob").accounts] == ["bob"]
    assert ada.trends() == ada.trending_tags() == ada.trending_statuses() == []
    assert ada.trending_links() == []


def _pages(stage: Stage) -> None:
    """Every way to walk a list, of Bob's posts one by one."""
    bob = stage.bob
    for number in range(3):
        bob.status_post(f"Loaf {number}", visibility="public")
    first = bob.account_statuses(bob.me().id, limit=2)
    second = bob.fetch_next(first)
    assert first[-1].id > second[0].id
    assert [one.id for one in bob.fetch_previous(second)] == [one.id for one in first]
    whole = bob.fetch_remaining(first)
    assert len({one.id for one in whole}) == len(whole) > 3
    assert bob.get_pagination_info(first, "next")["max_id"] == int(first[-1].id)
    assert [one.id for one in bob.pagination_iterator(first)] == [one.id for one in whole]
    pages = list(bob.pagination_page_iterator(first))
    assert [one.id for page in pages for one in page] == [one.id for one in whole]


def _kept(stage: Stage) -> None:
    post = stage.kept["post"]
    ada, bob = stage.ada, stage.bob
    assert ada.status_bookmark(post.id).bookmarked
    assert [one.id for one in ada.bookmarks()] == [post.id]
    assert not ada.status_unbookmark(post.id).bookmarked
    assert ada.status_mute(post.id).muted
    assert not ada.status_unmute(post.id).muted
    assert bob.status_pin(post.id).pinned
    assert [one.id for one in ada.account_statuses(bob.me().id, pinned=True)] == [post.id]
    assert not bob.status_unpin(post.id).pinned
    bob.status_post("@ada between us", visibility="direct")
    stage.settle()
    [talk] = ada.conversations()
    assert talk.unread and talk.last_status.visibility == "direct"
    assert not ada.conversations_read(talk.id).unread


def _lists(stage: Stage) -> None:
    post = stage.kept["post"]
    ada = stage.ada
    bakers = ada.list_create("Bakers", exclusive=True)
    ada.list_accounts_add(bakers, [post.account.id])
    assert [one.acct for one in ada.list_accounts(bakers)] == ["bob"]
    assert [one.id for one in ada.account_lists(post.account.id)] == [bakers.id]
    assert post.id in [one.id for one in ada.timeline_list(bakers)]
    assert ada.list_update(bakers, "Bakers of Ghent").title == "Bakers of Ghent"
    assert ada.list(bakers.id).title == ada.lists()[0].title == "Bakers of Ghent"
    ada.list_accounts_delete(bakers, [post.account.id])
    assert ada.list_accounts(bakers) == []
    ada.list_delete(bakers)
    assert ada.lists() == []


def _filters(stage: Stage) -> None:
    post = stage.kept["post"]
    ada = stage.ada
    words = [{"keyword": "rye", "whole_word": True}]
    carbs = ada.create_filter_v2("Carbs", ["home"], "warn", keywords_attributes=words)
    assert ada.status(post.id).filtered[0].filter.title == "Carbs"
    cake = ada.add_filter_keyword_v2(carbs, "cake", whole_word=False)
    assert [one.keyword for one in ada.filter_keywords_v2(carbs)] == ["rye", "cake"]
    ada.delete_filter_keyword_v2(cake)
    hidden = ada.add_filter_status_v2(carbs, post)
    assert [one.status_id for one in ada.filter_statuses_v2(carbs)] == [post.id]
    assert ada.filter_status_v2(hidden).status_id == post.id
    ada.delete_filter_status_v2(hidden)
    assert ada.update_filter_v2(carbs, title="Bread").title == "Bread"
    assert ada.filter_v2(carbs).title == ada.filters_v2()[0].title == "Bread"
    ada.delete_filter_v2(carbs)
    assert ada.filters_v2() == []
    old = ada.filter_create("rye", ["home"], whole_word=True)
    assert ada.filter(old.id).phrase == ada.filters()[0].phrase == "rye"
    seen = ada.timeline_home()
    left = ada.filters_apply(seen, ada.filters(), "home")
    assert post.id in {one.id for one in seen} - {one.id for one in left}
    assert ada.filter_update(old.id, phrase="oats").phrase == "oats"
    ada.filter_delete(old.id)
    assert ada.filters() == []


SCENES = (
    _written,
    _answered,
    _liked,
    _quoted,
    _pictures_and_polls,
    _later,
    _timelines,
    _pages,
    _kept,
    _lists,
    _filters,
)
