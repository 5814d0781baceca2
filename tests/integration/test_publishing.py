"""Members publish: audiences, deliveries, mentions that widen nothing, edits, deletes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.audiences.store import list_named
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts import changing, commands, local_store, store
from fedinet.posts.model import Change, Draft, Post
from fedinet.posts.signals import Part, PostPublished
from fedinet.queue.signals import decode
from fedinet.vocab.activity import PUBLIC
from tests.integration.people import (
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


async def publish(
    tx: Tx,
    author: Actor,
    text: str,
    visibility: Visibility = EVERYONE,
    *mentioned: Actor,
    parent: Post | None = None,
) -> Post:
    return await commands.publish(
        tx,
        URIS,
        author,
        Draft(text=text, visibility=visibility, parent_id=None if parent is None else parent.id),
        mentioned={actor.handle: actor for actor in mentioned},
        now=NOON,
        on_published=_nothing,
    )


async def edit(tx: Tx, author: Actor, post: Post, text: str, *mentioned: Actor) -> Post:
    return await changing.edit(
        tx,
        URIS,
        author,
        post.id,
        Change(text=text),
        mentioned={actor.handle: actor for actor in mentioned},
        now=NOON + timedelta(hours=1),
    )


async def sent(tx: Tx) -> list[tuple[str, bool, set[ActorId], Mapping[str, Any]]]:
    """What was promised: type, to followers?, to whom besides, and the activity."""
    rows = await tx.fetch("SELECT body, followers, recipients FROM outgoing ORDER BY id")
    return [
        (json.loads(r["body"])["type"], r["followers"], set(r["recipients"]), json.loads(r["body"]))
        for r in rows
    ]


async def test_a_post_is_stored_as_the_author_sees_it_and_announced_once(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    told: list[PostId] = []

    async def on_published(_tx: Tx, post: Post) -> None:
        told.append(post.id)

    post = await commands.publish(
        tx,
        URIS,
        ada,
        Draft(text="Hello *world* #Bread", visibility=EVERYONE, language="en"),
        mentioned={},
        now=NOON,
        on_published=on_published,
    )

    assert await store.get_visible(tx, VISITOR, post.id) == post
    assert post.uri == f"https://home.example/posts/{post.id}"
    assert post.page_url == f"https://home.example/@ada/{post.id}"
    assert "<em>world</em>" in post.html and [tag.name for tag in post.tags] == ["bread"]
    assert told == [post.id]
    [signal] = await tx.fetch("SELECT kind, body FROM signals")
    parts = frozenset({Part.TAGS, Part.LINKS})
    assert decode(signal["kind"], signal["body"]) == PostPublished(post.id, parts=parts)
    assert await sent(tx) == [], "nobody elsewhere follows ada"


@pytest.mark.parametrize(
    ("visibility", "to_followers", "addressed"),
    [
        pytest.param(EVERYONE, True, True, id="everyone"),
        pytest.param(QUIET, True, True, id="quiet"),
        pytest.param(FOLLOWERS, True, False, id="followers: a mention is no follower"),
        pytest.param(MENTIONED, False, True, id="people mentioned"),
    ],
)
async def test_each_audience_is_sent_to_those_in_it_and_names_nobody_else(
    tx: Tx, visibility: Visibility, to_followers: bool, addressed: bool
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, await given_remote(tx, "cy"), ada)

    post = await publish(tx, ada, "Hi @bo@b.example", visibility, bo)

    [(kind, followers, recipients, create)] = await sent(tx)
    assert (kind, followers) == ("Create", to_followers)
    assert recipients == ({bo.id} if addressed else set())
    named = bo.uri in [*create["to"], *create["cc"]]
    assert named is addressed
    assert (create["object"]["tag"] != []) is addressed
    assert (PUBLIC in [*create["to"], *create["cc"]]) is (visibility in (EVERYONE, QUIET))
    assert (await store.find_visible(tx, seen_by(bo), post.id) is not None) is addressed


async def test_a_mention_of_a_follower_is_addressed_in_a_post_to_followers(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)

    await publish(tx, ada, "Hi @bo@b.example", FOLLOWERS, bo)

    [(_, _, recipients, create)] = await sent(tx)
    assert recipients == {bo.id}
    assert create["cc"] == [bo.uri]


async def test_a_post_for_this_community_leaves_by_no_door(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    bo = await given_remote(tx, "bo")

    post = await publish(tx, ada, "Hi @bo@b.example and @ben", COMMUNITY, bo, ben)
    await edit(tx, ada, post, "Hi again @bo@b.example and @ben", bo, ben)
    assert await store.find_visible(tx, seen_by(ben), post.id) is not None
    for outsider in (VISITOR, seen_by(bo)):
        assert await store.find_visible(tx, outsider, post.id) is None
    await commands.delete(tx, ada, post.id)

    assert await sent(tx) == []


async def test_a_direct_post_between_members_is_not_written_for_other_servers(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")

    post = await publish(tx, ada, "@ben psst", MENTIONED, ben)

    assert await sent(tx) == []
    assert await list_named(tx, post.id) == (ben.id,)


async def test_a_direct_post_goes_to_personal_inboxes(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")

    await publish(tx, ada, "@bo@b.example psst", MENTIONED, bo)

    assert await tx.fetchval("SELECT direct FROM outgoing")


async def test_somebody_blocked_is_not_told_even_when_mentioned(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_block(tx, ada, bo)
    await given_follow(tx, await given_remote(tx, "cy"), ada)

    await publish(tx, ada, "About @bo@b.example", EVERYONE, bo)

    [(_, _, recipients, create)] = await sent(tx)
    assert recipients == set()
    assert bo.uri not in create["cc"] and create["object"]["tag"] == []


async def test_somebody_suspended_is_not_told(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await tx.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", bo.id)

    await publish(tx, ada, "@bo@b.example psst", MENTIONED, bo)

    assert await sent(tx) == []


async def test_an_answer_keeps_the_audience_and_speaks_to_its_author(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    community = await publish(tx, ada, "Only us", COMMUNITY)

    answer = await publish(tx, ben, "Yes", EVERYONE, parent=community)

    assert answer.visibility is COMMUNITY
    assert (answer.parent_id, answer.parent_uri) == (community.id, community.uri)
    assert answer.root_id == community.id
    assert answer.mentions == (ada.id,)
    assert await sent(tx) == []
    assert (await store.get_visible(tx, seen_by(ada), community.id)).replies_count == 1


async def test_an_answer_reaches_the_remote_author_though_the_text_does_not_name_them(
    tx: Tx,
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    parent = await given_remote_post(tx, bo, EVERYONE)

    await publish(tx, ada, "Indeed", EVERYONE, parent=parent)

    [(_, followers, recipients, create)] = await sent(tx)
    assert followers and recipients == {bo.id}
    assert bo.uri in create["cc"]
    assert create["object"]["tag"] == [{"type": "Mention", "href": bo.uri, "name": "@bo@b.example"}]
    assert create["object"]["inReplyTo"] == parent.uri


async def test_an_answer_to_a_followers_post_reaches_its_author(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    parent = await given_remote_post(tx, bo, FOLLOWERS)

    answer = await publish(tx, ada, "Indeed", EVERYONE, parent=parent)

    assert answer.visibility is FOLLOWERS
    [(_, _, recipients, create)] = await sent(tx)
    assert recipients == {bo.id} and create["cc"] == [bo.uri]
    assert await list_named(tx, answer.id) == (bo.id,)


async def test_a_direct_answer_that_names_nobody_goes_to_the_whole_conversation(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    bo = await given_remote(tx, "bo")
    first = await publish(tx, ada, "@ben @bo@b.example we three", MENTIONED, ben, bo)

    answer = await publish(tx, ben, "Fine", EVERYONE, parent=first)

    assert answer.visibility is MENTIONED
    assert set(await list_named(tx, answer.id)) == {ada.id, bo.id}


async def test_a_direct_answer_that_names_one_does_not_go_to_the_others(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    bo = await given_remote(tx, "bo")
    first = await publish(tx, ada, "@ben @bo@b.example we three", MENTIONED, ben, bo)

    answer = await publish(tx, ben, "@ada between us", MENTIONED, ada, parent=first)

    assert await list_named(tx, answer.id) == (ada.id,)
    assert await store.find_visible(tx, seen_by(bo), answer.id) is None


async def test_what_one_may_not_see_cannot_be_answered(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    private = await publish(tx, ada, "Dear diary", MENTIONED)

    with pytest.raises(NotFound):
        await publish(tx, ben, "I know", EVERYONE, parent=private)
    with pytest.raises(NotFound):
        await publish(tx, ben, "?", EVERYONE, parent=replace(private, id=PostId(1)))


async def test_too_many_mentions_are_refused(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    crowd = [
        replace(ada, id=ActorId(n), username=f"u{n}", uri=URIS.actor(f"u{n}")) for n in range(101)
    ]
    text = " ".join(f"@{actor.username}" for actor in crowd)

    with pytest.raises(Unprocessable, match="101 mentions"):
        await publish(tx, ada, text, EVERYONE, *crowd)


async def test_an_edit_keeps_what_was_said_and_goes_to_those_who_have_it(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cy, dan = await given_remote(tx, "cy"), await given_remote(tx, "dan")
    post = await publish(tx, ada, "Frist @bo@b.example", EVERYONE, bo)
    await given_like(tx, cy, post)
    await given_boost(tx, dan, post)

    edited = await edit(tx, ada, post, "First @bo@b.example #news", bo)

    assert edited == await store.get_visible(tx, VISITOR, post.id)
    assert edited.revision == 2 and edited.edited_at == NOON + timedelta(hours=1)
    history = await store.list_revisions(tx, VISITOR, post.id)
    assert [(r.number, r.source) for r in history] == [
        (1, "Frist @bo@b.example"),
        (2, "First @bo@b.example #news"),
    ]
    kind, followers, recipients, update = (await sent(tx))[-1]
    assert (kind, followers) == ("Update", True)
    assert recipients == {bo.id, cy.id, dan.id}
    assert update["cc"] == [ada.followers_uri, bo.uri]
    assert update["object"]["updated"] > update["object"]["published"]


async def test_an_edit_of_a_followers_post_does_not_go_to_who_follows_no_more(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)
    post = await publish(tx, ada, "Among friends", FOLLOWERS)
    await given_like(tx, bo, post)
    await tx.execute("DELETE FROM follows")

    await edit(tx, ada, post, "Among closer friends")

    assert (await sent(tx))[-1][2] == set()


async def test_an_edit_that_changes_nothing_is_none(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "Same")

    assert await edit(tx, ada, post, " Same ") == post
    assert await sent(tx) == []


async def test_an_edit_is_later_than_what_it_changes_whatever_the_clock_says(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "One")
    once = await edit(tx, ada, post, "Two")

    twice = await edit(tx, ada, post, "Three")

    assert once.edited_at is not None and twice.edited_at is not None
    assert twice.edited_at > once.edited_at


async def test_whom_an_edit_names_anew_in_a_direct_post_may_read_it(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada, "Note to self", MENTIONED)

    await edit(tx, ada, post, "@bo@b.example look", bo)

    assert await store.find_visible(tx, seen_by(bo), post.id) is not None
    assert (await sent(tx))[-1][2] == {bo.id}


async def test_history_is_bounded(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "0")
    for n in range(1, local_store.KEPT_REVISIONS + 10):
        await edit(tx, ada, post, str(n))

    assert await tx.fetchval("SELECT count(*) FROM post_revisions") <= local_store.KEPT_REVISIONS
    assert (await store.list_revisions(tx, VISITOR, post.id))[-1].source == "59"


async def test_a_delete_leaves_a_tombstone_and_goes_to_everyone_who_may_have_a_copy(
    tx: Tx,
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cy, dan, eve = [await given_remote(tx, name) for name in ("cy", "dan", "eve")]
    parent = await given_remote_post(tx, bo, EVERYONE)
    post = await publish(tx, ada, "@cy@b.example hm", EVERYONE, cy, parent=parent)
    await given_like(tx, dan, post)
    answer = await given_remote_post(tx, eve, EVERYONE, parent=post)
    await given_block(tx, ada, cy)

    await commands.delete(tx, ada, post.id)

    kind, followers, recipients, activity = (await sent(tx))[-1]
    assert (kind, followers) == ("Delete", True)
    assert recipients == {bo.id, cy.id, dan.id, eve.id}
    assert activity["object"] == {"id": post.uri, "type": "Tombstone"}
    assert await store.find_visible(tx, seen_by(ada), post.id) is None
    assert await store.is_tombstone(tx, post.uri)
    orphan = await store.get_visible(tx, VISITOR, answer.id)
    assert (orphan.parent_id, orphan.parent_uri) == (None, post.uri)
    assert (await store.get_visible(tx, VISITOR, parent.id)).replies_count == 0
    assert (await tx.fetch("SELECT kind FROM signals ORDER BY id"))[-1]["kind"] == "PostDeleted"


async def test_a_delete_of_a_direct_post_reaches_those_it_named_and_is_not_public(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada, "@bo@b.example psst", MENTIONED, bo)

    await commands.delete(tx, ada, post.id)

    kind, followers, recipients, activity = (await sent(tx))[-1]
    assert (kind, followers, recipients) == ("Delete", False, {bo.id})
    assert activity["to"] == [bo.uri]
    assert await list_named(tx, post.id) == ()


async def test_only_the_author_edits_or_deletes(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    bo = await given_remote(tx, "bo")
    mine = await publish(tx, ada, "Mine")
    remote = await given_remote_post(tx, bo, EVERYONE)

    for post in (mine, remote):
        with pytest.raises(NotFound):
            await edit(tx, ben, post, "Yours")
        with pytest.raises(NotFound):
            await commands.delete(tx, ben, post.id)


async def test_the_same_idempotency_key_is_one_post(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    account_id = await tx.fetchval("SELECT id FROM accounts")
    assert await local_store.find_post_by_key(tx, account_id, "k") is None
    post = await publish(tx, ada, "Once")

    await local_store.remember_key(tx, account_id, "k", post.id)

    assert await local_store.find_post_by_key(tx, account_id, "k") == post.id
    assert await local_store.find_post_by_key(tx, account_id, "other") is None


async def given_remote_post(
    tx: Tx, author: Actor, visibility: Visibility, *, parent: Post | None = None
) -> Post:
    post_id = await local_store.next_post_id(tx)
    await tx.execute(
        """
        INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                           parent_id, parent_uri, published_at)
        VALUES ($1, $2, $2, $3, false, $4, '<p>x</p>', $5, $6, $7, $8)
        """,
        post_id,
        f"{author.uri}/notes/{post_id}",
        author.id,
        visibility,
        post_id if parent is None else parent.root_id,
        None if parent is None else parent.id,
        None if parent is None else parent.uri,
        NOON,
    )
    return await store.get_visible(tx, seen_by(author), post_id)


async def given_like(tx: Tx, actor: Actor, post: Post) -> None:
    await tx.execute(
        "INSERT INTO likes (actor_id, post_id, uri) VALUES ($1, $2, '')", actor.id, post.id
    )


async def given_boost(tx: Tx, actor: Actor, post: Post) -> None:
    await tx.execute(
        "INSERT INTO boosts (actor_id, post_id, uri, visibility) VALUES ($1, $2, '', 'everyone')",
        actor.id,
        post.id,
    )


async def _nothing(_tx: Tx, _post: Post) -> None:
    """Stand in for the home row, which is another slice's."""
