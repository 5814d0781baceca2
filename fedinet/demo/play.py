"""Lets the people of the demo act, each on their own node, in the order of the script.

Everything goes through the commands that the pages call. Whoever answers or
likes something from another community does so when it has arrived there.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from fedinet.accounts.commands import House as AccountHouse
from fedinet.accounts.commands import create_account, update_profile
from fedinet.accounts.model import NewAccount, Role
from fedinet.accounts.passwords import Passwords
from fedinet.accounts.profile_form import as_html, field_html
from fedinet.actors.keys import generate_keys
from fedinet.actors.model import Actor, ProfileChange, ProfileField
from fedinet.actors.store import find_local_by_name
from fedinet.db.pool import transaction
from fedinet.demo.calendar_store import place_performed
from fedinet.demo.model import Community, Person, Scene, name_people
from fedinet.demo.stage import CannotStage, House
from fedinet.follows import commands as follows
from fedinet.follows.model import FollowState
from fedinet.follows.store import lock_follow
from fedinet.kernel.ids import AccountId, ObjectUri, PostId, first_id_at
from fedinet.node.backlog import read_backlog
from fedinet.node.store import finish_setup
from fedinet.notifications.markers_store import mark_read_up_to
from fedinet.posts import changing
from fedinet.posts import commands as posts
from fedinet.posts.beginning_store import begin_post
from fedinet.posts.local_store import next_post_id
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Change, Draft
from fedinet.posts.store import find_post_id_by_uri
from fedinet.reactions import commands as reactions
from fedinet.services import Services, open_services
from fedinet.timelines.commands import place_own_post

Result = TypeVar("Result")
Pair: TypeAlias = tuple[str, str]
"""Who follows whom."""
_PATIENCE_S: Final = 45.0
"""For one thing to cross from one node to another. It takes a moment; a loaded machine more."""
_LOOK_EVERY_S: Final = 0.03
_LIKES_LATER: Final = 8
_REACTION: Final = timedelta(minutes=7)
_FOLLOWED: Final = timedelta(days=5)
_SEEN: Final = timedelta(days=1)
"""What is older, everybody has seen."""


class Player(Protocol):
    """Somebody who can act, on a node of ours or on another kind of server."""

    @property
    def handle(self) -> str: ...

    async def publish(self, scene: Scene, text: str, parent: ObjectUri | None) -> ObjectUri: ...

    async def edit(self, scene: Scene, text: str, uri: ObjectUri) -> None: ...

    async def like(self, uri: ObjectUri) -> None: ...

    async def boost(self, uri: ObjectUri, now: datetime) -> None: ...

    async def follow(self, handle: str) -> None: ...

    async def accept(self, handle: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """One running node, and what is needed to act there."""

    house: House
    community: Community
    services: Services
    epoch: datetime
    """When the demo was made; scenes happen before it."""

    async def actor(self, handle: str) -> Actor:
        """Find somebody as a member here would: by handle, over the network if need be."""
        own = handle.removesuffix(f"@{self.services.settings.account_domain}")
        actor = await self.services.actors.resolve_handle(own)
        if actor is None:
            raise CannotStage(f"{self.community.name} does not find {handle}.")
        return actor

    async def arrived(self, uri: ObjectUri) -> PostId:
        return await _until(
            lambda: find_post_id_by_uri(self.services.pool, uri),
            f"{uri} did not arrive at {self.community.name}.",
        )


@asynccontextmanager
async def places(
    houses: Sequence[House],
    communities: Sequence[Community],
    urls: Mapping[str, str],
    *,
    epoch: datetime,
) -> AsyncGenerator[tuple[Place, ...]]:
    """Open the services of all running nodes, to act there as their members do."""
    async with AsyncExitStack() as stack:
        opened: list[Place] = []
        for house, community in zip(houses, communities, strict=True):
            settings = house.settings(urls[house.key])
            services = await stack.enter_async_context(open_services(settings, "command"))
            opened.append(Place(house, community, services, epoch))
        yield tuple(opened)


async def found(place: Place, *, password: str, told: Callable[[int], object]) -> None:
    """Set the node up, and make everybody's account and profile."""
    services, community = place.services, place.community
    house = AccountHouse(
        uris=services.uris, account_domain=services.settings.account_domain, box=services.box
    )
    passwords = Passwords()
    founder: AccountId | None = None
    for person in community.people:
        keys, password_hash = await asyncio.gather(generate_keys(), passwords.hash(password))
        new = NewAccount(
            username=person.username,
            name=person.name,
            email=None,
            password_hash=password_hash,
            role=cast(Role, person.role),
            language=person.language or community.language,
            invited_by=founder,
        )
        async with transaction(services.pool) as tx:
            account_id, actor_id = await create_account(tx, new, house=house, keys=keys)
            change = _profile(person, services)
            await update_profile(tx, actor_id, change, now=place.epoch - _FOLLOWED)
            if founder is None:
                founder = account_id
                # The mode stays open: whoever looks around sees answers at once.
                await finish_setup(
                    tx,
                    name=community.name,
                    purpose=community.purpose,
                    language=community.language,
                    hue=community.hue,
                    time_zone=community.time_zone,
                )
        told(1)


