"""What members are told of, and what not."""

from dataclasses import replace

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import mark_gone
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.follows import commands
from fedinet.follows.model import Terms
from fedinet.kernel.paging import Page
from fedinet.notifications import markers_store, reactions_store, store, telling_store
from fedinet.notifications.model import Kind, Timeline
from fedinet.posts import changing
from fedinet.posts import commands as posts
from fedinet.posts.model import Change
from fedinet.reactions import commands as reactions
from tests.integration.people import URIS, given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, hide, publish, receive, tell

EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


async def test_a_mention_from_elsewhere_is_told_once(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    note = await deliver_note(tx, bo, mentions=[ada])

    await tell(tx)
    await telling_store.tell_of_posts(tx, [note.id])

    assert await told(tx, ada) == [(Kind.MENTION, "bo", note.id)]


async def test_an_answer_is_told_as_a_reply_even_if_it_mentions(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    note = await deliver_note(tx, bo, in_reply_to=post.uri, mentions=[ada])
    await tell(tx)

    assert await told(tx, ada) == [(Kind.REPLY, "bo", note.id)]


async def test_an_answer_is_not_told_again_as_a_mention_once_its_parent_is_gone(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    note = await deliver_note(tx, bo, in_reply_to=post.uri, mentions=[ada])
    await tell(tx)
    await posts.delete(tx, ada, post.id)
    await telling_store.tell_of_posts(tx, [note.id])

    assert await told(tx, ada) == [(Kind.REPLY, "bo", note.id)]


async def test_an_answer_without_a_mention_is_told_too(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    note = await deliver_note(tx, bo, in_reply_to=(await publish(tx, ada)).uri)
    await tell(tx)

    assert await told(tx, ada) == [(Kind.REPLY, "bo", note.id)]


async def test_who_asked_is_told_of_each_new_post_but_not_of_answers_to_others(tx: Tx) -> None:
    ada, cleo, bo = [await given_member(tx, name) for name in ("ada", "cleo", "bo")]
    for follower in (cleo, bo):
        await given_follow(tx, follower, ada)
    await commands.change_terms(tx, cleo, ada, Terms(notify=True))
    asked = await publish(tx, bo)
    first = await publish(tx, ada)
    await deliver_note(tx, await given_remote(tx, "eve"), in_reply_to=first.uri)
    mention = await publish(tx, ada, "Hello @cleo", EVERYONE, cleo)
    await publish(tx, ada, "Only for @bo", MENTIONED, bo)
    await tell(tx)
    assert sorted(await told(tx, cleo)) == [
        (Kind.MENTION, "ada", mention.id),
        (Kind.STATUS, "ada", first.id),
    ]
    assert all(kind is not Kind.STATUS for kind, _, _ in await told(tx, bo))
    assert asked.id not in {post_id for _, _, post_id in await told(tx, cleo)}

    await commands.change_terms(tx, cleo, ada, Terms(notify=False))
    later = await publish(tx, ada)
    await tell(tx)
    assert later.id not in {post_id for _, _, post_id in await told(tx, cleo)}


async def test_likes_and_boosts_are_told_to_the_author_and_forgotten_when_undone(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    post = await publish(tx, ada)
    await reactions.like(tx, cleo, post.id)
    await reactions.boost(tx, cleo, post.id, now=NOW)
    await tell(tx)
    assert sorted(await told(tx, ada)) == [
        (Kind.BOOST, "cleo", post.id),
        (Kind.LIKE, "cleo", post.id),
    ]

    await reactions.unlike(tx, cleo, post.id)
    await reactions.unboost(tx, cleo, post.id)
    await tell(tx)
    assert await told(tx, ada) == []


async def test_a_like_taken_back_before_the_effect_tells_nobody(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    post = await publish(tx, ada)
    await reactions.like(tx, cleo, post.id)
    await reactions.unlike(tx, cleo, post.id)
    await tell(tx)

    assert await told(tx, ada) == []


async def test_a_request_turns_into_a_follow_and_both_end_with_it(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    follow = {
        "id": f"{bo.uri}#f",
        "type": "Follow",
        "actor": bo.uri,
        "object": ada.uri,
    }
    await receive(tx, bo, follow)
    await tell(tx)
    assert await told(tx, ada) == [(Kind.FOLLOW_REQUEST, "bo", None)]

    await commands.accept_request(tx, ada, bo, now=NOW)
    await tell(tx)
    assert await told(tx, ada) == [(Kind.FOLLOW, "bo", None)]

    await receive(tx, bo, {**follow, "id": f"{bo.uri}#u", "type": "Undo", "object": follow})
    await tell(tx)
    assert await told(tx, ada) == []


async def test_a_rejected_request_is_told_no_more(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await commands.follow(tx, cleo, ada, now=NOW)
    await tell(tx)
    await commands.reject_request(tx, ada, cleo)
    await tell(tx)

    assert await told(tx, ada) == []


async def test_nobody_is_told_of_their_own_acts(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "I, @ada", EVERYONE, ada)
    await publish(tx, ada, "and more", parent=post)
    await reactions.like(tx, ada, post.id)
    await reactions.boost(tx, ada, post.id, now=NOW)
    await tell(tx)

    assert await told(tx, ada) == []


@pytest.mark.parametrize("way", ["muted", "blocked", "blocked_by", "suspended"])
async def test_hidden_people_tell_nothing_before_or_after(tx: Tx, way: str) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    like = {"id": f"{bo.uri}#l", "type": "Like", "actor": bo.uri, "object": post.uri}
    await receive(tx, bo, like)
    await tell(tx)
    assert await told(tx, ada) == [(Kind.LIKE, "bo", post.id)]

    await hide(tx, ada, bo, way)
    assert await told(tx, ada) == []
    assert await store.count_unread(tx, seen_by(ada)) == 0
    await tx.execute("DELETE FROM notifications")
    await reactions_store.tell_of_likes(tx, [(bo.id, post.id, False)])
    await reactions_store.tell_of_boosts(tx, [(bo.id, post.id, False)])
    await reactions_store.tell_of_follows(tx, [(bo.id, ada.id, False)])
    assert await tx.fetchval("SELECT count(*) FROM notifications") == 0


async def test_a_mention_does_not_tell_of_what_the_gate_hides(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    post = await publish(tx, cleo, "Followers only, @ada", FOLLOWERS, ada)
    await tell(tx)
    assert await told(tx, ada) == []

    await given_follow(tx, ada, cleo)
    await telling_store.tell_of_posts(tx, [post.id])
    assert await told(tx, ada) == [(Kind.MENTION, "cleo", post.id)]
    await commands.unfollow(tx, ada, cleo)
    assert await told(tx, ada) == []


async def test_people_elsewhere_and_closed_accounts_are_told_nothing(tx: Tx) -> None:
    ada, bo, cleo = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_member(tx, "cleo"),
    )
    await tx.execute("UPDATE accounts SET disabled_at = now() WHERE actor_id = $1", cleo.id)
    await publish(tx, ada, "@bo and @cleo", EVERYONE, bo, cleo)
    await tell(tx)

    assert await tx.fetchval("SELECT count(*) FROM notifications") == 0


async def test_an_edit_tells_boosters_and_who_is_newly_mentioned(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    post = await publish(tx, ada)
    await reactions.boost(tx, cleo, post.id, now=NOW)
    await tell(tx)

    change = Change(text="Now with @dan")
    await changing.edit(tx, URIS, ada, post.id, change, mentioned={"dan": dan}, now=NOW)
    await tell(tx)

    assert await told(tx, cleo) == [(Kind.EDIT, "ada", post.id)]
    assert await told(tx, dan) == [(Kind.MENTION, "ada", post.id)]


async def test_a_deleted_post_and_somebody_gone_leave_the_list(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    note = await deliver_note(tx, bo, mentions=[ada])
    other = await deliver_note(tx, bo, 2, mentions=[ada])
    await tell(tx)
    delete = {"id": f"{note.uri}#d", "type": "Delete", "actor": bo.uri, "object": note.uri}
    await receive(tx, bo, delete)

    assert await told(tx, ada) == [(Kind.MENTION, "bo", other.id)]
    await mark_gone(tx, bo.id)
    assert await told(tx, ada) == []


async def test_the_list_is_paged_filtered_and_dismissed(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada)
    for name in ("p1", "p2", "p3"):
        await reactions.like(tx, await given_member(tx, name), post.id)
    await publish(tx, await given_member(tx, "p4"), "yes", parent=post)
    await tell(tx)
    viewer = seen_by(ada)

    first = await store.list_notifications(tx, viewer, Page(limit=2))
    rest = await store.list_notifications(tx, viewer, Page(limit=9, max_id=first[-1].id))
    likes = await store.list_notifications(tx, viewer, kinds=[Kind.LIKE])
    assert len(first) == 2 and len(rest) == 2 and len(likes) == 3
    assert {n.kind for n in likes} == {Kind.LIKE}

    assert await store.find_notification(tx, viewer, first[0].id) == replace(first[0], is_new=False)
    assert await store.dismiss(tx, ada.id, first[0].id)
    assert not await store.dismiss(tx, ada.id, first[0].id)
    assert await store.find_notification(tx, viewer, first[0].id) is None
    await store.dismiss_all(tx, ada.id)
    assert await store.list_notifications(tx, viewer) == []


async def test_nobody_reads_or_dismisses_what_somebody_else_was_told(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await reactions.like(tx, cleo, (await publish(tx, ada)).id)
    await tell(tx)
    [one] = await store.list_notifications(tx, seen_by(ada))

    assert await store.find_notification(tx, seen_by(cleo), one.id) is None
    assert not await store.dismiss(tx, cleo.id, one.id)


async def test_unread_is_what_is_newer_than_the_marker(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada)
    viewer = seen_by(ada)
    await reactions.like(tx, await given_member(tx, "p1"), post.id)
    await tell(tx)
    assert await store.count_unread(tx, viewer) == 1

    [one] = await store.list_notifications(tx, viewer)
    await markers_store.mark_read_up_to(tx, ada.id, one.id)
    await markers_store.mark_read_up_to(tx, ada.id, one.id - 1)  # never goes back
    assert await store.count_unread(tx, viewer) == 0
    await reactions.like(tx, await given_member(tx, "p2"), post.id)
    await tell(tx)
    assert await store.count_unread(tx, viewer) == 1


async def test_a_marker_counts_its_versions(tx: Tx) -> None:
    ada = await given_member(tx, "ada")

    first = await markers_store.set_marker(tx, ada.id, Timeline.HOME, 5)
    second = await markers_store.set_marker(tx, ada.id, Timeline.HOME, 3)

    assert (first.version, second.version, second.last_read) == (1, 2, 3)
    assert await markers_store.list_markers(tx, ada.id) == {Timeline.HOME: second}


async def test_nothing_is_told_of_a_muted_conversation_until_it_is_wanted_again(tx: Tx) -> None:
    ada, cy = await given_member(tx, "ada"), await given_member(tx, "cy")
    bo = await given_remote(tx, "bo")
    post = await publish(tx, ada)
    answer = await deliver_note(tx, bo, in_reply_to=post.uri)
    await tell(tx)
    await reactions.mute_thread(tx, ada, answer.id)
    await deliver_note(tx, bo, 2, in_reply_to=answer.uri, mentions=[ada, cy])
    await reactions.like(tx, bo, post.id)
    await reactions.boost(tx, bo, post.id, now=NOW)
    await tell(tx)
    assert await told(tx, ada) == [(Kind.REPLY, "bo", answer.id)]
    assert len(await told(tx, cy)) == 1, "it is her own choice"

    await deliver_note(tx, bo, 3, mentions=[ada])
    await reactions.unmute_thread(tx, ada, post.id)
    again = await deliver_note(tx, bo, 4, in_reply_to=post.uri)
    await tell(tx)
    kinds = [(kind, about) for kind, _, about in await told(tx, ada)]
    assert [kind for kind, _ in kinds] == [Kind.REPLY, Kind.MENTION, Kind.REPLY]
    assert kinds[0] == (Kind.REPLY, again.id)


async def test_a_muted_conversation_stays_so_when_its_first_post_comes_late(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    reply = await deliver_note(tx, bo, in_reply_to=f"{cleo.uri}/notes/1", mentions=[ada])
    await tell(tx)
    await reactions.mute_thread(tx, ada, reply.id)
    await given_follow(tx, ada, cleo)
    first = await deliver_note(tx, cleo)
    await tell(tx)
    await deliver_note(tx, bo, 2, in_reply_to=first.uri, mentions=[ada])
    await tell(tx)
    assert await told(tx, ada) == [(Kind.MENTION, "bo", reply.id)]


async def told(tx: Tx, owner: Actor) -> list[tuple[Kind, str, int | None]]:
    listed = await store.list_notifications(tx, seen_by(owner))
    names = {
        row["id"]: row["username"] for row in await tx.fetch("SELECT id, username FROM actors")
    }
    return [(one.kind, names[one.actor_id], one.post_id) for one in listed]
