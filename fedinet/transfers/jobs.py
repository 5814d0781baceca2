"""Working through what a member brings: what is known here at once, the rest by asking.

Each server is asked for one line a second, and told of one follow or block, by all imports
together; it rests where it does not answer. Of one member one file is at work at a time. A turn
does a few lines and promises the next turn, so that a restart loses nothing, and who stops is
heard within a turn.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.accounts.store import find_open_account
from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.actors.store import find_actor, find_by_handle, find_local_by_name
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Malformed, NotFound
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.net.budget import Budget, BudgetSpent, Paced
from fedinet.node.store import find_lockdown
from fedinet.policy.ask import Policy, RefusedByPolicy
from fedinet.policy.model import Scope, Verdict
from fedinet.posts.remote import PostSource
from fedinet.posts.store import find_own_post_id, find_post_id_by_uri
from fedinet.transfers import store, turns_store
from fedinet.transfers.applying import CannotBring, Line, Means, apply, tells
from fedinet.transfers.clearing import clear
from fedinet.transfers.commands import BRING, promise
from fedinet.transfers.model import (
    MAX_TRIES,
    Import,
    Kind,
    Reason,
    Row,
    RowState,
    State,
    rest_after,
)

logger = logging.getLogger(__name__)

_KNOWN_AT_ONCE: Final = 200
_ASKED_AT_ONCE: Final = 24
_SIDE_BY_SIDE: Final = 6
_TIME_LIMIT_S: Final = 15.0
_MAX_REQUESTS: Final = 12
_PAUSE: Final = timedelta(seconds=1)
_LOOKS_AGAIN: Final = timedelta(seconds=15)
"""A file that waits for another of the same member."""
_PACED_REST: Final = timedelta(minutes=1)
"""So long a server is left alone that was asked much lately, by whoever it was."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """What bringing asks. ``ours``: the domains that our handles and addresses are at."""

    pool: Pool
    actors: ActorSource
    posts: PostSource
    policy: Policy
    uris: NodeUris
    ours: frozenset[Domain]


async def bring(ask: Bringing, payload: Mapping[str, object]) -> None:
    """Do the next lines of an import. Idempotent; nothing where it was stopped or begun anew.

    It stops where its member may not act any more, or the community is locked down.

    Raises:
        Malformed: not a payload of this job.
        Overloaded: the database does not answer; the same lines are done again.
    """
    match payload:
        case {"import_id": int(import_id), "run": int(run), "turn": int(turn)}:
            pass
        case _:
            raise Malformed(f"{BRING} with {payload}")
    one = await _at_work(ask.pool, import_id, run)
    if one is None:
        return
    me = await _who_may_act(ask.pool, one.actor_id)
    if me is None:
        await _end(ask.pool, one, State.STOPPED)
        return
    if await store.is_behind(ask.pool, one):
        await _promise(ask.pool, one, turn=turn + 1, due_at=datetime.now(UTC) + _LOOKS_AGAIN)
        return
    new = await store.list_new(ask.pool, one.id, _KNOWN_AT_ONCE)
    for row in new:
        await _look_here(ask, one, me, row)
    if len(new) < _KNOWN_AT_ONCE:  # all have been looked at: so one server's lines rest together
        await _ask_elsewhere(ask, one, me, await _whose_turn(ask.pool, one))
    due_at = await store.next_due(ask.pool, one.id)
    if due_at is not None:
        next_at = max(due_at, datetime.now(UTC) + _PAUSE)
        await _promise(ask.pool, one, turn=turn + 1, due_at=next_at)
        return
    if await _at_work(ask.pool, one.id, run) is None:
        return  # stopped while this turn was at work: nothing is taken away
    if one.overwrite:
        await clear(ask.pool, me, one.kind, await store.list_named(ask.pool, one.id))
    await _end(ask.pool, one, State.DONE)


async def _at_work(pool: Pool, import_id: int, run: int) -> Import | None:
    """Read an import that is to go on; None: it was stopped, begun anew, or is forgotten."""
    async with transaction(pool) as tx:
        one = await store.lock_import(tx, import_id)
    return one if one is not None and one.state is State.WORKING and one.run == run else None


async def _who_may_act(pool: Pool, actor_id: ActorId) -> Actor | None:
    if await find_open_account(pool, actor_id) is None or await find_lockdown(pool) is not None:
        return None
    return await find_actor(pool, actor_id)


async def _promise(pool: Pool, one: Import, *, turn: int, due_at: datetime) -> None:
    async with transaction(pool) as tx:
        await promise(tx, one, turn=turn, due_at=due_at)


async def _end(pool: Pool, seen: Import, state: State) -> None:
    async with transaction(pool) as tx:
        one = await store.lock_import(tx, seen.id)
        if one is not None and one.state is State.WORKING and one.run == seen.run:
            await store.set_state(tx, one, state, ended_at=datetime.now(UTC))


async def _look_here(ask: Bringing, one: Import, me: Actor, row: Row) -> None:
    """Do a line whose people or post are known here, and that tells their server nothing.

    Any other waits for its turn with that server.
    """
    try:
        means = await _known(ask, one.kind, row)
        if means is not None and not await _tells(ask.pool, one, me, row, means):
            await _apply(ask, one, me, row, means)
            return
    except CannotBring as error:
        if one.kind is not Kind.BOOKMARKS or ask.uris.is_ours(row.target):
            await _fail(ask.pool, one, row, error.reason)
            return  # any other post that is here, and not for them, looks as if it were not
    async with transaction(ask.pool) as tx:
        await store.mark_row(tx, one.id, row.line, RowState.ASKING)


async def _tells(pool: Pool, one: Import, me: Actor, row: Row, means: Means) -> bool:
    line = Line(me=me, kind=one.kind, row=row, means=means, now=datetime.now(UTC))
    async with transaction(pool) as tx:
        return await tells(tx, line)


async def _known(ask: Bringing, kind: Kind, row: Row) -> Means | None:
    if kind is Kind.SERVERS:
        return Means()
    if kind is Kind.BOOKMARKS:
        return await _known_post(ask, row)
    username, _, server = row.target.rpartition("@")
    if server in ask.ours:
        found = await find_local_by_name(ask.pool, username)
        if found is None:
            raise CannotBring(Reason.NOBODY)
        return Means(found)
    found = await find_by_handle(ask.pool, username, Domain(server))
    if found is None or found.handle_checked_at is None:
        return None  # what somebody claims by themselves, and WebFinger has not confirmed
    return await _with_policy(ask, found)


async def _known_post(ask: Bringing, row: Row) -> Means | None:
    if ask.uris.is_ours(row.target):
        return Means(post_id=await find_own_post_id(ask.pool, row.target))
    post_id: PostId | None = await find_post_id_by_uri(ask.pool, row.target)
    return None if post_id is None else Means(post_id=post_id)


async def _with_policy(ask: Bringing, other: Actor) -> Means:
    if other.is_local:
        return Means(other)
    servers = {Domain(other.domain), origin_of(other.uri).domain}  # of the handle, of the inbox
    decisions = [await ask.policy.about(Scope.OUTBOUND, server) for server in servers]
    return Means(other, refused=any(one.verdict is not Verdict.ACCEPT for one in decisions))


async def _whose_turn(pool: Pool, one: Import) -> list[Row]:
    """One line of each server whose second is there; the members' other imports have theirs."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        rows = await store.list_asking(tx, one.id, now, _ASKED_AT_ONCE)
        free = await turns_store.take_turns(tx, one, [row.server for row in rows], now=now)
    return [row for row in rows if row.server in free]