def _profile(person: Person, services: Services) -> ProfileChange:
    uris = services.uris
    return ProfileChange(
        name=person.name,
        summary_source=person.bio,
        summary_html=as_html(person.bio, uris=uris),
        fields=tuple(
            ProfileField(name, field_html(value, uris=uris))
            for name, value in person.fields.items()
        ),
        approves_followers=person.approves,
        discoverable=True,
        indexable=True,
    )


@dataclass(frozen=True, slots=True)
class Resident:
    """A member of a node of ours."""

    place: Place
    person: Person

    @property
    def handle(self) -> str:
        return f"{self.person.username}@{self.place.services.settings.account_domain}"

    async def publish(self, scene: Scene, text: str, parent: ObjectUri | None) -> ObjectUri:
        services = self.place.services
        mentioned = await resolve_mentions(services.actors, text)
        me = await self._me()
        now = self.place.epoch - scene.age
        draft = Draft(
            text=text,
            visibility=scene.to,
            content_note=scene.note,
            language=scene.language or self.person.language or self.place.community.language,
            parent_id=None if parent is None else await self.place.arrived(parent),
        )
        async with transaction(services.pool) as tx:
            begun = replace(await begin_post(tx, me.id), post_id=await next_post_id(tx, now))
            post = await posts.publish(
                tx,
                services.uris,
                me,
                draft,
                mentioned=mentioned,
                now=now,
                on_published=place_own_post,
                begun=begun,
            )
        return post.uri

    async def edit(self, scene: Scene, text: str, uri: ObjectUri) -> None:
        services = self.place.services
        mentioned = await resolve_mentions(services.actors, text)
        me = await self._me()
        post_id = await self.place.arrived(uri)
        change = Change(
            text=text,
            content_note=scene.note,
            language=scene.language or self.person.language or self.place.community.language,
        )
        now = self.place.epoch - scene.age
        async with transaction(services.pool) as tx:
            await changing.edit(
                tx, services.uris, me, post_id, change, mentioned=mentioned, now=now
            )

    async def like(self, uri: ObjectUri) -> None:
        me, post_id = await self._me(), await self.place.arrived(uri)
        async with transaction(self.place.services.pool) as tx:
            await reactions.like(tx, me, post_id)

    async def boost(self, uri: ObjectUri, now: datetime) -> None:
        me, post_id = await self._me(), await self.place.arrived(uri)
        async with transaction(self.place.services.pool) as tx:
            await reactions.boost(tx, me, post_id, now=now)

    async def follow(self, handle: str) -> None:
        me, target = await self._me(), await self.place.actor(handle)
        async with transaction(self.place.services.pool) as tx:
            await follows.follow(tx, me, target, now=self.place.epoch - _FOLLOWED)

    async def accept(self, handle: str) -> None:
        """Say yes when the request is there; nothing where it holds already."""
        me, follower = await self._me(), await self.place.actor(handle)
        pool = self.place.services.pool

        async def asked() -> FollowState | None:
            async with transaction(pool) as tx:
                standing = await lock_follow(tx, follower.id, me.id)
            return None if standing is None else standing.state

        state = await _until(asked, f"The request of {handle} did not reach {self.handle}.")
        if state is FollowState.PENDING:
            async with transaction(pool) as tx:
                await follows.accept_request(tx, me, follower, now=self.place.epoch - _FOLLOWED)

    async def is_followed_through(self, handle: str) -> None:
        """Wait until my request to follow somebody has been answered with yes."""
        me, target = await self._me(), await self.place.actor(handle)

        async def accepted() -> bool:
            async with transaction(self.place.services.pool) as tx:
                standing = await lock_follow(tx, me.id, target.id)
            return standing is not None and standing.state is FollowState.ACCEPTED

        await _until(accepted, f"The yes of {handle} did not reach {self.handle}.")

    async def _me(self) -> Actor:
        found = await find_local_by_name(self.place.services.pool, self.person.username)
        assert found is not None  # noqa: S101  # made by `found`
        return found


