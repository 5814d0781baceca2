"""Two nodes, real HTTP: people follow, answer, like and boost each other, and part again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.follows import blocking, commands
from fedinet.follows.model import Relationship
from fedinet.follows.relations_store import find_relationship
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.moderation import commands as moderation
from fedinet.notifications.store import list_notifications
from fedinet.posts import commands as posts
from fedinet.posts.model import Draft, Post
from fedinet.posts.store import find_visible_by_uri, get_visible, list_visible
from fedinet.reactions import commands as reactions
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.store import list_home
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode


@dataclass
class Member:
    """Somebody on one of the nodes."""

    node: RunningNode
    account_id: AccountId
    actor_id: ActorId

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.actor_id, is_member=True)

    async def does(self, act: Callable[[Tx, Actor], Awaitable[object]]) -> None:
        """One command, then everything that follows from it on all nodes."""
        async with transaction(self.node.pool) as tx:
            await act(tx, await get_actor(tx, self.actor_id))
        await self.node.drain()

    async def sees(self, other: "Member") -> Actor:
        """The other as this node knows them, fetched if need be."""
        async with transaction(other.node.pool) as tx:
            uri = (await get_actor(tx, other.actor_id)).uri
        return await self.node.services.actors.get(uri)

    async def home(self) -> list[str]:
        async with transaction(self.node.pool) as tx:
            items = await list_home(tx, self.viewer)
            shown = await list_visible(tx, self.viewer, [item.post_id for item in items])
        return [shown[item.post_id].source or shown[item.post_id].html for item in items]

    async def told(self) -> list[str]:
        async with transaction(self.node.pool) as tx:
            return [one.kind for one in await list_notifications(tx, self.viewer)]

    async def stands_to(self, other: "Member") -> Relationship:
        them = await self.sees(other)
        async with transaction(self.node.pool) as tx:
            return await find_relationship(tx, self.actor_id, them.id)


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
    assert (own["totalItems"], own["first"]) == (1, f"{uri}?page=true")
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

    them = await ada.sees(bo)
    await ada.does(lambda tx, _me: moderation.suspend(tx, them, by=None))
    assert await status_of(post.uri, bo) == 404

    await ada.does(lambda tx, _me: moderation.restore(tx, them, by=None))
    assert await status_of(post.uri, bo) == 200


async def status_of(uri: str, asking: Member) -> int:
    """Ask for a document in somebody's own name."""
    key = await asking.node.services.signer.signing_key(asking.actor_id)
    headers = sign_cavage(key, Outgoing("GET", uri), now=datetime.now(UTC))
    headers["Accept"] = "application/activity+json"
    async with asking.node.http.get(uri, headers=headers) as answer:
        return answer.status


async def given_member_of(node: RunningNode, username: str) -> Member:
    account_id, actor_id = await given_account(node, username)
    return Member(node, account_id, actor_id)


async def follows(one: Member, other: Member) -> None:
    them = await one.sees(other)
    await one.does(lambda tx, me: commands.follow(tx, me, them, now=datetime.now(UTC)))


async def accepts(one: Member, other: Member) -> None:
    them = await one.sees(other)
    await one.does(lambda tx, me: commands.accept_request(tx, me, them, now=datetime.now(UTC)))


async def publishes(
    author: Member, text: str, visibility: Visibility = Visibility.EVERYONE
) -> Post:
    made: list[Post] = []

    async def act(tx: Tx, me: Actor) -> None:
        made.append(
            await posts.publish(
                tx,
                author.node.services.uris,
                me,
                Draft(text=text, visibility=visibility),
                mentioned={},
                now=datetime.now(UTC),
                on_published=place_own_post,
            )
        )

    await author.does(act)
    return made[0]


async def copy_of(reader: Member, post: Post) -> Post:
    found = await find_visible_by_uri(reader.node.pool, reader.viewer, post.uri)
    assert found is not None
    return found


async def original(author: Member, post: Post) -> Post:
    return await get_visible(author.node.pool, author.viewer, post.id)


def counts(post: Post) -> tuple[int, int]:
    return post.likes_count, post.boosts_count


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