async def _ask_elsewhere(ask: Bringing, one: Import, me: Actor, rows: Sequence[Row]) -> None:
    places = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def in_turn(row: Row) -> None:
        async with places:
            await _ask(ask, one, me, row)

    await asyncio.gather(*(in_turn(row) for row in rows))


async def _ask(ask: Bringing, one: Import, me: Actor, row: Row) -> None:
    """Ask a server for one line, and do it; a server that does not answer is asked again later."""
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            means = await _found(ask, one.kind, row)
    except RefusedByPolicy:
        await _fail(ask.pool, one, row, Reason.REFUSED)
    except Paced:
        await _rest(ask.pool, one, row, _PACED_REST, counts=False)
    except (FedinetError, TimeoutError) as error:
        logger.info("transfers.not_found import=%d line=%d why=%s", one.id, row.line, error)
        if isinstance(error, TimeoutError | BudgetSpent) or error.retryable:
            await _rest(ask.pool, one, row, rest_after(row.tries + 1), counts=True)
        else:
            await _fail(ask.pool, one, row, _gone(one.kind))
            await _note_answer(ask.pool, one, row)
    else:
        await _do(ask, one, me, row, means)
        await _note_answer(ask.pool, one, row)


async def _rest(pool: Pool, one: Import, row: Row, rest: timedelta, *, counts: bool) -> None:
    """Leave a server alone for a while; give it up where it was silent too often."""
    async with transaction(pool) as tx:
        if counts and row.tries + 1 >= MAX_TRIES:
            await store.give_server_up(tx, one.id, row.server)
        else:
            due_at = datetime.now(UTC) + rest
            await store.rest_server(tx, one.id, row, due_at, counts=counts)


