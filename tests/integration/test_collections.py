"""Our collections as other servers walk them, and as their owners read them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.kernel.uris import origin_of
from fedinet.reactions import commands as reactions
from tests.integration.conftest import StartNode
from tests.integration.members import (
    Member,
    accepts,
    cookie_of,
    follows,
    given_member_of,
    publishes,
)
from tests.integration.nodes import RunningNode

AS2 = {"Accept": "application/activity+json"}
ITEMS = {
    "Collection": "items",
    "CollectionPage": "items",
    "OrderedCollection": "orderedItems",
    "OrderedCollectionPage": "orderedItems",
}


async def get(node: RunningNode, uri: str, who: Mapping[str, str]) -> dict[str, Any]:
    async with node.http.get(uri, headers={**AS2, **who}) as answer:
        assert answer.status == 200, uri
        return await answer.json(content_type=None)


async def walk(node: RunningNode, uri: str, who: Mapping[str, str]) -> list[Any]:
    """Walk as Mastodon 4.5 does: ``first``, ``next``, one host, items by the type's own name."""
    whole = await get(node, uri, who)
    assert whole["id"] == uri
    part, found = whole.get("first"), list(whole.get(ITEMS[whole["type"]], []))
    for _ in range(20):
        if part is None:
            return found
        if isinstance(part, str):
            assert origin_of(part) == origin_of(uri)
            asked, part = part, await get(node, part, who)
            assert part["id"] == asked
        assert part["type"] == whole["type"] + "Page" and part["partOf"] == uri
        found += part[ITEMS[part["type"]]]
        part = part.get("next")
    raise AssertionError("it never ends")


async def whole_thread(node: RunningNode, uri: str) -> set[str]:
    """Everything that a server finds which begins at one post and follows its replies."""
    found: set[str] = set()
    waiting = [uri]
    while waiting:
        note = await get(node, waiting.pop(), {})
        for answer in await walk(node, note["replies"]["id"], {}):
            assert answer not in found
            found.add(answer)
            waiting.append(answer)
    return found


@pytest.fixture
async def people(start_node: StartNode) -> tuple[Member, Member]:
    node = await start_node()
    return await given_member_of(node, "ada"), await given_member_of(node, "ben")


async def test_a_server_that_walks_replies_finds_the_whole_conversation(
    people: tuple[Member, Member],
) -> None:
    ada, ben = people
    root = await publishes(ada, "root")
    open_ = [root]
    for number in range(4):
        open_.append(await publishes(ben, f"{number}", answering=open_[number // 2]))
    hidden = await publishes(ben, "psst", Visibility.COMMUNITY, answering=root)
    below = await publishes(ada, "below psst", answering=hidden)
    uris = {post.uri for post in open_}

    assert await whole_thread(ada.node, root.uri) == uris - {root.uri}
    assert set(await walk(ada.node, f"{root.uri}/context", {})) == uris
    notes = [await get(ada.node, uri, {}) for uri in uris]
    assert {note["context"] for note in notes} == {f"{root.uri}/context"}
    assert below.visibility is Visibility.COMMUNITY


async def test_who_likes_and_shares_is_told_to_the_author_alone(
    people: tuple[Member, Member],
) -> None:
    ada, ben = people
    post = await publishes(ada, "Hello")
    await ben.does(lambda tx, me: reactions.like(tx, me, post.id))
    await ben.does(
        lambda tx, me: reactions.boost(
            tx, me, post.id, visibility=Visibility.EVERYONE, now=post.published_at
        )
    )
    async with transaction(ada.node.pool) as tx:
        liker = (await get_actor(tx, ben.actor_id)).uri
    author, other = await cookie_of(ada), await cookie_of(ben)

    for name, kind in (("likes", "Like"), ("shares", "Announce")):
        uri = f"{post.uri}/{name}"
        [item] = await walk(ada.node, uri, author)
        assert (item["type"], item["actor"], item["object"]) == (kind, liker, post.uri)
        assert (await get(ada.node, uri, author))["totalItems"] == 1
        for who in (other, {}):
            shown = await get(ada.node, f"{uri}?page=true", who)
            assert set(shown) == {"@context", "id", "type"}
    liked = f"{liker}/liked"
    assert await walk(ada.node, liked, other) == [post.uri]
    assert await walk(ada.node, liked, author) == await walk(ada.node, liked, {}) == []
    assert (await get(ada.node, liker, {}))["liked"] == liked


async def test_followers_and_following_are_walked_by_their_owner(
    people: tuple[Member, Member],
) -> None:
    ada, ben = people
    await follows(ben, ada)
    await accepts(ada, ben)
    origin = ada.node.origin
    mine, theirs = await cookie_of(ada), await cookie_of(ben)

    assert await walk(ada.node, f"{origin}/users/ada/followers", mine) == [f"{origin}/users/ben"]
    assert await walk(ada.node, f"{origin}/users/ben/following", theirs) == [f"{origin}/users/ada"]
    assert await walk(ada.node, f"{origin}/users/ada/followers", theirs) == []


async def test_an_outbox_holds_what_was_written_and_shared_in_one_order(
    people: tuple[Member, Member],
) -> None:
    ada, ben = people
    theirs = await publishes(ben, "Hello")
    for number in range(22):
        await publishes(ada, f"number {number}")
    now = datetime.now(UTC)
    await ada.does(
        lambda tx, me: reactions.boost(tx, me, theirs.id, visibility=Visibility.EVERYONE, now=now)
    )
    private = await publishes(ada, "Among us", Visibility.FOLLOWERS)
    await publishes(ada, "At home", Visibility.COMMUNITY)
    outbox = f"{ada.node.origin}/users/ada/outbox"

    seen = await walk(ada.node, outbox, {})
    own = await walk(ada.node, outbox, await cookie_of(ada))

    assert [item["type"] for item in seen] == ["Announce", *["Create"] * 22]
    assert seen[0]["object"] == theirs.uri
    assert own[0]["object"]["id"] == private.uri and own[1:] == seen
    assert (await get(ada.node, outbox, {}))["totalItems"] == len(seen)
    assert (await get(ada.node, outbox, await cookie_of(ada)))["totalItems"] == len(own)
