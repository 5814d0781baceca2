"""Everything a handler may ask for, got before its transaction. Handlers run in ``apply``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool
from fedinet.inbox import metrics, store
from fedinet.inbox.dispatch import UNSUPPORTED, Gathered, HandlerTable, Inbound, Needs
from fedinet.inbox.gather import MAX_REQUESTS, Source, gather, try_again, vouch
from fedinet.inbox.hearsay import Witness, attested, is_transferable
from fedinet.inbox.rounds import Task
from fedinet.inbox.store import Sender
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Dropped
from fedinet.net.budget import Budget

SUSPENDED: Final = Dropped("actor_suspended")
GONE_ACTOR: Final = Dropped("actor_gone")
UNKNOWN_ACTOR: Final = Dropped("unknown_actor")
OUR_OWN: Final = Dropped("our_own")
_SHRINKING: Final = frozenset({"Delete", "Undo", "Reject", "Block", "Update"})
"""A suspended actor may still take back, and correct what is here (TRAPS 8)."""

Senders: TypeAlias = Mapping[str, Sender]


@dataclass(frozen=True, slots=True)
class Ready:
    """A task with everything that its handler may ask for."""

    task: Task
    inbound: Inbound


@dataclass(frozen=True, slots=True)
class NeedsNetwork:
    """A task that cannot go on without asking another server."""

    task: Task


class Preparer:
    """Prepares tasks. ``now`` takes no network, ``beside`` may take half a minute."""

    def __init__(
        self,
        pool: Pool,
        table: HandlerTable,
        source: Source,
        clock: Callable[[], datetime],
        witness: Witness | None = None,
    ) -> None:
        """Without a ``witness`` no document proves itself: its origin is always asked."""
        self._pool = pool
        self._table = table
        self._source = source
        self._clock = clock
        self._witness = witness

    async def now(
        self, tasks: Sequence[Task], senders: Senders
    ) -> list[Ready | NeedsNetwork | Dropped]:
        """Prepare what can be prepared from here; one answer for each task, in order."""
        if not any(entry.needs for task in tasks for entry in task.entries):
            return [self._without_needs(task, senders.get(task.row.actor)) for task in tasks]
        async with transaction(self._pool) as tx:
            return [await self._from_here(tx, task, senders.get(task.row.actor)) for task in tasks]

    async def beside(self, task: Task) -> Ready | Dropped:
        """Prepare one task with all the fetching it takes.

        Raises:
            RemoteUnavailable: something may be had later.
            Malformed: its origin says nonsense.
        """
        budget = Budget(MAX_REQUESTS)
        if task.row.is_forwarded:
            if not any(kind == task.activity.type for kind, _ in self._table):
                return UNSUPPORTED
            task = await self._proven(task)
        if task.is_hearsay:
            vouched = await vouch(self._source, task.activity, budget)
            metrics.FORWARDED.labels("none" if isinstance(vouched, Dropped) else "origin").inc()
            if isinstance(vouched, Dropped):
                return vouched
            task = task.with_activity(vouched, self._table)
        sender = await self._sender(task.activity.actor, budget)
        if sender is None:
            return UNKNOWN_ACTOR
        refusal = _refusal(task, sender)
        if refusal is not None:
            return refusal
        async with transaction(self._pool) as tx:
            needs = await _needs(tx, task)
            known = await _known(tx, needs)
        gathered = await gather(self._source, needs, known, budget)
        return self._ready(task, sender.actor_id, gathered)

    async def _proven(self, task: Task) -> Task:
        """Take the actor's own word for it, where the document carries that; else as it was."""
        if self._witness is None or not is_transferable(task.activity):
            return task
        activity = await attested(self._witness, task.row.body, task.activity, self._clock())
        if activity is None:
            return task
        metrics.FORWARDED.labels("proof").inc()
        return replace(task.with_activity(activity, self._table), is_proven=True)

    def _without_needs(self, task: Task, sender: Sender | None) -> Ready | NeedsNetwork | Dropped:
        if task.row.is_forwarded:
            return NeedsNetwork(task)
        refusal = _refusal(task, sender)
        if refusal is not None:
            return refusal
        if sender is None:
            return NeedsNetwork(task)
        return self._ready(task, sender.actor_id, Gathered())

    async def _from_here(
        self, conn: Conn, task: Task, sender: Sender | None
    ) -> Ready | NeedsNetwork | Dropped:
        prepared = self._without_needs(task, sender)
        if not isinstance(prepared, Ready):
            return prepared
        needs = await _needs(conn, task)
        known = await _known(conn, needs)
        if needs.objects or any(uri not in known for uri in needs.actors):
            return NeedsNetwork(task)
        return self._ready(task, prepared.inbound.actor_id, Gathered(actors=known))

    async def _sender(self, uri: str, budget: Budget) -> Sender | None:
        async with transaction(self._pool) as tx:
            known = (await store.find_senders(tx, [uri])).get(uri)
        if known is not None:
            return known
        try:
            actor = await self._source.get(uri, budget=budget)
        except FedinetError as error:
            if try_again(error):
                raise
            return None
        return Sender(actor.id, actor.is_local, actor.is_suspended, actor.is_gone)

    def _ready(self, task: Task, actor_id: ActorId, gathered: Gathered) -> Ready:
        inbound = Inbound(
            activity=task.activity,
            actor_id=actor_id,
            received_at=task.row.received_at,
            now=self._clock(),
            gathered=gathered,
            is_forwarded=task.is_hearsay,
        )
        return Ready(task, inbound)


def _refusal(task: Task, sender: Sender | None) -> Dropped | None:
    """Say what ends a task before anybody looks into it."""
    if not task.entries:
        return UNSUPPORTED
    if sender is not None and sender.is_local:
        return OUR_OWN
    if sender is not None and sender.is_suspended and task.activity.type not in _SHRINKING:
        return SUSPENDED
    if sender is not None and sender.is_gone and task.activity.type not in _SHRINKING:
        return GONE_ACTOR
    return None


async def _needs(conn: Conn, task: Task) -> Needs:
    """Ask all handlers of a task what they need."""
    asked = [await entry.needs(conn, task.activity) for entry in task.entries if entry.needs]
    if len(asked) == 1:
        return asked[0]
    actors = dict.fromkeys(uri for needs in asked for uri in needs.actors)
    objects = dict.fromkeys(uri for needs in asked for uri in needs.objects)
    return Needs(tuple(actors), tuple(objects))


async def _known(conn: Conn, needs: Needs) -> Mapping[str, ActorId]:
    if not needs.actors:
        return {}
    found = await store.find_senders(conn, needs.actors)
    return {uri: sender.actor_id for uri, sender in found.items()}
