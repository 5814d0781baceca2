"""Collections that members made with their clients, with what is in them: newest first, paged."""

from collections.abc import Mapping
from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.kernel.ids import PostId
from fedinet.posts.given_store import count_items, list_items
from fedinet.posts.model import Post
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT

PAGE_SIZE: Final = 50
_ITEMS: Final = ("items", "orderedItems")


async def filled(
    conn: Conn, asking: Viewer, post: Post, document: Document, query: Mapping[str, str]
) -> Document:
    """Put the first page into a collection's document; or give the page that is asked for."""
    raw = query.get("max_id", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 18 else None
    items = await list_items(conn, asking, PostId(post.id), before=before, limit=PAGE_SIZE)
    is_ordered = post.kind == "OrderedCollection"
    here = f"{post.uri}?page=true"
    page = {
        "id": here if before is None else f"{here}&max_id={before}",
        "type": "OrderedCollectionPage" if is_ordered else "CollectionPage",
        "partOf": post.uri,
        "orderedItems" if is_ordered else "items": [uri for _, uri in items],
        **({"next": f"{here}&max_id={items[-1][0]}"} if len(items) == PAGE_SIZE else {}),
    }
    if "page" in query:
        return {"@context": ACTIVITY_CONTEXT, **page}
    whole = {key: page[key] for key in _ITEMS if key in page}
    inside = {"first": here} if "next" in page else whole
    return {**document, "totalItems": await count_items(conn, post.id), **inside}
