"""Follows, reactions, blocks and profiles in the shapes that real servers send."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.follows.model import FollowState
from fedinet.follows.signals import FollowAccepted, FollowEnded, FollowRequested
from fedinet.follows.store import upsert_follow
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.posts.model import Post
from fedinet.reactions.signals import Boosted, Liked, Unboosted, Unliked
from fedinet.vocab.activity import Document
from fedinet.vocab.normalise import normalise
from tests.integration.people import given_member, given_remote
from tests.integration.social import NOW, publish, receive

WIRE = Path(__file__).parents[1] / "wire"
OUR_FOLLOW = "https://home.example/activities/f1"
OUR_POST = ObjectUri("https://home.example/posts/1")

NEWS: Mapping[str, tuple[type, ...]] = {
    "follow": (FollowRequested,),
    "accept_follow": (FollowAccepted,),
    "reject_follow": (FollowEnded,),
    "undo_follow": (FollowEnded,),
    "like": (Liked,),
    "undo_like": (Unliked,),
    "announce": (Boosted,),
    "undo_announce": (Unboosted,),
    "block": (),
    "undo_block": (),
    "update_person": (),
    "delete_person": (),
}
"""What each kind of document announces when it applies."""

REFUSED: Mapping[str, Dropped] = {
    "lemmy/ban_from_community.json": Dropped("ban_from_group"),
    "lemmy/announce_of_activity.json": Dropped("not_a_group"),
    "mastodon/add_featured.json": Dropped("not_own_collection"),
    "mastodon/remove_featured.json": Dropped("not_own_collection"),
    "mastodon/add_featured_tag.json": Dropped("not_own_collection"),
    "lemmy/dislike.json": Dropped("dislike_not_kept"),
    "lemmy/undo_dislike.json": Dropped("dislike_not_kept"),
    "mobilizon/join_event.json": Dropped("not_offered_yet"),
    "mobilizon/leave_event.json": Dropped("not_offered_yet"),
    "mobilizon/invite_to_group.json": Dropped("not_offered_yet"),
    "peertube/view_video.json": Dropped("reading_not_kept"),
}


def kind_of(path: str) -> str:
    return next((k for k in sorted(NEWS, key=len, reverse=True) if f"/{k}" in path), "")


DOCUMENTS = sorted(
    path
    for file in WIRE.glob("*/*.json")
    if (path := str(file.relative_to(WIRE))) in REFUSED or kind_of(path)
)
APPLIED = [path for path in DOCUMENTS if path not in REFUSED]
REVERSIBLE = [p for p in APPLIED if kind_of(p).startswith("undo_")]


def document_of(path: str) -> Document:
    recorded: Mapping[str, Any] = json.loads((WIRE / path).read_text())
    return normalise(recorded["document"])


@pytest.mark.parametrize("path", APPLIED)
async def test_what_a_real_server_sends_applies_once(tx: Tx, path: str) -> None:
    document, kind = document_of(path), kind_of(path)
    ada, sender = await given_member(tx, "ada"), await given_sender(tx, document)
    await GIVEN.get(kind, given_post)(tx, ada, sender, path)

    outcome = await receive(tx, sender, document)

    assert isinstance(outcome, Applied), outcome
    assert tuple(type(fact) for fact in outcome.signals) == NEWS[kind]


@pytest.mark.parametrize("path", REVERSIBLE)
async def test_an_undo_that_comes_first_leaves_nothing(tx: Tx, path: str) -> None:
    original = path.replace("undo_", "")
    ada, sender = await given_member(tx, "ada"), await given_sender(tx, document_of(path))
    await given_post(tx, ada, sender, path)

    assert isinstance(await receive(tx, sender, document_of(path)), Dropped)
    assert await receive(tx, sender, document_of(original)) == Dropped("undone_before")
    for table in ("follows", "likes", "boosts", "blocks"):
        assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


@pytest.mark.parametrize("path", sorted(REFUSED))
async def test_what_means_something_else_is_dropped(tx: Tx, path: str) -> None:
    await given_member(tx, "ada")
    document = document_of(path)

    assert await receive(tx, await given_sender(tx, document), document) == REFUSED[path]


async def test_a_mastodon_profile_is_taken_over_with_its_fields(tx: Tx) -> None:
    document = document_of("mastodon/update_person.json")
    bob = await given_sender(tx, document)

    await receive(tx, bob, document)

    changed = await get_actor(tx, bob.id)
    assert (changed.name, changed.username) == ("Bob the Baker", "bob")
    assert changed.approves_followers and changed.shared_inbox_url == "https://m.example/inbox"
    assert [field.name for field in changed.fields] == ["Site"]
    assert "Bread &amp; roses" in changed.summary_html


async def test_an_unlisted_boost_of_mastodon_4_2_is_quiet(tx: Tx) -> None:
    document = document_of("mastodon/announce_4_2.json")
    ada, bob = await given_member(tx, "ada"), await given_sender(tx, document)
    await given_post(tx, ada, bob, "")

    await receive(tx, bob, document)

    assert await tx.fetchval("SELECT visibility FROM boosts") == "quiet"


async def test_misskey_follows_again_under_the_same_id(tx: Tx) -> None:
    follow, undo = document_of("misskey/follow.json"), document_of("misskey/undo_follow.json")
    await given_member(tx, "ada")
    neko = await given_sender(tx, follow)

    outcomes: list[Outcome] = [await receive(tx, neko, one) for one in (follow, undo, follow)]

    assert [type(outcome) for outcome in outcomes] == [Applied, Applied, Applied]


def test_each_document_names_its_software_and_version() -> None:
    for path in DOCUMENTS:
        recorded = json.loads((WIRE / path).read_text())
        assert recorded["software"].lower() == path.split("/")[0] and recorded["version"]
    assert {kind_of(path) for path in APPLIED} == set(NEWS)


async def given_sender(tx: Tx, document: Document) -> Actor:
    uri = str(document["actor"])
    return await given_remote(tx, uri.rsplit("/", 1)[-1], uri.split("/")[2], uri=uri)


async def given_post(tx: Tx, ada: Actor, _sender: Actor, _path: str) -> None:
    """A post of ada under the URI that the documents name."""
    post: Post = await publish(tx, ada)
    await tx.execute("UPDATE posts SET uri = $2 WHERE id = $1", post.id, OUR_POST)


async def given_our_follow(tx: Tx, ada: Actor, sender: Actor, _path: str) -> None:
    await upsert_follow(tx, ada.id, sender.id, state=FollowState.PENDING, uri=OUR_FOLLOW, now=NOW)


async def given_what_is_undone(tx: Tx, ada: Actor, sender: Actor, path: str) -> None:
    await given_post(tx, ada, sender, path)
    assert isinstance(await receive(tx, sender, document_of(path.replace("undo_", ""))), Applied)


GIVEN: Mapping[str, Callable[[Tx, Actor, Actor, str], Any]] = {
    "accept_follow": given_our_follow,
    "reject_follow": given_our_follow,
    "undo_follow": given_what_is_undone,
    "undo_like": given_what_is_undone,
    "undo_announce": given_what_is_undone,
    "undo_block": given_what_is_undone,
}
