"""Private conversations as apps know them.

Source: https://docs.joinmastodon.org/entities/Conversation/
"""

from collections.abc import Sequence

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.conversations import store
from fedinet.conversations.model import others_in
from fedinet.conversations.store import Conversation
from fedinet.db.query import Conn
from fedinet.http.auth import Member
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts


async def render_conversations(
    request: web.Request, conn: Conn, found: Member, conversations: Sequence[Conversation]
) -> list[dict[str, object]]:
    """Encode them with the other people of their newest post, whoever wrote it first."""
    last = [one.last_post_id for one in conversations]
    posts = await list_visible(conn, found.viewer, last)
    kept = [one for one in conversations if one.last_post_id in posts]
    statuses = await render_posts(
        request, conn, found.viewer, [posts[o.last_post_id] for o in kept]
    )
    people = await store.list_people(conn, posts)
    actors = await find_actors(
        conn, {actor_id for several in people.values() for actor_id in several}
    )
    accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors.values())
    return [
        {
            "id": str(one.id),
            "unread": one.unread,
            "accounts": [
                accounts[actor_id]
                for actor_id in others_in(
                    people[one.last_post_id], posts[one.last_post_id].author_id, found.actor_id
                )
            ],
            "last_status": status,
        }
        for one, status in zip(kept, statuses, strict=True)
    ]
