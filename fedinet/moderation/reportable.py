"""Whom and what a report can be about, for who is to write it."""

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors, get_actor
from fedinet.audiences.model import Viewer
from fedinet.http.context import POOL
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible


async def find_reportable(
    request: web.Request, reader: Viewer, person: str, post: str, *, only_ours: bool
) -> tuple[Actor, Post | None]:
    """Find who is reported, and the post, if it is about one: alone they are, once it is gone.

    ``person``, ``post``: numbers as they were sent, ``""`` for none. ``only_ours``: a person alone
    has to be of this community, and not suspended.

    Raises:
        NotFound: nothing that the reader may see.
    """
    async with request.app[POOL].acquire() as conn:
        if post:
            about = await find_visible(conn, reader, PostId(_number(post)))
            if about is not None:
                return await get_actor(conn, about.author_id), about
        actors = await find_actors(conn, [ActorId(_number(person))])
    for actor in actors.values():
        is_ours = actor.is_local and not actor.is_suspended
        if not actor.is_gone and (is_ours or not only_ours):
            return actor, None
    raise NotFound(f"nobody {person[:20]!r} to report")


def _number(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):
        raise NotFound(f"no number: {raw[:40]!r}")
    return int(raw)
