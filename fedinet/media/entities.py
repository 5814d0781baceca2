"""Files as apps know them: the MediaAttachment entity. Pure.

Source: https://docs.joinmastodon.org/entities/MediaAttachment/
"""

from typing import Final

from fedinet.kernel.names import NodeUris
from fedinet.kernel.pictures import own_path
from fedinet.media.model import (
    FORMATS,
    MAX_DESCRIPTION,
    MAX_FILM_BYTES,
    MAX_PICTURE_BYTES,
    Kind,
    Media,
)
from fedinet.media.pictures import MAX_PIXELS

CONFIGURATION: Final = {
    "description_limit": MAX_DESCRIPTION,
    "image_matrix_limit": MAX_PIXELS,
    "image_size_limit": MAX_PICTURE_BYTES,
    "supported_mime_types": sorted({known.media_type for known in FORMATS.values()}),
    "video_frame_rate_limit": 120,
    "video_matrix_limit": 8_294_400,
    "video_size_limit": MAX_FILM_BYTES,
}
"""What ``/api/v2/instance`` says of files."""


def media_entity(media: Media, uris: NodeUris) -> dict[str, object]:
    """A file of a member, for its owner before it is published."""
    url = f"{uris.origin}{own_path(media.key)}"
    is_picture = media.kind is Kind.PICTURE
    return entity(
        id_=str(media.id),
        kind=media.kind,
        url=url,
        preview_url=f"{uris.origin}{own_path(media.key, small=True)}" if is_picture else None,
        remote_url=None,
        size=(media.facts.width, media.facts.height),
        small=(media.preview_width, media.preview_height),
        duration_ms=media.facts.duration_ms,
        focus=media.focus,
        description=media.description,
        blurhash=media.facts.blurhash,
    )


def entity(
    *,
    id_: str,
    kind: str,
    url: str | None,
    preview_url: str | None,
    remote_url: str | None,
    size: tuple[int, int],
    small: tuple[int, int],
    duration_ms: int,
    focus: tuple[float, float],
    description: str,
    blurhash: str,
) -> dict[str, object]:
    """All fields that apps read. Sizes of 0 are unknown, and left out."""
    original = _measures(size)
    if duration_ms:
        original["duration"] = duration_ms / 1000
    meta: dict[str, object] = {"original": original} if original else {}
    if kind == Kind.PICTURE:
        meta["small"] = _measures(small if small[0] else size)
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return {
        "id": id_,
        "type": kind,
        "url": url,
        "preview_url": preview_url,
        "remote_url": remote_url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": description or None,
        "blurhash": blurhash or None,
    }


def _measures(size: tuple[int, int]) -> dict[str, object]:
    width, height = size
    if not (width and height):
        return {}
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": width / height,
    }
