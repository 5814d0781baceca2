"""Who is addressed, found out before the transaction. May use the network, within a budget."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors_by_uri
from fedinet.client.dispatch import Sources
from fedinet.client.members import members_of
from fedinet.kernel.errors import FedinetError
from fedinet.vocab.activity import is_public

TIME_LIMIT_S: Final = 8.0
"""A client waits no longer than this for other servers."""
MAX_REQUESTS: Final = 60


async def find_addressed(
    sources: Sources, author: Actor, uris: Sequence[str], own: frozenset[str]
) -> dict[str, Actor]:
    """Find everybody who is addressed, by name or as one of a collection.

    ``own``: the author and their followers, who are found when it is delivered.
    """
    people = await find_people(sources, uris, besides=own)
    others = [uri for uri in uris if uri not in people and uri not in own and not is_public(uri)]
    if not others:
        return people
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            members = await members_of(sources, author, others)
    except TimeoutError:
        return people
    unknown = [uri for uri in members if uri not in people]
    return {**await find_people(sources, unknown, besides=own), **people}


async def find_people(
    sources: Sources, uris: Iterable[str], *, besides: frozenset[str]
) -> dict[str, Actor]:
    """Find the actors among addresses; what is no actor, or cannot be reached, is left out.

    ``besides``: addresses that are known to be collections, or the author.
    """
    wanted = [uri for uri in uris if not is_public(uri) and uri not in besides]
    known = await find_actors_by_uri(sources.pool, wanted)
    found: dict[str, Actor] = {uri: who for uri, who in known.items() if _is_there(who)}
    elsewhere = [uri for uri in wanted if uri not in known and not sources.actors.uris.is_ours(uri)]
    if elsewhere:
        tasks = {uri: asyncio.create_task(find_person(sources, uri)) for uri in elsewhere}
        done, late = await asyncio.wait(tasks.values(), timeout=TIME_LIMIT_S)
        for task in late:
            task.cancel()
        for uri, task in tasks.items():
            actor = task.result() if task in done else None
            if actor is not None:
                found[uri] = actor
    return found


async def find_person(sources: Sources, uri: str | None) -> Actor | None:
    """Find one actor, here or elsewhere; None where there is none for us."""
    if uri is None:
        return None
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            actor = await sources.actors.get(uri, budget=sources.budget)
    except (FedinetError, TimeoutError):
        return None
    return actor if _is_there(actor) else None


def _is_there(actor: Actor) -> bool:
    return not actor.is_gone and not actor.is_suspended
