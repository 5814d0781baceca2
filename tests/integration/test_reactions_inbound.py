"""What remote actors may do to posts: Like, Announce and their Undo, one by one and in sets."""

import asyncio
import json
from collections.abc import Mapping, Sequence

import asyncpg
import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import set_suspended
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.follows import blocking
from fedinet.inbox.dispatch import entries_for
from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.posts.model import Post
from fedinet.posts.store import find_post_id_by_uri, get_visible
from fedinet.reactions.jobs import FETCH_BOOSTED, fetch_boosted
from fedinet.reactions.signals import Boosted, Liked, Unboosted, Unliked
from fedinet.vocab.activity import PUBLIC
from fedinet.wiring.handlers import HANDLERS
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.social import deliver_note, inbound, publish, receive

Json = dict[str, object]
EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


def like_of(actor: Actor, object_uri: str, number: int = 1) -> Json:
    return {
        "id": f"{actor.uri}#likes/{number}",
        "type": "Like",
        "actor": actor.uri,
        "object": object_uri,
    }


def announce_of(actor: Actor, object_uri: str, number: int = 1) -> Json:
    return {
        "id": f"{actor.uri}/statuses/{number}/activity",
        "type": "Announce",
        "actor": actor.uri,
        "to": [PUBLIC],
        "cc": [f"{actor.uri}/followers"],
        "object": object_uri,
    }


def undo(activity: Json) -> Json:
    return {
        "id": f"{activity['id']}/undo",
        "type": "Undo",
        "actor": activity["actor"],
        "object": activity,
    }


async def test_a_like_of_our_post_is_counted_once_however_often_it_comes(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)

    assert await receive(tx, bo, like_of(bo, post.uri)) == Applied((Liked(bo.id, post.id),))
    assert await receive(tx, bo, like_of(bo, post.uri)) == Dropped("no_change")
    assert await receive(tx, bo, like_of(bo, post.uri, 2)) == Dropped("no_change")
    assert (await get_visible(tx, VISITOR, post.id)).likes_count == 1


@pytest.mark.parametrize("visibility", [FOLLOWERS, COMMUNITY, MENTIONED])
async def test_who_may_not_see_a_post_cannot_react_to_it(tx: Tx, visibility: Visibility) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada, visibility=visibility)

    assert await receive(tx, bo, like_of(bo, post.uri)) == Dropped("unknown_object")
    assert await receive(tx, bo, announce_of(bo, post.uri)) == Dropped("not_relevant")


async def test_a_follower_may_like_and_not_boost_what_is_for_followers(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)
    post = await publish(tx, ada, visibility=FOLLOWERS)

    assert isinstance(await receive(tx, bo, like_of(bo, post.uri)), Applied)
    assert await receive(tx, bo, announce_of(bo, post.uri)) == Dropped("not_public")


async def test_a_blocked_actor_cannot_react(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    await blocking.block(tx, ada, bo)

    assert await receive(tx, bo, like_of(bo, post.uri)) == Dropped("unknown_object")
    assert await receive(tx, bo, announce_of(bo, post.uri)) == Dropped("not_relevant")


async def test_likes_of_posts_elsewhere_and_of_nothing_are_dropped(tx: Tx) -> None:
    ada, bo, cleo = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_remote(tx, "cleo", "c.example"),
    )
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)

    assert await receive(tx, cleo, like_of(cleo, note.uri)) == Dropped("not_our_post")
    assert await receive(tx, cleo, like_of(cleo, "https://c.example/none")) == Dropped(
        "unknown_object"
    )
    nothing: Json = {**like_of(cleo, ""), "object": None}
    assert await receive(tx, cleo, nothing) == Dropped("unknown_object")


