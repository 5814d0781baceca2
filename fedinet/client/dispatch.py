"""(activity type, object type) -> what members' clients may do with it.

The outgoing twin of ``inbox.dispatch``: slices offer an ``outbound.py``, and
``wiring`` merges their tables. A handler runs in one transaction and never
touches the network; ``gather`` looks beforehand for what it needs.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.client.model import Done, Draft, Posted
from fedinet.db.query import Pool, Tx
from fedinet.net.budget import Budget
from fedinet.vocab.activity import Activity

Key: TypeAlias = tuple[str, str]
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where ``gather`` looks, within one budget of requests."""

    pool: Pool
    actors: ActorSource
    budget: Budget


Handler: TypeAlias = Callable[[Tx, Posted], Awaitable[Done | None]]
"""None: not mine, ask the next."""
Gather: TypeAlias = Callable[[Sources, Draft], Awaitable[Mapping[str, Actor]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler, the scope that its token needs, and what it looks for first."""

    handler: Handler
    scope: str
    gather: Gather | None = None


class OutboundTable(dict[Key, tuple[Entry, ...]]):
    """Handlers by (activity type, object type); ``ANY`` for every object, asked last."""

    def on(
        self, activity_type: str, *object_types: str, scope: str, gather: Gather | None = None
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for object_type in object_types or (ANY,):
                self.add((activity_type, object_type), Entry(handler, scope, gather))
            return handler

        return register

    def add(self, key: Key, entry: Entry) -> None:
        self[key] = (*self.get(key, ()), entry)


def merge(tables: Iterable[OutboundTable]) -> OutboundTable:
    """Make one table of the slices' tables; of several for one key the earlier is asked first."""
    merged = OutboundTable()
    for table in tables:
        for key, entries in table.items():
            for entry in entries:
                merged.add(key, entry)
    return merged


def entries_for(table: OutboundTable, activity: Activity) -> tuple[Entry, ...]:
    """Find who may do this, in the order in which they are asked."""
    exact = table.get((activity.type, activity.object_type), ())
    return (*exact, *table.get((activity.type, ANY), ()), *table.get((ANY, ANY), ()))
