"""What the application gives to those who publish."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from fedinet.db.query import Pool
from fedinet.kernel.ids import ActorId
from fedinet.posts.commands import OnPublished

ON_PUBLISHED: web.AppKey[OnPublished] = web.AppKey("on_published")
"""Puts a new post into its author's home, in the same transaction."""

WHY_FROZEN: web.AppKey[Callable[[Pool, ActorId], Awaitable[tuple[str, str]]]] = web.AppKey(
    "why_frozen"
)
"""Why the stewards froze a member, as they told them, and in which language; each may be ``""``."""
