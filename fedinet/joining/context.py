"""What the pages of joining take from the application: the post, and the secrets it opens."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from fedinet.allies.entrances import Entrance
from fedinet.http.context import BOX, POLICY, POOL
from fedinet.joining.elsewhere import list_elsewhere
from fedinet.joining.letters import Post
from fedinet.joining.model import Request, Standing


def post_of(request: web.Request) -> Post:
    """The way letters go from here."""
    return Post(box=request.app[BOX])


async def elsewhere(request: web.Request) -> Sequence[Entrance]:
    """Where else there is room; empty while there is some here."""
    return await list_elsewhere(request.app[POOL], request.app[POLICY], now=datetime.now(UTC))


def invitation_of(request: web.Request, found: Request) -> str:
    """The path of the personal invitation, while it works; ``""`` where there is none."""
    if found.standing is not Standing.INVITED or found.invitation_sealed is None:
        return ""
    return f"/join?code={post_of(request).open(found.invitation_sealed, found.id)}"
