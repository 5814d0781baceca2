"""The home of a member: what belongs there, in sets, and the gate at every read."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor, set_suspended
from fedinet.audiences.model import Visibility
from fedinet.conversations.waiting_store import Kind, list_waiting
from fedinet.db.query import Pool, Tx
from fedinet.follows import blocking, commands
from fedinet.kernel.paging import Page
from fedinet.posts import commands as posts
from fedinet.posts.model import Post
from fedinet.reactions import commands as reactions
from fedinet.timelines import store
from fedinet.timelines.model import Item
from fedinet.timelines.profile_store import list_profile
from tests.integration.people import given_block, given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, publish, tell

NEWCOMER, LETTER, REQUEST = Kind.NEWCOMER, Kind.LETTER, Kind.REQUEST
WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


async def test_ones_own_post_is_home_before_any_effect(tx: Tx) -> None:
    ada = await given_member(tx, "ada")

    post = await publish(tx, ada)

    assert await home_of(tx, ada) == [post.id]
    await tell(tx)
    assert await home_of(tx, ada) == [post.id]


async def test_posts_reach_the_homes_of_followers_and_of_nobody_else(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    bo = await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await given_follow(tx, cleo, bo)
    await given_follow(tx, dan, bo, "pending")
    first, second = await deliver_note(tx, bo, 1), await deliver_note(tx, bo, 2)

    await tell(tx)
    await tell_again(tx, first, second)

    for reader in (ada, cleo):
        assert await home_of(tx, reader) == [second.id, first.id]
    assert await home_of(tx, dan) == []


async def test_every_audience_reaches_a_follower_who_belongs_to_it(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_follow(tx, ada, cleo)
    expected = [(await publish(tx, cleo, v, v)).id for v in (EVERYONE, QUIET, FOLLOWERS, COMMUNITY)]
    await publish(tx, cleo, "Not for ada", MENTIONED)
    expected.append((await publish(tx, cleo, "@ada this is", MENTIONED, ada)).id)
    await tell(tx)

    assert await home_of(tx, ada) == expected[::-1]


async def test_a_mention_by_somebody_one_does_not_follow_is_not_home(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await publish(tx, cleo, "@ada hello", EVERYONE, ada)
    await tell(tx)

    assert await home_of(tx, ada) == []


async def test_replies_are_home_where_one_follows_both_or_is_spoken_to(tx: Tx) -> None:
    ada, cleo, dan, eve = [await given_member(tx, n) for n in ("ada", "cleo", "dan", "eve")]
    for followed in (cleo, dan):
        await given_follow(tx, ada, followed)
    of_ada, of_dan, of_eve = [await publish(tx, who) for who in (ada, dan, eve)]
    to_me = await publish(tx, cleo, "to ada", parent=of_ada)
    to_friend = await publish(tx, cleo, "to dan", parent=of_dan)
    to_self = await publish(tx, cleo, "on and on", parent=to_friend)
    to_stranger = await publish(tx, cleo, "to eve", parent=of_eve)
    await tell(tx)

    shown = await home_of(tx, ada)
    assert shown == [to_self.id, to_friend.id, to_me.id, of_dan.id, of_ada.id]
    assert to_stranger.id not in shown


async def test_a_reply_to_what_is_not_here_is_not_home(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await deliver_note(tx, bo, in_reply_to="https://c.example/notes/1")
    await tell(tx)

    assert await home_of(tx, ada) == []


async def test_a_reply_that_came_before_its_parent_is_home_once_the_parent_is(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    for author in (bo, cleo):
        await given_follow(tx, ada, author)
    reply = await deliver_note(tx, bo, in_reply_to=f"{cleo.uri}/notes/1")
    await tell(tx)
    assert await home_of(tx, ada) == []

    parent = await deliver_note(tx, cleo)
    await tell(tx)

    assert await home_of(tx, ada) == [parent.id, reply.id]


async def test_a_reply_takes_the_place_of_its_boost_once_its_parent_is_here(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo")
    for followed in (bo, cleo):
        await given_follow(tx, ada, followed)
    reply = await deliver_note(tx, bo, 2, in_reply_to=f"{bo.uri}/notes/1")
    await tell(tx)
    boost = await reactions.boost(tx, cleo, reply.id, now=NOW)
    await tell(tx)
    assert [item.boost_id for item in await store.list_home(tx, seen_by(ada))] == [boost.id]

    parent = await deliver_note(tx, bo, 1)
    await tell(tx)

    found = await store.list_home(tx, seen_by(ada))
    assert sorted((item.post_id, item.boost_id) for item in found) == [
        (reply.id, None),
        (parent.id, None),
    ]


async def test_a_boost_is_home_of_the_boosters_followers_and_once_a_day(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    bo = await given_remote(tx, "bo")
    await given_follow(tx, cleo, bo)
    await given_follow(tx, ada, cleo)
    await given_follow(tx, ada, dan)
    note = await deliver_note(tx, bo)
    boost = await reactions.boost(tx, cleo, note.id, now=NOW)
    await reactions.boost(tx, dan, note.id, now=NOW)
    await tell(tx)

    [item] = await store.list_home(tx, seen_by(ada))
    assert item == Item(boost.id, note.id, boost.id, cleo.id)
    assert await home_of(tx, cleo) == [note.id]
    assert [item.booster_id for item in await store.list_home(tx, seen_by(dan))] == [dan.id]


async def test_a_post_takes_the_place_of_its_boost_that_came_before_it(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo")
    for followed in (bo, cleo):
        await given_follow(tx, ada, followed)
    note = await deliver_note(tx, bo)
    boost = await reactions.boost(tx, cleo, note.id, now=NOW)

    await store.place_boosts(tx, [boost.id], NOW)
    assert [item.boost_id for item in await store.list_home(tx, seen_by(ada))] == [boost.id]
    await tell(tx)

    assert await store.list_home(tx, seen_by(ada)) == [Item(note.id, note.id, None, None)]


async def test_a_post_and_its_boost_placed_at_once_by_two_workers_are_home_once(pool: Pool) -> None:
    async with pool.acquire() as tx, tx.transaction():
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        await given_follow(tx, ada, bo)
        note = await deliver_note(tx, bo)
        boost = await reactions.boost(tx, ada, note.id, now=NOW)

    async def place_the_post() -> None:
        async with pool.acquire() as other, other.transaction():
            await store.place_posts(other, [note.id])

    async with pool.acquire() as tx:
        async with tx.transaction():
            await store.place_boosts(tx, [boost.id], NOW)
            post = asyncio.create_task(place_the_post())
            while not await tx.fetchval(WAITS):
                assert not post.done(), "it did not wait for who places the boost"
                await asyncio.sleep(0.01)
        await post
        [item] = await store.list_home(tx, seen_by(ada))
    assert item.boost_id is None


async def test_a_boost_taken_back_leaves_every_home(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_follow(tx, ada, cleo)
    post = await publish(tx, await given_member(tx, "dan"))
    await reactions.boost(tx, cleo, post.id, now=NOW)
    await tell(tx)
    assert await home_of(tx, ada) == [post.id]

    await reactions.unboost(tx, cleo, post.id)

    assert await home_of(tx, ada) == []


async def test_boosts_by_and_of_muted_and_blocked_people_are_not_shown(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    await given_follow(tx, ada, cleo)
    post = await publish(tx, dan)
    await reactions.boost(tx, cleo, post.id, now=NOW)
    await tell(tx)

    for hidden in (cleo, dan):
        await blocking.mute(tx, ada, hidden)
        assert await home_of(tx, ada) == []
        await blocking.unmute(tx, ada, hidden)
        assert await home_of(tx, ada) == [post.id]
    await blocking.block(tx, dan, ada)
    assert await home_of(tx, ada) == []


async def test_a_mute_hides_until_it_is_lifted_or_over(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_follow(tx, ada, cleo)
    post = await publish(tx, cleo)
    await tell(tx)
    now = await tx.fetchval("SELECT now()")

    await blocking.mute(tx, ada, cleo, until=now + timedelta(hours=1))
    assert await home_of(tx, ada) == []
    await blocking.mute(tx, ada, cleo, until=now - timedelta(hours=1))
    assert await home_of(tx, ada) == [post.id]


async def test_rows_that_the_gate_takes_out_do_not_shorten_the_page(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    for author in (bo, cleo):
        await given_follow(tx, ada, author)
    shown: list[int] = []
    for number in range(6):
        shown.append((await deliver_note(tx, bo, number)).id)
        await deliver_note(tx, cleo, number)
    await tell(tx)
    await set_suspended(tx, cleo.id, suspended=True)

    first = await store.list_home(tx, seen_by(ada), Page(limit=4))
    rest = await store.list_home(tx, seen_by(ada), Page(limit=4, max_id=first[-1].id))
    back = await store.list_home(tx, seen_by(ada), Page(limit=4, min_id=rest[-1].id))

    assert [item.id for item in (*first, *rest)] == shown[::-1]
    assert [item.id for item in back] == shown[::-1][1:5]


async def test_an_ended_follow_empties_the_home_of_that_author(tx: Tx) -> None:
    ada, bo, cleo = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_remote(tx, "cleo", "c.example"),
    )
    for author in (bo, cleo):
        await given_follow(tx, ada, author)
    await deliver_note(tx, bo)
    kept = await deliver_note(tx, cleo)
    await tell(tx)

    await commands.unfollow(tx, ada, bo)
    await tell(tx)

    assert await tx.fetchval("SELECT count(*) FROM home WHERE owner_id = $1", ada.id) == 1
    assert await home_of(tx, ada) == [kept.id]


async def test_a_new_follow_brings_what_was_written_lately_to_its_place(tx: Tx) -> None:
    ada, cleo, dan = [await given_member(tx, name) for name in ("ada", "cleo", "dan")]
    before = await publish(tx, cleo)
    hidden = await publish(tx, cleo, "to dan", parent=await publish(tx, dan))
    own = await publish(tx, ada)
    await commands.follow(tx, ada, cleo, now=NOW)
    await tell(tx)
    assert await home_of(tx, ada) == [own.id]

    await commands.accept_request(tx, cleo, ada, now=NOW)
    await tell(tx)

    assert await home_of(tx, ada) == [own.id, before.id]
    assert hidden.id not in await home_of(tx, ada)


async def test_a_follow_that_began_again_keeps_its_posts_whatever_is_told_late(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await tx.execute("UPDATE actors SET approves_followers = false WHERE id = $1", cleo.id)
    cleo = await get_actor(tx, cleo.id)
    post = await publish(tx, cleo)
    await commands.follow(tx, ada, cleo, now=NOW)
    await commands.unfollow(tx, ada, cleo)
    await commands.follow(tx, ada, cleo, now=NOW)
    await tell(tx)

    assert await home_of(tx, ada) == [post.id]


async def test_a_deleted_post_leaves_every_home(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_follow(tx, ada, cleo)
    post = await publish(tx, cleo)
    await tell(tx)

    await posts.delete(tx, cleo, post.id)
    assert await home_of(tx, ada) == []
    await tell(tx)
    assert await tx.fetchval("SELECT count(*) FROM home") == 0


async def test_a_home_is_cut_to_its_capacity_and_the_newest_stay(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    notes = [await deliver_note(tx, bo, number) for number in range(5)]
    await tell(tx)

    await store.trim_homes(tx, [notes[-1].id], capacity=2)

    assert await home_of(tx, ada) == [notes[4].id, notes[3].id]


async def test_a_profile_shows_posts_and_boosts_behind_the_gate(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo")
    own = await publish(tx, cleo)
    inside = await publish(tx, cleo, "Members only", COMMUNITY)
    reply = await publish(tx, cleo, "And", parent=own)
    boost = await reactions.boost(tx, cleo, (await publish(tx, ada)).id, now=NOW)

    assert ids(await list_profile(tx, seen_by(ada), cleo.id)) == [
        boost.id,
        reply.id,
        inside.id,
        own.id,
    ]
    assert ids(await list_profile(tx, seen_by(bo), cleo.id, with_replies=False)) == [
        boost.id,
        own.id,
    ]
    page = Page(limit=1, min_id=own.id)
    assert ids(await list_profile(tx, seen_by(bo), cleo.id, page, with_boosts=False)) == [reply.id]
    await blocking.block(tx, cleo, bo)
    assert await list_profile(tx, seen_by(bo), cleo.id) == []


def ids(items: list[Item]) -> list[int]:
    return [item.id for item in items]


async def home_of(tx: Tx, reader: Actor) -> list[int]:
    return [item.post_id for item in await store.list_home(tx, seen_by(reader))]


async def tell_again(tx: Tx, *told: Post) -> None:
    """Effects may hear of a post twice."""
    await store.place_posts(tx, [post.id for post in told])


async def test_a_letter_waits_until_it_is_answered_thanked_for_or_muted(tx: Tx) -> None:
    ada, bo, cy = [await given_member(tx, name) for name in ("ada", "bo", "cy")]
    letter = await publish(tx, bo, "@ada tea?", MENTIONED, ada)
    await publish(tx, cy, "@ada cake?", MENTIONED, ada)
    await publish(tx, cy, "@bo not for ada", MENTIONED, bo)
    await tell(tx)
    assert await waiting(tx, ada) == [(LETTER, cy.id), (LETTER, bo.id)]
    answer = await publish(tx, ada, "@bo at four", MENTIONED, bo, parent=letter)
    await tell(tx)
    assert await waiting(tx, ada) == [(LETTER, cy.id)]
    assert (LETTER, ada.id) in await waiting(tx, bo)
    await tx.execute("UPDATE conversations SET unread = false")  # an app has shown them
    assert await waiting(tx, bo) == [(LETTER, ada.id)], "whom one writes with, one still owes"
    await reactions.like(tx, bo, answer.id)
    assert await waiting(tx, bo) == []
    await tx.execute("DELETE FROM likes")
    await tx.execute(
        "INSERT INTO muted_threads (actor_id, root_id) VALUES ($1, $2)", bo.id, letter.id
    )
    assert await waiting(tx, bo) == []
    await tx.execute("DELETE FROM muted_threads")
    now = datetime.now(UTC)
    for until, who in ((now + timedelta(hours=1), []), (now - timedelta(hours=1), [ada.id])):
        await blocking.mute(tx, bo, ada, until=until)
        assert await waiting(tx, bo) == [(LETTER, one) for one in who], "a mute may be over"
    late = now + timedelta(days=31)
    assert await list_waiting(tx, seen_by(ada), late) == ([], False)


async def test_requests_and_unanswered_newcomers_wait_and_nobody_kept_away(tx: Tx) -> None:
    ada, bo, cy = [await given_member(tx, name) for name in ("ada", "bo", "cy")]
    far = await given_remote(tx, "far")
    await given_follow(tx, far, ada, "pending")
    hello = await publish(tx, bo, "I bake", COMMUNITY)
    await tx.execute(
        "INSERT INTO welcomes (actor_id, post_id, made_at) VALUES ($1, $2, now())",
        bo.id,
        hello.id,
    )
    assert await waiting(tx, ada) == [(REQUEST, far.id), (NEWCOMER, bo.id)]
    assert await waiting(tx, bo) == []
    await given_block(tx, bo, cy)
    assert await waiting(tx, cy) == []
    await set_suspended(tx, far.id, suspended=True)
    await tx.execute("UPDATE welcomes SET answered_at = now()")
    assert await waiting(tx, ada) == []


async def waiting(tx: Tx, member: Actor) -> list[tuple[Kind, int]]:
    """Who waits for a member, and for what."""
    waiting, _ = await list_waiting(tx, seen_by(member), NOW)
    return [(one.kind, one.actor_id) for one in waiting]
