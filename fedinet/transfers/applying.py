"""What one line does, by the commands that pages and apps use. Never the network.

Everything is idempotent: a line may be done twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import blocking, domain_blocking
from fedinet.follows import commands as follows
from fedinet.follows import store as follows_store
from fedinet.follows.blocks_store import is_blocked
from fedinet.follows.model import FollowState, Terms
from fedinet.kernel.errors import FedinetError, NotFound, Unprocessable
from fedinet.kernel.ids import Domain, PostId
from fedinet.lists import commands as lists
from fedinet.lists import store as lists_store
from fedinet.lists.model import List
from fedinet.reactions.commands import save
from fedinet.transfers.model import Kind, Reason, Row


class CannotBring(FedinetError):
    """A line that fails for good. ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Final = reason


@dataclass(frozen=True, slots=True)
class Means:
    """Whom or what a line means, as it is known here now."""

    actor: Actor | None = None
    post_id: PostId | None = None
    refused: bool = False
    """A rule of this community keeps their server away."""

    @property
    def id(self) -> int | None:
        return self.post_id if self.actor is None else self.actor.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a member's file, with what it means."""

    me: Actor
    kind: Kind
    row: Row
    means: Means
    now: datetime


async def apply(tx: Tx, line: Line, *, ours: Collection[Domain]) -> None:
    """Do what a line says.

    Raises:
        CannotBring: it cannot be done, now or later.
    """
    try:
        if line.kind is Kind.SERVERS:
            server = Domain(line.row.target)
            await domain_blocking.keep_away(tx, line.me, server, ours=frozenset(ours))
        elif line.kind is Kind.BOOKMARKS:
            await _save(tx, line.me, line.means)
        else:
            await _about_somebody(tx, line)
    except CannotBring:
        raise
    except Unprocessable as error:
        full = line.kind in {Kind.SERVERS, Kind.LISTS}
        raise CannotBring(Reason.TOO_MANY if full else Reason.NOT_POSSIBLE) from error
    except FedinetError as error:
        if error.retryable:
            raise
        raise CannotBring(Reason.NOT_POSSIBLE) from error


async def tells(tx: Tx, line: Line) -> bool:
    """Tell whether doing a line would send something to the server of whom it means."""
    me, other = line.me, line.means.actor
    if other is None or other.is_local:
        return False
    match line.kind:
        case Kind.BLOCKS:
            return not await is_blocked(tx, me.id, other.id)
        case Kind.FOLLOWS:
            standing = await follows_store.lock_follow(tx, me.id, other.id)
            return standing is None or standing.state is not FollowState.ACCEPTED
        case Kind.LISTS:
            return not await lists_store.may_add(tx, me.id, [other.id])
        case _:
            return False


async def _save(tx: Tx, me: Actor, means: Means) -> None:
    if means.post_id is None:
        raise CannotBring(Reason.NO_POST)
    try:
        await save(tx, me, means.post_id)
    except NotFound as error:
        raise CannotBring(Reason.NO_POST) from error


async def _about_somebody(tx: Tx, line: Line) -> None:
    me, row, other = line.me, line.row, line.means.actor
    if other is None or other.is_gone:
        raise CannotBring(Reason.NOBODY)
    if other.id == me.id and line.kind is not Kind.LISTS:
        raise CannotBring(Reason.YOURSELF)
    match line.kind:
        case Kind.BLOCKS:
            await blocking.block(tx, me, other)
        case Kind.MUTES:
            await blocking.mute(tx, me, other)
        case Kind.LISTS:
            await _put_into_list(tx, line, other)
        case _:
            await _follow(tx, line, other)
            wanted = tuple(code for code in row.languages.split(",") if code)
            terms = Terms(notify=row.notify, boosts=row.boosts, languages=wanted)
            await follows.change_terms(tx, me, other, terms)


async def _follow(tx: Tx, line: Line, other: Actor) -> None:
    if other.is_suspended:
        raise CannotBring(Reason.NOBODY)
    if other.moved_to is not None:
        raise CannotBring(Reason.MOVED)
    if line.means.refused:
        raise CannotBring(Reason.REFUSED)
    if await is_blocked(tx, line.me.id, other.id):
        raise CannotBring(Reason.BLOCKED)
    await follows.follow(tx, line.me, other, now=line.now)


async def _put_into_list(tx: Tx, line: Line, other: Actor) -> None:
    """Lists hold people whom one follows: whoever is not followed is followed first."""
    owner_id = line.me.id
    await lists_store.lock_owner(tx, owner_id)
    if not await lists_store.may_add(tx, owner_id, [other.id]):
        await _follow(tx, line, other)
    into = await _list_called(tx, line.me, line.row.title)
    inside = await lists_store.list_lists_with(tx, owner_id, other.id)
    if into.id not in {one.id for one in inside}:
        await lists.add(tx, into, [other.id])


async def _list_called(tx: Tx, me: Actor, title: str) -> List:
    for one in await lists_store.list_lists(tx, me.id):
        if one.title == title:
            return one
    return await lists.create(tx, me.id, title)
