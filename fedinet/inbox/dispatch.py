"""(activity type, object type) -> the functions that handle it.

Engines know no feature: ``wiring`` merges the slices' tables and passes the
result in. A handler runs in one transaction and never touches the network;
what it needs from elsewhere it names beforehand (``needs``), and finds in
``Gathered``.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from fedinet.db.query import Conn, Tx
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.policy.model import Effect
from fedinet.vocab.activity import Activity, Document, each_object
from fedinet.vocab.kinds import ANY_THING, may_be_post

Key: TypeAlias = tuple[str, str]

GONE: Document = {"type": "Tombstone"}
"""Stands in ``Gathered.documents`` for what its origin answers 404 or 410 to."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a handler wants fetched before its transaction. Within the inbox's budget."""

    actors: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What ``needs`` named: actors by URI, documents from their own origin by URI.

    A URI that is missing here could not be had, and will not be (a network
    failure reschedules the row instead).
    """

    actors: Mapping[str, ActorId] = field(default_factory=dict[str, ActorId])
    documents: Mapping[str, Document] = field(default_factory=dict[str, Document])


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One verified activity on its way to a handler.

    ``actor_id`` is the row of ``activity.actor``; its origin and the signature
    are checked. ``now`` is the moment of processing. ``authentic`` documents
    only: an embedded object of another origin has been reduced to its URI.

    ``is_forwarded``: somebody else than the actor brought it, and its origin was
    asked. An origin shows us only what is public, so that of anything else its
    "not found" is no word of the author.
    """

    activity: Activity
    actor_id: ActorId
    received_at: datetime
    now: datetime
    gathered: Gathered = field(default_factory=Gathered)
    is_forwarded: bool = False
    brought_by: ActorId | None = None
    """A group that somebody here follows announced it: so it concerns us, if it is public."""
    effects: frozenset[Effect] = frozenset()
    """What policy wants done besides, for the handlers that it concerns."""


Handler: TypeAlias = Callable[[Tx, Inbound], Awaitable[Outcome]]
HandlerMany: TypeAlias = Callable[[Tx, Sequence[Inbound]], Awaitable[Sequence[Outcome]]]
NeedsOf: TypeAlias = Callable[[Conn, Activity], Awaitable[Needs]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler, what it needs first, and its set-based twin for frequent kinds."""

    handler: Handler
    needs: NeedsOf | None = None
    many: HandlerMany | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """An activity that was applied, or concerns nobody who is here.

    ``is_direct``: its actor's own server brought these bytes.
    """

    inbound: Inbound
    body: bytes
    is_direct: bool


Afterwards: TypeAlias = Callable[[Tx, Sequence[Received]], Awaitable[None]]


class HandlerTable(dict[Key, tuple[Entry, ...]]):
    """Handlers by (activity type, object type).

    The object type is that of the embedded object, ``Actor`` for the actor
    itself or any actor document, and ``?`` where only a URI is known: there
    several slices may register, and are asked in turn until one answers
    anything but ``Dropped("unknown_object")``. ``Object`` is any type that may be a
    post and has no entry of its own; ``*`` is for whatever has no entry.

    ``afterwards`` is told what was applied, or is not relevant here, with the bytes
    that came, in the same transaction.
    """

    afterwards: "Afterwards | None" = None

    def on(
        self, activity_type: str, *object_types: str, needs: NeedsOf | None = None
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for object_type in object_types:
                self.add((activity_type, object_type), Entry(handler, needs))
            return handler

        return register

    def add(self, key: Key, entry: Entry) -> None:
        if key in self and key[1] != "?":
            raise ValueError(f"two handlers for {key}")
        self[key] = (*self.get(key, ()), entry)


ANYTHING: Final = "*"
_FOR_EACH: Final = frozenset(
    {"Accept", "Add", "Announce", "Block", "Delete", "Follow", "Like", "Reject", "Remove", "Undo"}
)
"""What can be done to several objects at once. Others mean their objects as one thing."""
_QUIET: Final = frozenset({Effect.LIMIT, Effect.NO_NOTIFICATION})
UNKNOWN_OBJECT = Dropped("unknown_object")
NOT_RELEVANT = Dropped("not_relevant")
"""It concerns nobody here, and is not kept. It may concern our followers elsewhere."""
UNSUPPORTED = Dropped("unsupported_type")


def merge(tables: Iterable[HandlerTable], *, afterwards: Afterwards | None = None) -> HandlerTable:
    """Make one table of the slices' tables.

    Raises:
        ValueError: two slices claim one (activity, object) pair.
    """
    merged = HandlerTable()
    merged.afterwards = afterwards
    for table in tables:
        for key, entries in table.items():
            for entry in entries:
                merged.add(key, entry)
    return merged


def entries_for(table: HandlerTable, activity: Activity) -> tuple[Entry, ...]:
    """Find the handlers of an activity; empty where nobody knows the kind.

    A type of object that is not in the table is whatever it can be read as.
    """
    kind, of = activity.type, activity.object_type
    found = table.get((kind, of), ())
    if not found and of not in ("?", "Actor") and may_be_post(of):
        found = table.get((kind, ANY_THING), ())
    return found or table.get((kind, ANYTHING), ())


def quieted(outcome: Outcome, inbound: Inbound) -> Outcome:
    """Mark what was applied as silent where policy wants nobody to be notified of it.

    A signal that notifies has a field ``is_silent``: its effects then tell only those
    who follow its actor.
    """
    if not isinstance(outcome, Applied) or _QUIET.isdisjoint(inbound.effects):
        return outcome
    return Applied(
        tuple(
            replace(fact, is_silent=True)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownArgumentType, reportUnknownVariableType]  # signals are dataclasses
            if hasattr(fact, "is_silent")
            else fact
            for fact in outcome.signals
        )
    )


async def dispatch(tx: Tx, table: HandlerTable, inbound: Inbound) -> Outcome:
    """Let the first handler that knows the object decide, for each object of several.

    Of several objects, those after the first are applied as far as nothing has to
    be fetched for them. The outcome tells what was applied, else why the first was not.
    """
    activity = inbound.activity
    if not activity.others or activity.type not in _FOR_EACH:
        return quieted(await _decide(tx, table, inbound), inbound)
    outcomes = [
        await _decide(tx, table, replace(inbound, activity=one)) for one in each_object(activity)
    ]
    applied = [outcome for outcome in outcomes if isinstance(outcome, Applied)]
    if not applied:
        return outcomes[0]
    together = Applied(tuple(fact for outcome in applied for fact in outcome.signals))
    return quieted(together, inbound)


async def _decide(tx: Tx, table: HandlerTable, inbound: Inbound) -> Outcome:
    outcome: Outcome = UNSUPPORTED
    for entry in entries_for(table, inbound.activity):
        outcome = await entry.handler(tx, inbound)
        if outcome != UNKNOWN_OBJECT:
            break
    return outcome
