"""A post's files as apps know them: MediaAttachment entities with addresses of ours. Pure.

Source: https://docs.joinmastodon.org/entities/MediaAttachment/
"""

from collections.abc import Sequence

from fedinet.audiences.model import Visibility
from fedinet.kernel.names import NodeUris
from fedinet.media.entities import entity
from fedinet.media.model import Kind
from fedinet.media.passes import Passes
from fedinet.posts.model import Post
from fedinet.posts.shown import ShownFile, shown_files

_PUBLIC = (Visibility.EVERYONE, Visibility.QUIET)


def needs_passes(post: Post) -> bool:
    """Tell whether its files ask who comes: what stays here, and what others sent to some."""
    if not post.attachments or post.visibility in _PUBLIC:
        return False
    return not post.is_local or post.visibility is Visibility.COMMUNITY


def file_entities(post: Post, uris: NodeUris, passes: Passes) -> Sequence[dict[str, object]]:
    return entities_of_files(post, shown_files(post), uris, passes)


def entities_of_files(
    post: Post, files: Sequence[ShownFile], uris: NodeUris, passes: Passes
) -> Sequence[dict[str, object]]:
    """Files that a post shows, or showed before an edit."""
    needed = needs_passes(post)
    return [
        _entity(post, found, uris, passes.written(found.path) if needed else "") for found in files
    ]


def _entity(post: Post, found: ShownFile, uris: NodeUris, way_in: str) -> dict[str, object]:
    """What we cannot show leads to the post where it lives."""
    kept = found.of
    can_show = found.kind != "unknown"
    return entity(
        id_=str(found.id),
        kind=found.kind,
        url=f"{uris.origin}{found.path}{way_in}" if can_show else post.page_url,
        preview_url=f"{uris.origin}{found.small_path}{way_in}"
        if found.kind == Kind.PICTURE
        else None,
        remote_url=None,
        size=(kept.width, kept.height),
        small=(kept.small_width, kept.small_height),
        duration_ms=kept.duration_ms,
        focus=kept.focus,
        description=kept.description,
        blurhash=kept.blurhash,
    )
