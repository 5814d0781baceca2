"""What readers are shown of a post's files: always at our addresses, with a word for each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from blurhash_rs import BlurhashDecodeError, blurhash_decode

from fedinet.kernel.pictures import attachment_path, digest, own_path
from fedinet.posts.model import Attachment, Post, Revision

_BY_ENDING: Final[Mapping[str, str]] = {
    "jpg": "image", "jpeg": "image", "png": "image", "gif": "image", "webp": "image",
    "avif": "image", "mp4": "video", "m4v": "video", "mov": "video", "webm": "video",
    "ogv": "video", "mp3": "audio", "m4a": "audio", "ogg": "audio", "oga": "audio",
    "opus": "audio", "flac": "audio", "wav": "audio",
}  # fmt: skip
_FINER: Final = 4
"""So often each side is drawn and made smaller: each colour is that of its place as a whole."""
_KINDS: Final = frozenset({"image", "video", "audio"})
_NOT_SHOWN: Final = frozenset({"image/svg+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One file at our addresses. ``kind`` is ``unknown`` for what we cannot show."""

    kind: str
    path: str
    small_path: str
    id: int
    """The row of ours; for others' a number made of the address."""
    of: Attachment

    @property
    def focus(self) -> str:
        """Classes that keep what matters of a cropped picture in sight: fifths, from the start."""
        x, y = self.of.focus
        if not (x or y):
            return ""
        return f"fx-{round((x + 1) * 2)} fy-{round((1 - y) * 2)}"

    @property
    def blur(self) -> str:
        """What stands in its place until it has come, as ``blurred`` says."""
        return blurred(self.of.blurhash)

    @property
    def description(self) -> str:
        return self.of.description


def shown_files(post: Post) -> tuple[ShownFile, ...]:
    return tuple(_shown(post, attachment) for attachment in post.attachments)


def with_pass(file: ShownFile, behind: str) -> ShownFile:
    """The same file for who reads the post by another right than to open it: ``media.passes``."""
    return replace(file, path=file.path + behind, small_path=file.small_path + behind)


def files_then(post: Post, revision: Revision) -> tuple[ShownFile, ...]:
    """What a post showed before an edit. What it does not show any more is ``unknown`` now."""
    now = {(one.media_id, one.url) for one in post.attachments}
    then = replace(post, attachments=revision.attachments or ())
    return tuple(
        found if (found.of.media_id, found.of.url) in now else replace(found, kind="unknown")
        for found in shown_files(then)
    )


@lru_cache(maxsize=4096)
def blurred(blurhash: str) -> str:
    """Draw a blurhash in twelve colours, four across and three down, ``rrggbb`` each.

    ``""``: it is none that can be drawn.
    Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    if not blurhash:
        return ""
    try:
        drawn = blurhash_decode(blurhash, 4 * _FINER, 3 * _FINER).reduce(_FINER)
    except BlurhashDecodeError:  # others' servers write what they like
        return ""
    return drawn.tobytes().hex()


def kind_of(attachment: Attachment) -> str:
    """Say what a file is: by the type it came with, else by how its address ends."""
    word = attachment.media_type.partition("/")[0]
    if attachment.media_type in _NOT_SHOWN:
        return "unknown"
    if word in _KINDS:
        return word
    try:
        ending = urlsplit(attachment.url).path.rpartition(".")[2].lower()
    except ValueError:
        return "unknown"
    return _BY_ENDING.get(ending, "unknown")


def _shown(post: Post, attachment: Attachment) -> ShownFile:
    if attachment.media_id is not None:
        path, small = own_path(attachment.key), own_path(attachment.key, small=True)
        number = attachment.media_id
    else:
        path = attachment_path(post.id, attachment.url)
        small = attachment_path(post.id, attachment.url, small=True)
        number = int(digest(attachment.url)[:13], 16)
    kind = kind_of(attachment)
    return ShownFile(kind=kind, path=path, small_path=small, id=number, of=attachment)
