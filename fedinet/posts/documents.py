"""Posts by their URIs as documents, for whoever shows activities about them. Behind the gate."""

from collections.abc import Mapping, Sequence

from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Conn
from fedinet.posts import activities, reach
from fedinet.posts.given_store import list_visible_by_uri
from fedinet.posts.model import Post
from fedinet.vocab.activity import Document

_ONLY_OURS = frozenset({"replies", "likes", "shares", "interactionPolicy", "source"})


async def list_documents(conn: Conn, viewer: Viewer, uris: Sequence[str]) -> Mapping[str, Document]:
    """Describe those of the posts that the viewer may see; the others are missing.

    A post for this community has no form for other servers, and none here.
    """
    found = await list_visible_by_uri(conn, viewer, uris)
    posts = [post for post in found.values() if post.visibility is not Visibility.COMMUNITY]
    authors = await find_actors(conn, {post.author_id for post in posts})
    inside = await reach.list_inside_many(conn, posts)
    return {
        post.uri: _described(
            post, activities.note_document(post, authors[post.author_id], inside[post.id])
        )
        for post in posts
    }


def _described(post: Post, document: Document) -> Document:
    """Of others' posts what we know; their collections and policies are theirs to tell."""
    if post.is_local:
        return document
    known = {key: value for key, value in document.items() if key not in _ONLY_OURS}
    return {**known, "type": post.kind}
