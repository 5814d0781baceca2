"""The post of the writer that an address names."""

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.posts import store
from fedinet.posts.model import Post


async def own_post(request: web.Request, writer: Member) -> Post:
    """Raises ``NotFound`` for none, and for somebody else's."""
    post_id = PostId(int(request.match_info["id"]))
    async with request.app[POOL].acquire() as conn:
        post = await store.get_visible(conn, writer.viewer, post_id)
    if post.author_id != writer.actor_id:
        raise NotFound(f"post {post_id} is not {writer.username}'s")
    return post
