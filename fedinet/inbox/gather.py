"""What the worker fetches before a transaction: proof of what was forwarded, and needs.

Everything here ends: a bounded number of documents for one activity, within a
bounded time. A failure of the network is raised, so that the row comes back;
whatever else is wrong with an answer means that there is none.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Final, Protocol

from fedinet.actors.model import Actor
from fedinet.inbox.dispatch import GONE, Gathered, Needs
from fedinet.kernel.errors import (
    FedinetError,
    Gone,
    NotFound,
    Overloaded,
    RemoteUnavailable,
    TooManyRequests,
)
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.outcomes import Dropped
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.net.budget import Budget
from fedinet.vocab.activity import (
    Activity,
    Document,
    each_object,
    parse_activity,
    reduce_foreign,
    type_of,
    uris_of,
)
from fedinet.vocab.note import authors_of

MAX_REQUESTS: Final = 16
"""For one activity: its proof, its actors and objects, with handles and redirects."""
TIME_LIMIT_S: Final = 25.0
_SILENT_S: Final = 15.0
_MAX_SILENT: Final = 10_000
_TRY_AGAIN: Final = (RemoteUnavailable, Overloaded, TooManyRequests, TimeoutError)
_CARRIERS: Final = frozenset({"Create", "Update"})


class Source(Protocol):
    """The part of ``actors.remote.ActorSource`` that is needed here."""

    async def get(self, uri: str, *, budget: Budget | None = None) -> Actor: ...

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]: ...


class Patient:
    """A source that asks a host which has just not answered not again for a moment.

    A thousand activities that need one dead server cost a few time-outs, and
    not a thousand. One per worker.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._silent_until: dict[Domain, float] = {}

    async def get(self, uri: str, *, budget: Budget | None = None) -> Actor:
        async with self._patience(uri):
            return await self._source.get(uri, budget=budget)

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]:
        async with self._patience(uri):
            return await self._source.document(uri, budget=budget)

    @asynccontextmanager
    async def _patience(self, uri: str) -> AsyncGenerator[None]:
        host = origin_of(uri).domain
        if self._silent_until.get(host, 0.0) > monotonic():
            raise RemoteUnavailable(f"{host} did not answer a moment ago")
        try:
            yield
        except (RemoteUnavailable, TimeoutError, asyncio.CancelledError):
            if len(self._silent_until) >= _MAX_SILENT:
                self._silent_until.clear()
            self._silent_until[host] = monotonic() + _SILENT_S
            raise


def try_again(error: BaseException) -> bool:
    """Tell whether waiting may help."""
    return isinstance(error, _TRY_AGAIN)


async def vouch(source: Source, activity: Activity, budget: Budget) -> Activity | Dropped:
    """Ask the origin of a forwarded activity whether it is true, and what it really says.

    Create and Update: the object is what its own server shows. Delete: the
    object is gone there; of an actor, its server has to say "gone" and not only
    "not found", which many say to those they do not like, and which would erase
    a person. Everything else has to be found under its id.

    Raises:
        RemoteUnavailable: the origin does not answer now.
    """
    if activity.type in _CARRIERS:
        return await _vouch_for_object(source, activity, budget)
    if activity.type == "Delete":
        return await _vouch_for_absence(source, activity, budget)
    document = await fetch(source, activity.id, budget) if activity.id is not None else None
    if document is None or document is GONE:
        return Dropped("not_vouched")
    found = reduce_foreign(parse_activity(document))
    same = (found.id, found.type, found.actor) == (activity.id, activity.type, activity.actor)
    return found if same else Dropped("not_vouched")


async def _vouch_for_object(
    source: Source, activity: Activity, budget: Budget
) -> Activity | Dropped:
    uri = activity.object_uri
    if uri is None or not same_origin(uri, activity.actor):
        return Dropped("not_vouched")
    document = await fetch(source, uri, budget)
    if document is None or document is GONE:
        return Dropped("not_vouched")
    if uri != activity.actor and activity.actor not in authors_of(document):
        return Dropped("not_vouched")
    return replace(
        activity,
        object=document,
        to=uris_of(document.get("to")),
        cc=uris_of(document.get("cc")),
        document={"type": activity.type, "actor": activity.actor, "object": document},
    )


async def _vouch_for_absence(
    source: Source, activity: Activity, budget: Budget
) -> Activity | Dropped:
    """Ask for each of the objects; of several those stay that are gone."""
    answers = [await _absent(source, one, budget) for one in each_object(activity)]
    gone = [one.object for one in answers if isinstance(one, Activity) and one.object is not None]
    return replace(activity, object=gone[0], others=tuple(gone[1:])) if gone else answers[0]


async def _absent(source: Source, activity: Activity, budget: Budget) -> Activity | Dropped:
    uri = activity.object_uri
    if uri is None or not same_origin(uri, activity.actor):
        return Dropped("not_vouched")
    try:
        document, _url = await source.document(uri, budget=budget)
    except Gone:
        return activity
    except NotFound:
        return Dropped("not_vouched") if uri == activity.actor else activity
    except FedinetError as error:
        if try_again(error):
            raise
        return Dropped("not_vouched")
    return activity if type_of(document) == "Tombstone" else Dropped("still_there")


async def gather(
    source: Source, needs: Needs, known: Mapping[str, ActorId], budget: Budget
) -> Gathered:
    """Fetch what is not known, side by side. What is beyond the budget counts as not to be had.

    Raises:
        RemoteUnavailable: something may be had later.
    """
    unknown = [uri for uri in needs.actors if uri not in known]
    try:
        async with asyncio.TaskGroup() as group:
            senders = {uri: group.create_task(_actor(source, uri, budget)) for uri in unknown}
            fetched = {uri: group.create_task(fetch(source, uri, budget)) for uri in needs.objects}
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    found = {uri: actor_id for uri, task in senders.items() if (actor_id := task.result())}
    documents = {uri: document for uri, task in fetched.items() if (document := task.result())}
    return Gathered(actors={**known, **found}, documents=documents)


async def fetch(source: Source, uri: str, budget: Budget) -> Document | None:
    """Fetch a public document from its origin; ``GONE`` where it says there is none.

    None for anything else that is final: not for the public, ours, nonsense.
    """
    try:
        document, _url = await source.document(uri, budget=budget)
    except (NotFound, Gone):
        return GONE
    except FedinetError as error:
        if try_again(error):
            raise
        return None
    return document


async def _actor(source: Source, uri: str, budget: Budget) -> ActorId | None:
    try:
        return (await source.get(uri, budget=budget)).id
    except FedinetError as error:
        if try_again(error):
            raise
        return None
