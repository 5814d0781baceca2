"""People who go on writing, answering, liking, boosting, editing and deleting whatever dies.

They act through the commands, on connections of the test's own: what a command
has committed must reach the other side. A command that died with its database
may or may not have happened; then both are right.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors, get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import FAULTS, transaction
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Overloaded, Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.posts import changing
from fedinet.posts import commands as posts
from fedinet.posts.model import Change, Draft
from fedinet.reactions import commands as reactions
from fedinet.services import Services
from fedinet.timelines.commands import place_own_post

_Promise = Callable[[], None]
_VISIBILITIES = [*[Visibility.EVERYONE] * 6, Visibility.QUIET, *[Visibility.FOLLOWERS] * 2]


@dataclass
class Journal:
    """What commands have promised, by post."""

    texts: dict[ObjectUri, set[str]] = field(default_factory=dict[ObjectUri, set[str]])
    """What a post may say now; one text, but for edits that died."""
    deleted: set[ObjectUri] = field(default_factory=set[ObjectUri])
    perhaps_deleted: set[ObjectUri] = field(default_factory=set[ObjectUri])
    done: dict[str, int] = field(default_factory=dict[str, int])
    interrupted: int = 0


@dataclass
class Life:
    """The members of one node. ``random`` decides who does what."""

    services: Services
    random: Random
    members: Sequence[ActorId]
    journal: Journal = field(default_factory=Journal)
    _serial: int = 0
    _before: int = 0

    async def go_on(self, activities: int, *, longest_pause_s: float) -> None:
        """Act until so many activities more have been written for the other side."""
        self._before = await self._written()
        while await self._written() < activities:
            [name] = self.random.choices(list(_ACTS), [weight for weight, _ in _ACTS.values()])
            await self._try(name, _ACTS[name][1])
            await asyncio.sleep(self.random.uniform(0.0, longest_pause_s))

    async def _try(self, name: str, act: "_Act") -> None:
        try:
            async with transaction(self.services.pool) as tx:
                promise = await act(self, tx, await get_actor(tx, self.random.choice(self.members)))
        except (Overloaded, OSError):
            self.journal.interrupted += 1
            await asyncio.sleep(0.2)
        except (NotFound, Unprocessable):
            pass  # nothing to do it to, or the other side took it back a moment ago
        else:
            promise()
            self.journal.done[name] = self.journal.done.get(name, 0) + 1

    async def _written(self) -> int:
        try:
            return await self.services.pool.fetchval("SELECT count(*) FROM outgoing") - self._before
        except FAULTS:
            await asyncio.sleep(0.2)
            return 0

    def text(self, what: str) -> str:
        self._serial += 1
        return f"{what} {self._serial} of {self.services.settings.origin.port}"

    async def pick(self, tx: Tx, which: str, *values: object) -> PostId:
        """Some post of these. The order that the choice is made in is that of the ids.

        Raises:
            NotFound: there is none.
        """
        rows = await tx.fetch(f"SELECT p.id FROM posts p WHERE {which} ORDER BY p.id", *values)  # noqa: S608  # constants of this file
        if not rows:
            raise NotFound("nothing there yet")
        return PostId(self.random.choice(rows)["id"])


_Act = Callable[[Life, Tx, Actor], Awaitable[_Promise]]


async def _publish(life: Life, tx: Tx, me: Actor) -> _Promise:
    return await _write(life, tx, me, "News", life.random.choice(_VISIBILITIES), None)


async def _answer(life: Life, tx: Tx, me: Actor) -> _Promise:
    parent = await life.pick(tx, "p.visibility = 'everyone'")
    return await _write(life, tx, me, "Answer", Visibility.EVERYONE, parent)


async def _call(life: Life, tx: Tx, me: Actor) -> _Promise:
    """Write to somebody on the other side alone."""
    rows = await tx.fetch(
        "SELECT id FROM actors WHERE NOT is_local AND kind = 'Person' ORDER BY id"
    )
    [them] = (await find_actors(tx, [ActorId(life.random.choice(rows)["id"])])).values()
    text = life.text(f"@{them.handle} for you")
    return await _write(life, tx, me, text, Visibility.MENTIONED, None, them)


async def _write(
    life: Life,
    tx: Tx,
    me: Actor,
    text: str,
    visibility: Visibility,
    parent: PostId | None,
    *mentioned: Actor,
) -> _Promise:
    text = life.text(text)
    post = await posts.publish(
        tx,
        life.services.uris,
        me,
        Draft(text=text, visibility=visibility, parent_id=parent),
        mentioned={actor.handle: actor for actor in mentioned},
        now=datetime.now(UTC),
        on_published=place_own_post,
    )

    def promise() -> None:
        life.journal.texts[post.uri] = {text}

    return promise


async def _edit(life: Life, tx: Tx, me: Actor) -> _Promise:
    post_id = await life.pick(tx, "p.author_id = $1 AND p.visibility <> 'mentioned'", me.id)
    text = life.text("Better said")
    uri = life.services.uris.post(post_id)
    life.journal.texts.setdefault(uri, set()).add(text)
    change = Change(text=text)
    now = datetime.now(UTC)
    await changing.edit(tx, life.services.uris, me, post_id, change, mentioned={}, now=now)

    def promise() -> None:
        life.journal.texts[uri] = {text}

    return promise


async def _delete(life: Life, tx: Tx, me: Actor) -> _Promise:
    post_id = await life.pick(tx, "p.author_id = $1", me.id)
    life.journal.perhaps_deleted.add(life.services.uris.post(post_id))
    gone = await posts.delete(tx, me, post_id)
    return lambda: life.journal.deleted.add(gone.uri)


async def _like(life: Life, tx: Tx, me: Actor) -> _Promise:
    post_id = await life.pick(tx, "NOT p.is_local AND p.visibility = 'everyone'")
    await reactions.like(tx, me, post_id)
    return _nothing


async def _unlike(life: Life, tx: Tx, me: Actor) -> _Promise:
    mine = "p.id IN (SELECT post_id FROM likes WHERE actor_id = $1)"
    await reactions.unlike(tx, me, await life.pick(tx, mine, me.id))
    return _nothing


async def _boost(life: Life, tx: Tx, me: Actor) -> _Promise:
    post_id = await life.pick(tx, "p.visibility = 'everyone'")
    await reactions.boost(tx, me, post_id, now=datetime.now(UTC))
    return _nothing


async def _unboost(life: Life, tx: Tx, me: Actor) -> _Promise:
    mine = "p.id IN (SELECT post_id FROM boosts WHERE actor_id = $1)"
    await reactions.unboost(tx, me, await life.pick(tx, mine, me.id))
    return _nothing


def _nothing() -> None:
    """Likes and boosts have no text: the tables of both sides are compared."""


_ACTS: dict[str, tuple[int, _Act]] = {
    "publish": (26, _publish),
    "answer": (18, _answer),
    "call": (4, _call),
    "edit": (14, _edit),
    "delete": (5, _delete),
    "like": (15, _like),
    "unlike": (4, _unlike),
    "boost": (10, _boost),
    "unboost": (4, _unboost),
}
