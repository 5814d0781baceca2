"""The digests that the database keeps of followers: always those of the follows that stand."""

from datetime import UTC, datetime

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import store
from fedinet.follows.digests_store import find_digest, list_followers_on
from fedinet.follows.model import FollowState
from fedinet.vocab.synchronisation import NOBODY, digest_of
from tests.integration.people import given_follow, given_member, given_remote

B = "https://b.example"


async def agree(tx: Tx, target: Actor, *followers: Actor, origin: str = B) -> bool:
    listed = await list_followers_on(tx, target.id, origin, limit=10)
    wanted = digest_of(follower.uri for follower in followers)
    count = await tx.fetchval(
        "SELECT sum(followers) FROM follower_digests WHERE target_id = $1 AND origin = $2",
        target.id,
        origin,
    )
    assert digest_of(listed) == await find_digest(tx, target.id, origin)
    return digest_of(listed) == wanted and (count or 0) == len(followers)


async def test_each_way_a_follow_begins_and_ends_is_counted(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    bo, cleo = await given_remote(tx, "bo"), await given_remote(tx, "cleo")
    dan = await given_remote(tx, "dan", "d.example")
    now = datetime.now(UTC)

    assert await agree(tx, ada)
    await store.upsert_follow(tx, bo.id, ada.id, state=FollowState.PENDING, uri="1", now=now)
    assert await agree(tx, ada)
    await store.accept_follow(tx, bo.id, ada.id, now=now)
    await given_follow(tx, dan, ada)
    await store.upsert_follow(tx, cleo.id, ada.id, state=FollowState.ACCEPTED, uri="2", now=now)
    await store.upsert_follow(tx, cleo.id, ada.id, state=FollowState.ACCEPTED, uri="3", now=now)
    assert await agree(tx, ada, bo, cleo) and await agree(tx, ada, dan, origin="https://d.example")

    await store.delete_follow(tx, bo.id, ada.id)
    await store.delete_follows_of(tx, dan.id)
    assert await agree(tx, ada, cleo) and await agree(tx, ada, origin="https://d.example")
    assert await find_digest(tx, ada.id, "https://d.example") == NOBODY


async def test_our_own_view_of_somebody_elsewhere_is_kept_too(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    assert await agree(tx, bo, ada, origin="https://home.example")


async def test_a_row_that_is_deleted_takes_its_part_of_the_digest_along(tx: Tx) -> None:
    ada, bo, cleo = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_remote(tx, "cleo"),
    )
    await given_follow(tx, bo, ada)
    await given_follow(tx, cleo, ada)
    await given_follow(tx, ada, bo)

    await tx.execute("DELETE FROM actors WHERE id = $1", bo.id)

    assert await agree(tx, ada, cleo)
    assert await tx.fetchval("SELECT count(*) FROM follower_digests") == 1