@dataclass(slots=True)
class Play:
    """One performance: who is who, and which scene became which post."""

    players: Mapping[str, Player]
    epoch: datetime
    told: Callable[[int], object]
    """Called with the number of steps that are done."""
    uris: dict[str, ObjectUri] = field(default_factory=dict[str, ObjectUri])
    _likes: list[tuple[str, ObjectUri]] = field(default_factory=list[tuple[str, ObjectUri]])

    async def meet(self, wanted: Sequence[Pair], asked: Sequence[Pair]) -> None:
        """Everybody asks to follow; those of ``wanted`` are told yes, those of ``asked`` wait."""
        for name, target in (*wanted, *asked):
            await self.players[name].follow(self.players[target].handle)
            self.told(1)
        for name, target in wanted:
            await self.players[target].accept(self.players[name].handle)
        for name, target in wanted:
            follower = self.players[name]
            if isinstance(follower, Resident):
                await follower.is_followed_through(self.players[target].handle)

    async def perform(self, scenes: Sequence[Scene]) -> None:
        """Play scene after scene; likes come a little later, when a post is where it goes."""
        for scene in scenes:
            await self._scene(scene)
            await self._like(all_but=_LIKES_LATER)
            self.told(1)
        await self._like(all_but=0)

    async def _scene(self, scene: Scene) -> None:
        player = self.players[scene.by]
        text = name_people(scene.text, self._names_seen_from(player))
        if scene.edits:
            await player.edit(scene, text, self.uris[scene.edits])
            return
        parent = self.uris[scene.answers] if scene.answers else None
        uri = await player.publish(scene, text, parent)
        if scene.id:
            self.uris[scene.id] = uri
        self._likes += [(name, uri) for name in scene.likes]
        for name in scene.boosts:
            await self.players[name].boost(uri, self.epoch - scene.age + _REACTION)

    async def _like(self, *, all_but: int) -> None:
        while len(self._likes) > all_but:
            name, uri = self._likes.pop(0)
            await self.players[name].like(uri)

    def _names_seen_from(self, player: Player) -> dict[str, str]:
        """How somebody would type everybody's handle: people of the same place by name alone."""
        here = player.handle.partition("@")[2]
        names = {name: other.handle for name, other in self.players.items()}
        return {name: f"@{handle.removesuffix(f'@{here}')}" for name, handle in names.items()}


async def settle(stage: Sequence[Place]) -> None:
    """Wait until nothing is under way between the nodes any more, or for long enough."""
    deadline = monotonic() + _PATIENCE_S
    while monotonic() < deadline:
        waiting = 0
        for place in stage:
            async with place.services.pool.acquire() as conn:
                rows = await read_backlog(conn)
            waiting += rows.inbound + rows.outgoing + rows.deliveries + rows.jobs + rows.signals
        if not waiting:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def turn_in(stage: Sequence[Place], since: datetime) -> None:
    """Put what was performed from ``since`` on under its days, and let all have seen the older."""
    for place in stage:
        async with transaction(place.services.pool) as tx:
            await place_performed(tx, since, place.epoch)
            for person in place.community.people:
                me = await find_local_by_name(tx, person.username)
                if me is not None:
                    await mark_read_up_to(tx, me.id, first_id_at(place.epoch - _SEEN))


async def _until(look: Callable[[], Awaitable[Result | None]], otherwise: str) -> Result:
    """Look until there is something to see.

    Raises:
        CannotStage: there is nothing after a long time.
    """
    deadline = monotonic() + _PATIENCE_S
    while not (seen := await look()):
        if monotonic() > deadline:
            raise CannotStage(f"{otherwise} The logs are in the data folders of the nodes.")
        await asyncio.sleep(_LOOK_EVERY_S)
    return seen
