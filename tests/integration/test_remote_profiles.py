"""Update and Delete of remote actors."""

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.follows.signals import FollowEnded
from fedinet.inbox.dispatch import GONE, Needs, entries_for
from fedinet.kernel.errors import Malformed
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.posts.store import find_visible, get_visible
from fedinet.profiles.farewell import ERASE_ACTOR
from fedinet.profiles.jobs import erase_actor
from fedinet.timelines.store import list_home
from fedinet.vocab.activity import parse_activity
from fedinet.wiring.handlers import HANDLERS
from tests.integration.people import given_block, given_follow, given_member, given_remote, seen_by
from tests.integration.social import deliver_note, publish, receive, tell

Json = dict[str, object]


async def test_an_update_takes_over_what_the_server_shows_now(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")
    update = update_of(bo, profile(bo, name="Embedded, and older"))
    fetched = profile(bo, name="Bo Björnson", manuallyApprovesFollowers=True)

    outcome = await receive(tx, bo, update, documents={bo.uri: fetched})

    assert outcome == Applied()
    changed = await get_actor(tx, bo.id)
    assert (changed.name, changed.approves_followers) == ("Bo Björnson", True)
    assert changed.revision > bo.revision


async def test_an_update_asks_for_the_actors_own_document(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")
    for named in (bo.uri, profile(bo)):
        activity = parse_activity(update_of(bo, named))
        [entry] = entries_for(HANDLERS, activity)
        assert entry.needs is not None
        assert await entry.needs(tx, activity) == Needs(objects=(bo.uri,))


async def test_the_embedded_profile_counts_where_the_server_shows_none(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")

    assert await receive(tx, bo, update_of(bo, profile(bo, name="Bo"))) == Applied()
    assert (await get_actor(tx, bo.id)).name == "Bo"


@pytest.mark.parametrize("broken", ["no inbox", "another id", "not an actor", "only its id"])
async def test_nonsense_changes_no_profile(tx: Tx, broken: str) -> None:
    bo = await given_remote(tx, "bo")
    documents: dict[str, Json] = {
        "no inbox": {**profile(bo, name="Bo"), "inbox": None},
        "another id": {**profile(bo, name="Bo"), "id": f"{bo.uri}2"},
        "not an actor": {"id": bo.uri, "type": "Note", "content": "x"},
    }
    gathered = {"documents": {bo.uri: documents[broken]}} if broken in documents else {}

    outcome = await receive(tx, bo, update_of(bo, bo.uri), **gathered)

    assert outcome == Dropped("malformed")
    assert (await get_actor(tx, bo.id)).name == ""


async def test_an_update_of_somebody_who_is_gone_there_is_dropped(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")

    outcome = await receive(tx, bo, update_of(bo, bo.uri), documents={bo.uri: GONE})

    assert outcome == Dropped("actor_gone")


async def test_nobody_updates_or_deletes_somebody_else(tx: Tx) -> None:
    bo, eve = await given_remote(tx, "bo"), await given_remote(tx, "eve")
    update = {**update_of(bo, profile(bo, name="Taken over")), "actor": eve.uri}
    delete = {**delete_of(bo), "actor": eve.uri, "object": {"id": bo.uri, "type": "Person"}}

    assert await receive(tx, eve, update) == Dropped("not_itself")
    assert await receive(tx, eve, delete) == Dropped("not_itself")
    await receive(tx, eve, {**delete, "object": bo.uri})
    assert not (await get_actor(tx, bo.id)).is_gone


async def test_a_deleted_actor_is_hidden_at_once_and_its_follows_end(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await given_follow(tx, bo, ada)
    note = await deliver_note(tx, bo)
    await tell(tx)

    outcome = await receive(tx, bo, delete_of(bo))

    assert isinstance(outcome, Applied)
    assert set(outcome.signals) == {FollowEnded(ada.id, bo.id), FollowEnded(bo.id, ada.id)}
    assert (await get_actor(tx, bo.id)).is_gone
    assert await find_visible(tx, seen_by(ada), note.id) is None
    assert await list_home(tx, seen_by(ada)) == []
    assert await receive(tx, bo, delete_of(bo)) == Dropped("no_change")
    assert await tx.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", ERASE_ACTOR) == 1


async def test_what_a_deleted_actor_left_is_erased_and_its_id_stays_taken(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        await given_follow(tx, ada, bo)
        await deliver_note(tx, bo, 1, mentions=[ada])
        await deliver_note(tx, bo, 2)
        post = await publish(tx, ada)
        await receive(tx, bo, like_of(bo, post.uri))
        await given_block(tx, bo, ada)
        await tell(tx)
        await receive(tx, bo, delete_of(bo))

    for _ in range(2):
        await erase_actor(pool, {"actor_id": bo.id})
    async with transaction(pool) as tx:
        await tell(tx)
        assert (await get_visible(tx, VISITOR, post.id)).likes_count == 0
        for table in ("likes", "blocks", "notifications", "follows"):
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608
        assert await tx.fetchval("SELECT count(*) FROM posts WHERE author_id = $1", bo.id) == 0
        assert await tx.fetchval("SELECT count(*) FROM home") == 1
        assert (await get_actor(tx, bo.id)).is_gone


async def test_only_a_remote_actor_that_is_gone_is_erased(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    for payload in ({"actor_id": ada.id}, {"actor_id": bo.id}, {"actor_id": "1"}, {}):
        with pytest.raises(Malformed):
            await erase_actor(pool, payload)


async def test_nothing_of_a_gone_actor_is_taken_in_again(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await receive(tx, bo, delete_of(bo))
    create: Json = {
        "id": f"{bo.uri}/1/create",
        "type": "Create",
        "actor": bo.uri,
        "object": {
            "id": f"{bo.uri}/1",
            "type": "Note",
            "attributedTo": bo.uri,
            "content": "I am back",
            "to": [ada.uri],
        },
    }

    assert isinstance(await receive(tx, bo, create), Dropped)
    assert await tx.fetchval("SELECT count(*) FROM posts") == 0


def profile(actor: Actor, **changes: object) -> Json:
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": actor.uri,
        "type": "Person",
        "preferredUsername": actor.username,
        "inbox": actor.inbox_url,
        "followers": actor.followers_uri,
        **changes,
    }


def update_of(actor: Actor, about: object) -> Json:
    return {"id": f"{actor.uri}#updates/1", "type": "Update", "actor": actor.uri, "object": about}


def delete_of(actor: Actor) -> Json:
    return {"id": f"{actor.uri}#delete", "type": "Delete", "actor": actor.uri, "object": actor.uri}


def like_of(actor: Actor, object_uri: str) -> Json:
    return {"id": f"{actor.uri}#l", "type": "Like", "actor": actor.uri, "object": object_uri}
