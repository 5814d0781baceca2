"""What a timeline names, as statuses for apps."""

from collections.abc import Sequence

import msgspec
from aiohttp import web

from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.http.ready import Met
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import Shown, render
from fedinet.reactions.store import list_boosts
from fedinet.timelines.model import Item


async def render_items(
    request: web.Request,
    conn: Conn,
    viewer: Viewer,
    items: Sequence[Item],
    met: Met | None = None,
) -> list[msgspec.Raw]:
    """Read and encode them, through the gate once more; the order stays."""
    posts = await list_visible(conn, viewer, [item.post_id for item in items])
    boost_ids = [item.boost_id for item in items if item.boost_id is not None]
    boosts = await list_boosts(conn, viewer, boost_ids) if boost_ids else {}
    shown = [
        Shown(posts[item.post_id], None if item.boost_id is None else boosts[item.boost_id])
        for item in items
        if item.post_id in posts and (item.boost_id is None or item.boost_id in boosts)
    ]
    return await render(request, conn, viewer, shown, met)