async def _note_answer(pool: Pool, one: Import, row: Row) -> None:
    if row.tries:
        async with transaction(pool) as tx:
            await store.note_answer(tx, one.id, row.server)


async def _found(ask: Bringing, kind: Kind, row: Row) -> Means:
    """Find whom or what a line means: here, or where they are.

    Raises:
        FedinetError: nobody, or their server does not answer now.
    """
    is_post = kind is Kind.BOOKMARKS
    if not is_post and (known := await _known(ask, kind, row)) is not None:
        return known
    budget = Budget(_MAX_REQUESTS)
    await ask.policy.permit(Scope.FETCH, Domain(row.server))
    if is_post:
        return Means(post_id=await ask.posts.find(row.target, budget=budget, look_further=False))
    actor = await ask.actors.resolve_handle(row.target, budget=budget)
    actor = actor or await _confirmed(ask, row, budget)
    if actor is None:
        raise NotFound(f"nobody is {row.target}")
    return await _with_policy(ask, actor)


async def _confirmed(ask: Bringing, row: Row, budget: Budget) -> Actor | None:
    """Ask once more whose handle it is, where somebody claims it and nothing has confirmed it yet.

    So it is where their server answered for the document, and not for the handle.
    """
    username, _, server = row.target.rpartition("@")
    claims = await find_by_handle(ask.pool, username, Domain(server))
    if claims is None or claims.is_gone or claims.handle_checked_at is not None:
        return None
    actor = await ask.actors.refresh(claims.uri, budget=budget)
    return None if actor.handle_checked_at is None else actor


async def _do(ask: Bringing, one: Import, me: Actor, row: Row, means: Means) -> None:
    try:
        await _apply(ask, one, me, row, means)
    except CannotBring as error:
        await _fail(ask.pool, one, row, error.reason)


async def _apply(ask: Bringing, one: Import, me: Actor, row: Row, means: Means) -> None:
    async with transaction(ask.pool) as tx:
        line = Line(me=me, kind=one.kind, row=row, means=means, now=datetime.now(UTC))
        await apply(tx, line, ours=ask.ours)
        await store.mark_row(tx, one.id, row.line, RowState.DONE, target_id=means.id)


async def _fail(pool: Pool, one: Import, row: Row, reason: Reason) -> None:
    async with transaction(pool) as tx:
        await store.mark_row(tx, one.id, row.line, RowState.FAILED, reason=reason)


def _gone(kind: Kind) -> Reason:
    return Reason.NO_POST if kind is Kind.BOOKMARKS else Reason.NOBODY
