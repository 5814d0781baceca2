"""Posts and hashtags shown first: ours, and what others say of theirs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import NotFound, RemoteUnavailable, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.pins import commands, store
from fedinet.pins.jobs import FETCH_PINNED, LOOK_AT_FEATURED, look_at_featured
from fedinet.pins.model import MAX_PINS
from fedinet.posts.model import Tag
from fedinet.posts.store import find_post_id_by_uri
from tests.integration.apps import given_app
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import deliver_note, publish, receive, sent, tell

Json = dict[str, Any]


def change(actor: Actor, kind: str, what: object, **more: Any) -> Json:
    """As Mastodon sends it: without an id."""
    return {
        "type": kind,
        "actor": actor.uri,
        "object": what,
        "target": f"{actor.uri}/collections/featured",
        **more,
    }


async def given_pinner(tx: Tx, username: str = "bo") -> Actor:
    bo = await given_remote(tx, username)
    await tx.execute(
        "UPDATE actors SET featured_uri = uri || '/collections/featured' WHERE id = $1", bo.id
    )
    return await get_actor(tx, bo.id)


async def test_an_author_elsewhere_pins_own_public_posts_and_takes_them_down(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_pinner(tx)
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)
    private = await deliver_note(tx, bo, 2, to=[f"{bo.uri}/followers"])
    eve = await given_pinner(tx, "eve")

    assert await receive(tx, bo, change(bo, "Add", note.uri)) == Applied()
    assert await receive(tx, bo, change(bo, "Add", note.uri)) == Dropped("no_change")
    assert await receive(tx, bo, change(bo, "Add", private.uri)) == Dropped("not_public")
    assert await receive(tx, eve, change(eve, "Add", note.uri)) == Dropped("not_the_author")
    assert await receive(tx, eve, change(eve, "Remove", note.uri)) == Dropped("no_change")
    theirs = change(eve, "Add", note.uri, target=bo.featured_uri)
    assert await receive(tx, eve, theirs) == Dropped("not_own_collection")
    foreign = change(bo, "Add", "https://c.example/1")
    assert await receive(tx, bo, foreign) == Dropped("not_the_author")
    nowhere = change(bo, "Remove", note.uri, target=None)
    assert await receive(tx, bo, nowhere) == Dropped("not_own_collection")
    assert await store.list_pins(tx, VISITOR, bo.id, limit=9) == [note.id]

    assert await receive(tx, bo, change(bo, "Remove", note.uri)) == Applied()
    assert await store.list_pins(tx, VISITOR, bo.id, limit=9) == []
    unknown = change(bo, "Add", f"{bo.uri}/notes/99")
    assert await receive(tx, bo, unknown) == Applied()
    assert await tx.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", FETCH_PINNED) == 1


async def test_hashtags_are_featured_in_the_same_collection(tx: Tx) -> None:
    bo = await given_pinner(tx)
    tag = {"type": "Hashtag", "name": "#Bread", "href": "https://b.example/tags/bread"}

    assert await receive(tx, bo, change(bo, "Add", tag)) == Applied()
    assert await receive(tx, bo, change(bo, "Add", {**tag, "name": ""})) == Dropped("malformed")
    assert [one for _, one in await store.list_tags(tx, bo.id)] == [Tag("bread", "Bread")]
    assert await receive(tx, bo, change(bo, "Remove", tag)) == Applied()


async def test_a_member_pins_five_public_posts_and_followers_are_told(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    posts = [await publish(tx, ada, f"Post {n}") for n in range(MAX_PINS + 1)]
    inner = await publish(tx, ada, visibility=Visibility.COMMUNITY)
    before = len(await sent(tx))

    for post in (*posts[:MAX_PINS], posts[0]):
        await commands.pin(tx, ada, post.id)

    told = (await sent(tx))[before:]
    assert len(told) == MAX_PINS and all(one.to_followers for one in told)
    assert (told[0].activity["type"], told[0].activity["object"]) == ("Add", posts[0].uri)
    assert told[0].activity["target"] == ada.featured_uri == f"{ada.uri}/collections/featured"
    for actor, post, error in (
        (ada, inner, Unprocessable),
        (cleo, posts[0], NotFound),
    ):
        with pytest.raises(error):
            await commands.pin(tx, actor, post.id)
    await commands.unpin(tx, ada, posts[0].id)
    assert (await sent(tx))[-1].activity["type"] == "Remove"
    await commands.feature_tag(tx, ada, Tag("bread", "Bread"))
    assert (await sent(tx))[-1].activity["object"]["name"] == "#Bread"


class Elsewhere:
    """What another server shows, and posts that are here."""

    def __init__(self, pool: Pool, documents: Mapping[str, Json | None]) -> None:
        self._pool = pool
        self._documents = documents

    async def find(self, address: str, **_: object) -> PostId | None:
        return await find_post_id_by_uri(self._pool, address)

    async def document(self, uri: str, **_: object) -> tuple[Json, str]:
        document = self._documents[uri]
        if document is None:
            raise RemoteUnavailable(uri)
        return document, uri


async def test_the_collection_of_somebody_newly_followed_is_read_once_a_day(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_pinner(tx)
        await given_follow(tx, ada, bo)
        notes = [await deliver_note(tx, bo, n) for n in range(3)]
        await receive(tx, bo, change(bo, "Add", notes[2].uri))
        for _ in range(2):
            await tx.execute(
                "INSERT INTO signals (kind, body) VALUES ('FollowAccepted', $1)",
                json.dumps({"follower_id": ada.id, "target_id": bo.id}),
            )
            await tell(tx)
        jobs = await tx.fetch("SELECT payload FROM jobs WHERE kind = $1", LOOK_AT_FEATURED)
    [payload] = [json.loads(row["payload"]) for row in jobs]
    featured = f"{bo.uri}/collections/featured"
    page = {
        "id": f"{featured}?page=1",
        "type": "OrderedCollectionPage",
        "orderedItems": [
            notes[0].uri,
            {"id": notes[1].uri, "type": "Note"},
            "https://c.example/1",
            {"type": "Hashtag", "name": "#x"},
            *(f"{bo.uri}/none/{n}" for n in range(5000)),
        ],
    }
    collection = {"id": featured, "type": "OrderedCollection", "first": page["id"]}
    documents = {featured: collection, str(page["id"]): page}
    with pytest.raises(RemoteUnavailable):
        down = Elsewhere(pool, {featured: None})
        await look_at_featured(pool, down, down, payload)
    there = Elsewhere(pool, documents)
    for _ in range(2):
        await look_at_featured(pool, there, there, payload)

    async with transaction(pool) as tx:
        pinned = await store.list_pins(tx, seen_by(ada), bo.id, limit=9)
    assert pinned == [notes[0].id, notes[1].id]


async def test_a_pinned_post_stands_first_for_apps_on_the_page_and_for_servers(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    first, _ = await ada.publish("Read me first"), await ada.publish("Later")

    assert (await ada.post(f"/v1/statuses/{first['id']}/pin"))["pinned"] is True
    pinned = await ada.get(f"/v1/accounts/{ada.id}/statuses?pinned=true")
    assert [status["id"] for status in pinned] == [first["id"]]
    tag = await ada.post("/v1/featured_tags", json={"name": "Bread"})
    assert [one["name"] for one in await ada.get("/v1/featured_tags")] == ["Bread"]
    headers = {"Accept": "application/activity+json"}
    for path, kind, count in (("featured", "OrderedCollection", 1), ("tags", "Collection", 1)):
        address = f"/users/ada/collections/{path}"
        async with node.http.get(address, headers=headers) as answer:
            document = await answer.json(content_type=None)
        assert (document["type"], document["totalItems"]) == (kind, count)
    async with node.http.get("/@ada") as answer:
        text = await answer.text()
    assert text.index("Shown first") < text.index("Read me first") < text.index("Later")
    assert await ada.status("DELETE", f"/v1/featured_tags/{tag['id']}") == 200
    assert (await ada.post(f"/v1/statuses/{first['id']}/unpin"))["pinned"] is False
