"""The post of the writer that an address names."""

from collections.abc import Sequence

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import Domain, PostId
from fedinet.posts import store
from fedinet.posts.model import Post
from fedinet.posts.reach import list_asked


async def asked_of(request: web.Request, writer: Member, post: Post) -> Sequence[Domain]:
    """The servers that are asked to remove a post, once its writer deletes it."""
    async with transaction(request.app[POOL]) as tx:
        return await list_asked(tx, await get_actor(tx, writer.actor_id), post)


async def own_post(request: web.Request, writer: Member) -> Post:
    """Raises ``NotFound`` for none, and for somebody else's."""
    post_id = PostId(int(request.match_info["id"]))
    async with request.app[POOL].acquire() as conn:
        post = await store.get_visible(conn, writer.viewer, post_id)
    if post.author_id != writer.actor_id:
        raise NotFound(f"post {post_id} is not {writer.username}'s")
    return post
