"""What members do about each other: follow, answer, block, mute; and the lists they see."""

from datetime import timedelta

import pytest

from fedinet.accounts.commands import update_profile
from fedinet.actors.model import Actor, ProfileChange
from fedinet.actors.store import get_actor, insert_node_actor, mark_gone, set_suspended
from fedinet.db.query import Tx
from fedinet.follows import blocking, blocks_store, commands, store
from fedinet.follows.model import FollowState, Relationship
from fedinet.follows.relations_store import find_relationship, list_relationships
from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.kernel.paging import Page
from tests.integration.people import HOME, URIS, given_follow, given_member, given_remote
from tests.integration.social import NOW, sent, tell


async def test_a_follow_of_somebody_elsewhere_is_sent_to_their_own_inbox(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")

    follow = await commands.follow(tx, ada, bo, now=NOW)

    assert follow.state is FollowState.PENDING
    [one] = await sent(tx)
    assert (one.sender, one.to, one.is_direct, one.to_followers) == (ada.id, [bo.id], True, False)
    assert one.activity["id"] == follow.uri and one.activity["object"] == bo.uri


async def test_asking_again_sends_the_same_follow_until_it_is_answered(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    first = await commands.follow(tx, ada, bo, now=NOW)
    again = await commands.follow(tx, ada, bo, now=NOW)
    await store.accept_follow(tx, ada.id, bo.id, now=NOW)
    await commands.follow(tx, ada, bo, now=NOW)

    assert again.uri == first.uri
    assert [one.activity["id"] for one in await sent(tx)] == [first.uri, first.uri]


async def test_members_follow_each_other_without_the_network(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")

    asked = await commands.follow(tx, ada, cleo, now=NOW)
    assert asked.state is FollowState.PENDING
    granted = await commands.accept_request(tx, cleo, ada, now=NOW)

    assert granted.state is FollowState.ACCEPTED
    assert (await find_relationship(tx, ada.id, cleo.id)).following
    assert await commands.unfollow(tx, ada, cleo) and not await commands.unfollow(tx, ada, cleo)
    assert await sent(tx) == []


async def test_a_member_without_approval_is_followed_at_once(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await tx.execute("UPDATE actors SET approves_followers = false WHERE id = $1", cleo.id)

    follow = await commands.follow(tx, ada, await get_actor(tx, cleo.id), now=NOW)

    assert follow.state is FollowState.ACCEPTED
    assert await signals(tx) == ["FollowAccepted"]


async def test_a_request_from_elsewhere_is_answered_with_the_exact_follow(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_request(tx, bo, ada, "https://b.example/follows/7")

    await commands.accept_request(tx, ada, bo, now=NOW)
    await commands.remove_follower(tx, ada, bo)

    accept, reject = await sent(tx)
    follow = {
        "id": "https://b.example/follows/7",
        "type": "Follow",
        "actor": bo.uri,
        "object": ada.uri,
    }
    assert (accept.activity["type"], accept.activity["object"]) == ("Accept", follow)
    assert (reject.activity["type"], reject.activity["object"]) == ("Reject", follow)
    assert accept.is_direct and reject.is_direct and accept.to == reject.to == [bo.id]


async def test_only_a_request_that_waits_is_answered(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    with pytest.raises(NotFound):
        await commands.accept_request(tx, ada, bo, now=NOW)
    await given_follow(tx, bo, ada)
    with pytest.raises(NotFound):
        await commands.reject_request(tx, ada, bo)

    await given_request(tx, bo, await given_member(tx, "cleo"), "")
    assert await sent(tx) == []


async def test_a_rejected_request_is_gone(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_request(tx, bo, ada, "https://b.example/follows/7")

    await commands.reject_request(tx, ada, bo)

    assert await find_relationship(tx, ada.id, bo.id) == Relationship()
    assert await signals(tx) == ["FollowEnded"]


async def test_unfollowing_sends_an_undo_of_the_follow(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    follow = await commands.follow(tx, ada, bo, now=NOW)

    await commands.unfollow(tx, ada, bo)

    undo = (await sent(tx))[1].activity
    assert undo["type"] == "Undo" and undo["object"]["id"] == follow.uri


async def test_what_cannot_be_followed_is_refused_in_words(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    node = await get_actor(tx, await insert_node_actor(tx, uris=URIS, account_domain=HOME))

    with pytest.raises(Unprocessable, match="follow_of_self"):
        await commands.follow(tx, ada, ada, now=NOW)
    with pytest.raises(Forbidden, match="node_actor"):
        await commands.follow(tx, ada, node, now=NOW)
    await blocking.block(tx, bo, ada)
    with pytest.raises(Forbidden, match="blocked"):
        await commands.follow(tx, ada, bo, now=NOW)
    await set_suspended(tx, bo.id, suspended=True)
    with pytest.raises(NotFound):
        await commands.follow(tx, ada, await get_actor(tx, bo.id), now=NOW)
    assert await tx.fetchval("SELECT count(*) FROM follows") == 0


async def test_a_block_ends_everything_between_two_people_and_tells_their_server(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await given_follow(tx, bo, ada)

    assert await blocking.block(tx, ada, bo) and not await blocking.block(tx, ada, bo)

    assert [one.activity["type"] for one in await sent(tx)] == ["Undo", "Reject", "Block"]
    assert await find_relationship(tx, ada.id, bo.id) == Relationship(blocking=True)
    assert await find_relationship(tx, bo.id, ada.id) == Relationship(blocked_by=True)
    assert await blocking.unblock(tx, ada, bo) and not await blocking.unblock(tx, ada, bo)
    last = (await sent(tx))[-1].activity
    assert (last["type"], last["object"]["type"]) == ("Undo", "Block")
    assert last["object"]["id"] == (await sent(tx))[2].activity["id"]


async def test_a_block_among_members_stays_here(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")

    await blocking.block(tx, ada, cleo)

    assert (await find_relationship(tx, cleo.id, ada.id)).blocked_by
    assert await sent(tx) == []


async def test_nobody_blocks_or_mutes_themselves_or_the_server(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    node = await get_actor(tx, await insert_node_actor(tx, uris=URIS, account_domain=HOME))

    with pytest.raises(Unprocessable):
        await blocking.block(tx, ada, ada)
    with pytest.raises(Unprocessable):
        await blocking.mute(tx, ada, ada)
    with pytest.raises(Forbidden):
        await blocking.block(tx, ada, node)


async def test_a_mute_is_silent_and_may_end_by_itself(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    now = await tx.fetchval("SELECT now()")

    await blocking.mute(tx, ada, bo, until=now + timedelta(hours=1))
    assert (await find_relationship(tx, ada.id, bo.id)).muting_until == now + timedelta(hours=1)
    [(_, muted, until)] = await blocks_store.list_muted(tx, ada.id, Page())
    assert (muted.id, until) == (bo.id, now + timedelta(hours=1))

    await blocking.mute(tx, ada, bo, until=now - timedelta(seconds=1))
    assert await find_relationship(tx, ada.id, bo.id) == Relationship()
    assert await blocks_store.list_muted(tx, ada.id, Page()) == []
    assert await blocking.unmute(tx, ada, bo) and not await blocking.unmute(tx, ada, bo)
    assert await sent(tx) == []


async def test_followers_are_listed_newest_first_page_by_page(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    people = [await given_remote(tx, f"p{n}") for n in range(5)]
    for person in people:
        await given_follow(tx, person, ada)
    await given_follow(tx, await given_remote(tx, "waiting"), ada, "pending")

    first = await store.list_followers(tx, ada.id, Page(limit=2))
    second = await store.list_followers(tx, ada.id, Page(limit=2, max_id=first[-1][0]))
    back = await store.list_followers(tx, ada.id, Page(limit=2, min_id=second[-1][0]))

    assert names(first) == ["p4", "p3"] and names(second) == ["p2", "p1"]
    assert names(back) == ["p3", "p2"] and back[-1] == second[0]
    requests = await store.list_followers(tx, ada.id, Page(), state=FollowState.PENDING)
    assert names(requests) == ["waiting"]
    assert await store.count_follows(tx, ada.id) == (5, 0, 1)


async def test_suspended_and_gone_people_are_in_no_list(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    bo, cleo = await given_remote(tx, "bo"), await given_remote(tx, "cleo")
    for person in (bo, cleo):
        await given_follow(tx, ada, person)
        await given_follow(tx, person, ada)
    await set_suspended(tx, bo.id, suspended=True)
    await mark_gone(tx, cleo.id)

    assert await store.list_followers(tx, ada.id, Page()) == []
    assert await store.list_following(tx, ada.id, Page()) == []
    assert await store.count_follows(tx, ada.id) == (0, 0, 0)
    await set_suspended(tx, bo.id, suspended=False)
    assert names(await store.list_following(tx, ada.id, Page())) == ["bo"]


async def test_relationships_of_many_are_one_read(tx: Tx) -> None:
    ada, bo, cleo = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_remote(tx, "cleo"),
    )
    await given_follow(tx, ada, bo, "pending")
    await given_follow(tx, cleo, ada, "pending")

    found = await list_relationships(tx, ada.id, [bo.id, cleo.id])

    assert found == {bo.id: Relationship(requested=True), cleo.id: Relationship(requested_by=True)}


async def test_blocked_people_are_listed(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    for name in ("bo", "cleo"):
        await blocking.block(tx, ada, await given_remote(tx, name))

    listed = await blocks_store.list_blocked(tx, ada.id, Page(limit=1))
    older = await blocks_store.list_blocked(tx, ada.id, Page(max_id=listed[0][0]))
    assert names(listed) == ["cleo"] and names(older) == ["bo"]


def names(listed: list[tuple[int, Actor]]) -> list[str]:
    return [actor.username for _, actor in listed]


async def signals(tx: Tx) -> list[str]:
    return [row["kind"] for row in await tx.fetch("SELECT kind FROM signals ORDER BY id")]


async def given_request(tx: Tx, follower: Actor, target: Actor, uri: str) -> None:
    await store.upsert_follow(
        tx, follower.id, target.id, state=FollowState.PENDING, uri=uri, now=NOW
    )


async def test_who_lifts_the_approval_lets_in_who_waits(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo, eve = await given_member(tx, "cleo"), await given_remote(tx, "eve")
    for follower in (bo, cleo):
        await given_follow(tx, follower, ada, "pending")
    await given_follow(tx, eve, cleo, "pending")
    lifted = ProfileChange(approves_followers=False)

    await update_profile(tx, ada.id, lifted, now=NOW)
    await update_profile(tx, ada.id, lifted, now=NOW)
    await tell(tx)

    assert (await find_relationship(tx, ada.id, bo.id)).followed_by
    assert (await find_relationship(tx, ada.id, cleo.id)).followed_by
    assert (await find_relationship(tx, cleo.id, eve.id)).requested_by
    accepts = [one.to for one in await sent(tx) if one.activity["type"] == "Accept"]
    assert accepts == [[bo.id]]


async def test_an_approval_that_is_wanted_again_lets_nobody_in(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada, "pending")
    await update_profile(tx, ada.id, ProfileChange(approves_followers=False), now=NOW)
    await update_profile(tx, ada.id, ProfileChange(approves_followers=True), now=NOW)
    await tell(tx)
    assert (await find_relationship(tx, ada.id, bo.id)).requested_by