async def test_an_undone_like_is_gone_whether_named_by_post_or_by_id(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    other_id = {**like_of(bo, post.uri), "id": f"{bo.uri}#likes/99"}
    no_object: Json = {**like_of(bo, post.uri), "object": None}
    bare: Json = {**undo(like_of(bo, post.uri)), "object": like_of(bo, post.uri)["id"]}
    for way in (undo(other_id), undo(no_object), bare):
        await receive(tx, bo, like_of(bo, post.uri))

        assert await receive(tx, bo, way) == Applied((Unliked(bo.id, post.id),))
    assert (await get_visible(tx, VISITOR, post.id)).likes_count == 0


async def test_one_undo_may_take_back_several(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    posts = [await publish(tx, ada, f"Post {n}") for n in range(2)]
    likes = [like_of(bo, post.uri, n) for n, post in enumerate(posts)]
    for like in likes:
        await receive(tx, bo, like)

    several: Json = {**undo(likes[0]), "object": [*likes, like_of(bo, "https://c.example/none")]}
    outcome = await receive(tx, bo, several)

    assert outcome == Applied(tuple(Unliked(bo.id, post.id) for post in posts))
    assert await receive(tx, bo, several) == Dropped("unknown_reaction")


async def test_an_undo_before_its_like_or_boost_wins(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    for activity in (like_of(bo, post.uri), announce_of(bo, post.uri)):
        assert await receive(tx, bo, undo(activity)) == Dropped("unknown_reaction")
        assert await receive(tx, bo, activity) == Dropped("undone_before")
    seen = await get_visible(tx, VISITOR, post.id)
    assert (seen.likes_count, seen.boosts_count) == (0, 0)


async def test_nobody_undoes_the_reaction_of_somebody_else(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    eve = await given_remote(tx, "eve", "e.example")
    post = await publish(tx, ada)
    await receive(tx, bo, like_of(bo, post.uri))
    await receive(tx, bo, announce_of(bo, post.uri))

    for theirs in (like_of(bo, post.uri), announce_of(bo, post.uri)):
        stolen: Json = {**undo(theirs), "id": f"{eve.uri}#undo", "actor": eve.uri}
        assert isinstance(await receive(tx, eve, stolen), Dropped)
        own_name: Json = {**theirs, "id": f"{eve.uri}#x", "actor": eve.uri}
        assert isinstance(await receive(tx, eve, undo(own_name)), Dropped)
    seen = await get_visible(tx, VISITOR, post.id)
    assert (seen.likes_count, seen.boosts_count) == (1, 1)


async def test_a_boost_of_our_post_is_kept_even_if_nobody_follows_the_booster(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)

    outcome = await receive(tx, bo, announce_of(bo, post.uri))

    assert news_of(outcome, Boosted) == (bo.id, post.id)
    assert await receive(tx, bo, announce_of(bo, post.uri, 2)) == Dropped("no_change")
    assert await receive(tx, bo, undo(announce_of(bo, post.uri))) == Applied(
        (Unboosted(bo.id, post.id),)
    )
    assert (await get_visible(tx, VISITOR, post.id)).boosts_count == 0


async def test_a_boost_of_a_post_elsewhere_is_kept_for_followers_here(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)

    assert await receive(tx, cleo, announce_of(cleo, note.uri)) == Dropped("not_relevant")
    await given_follow(tx, ada, cleo)
    assert isinstance(await receive(tx, cleo, announce_of(cleo, note.uri)), Applied)


async def test_an_own_post_to_followers_may_be_boosted_to_these_followers(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo, to=[f"{bo.uri}/followers"])

    assert isinstance(await receive(tx, bo, announce_of(bo, note.uri)), Applied)
    assert await tx.fetchval("SELECT visibility FROM boosts") == "followers"


async def test_a_batch_gives_each_activity_its_own_outcome(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    post, other = await publish(tx, ada), await publish(tx, ada, "Second")
    activities = [
        (bo, like_of(bo, post.uri)),
        (cleo, like_of(cleo, "https://c.example/none")),
        (bo, like_of(bo, post.uri, 2)),
        (cleo, like_of(cleo, other.uri)),
    ]

    outcomes = await receive_many(tx, activities)

    assert outcomes == [
        Applied((Liked(bo.id, post.id),)),
        Dropped("unknown_object"),
        Dropped("no_change"),
        Applied((Liked(cleo.id, other.id),)),
    ]
    boosts = await receive_many(
        tx, [(bo, announce_of(bo, post.uri)), (cleo, announce_of(cleo, post.uri))]
    )
    assert [type(outcome) for outcome in boosts] == [Applied, Applied]
    seen = await get_visible(tx, VISITOR, post.id)
    assert (seen.likes_count, seen.boosts_count) == (1, 2)


async def test_an_unknown_post_is_fetched_by_a_job_and_then_boosted(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        cleo = await given_remote(tx, "cleo", "c.example")
        await given_follow(tx, ada, bo)
        wanted = f"{cleo.uri}/notes/1"
        assert await receive(tx, bo, announce_of(bo, wanted)) == Applied()
        assert await receive(tx, bo, announce_of(bo, wanted, 2)) == Applied()
        payload = await job_payload(tx)

    await fetch_boosted(pool, Fetches(pool, cleo, ada), payload)
    await fetch_boosted(pool, Fetches(pool, cleo, ada), payload)

    boosts = await pool.fetch("SELECT actor_id, uri FROM boosts")
    assert [tuple(row) for row in boosts] == [(bo.id, announce_of(bo, wanted)["id"])]
    assert await pool.fetchval("SELECT count(*) FROM signals WHERE kind = 'Boosted'") == 1


async def test_an_undo_while_the_post_is_fetched_wins(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        cleo = await given_remote(tx, "cleo", "c.example")
        await given_follow(tx, ada, bo)
        announce = announce_of(bo, f"{cleo.uri}/notes/1")
        now = await tx.fetchval("SELECT now()")
        await receive(tx, bo, announce, now=now)
        await receive(tx, bo, undo(announce), now=now)
        payload = await job_payload(tx)

    await fetch_boosted(pool, Fetches(pool, cleo, ada), payload)

    assert await pool.fetchval("SELECT count(*) FROM boosts") == 0


async def test_a_suspended_booster_and_a_post_that_is_not_there_end_quietly(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        cleo = await given_remote(tx, "cleo", "c.example")
        await given_follow(tx, ada, bo)
        await receive(tx, bo, announce_of(bo, f"{cleo.uri}/notes/1"))
        payload = await job_payload(tx)

    await fetch_boosted(pool, Finds(None), payload)
    async with transaction(pool) as tx:
        await set_suspended(tx, bo.id, suspended=True)
    await fetch_boosted(pool, Fetches(pool, cleo, ada), payload)

    assert await pool.fetchval("SELECT count(*) FROM boosts") == 0


async def test_a_server_that_is_down_is_asked_again_and_nonsense_is_not(pool: Pool) -> None:
    payload = {"actor_id": 1, "uri": "", "object_uri": "https://c.example/1", "visibility": "quiet"}

    with pytest.raises(RemoteUnavailable):
        await fetch_boosted(pool, Finds(RemoteUnavailable("down")), payload)
    with pytest.raises(Malformed):
        await fetch_boosted(pool, Finds(None), {"actor_id": "x"})


async def test_a_deleted_post_is_not_fetched_again(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)
    delete: Json = {"id": f"{note.uri}#d", "type": "Delete", "actor": bo.uri, "object": note.uri}
    await receive(tx, bo, delete)

    assert await receive(tx, bo, announce_of(bo, note.uri)) == Dropped("unknown_object")
    assert await tx.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", FETCH_BOOSTED) == 0


async def test_two_batches_at_once_count_every_like(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada = await given_member(tx, "ada")
        posts = [await publish(tx, ada, f"Post {n}") for n in range(4)]
        people = [await given_remote(tx, f"p{n}") for n in range(6)]

    async def batch(people: Sequence[Actor], posts: Sequence[Post]) -> None:
        activities = [(one, like_of(one, post.uri)) for one in people for post in posts]
        for _ in range(5):
            try:
                async with transaction(pool) as tx:
                    await receive_many(tx, activities)
            except asyncpg.DeadlockDetectedError:
                continue
            return
        raise AssertionError("deadlock again and again")

    await asyncio.gather(batch(people[:3], posts), batch(people[3:], posts[::-1]))

    counts = await pool.fetch("SELECT likes_count FROM posts")
    assert [row["likes_count"] for row in counts] == [6, 6, 6, 6]


class Finds:
    """Stands for a post source: gives what it was made with."""

    def __init__(self, answer: PostId | Exception | None) -> None:
        self._answer = answer

    async def find(self, _address: str, /) -> PostId | None:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Fetches:
    """Stands for a post source: stores the note of an author whom somebody follows for it."""

    def __init__(self, pool: Pool, author: Actor, reader: Actor) -> None:
        self._pool, self._author, self._reader = pool, author, reader

    async def find(self, address: str, /) -> PostId | None:
        async with transaction(self._pool) as tx:
            known = await find_post_id_by_uri(tx, address)
            if known is not None:
                return known
            return (await deliver_note(tx, self._author, mentions=[self._reader])).id


async def receive_many(tx: Tx, activities: Sequence[tuple[Actor, Json]]) -> list[Outcome]:
    batch = [inbound(sender, activity) for sender, activity in activities]
    [entry] = entries_for(HANDLERS, batch[0].activity)
    assert entry.many is not None
    return list(await entry.many(tx, batch))


async def job_payload(tx: Tx) -> Mapping[str, object]:
    [row] = await tx.fetch("SELECT payload FROM jobs WHERE kind = $1", FETCH_BOOSTED)
    return json.loads(row["payload"])


def news_of(outcome: Outcome, kind: type[Boosted]) -> tuple[int, int]:
    assert isinstance(outcome, Applied), outcome
    [fact] = outcome.signals
    assert isinstance(fact, kind)
    return fact.actor_id, fact.post_id
