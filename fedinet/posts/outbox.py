"""The outbox of a member: what they wrote, and what else their clients did, by time.

Source: https://www.w3.org/TR/activitypub/#outbox
"""

from collections.abc import Mapping, Sequence

from fedinet.actors.model import Actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.client.activities import shown
from fedinet.db.query import Conn
from fedinet.inbox import activities_store
from fedinet.kernel.paging import Page
from fedinet.posts import activities, list_store, reach
from fedinet.posts.documents import list_documents
from fedinet.vocab.activity import Document


async def list_outbox(
    conn: Conn,
    asking: Viewer,
    author: Actor,
    *,
    shared: Mapping[int, Document],
    before: int | None,
    limit: int,
) -> tuple[Sequence[Document], int | None]:
    """Read a page, newest first, and where the next begins (None on the last).

    Posts come through the gate; other activities are for their author, and for
    everybody where they are public. A post for this community is not here for anybody.
    ``shared``: the newest boosts before ``before`` for whoever asks, by their ids.
    """
    posts = await list_store.list_by_author(
        conn, asking, author.id, Page(limit=limit, max_id=before)
    )
    own = asking.actor_id == author.id
    others = await activities_store.list_own(
        conn, author.id, everything=own, before=before, limit=limit
    )
    found = [*(post.id for post in posts), *(other.id for other in others), *shared]
    ids = sorted(found, reverse=True)
    page = ids[:limit]
    sent = [
        post for post in posts if post.id in page and post.visibility is not Visibility.COMMUNITY
    ]
    inside = await reach.list_inside_many(conn, sent)
    objects = await list_documents(
        conn, asking, [other.object_uri for other in others if other.object_uri is not None]
    )
    items: dict[int, Document] = {
        post.id: activities.create_note(post, author, inside[post.id]) for post in sent
    }
    items |= shared
    for other in others:
        items[other.id] = shown(other.envelope, other.object_uri, objects)
    older = page[-1] if len(page) == limit else None
    return [items[item_id] for item_id in page if item_id in items], older


async def count_outbox(conn: Conn, asking: Viewer, author: Actor) -> int:
    """Count what an outbox holds for whoever asks: the public part, or all for its author."""
    own = asking.actor_id == author.id
    posts = await list_store.count_by_author(conn, author.id, everything=own)
    return posts + await activities_store.count_own(conn, author.id, everything=own)
