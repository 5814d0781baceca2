"""The post that an address names: its writer's, or why there is none."""

from collections.abc import Sequence

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import Pool, transaction
from fedinet.db.query import Conn
from fedinet.http.auth import Member
from fedinet.http.context import POOL, URIS
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import Domain, PostId
from fedinet.posts import store
from fedinet.posts.model import Post
from fedinet.posts.reach import list_asked


async def asked_of(request: web.Request, writer: Member, post: Post) -> Sequence[Domain]:
    """The servers that are asked to remove a post, once its writer deletes it."""
    async with transaction(request.app[POOL]) as tx:
        return await list_asked(tx, await get_actor(tx, writer.actor_id), post)


async def own_post(request: web.Request, writer: Member) -> Post:
    """Raises ``NotFound`` for none, and for somebody else's; ``Gone`` as ``missing`` has it."""
    post_id = PostId(int(request.match_info["id"]))
    async with request.app[POOL].acquire() as conn:
        post = await store.find_visible(conn, writer.viewer, post_id)
        if post is None:
            raise await missing(request, conn)
    if post.author_id != writer.actor_id:
        raise NotFound(f"post {post_id} is not {writer.username}'s")
    return post


async def missing(request: web.Request, conn: Conn | Pool) -> NotFound | Gone:
    """Why nothing is to be seen at ``/@{handle}/{id}``, and at what lies below: the same."""
    uris = request.app[URIS]
    uri = uris.post(PostId(int(request.match_info["id"])))
    return await store.why_absent(conn, uri, by=uris.actor(request.match_info["handle"]))
