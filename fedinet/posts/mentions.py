"""Who the handles of a text are, found out before a command runs. May use the network."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.kernel.errors import RemoteUnavailable
from fedinet.markup.compose import find_mentions
from fedinet.net.budget import BudgetSpent
from fedinet.posts.model import MAX_MENTIONS

TIME_LIMIT_S: Final = 3.0
"""A member waits no longer than this for other servers; who is not found by then stays text."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """By handle as ``find_mentions`` gives it. ``silent``: whose server does not answer now, and
    of whom we know nothing.
    """

    found: Mapping[str, Actor]
    silent: tuple[str, ...] = ()


async def resolve_mentions(source: ActorSource, text: str) -> Mapping[str, Actor]:
    """Find the actors whom a text mentions; see ``look_up_mentions``."""
    return (await look_up_mentions(source, text)).found


async def look_up_mentions(
    source: ActorSource, text: str, silent: Collection[str] = ()
) -> LookedUp:
    """Find the actors whom a text mentions. ``silent``: who is not asked for once more.

    Never fails: a handle that nobody answers for is left out, and the post can
    be published all the same.
    """
    handles = find_mentions(text)[: MAX_MENTIONS + 1]
    looked_up = {
        handle: asyncio.create_task(_find(source, handle))
        for handle in handles
        if handle not in silent
    }
    known_silent = tuple(handle for handle in handles if handle in silent)
    if not looked_up:
        return LookedUp({}, known_silent)
    done, late = await asyncio.wait(looked_up.values(), timeout=TIME_LIMIT_S)
    for task in late:
        task.cancel()
    answers = {
        handle: task.result() if task in done else await _known(source, handle)
        for handle, task in looked_up.items()
    }
    actors = {handle: one.actor for handle, one in answers.items() if one is not None}
    return LookedUp(
        {
            handle: actor
            for handle, actor in actors.items()
            if actor is not None and not actor.is_gone and not actor.is_suspended
        },
        (*known_silent, *(handle for handle, one in answers.items() if one is None)),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    actor: Actor | None


async def _known(source: ActorSource, handle: str) -> _Answer | None:
    """Whom we know without an answer; None: nobody of that handle."""
    known = await source.known_by_handle(handle)
    return None if known is None else _Answer(known)


async def _find(source: ActorSource, handle: str) -> _Answer | None:
    """None: nobody answers there now, and we know nobody of that handle."""
    try:
        return _Answer(await source.resolve_handle(handle))
    except (RemoteUnavailable, BudgetSpent):
        return await _known(source, handle)
