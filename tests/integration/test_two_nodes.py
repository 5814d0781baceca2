"""Two nodes, real HTTP: people follow, answer, like and boost each other, and part again."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows import blocking, commands
from fedinet.follows.model import Relationship
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.posts.store import find_visible_by_uri
from fedinet.reactions import commands as reactions
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from tests.integration.conftest import StartNode
from tests.integration.members import (
    Member,
    accepts,
    copy_of,
    counts,
    follows,
    given_member_of,
    original,
    publishes,
    suspend,
)
from tests.integration.nodes import RunningNode


async def test_a_friendship_across_two_nodes_from_the_first_follow_to_the_block(
    start_node: StartNode,
) -> None:
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")

    await follows(ada, bo)
    assert (await ada.stands_to(bo)).requested and await bo.told() == ["follow_request"]
    await accepts(bo, ada)
    assert (await ada.stands_to(bo)).following and (await bo.stands_to(ada)).followed_by
    assert await bo.told() == ["follow"]

    post = await publishes(bo, "Sourdough at noon")
    assert await ada.home() == ["<p>Sourdough at noon</p>"]

    here = await copy_of(ada, post)
    await ada.does(lambda tx, me: reactions.like(tx, me, here.id))
    await ada.does(lambda tx, me: reactions.boost(tx, me, here.id, now=datetime.now(UTC)))
    assert sorted(await bo.told()) == ["boost", "follow", "like"]
    assert counts(await original(bo, post)) == (1, 1)

    await ada.does(lambda tx, me: reactions.unlike(tx, me, here.id))
    await ada.does(lambda tx, me: reactions.unboost(tx, me, here.id))
    assert await bo.told() == ["follow"] and counts(await original(bo, post)) == (0, 0)

    them = await bo.sees(ada)
    await bo.does(lambda tx, me: blocking.block(tx, me, them))
    assert await ada.stands_to(bo) == Relationship(blocked_by=True)
    assert await ada.home() == []
    assert await find_visible_by_uri(ada.node.pool, ada.viewer, post.uri) is None


async def test_a_boost_brings_a_post_of_a_third_node(start_node: StartNode) -> None:
    ada, bo, cleo = [
        await given_member_of(await start_node(), name) for name in ("ada", "bo", "cleo")
    ]
    await follows(ada, bo)
    await accepts(bo, ada)
    await follows(bo, cleo)
    await accepts(cleo, bo)
    post = await publishes(cleo, "Rye on Friday")
    assert await ada.home() == []

    theirs = await copy_of(bo, post)
    await bo.does(lambda tx, me: reactions.boost(tx, me, theirs.id, now=datetime.now(UTC)))

    assert await ada.home() == ["<p>Rye on Friday</p>"]
    assert await cleo.told() == ["boost", "follow"]


async def test_an_unfollow_and_a_removed_follower_end_on_both_sides(start_node: StartNode) -> None:
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    await follows(ada, bo)
    await accepts(bo, ada)
    await publishes(bo, "Before")

    them = await ada.sees(bo)
    await ada.does(lambda tx, me: commands.unfollow(tx, me, them))
    assert not (await bo.stands_to(ada)).followed_by and await ada.home() == []
    await publishes(bo, "Not for ada")
    assert await ada.home() == []

    await follows(ada, bo)
    await accepts(bo, ada)
    removed = await bo.sees(ada)
    await bo.does(lambda tx, me: commands.remove_follower(tx, me, removed))
    assert await ada.stands_to(bo) == Relationship()


async def test_followers_are_listed_for_the_owner_alone(start_node: StartNode) -> None:
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    await follows(bo, ada)
    await accepts(ada, bo)
    uri = f"{ada.node.origin}/users/ada/followers"

    stranger = await get(ada.node, "/users/ada/followers?page=true")
    assert stranger == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "OrderedCollection",
    }
    signed_in = await sign_in(ada)
    own = await get(ada.node, "/users/ada/followers", signed_in)
    assert (own["totalItems"], len(own["orderedItems"])) == (1, 1)
    page = await get(ada.node, "/users/ada/followers?page=true", signed_in)
    assert page["orderedItems"] == [f"{bo.node.origin}/users/bo"] and page["partOf"] == uri
    following = await get(ada.node, "/users/ada/following", signed_in)
    assert following["totalItems"] == 0


async def test_collections_of_nobody_and_bad_pages_are_refused(start_node: StartNode) -> None:
    ada = await given_member_of(await start_node(), "ada")
    signed_in = await sign_in(ada)

    for path, status in (
        ("/users/nobody/followers", 404),
        ("/users/ada/followers/", 404),
        ("/users/ada/followers?page=true&max_id=x", 400),
    ):
        async with ada.node.http.get(path, headers=signed_in) as answer:
            assert answer.status == status, path
    await ada.does(
        lambda tx, me: tx.execute("UPDATE actors SET gone_at = now() WHERE id = $1", me.id)
    )
    async with ada.node.http.get("/users/ada/followers") as answer:
        assert answer.status == 410


async def test_a_suspended_follower_is_shown_nothing_even_with_its_signature(
    start_node: StartNode,
) -> None:
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    await follows(bo, ada)
    await accepts(ada, bo)
    post = await publishes(ada, "For followers", Visibility.FOLLOWERS)
    assert await status_of(post.uri, bo) == 200

    await suspend(ada, bo, suspended=True)
    assert await status_of(post.uri, bo) == 404

    await suspend(ada, bo, suspended=False)
    assert await status_of(post.uri, bo) == 200


async def status_of(uri: str, asking: Member) -> int:
    """Ask for a document in somebody's own name."""
    key = await asking.node.services.signer.signing_key(asking.actor_id)
    headers = sign_cavage(key, Outgoing("GET", uri), now=datetime.now(UTC))
    headers["Accept"] = "application/activity+json"
    async with asking.node.http.get(uri, headers=headers) as answer:
        return answer.status


async def sign_in(member: Member) -> dict[str, str]:
    """The cookie of a browser that is signed in."""
    now = datetime.now(UTC)
    async with transaction(member.node.pool) as tx:
        session = await open_session(tx, member.account_id, stay=False, user_agent="", now=now)
    return {"Cookie": f"{session_cookie(member.node.services.uris.origin)}={session}"}


async def get(
    node: RunningNode, path: str, headers: Mapping[str, str] | None = None
) -> dict[str, object]:
    accept = {"Accept": "application/activity+json", **(headers or {})}
    async with node.http.get(path, headers=accept) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(content_type="application/activity+json")
