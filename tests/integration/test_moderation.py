"""A remote actor is suspended: nothing of theirs is shown, nothing new comes in; and back."""

import json
from datetime import UTC, datetime

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor, mark_gone, set_suspended
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.audiences.store import who_sees
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.follows.relations_store import find_relationship
from fedinet.follows.store import list_followers
from fedinet.inbox.work import process_once
from fedinet.kernel.paging import Page
from fedinet.moderation.commands import act_on
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.moderation.store import list_suspended
from fedinet.posts.list_store import list_by_author, list_everyone
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible
from fedinet.reactions.store import list_likers
from fedinet.timelines.profile_store import list_profile
from fedinet.timelines.store import list_home
from fedinet.vocab.activity import Document
from fedinet.wiring.handlers import HANDLERS
from tests.integration.people import URIS, given_follow, given_member, given_remote, seen_by
from tests.integration.social import deliver_note, publish, receive, tell


async def test_posts_of_a_suspended_actor_disappear_from_every_read_and_come_back(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)
    await tell(tx)

    suspended = await act(tx, bo, Act.SUSPEND)
    assert suspended.is_suspended
    assert await shown(tx, ada, bo, note) == [False] * 5

    restored = await act(tx, bo, Act.UNSUSPEND)
    assert not restored.is_suspended
    assert await shown(tx, ada, bo, note) == [True] * 5


async def test_follows_of_a_suspended_actor_are_frozen_and_show_it_nothing(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)
    post = await publish(tx, ada, visibility=Visibility.FOLLOWERS)

    await act(tx, bo, Act.SUSPEND)
    assert (await find_relationship(tx, ada.id, bo.id)).followed_by
    assert await list_followers(tx, ada.id, Page()) == []
    assert await who_sees(tx, [(post.id, bo.id)]) == set()

    await act(tx, bo, Act.UNSUSPEND)
    assert await who_sees(tx, [(post.id, bo.id)]) == {(post.id, bo.id)}


async def test_likes_of_a_suspended_actor_are_not_listed(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    like = {"id": f"{bo.uri}#l", "type": "Like", "actor": bo.uri, "object": post.uri}
    await receive(tx, bo, like)
    await act(tx, bo, Act.SUSPEND)

    assert await list_likers(tx, VISITOR, post.id) == []


async def test_suspending_twice_is_the_same(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")
    await act(tx, bo, Act.SUSPEND)
    await act(tx, bo, Act.SUSPEND)

    assert [actor.id for actor in await list_suspended(tx)] == [bo.id]
    assert await list_suspended(tx, Page(max_id=bo.id)) == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("Follow", ("dropped", "actor_suspended")),
        ("Like", ("dropped", "actor_suspended")),
        ("Announce", ("dropped", "actor_suspended")),
        ("Create", ("dropped", "actor_suspended")),
        ("Undo", ("applied", "")),
        ("Block", ("applied", "")),
        ("Delete", ("applied", "")),
    ],
)
async def test_a_suspended_actor_can_only_take_things_back(
    pool: Pool, kind: str, outcome: tuple[str, str]
) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        await given_follow(tx, ada, bo)
        await given_follow(tx, bo, ada)
        note = await deliver_note(tx, bo)
        await set_suspended(tx, bo.id, suspended=True)
        post = await publish(tx, ada)
        await queue(tx, bo, activities(ada, bo, note, post)[kind])

    await process_once(pool, HANDLERS, NoNetwork())

    row = await pool.fetchrow("SELECT outcome, reason FROM inbound_log")
    assert row is not None and tuple(row) == outcome
    async with transaction(pool) as tx:
        assert (await get_actor(tx, bo.id)).is_suspended


async def test_a_deleted_actor_does_nothing_any_more(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        note = await deliver_note(tx, bo, mentions=[ada])
        await mark_gone(tx, bo.id)
        await queue(tx, bo, activities(ada, bo, note, await publish(tx, ada))["Like"])

    await process_once(pool, HANDLERS, NoNetwork())

    assert await pool.fetchval("SELECT reason FROM inbound_log") == "actor_gone"


async def act(tx: Tx, target: Actor, what: Act) -> Actor:
    return await act_on(tx, target.id, what, by=COMMAND_LINE, now=datetime.now(UTC))


def activities(ada: Actor, bo: Actor, note: Post, post: Post) -> dict[str, Document]:
    follow = {"id": f"{bo.uri}#f", "type": "Follow", "actor": bo.uri, "object": ada.uri}
    new = {**follow, "id": f"{bo.uri}/n", "type": "Note", "attributedTo": bo.uri, "content": "x"}
    objects: dict[str, object] = {
        "Follow": ada.uri,
        "Like": post.uri,
        "Announce": post.uri,
        "Create": new,
        "Undo": follow,
        "Block": ada.uri,
        "Delete": note.uri,
    }
    return {
        kind: {"id": f"{bo.uri}#{kind}", "type": kind, "actor": bo.uri, "object": about}
        for kind, about in objects.items()
    }


async def queue(tx: Tx, sender: Actor, activity: Document) -> None:
    await tx.execute(
        """
        INSERT INTO inbound_queue (lane, signer_uri, actor_uri, activity_uri, activity_type, body)
        VALUES (0, $1, $1, $2, $3, $4)
        """,
        sender.uri,
        activity["id"],
        activity["type"],
        json.dumps(activity).encode(),
    )


async def shown(tx: Tx, reader: Actor, author: Actor, note: Post) -> list[bool]:
    viewer = seen_by(reader)
    return [
        await find_visible(tx, viewer, note.id) is not None,
        bool(await list_home(tx, viewer)),
        bool(await list_by_author(tx, viewer, author.id)),
        bool(await list_everyone(tx, viewer)),
        bool(await list_profile(tx, viewer, author.id)),
    ]


class NoNetwork:
    """A source of actors and documents that must not be asked."""

    uris = URIS

    async def get(self, uri: str, **_options: object) -> Actor:
        raise AssertionError(f"asked for {uri}")

    async def document(self, uri: str, **_options: object) -> tuple[Document, str]:
        raise AssertionError(f"asked for {uri}")
