"""People on nodes who do things to each other, and what they see of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.follows import commands
from fedinet.follows.model import Relationship
from fedinet.follows.relations_store import find_relationship
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.moderation.commands import act_on
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.notifications.store import list_notifications
from fedinet.posts import commands as posts
from fedinet.posts.model import Draft, Post
from fedinet.posts.store import find_visible_by_uri, get_visible, list_visible
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.store import list_home
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


async def given_member_of(node: RunningNode, username: str) -> Member:
    account_id, actor_id = await given_account(node, username)
    return Member(node, account_id, actor_id)


async def cookie_of(member: Member) -> dict[str, str]:
    """Headers of a browser in which this member is signed in."""
    async with transaction(member.node.pool) as tx:
        session = await open_session(
            tx, member.account_id, stay=False, user_agent="", now=datetime.now(UTC)
        )
    return {"Cookie": f"{session_cookie(member.node.services.uris.origin)}={session}"}


async def follows(one: Member, other: Member) -> None:
    them = await one.sees(other)
    await one.does(lambda tx, me: commands.follow(tx, me, them, now=datetime.now(UTC)))


async def accepts(one: Member, other: Member) -> None:
    them = await one.sees(other)
    await one.does(lambda tx, me: commands.accept_request(tx, me, them, now=datetime.now(UTC)))


async def publishes(
    author: Member,
    text: str,
    visibility: Visibility = Visibility.EVERYONE,
    *,
    answering: Post | None = None,
) -> Post:
    made: list[Post] = []
    parent_id = None if answering is None else answering.id

    async def act(tx: Tx, me: Actor) -> None:
        made.append(
            await posts.publish(
                tx,
                author.node.services.uris,
                me,
                Draft(text=text, visibility=visibility, parent_id=parent_id),
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


async def suspend(steward: Member, whom: Member, *, suspended: bool) -> None:
    """A steward suspends somebody on the command line of their node, or lifts it."""
    uri = (await steward.sees(whom)).uri
    async with transaction(steward.node.pool) as tx:
        found = await find_actor_by_uri(tx, uri)
        assert found is not None
        act = Act.SUSPEND if suspended else Act.UNSUSPEND
        await act_on(tx, found.id, act, by=COMMAND_LINE, now=datetime.now(UTC))
    await steward.node.drain()
