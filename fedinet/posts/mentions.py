"""Who the handles of a text are, found out before a command runs. May use the network."""

import asyncio
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.kernel.errors import RemoteUnavailable
from fedinet.markup.compose import find_mentions
from fedinet.net.budget import BudgetSpent
from fedinet.posts.model import MAX_MENTIONS

TIME_LIMIT_S: Final = 5.0
"""A member waits no longer than this for other servers; who is not found by then stays text."""


async def resolve_mentions(source: ActorSource, text: str) -> dict[str, Actor]:
    """Find the actors whom a text mentions, by handle as ``find_mentions`` gives it.

    Never fails: a handle that nobody answers for is left out, and the post can
    be published all the same.
    """
    handles = find_mentions(text)[: MAX_MENTIONS + 1]
    looked_up = {handle: asyncio.create_task(_find(source, handle)) for handle in handles}
    if not looked_up:
        return {}
    done, late = await asyncio.wait(looked_up.values(), timeout=TIME_LIMIT_S)
    for task in late:
        task.cancel()
    found: dict[str, Actor] = {}
    for handle, task in looked_up.items():
        actor = task.result() if task in done else None
        if actor is not None and not actor.is_gone and not actor.is_suspended:
            found[handle] = actor
    return found


async def _find(source: ActorSource, handle: str) -> Actor | None:
    try:
        return await source.resolve_handle(handle)
    except (RemoteUnavailable, BudgetSpent):
        return None
