"""Files of members and their rules: what may be uploaded, and how it is described. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.problems import N_

MAX_ATTACHMENTS: Final = 4
"""Of one post of ours: Mastodon reads no more."""
MAX_DESCRIPTION: Final = 1500
"""Of ours. Mastodon 4.5.8 to 4.5.10 refuse a whole post for a longer one."""
MAX_PICTURE_BYTES: Final = 16 * 1024 * 1024
MAX_FILM_BYTES: Final = 99 * 1024 * 1024
"""Film or sound. Both are what Mastodon takes from others."""
MAX_UPLOAD_BYTES: Final = MAX_FILM_BYTES + 1024 * 1024
"""Of a whole request that uploads."""

Purpose: TypeAlias = Literal["attachment", "avatar", "header", "emoji"]


class Kind(StrEnum):
    """What a file is for people."""

    PICTURE = "image"
    FILM = "video"
    SOUND = "audio"


@dataclass(frozen=True, slots=True)
class Format:
    """One form of file that we take or make. ``media_type`` is what it is served as."""

    name: str
    media_type: str
    kind: Kind


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        known.name: known
        for known in (
            Format("jpeg", "image/jpeg", Kind.PICTURE),
            Format("png", "image/png", Kind.PICTURE),
            Format("gif", "image/gif", Kind.PICTURE),
            Format("webp", "image/webp", Kind.PICTURE),
            Format("avif", "image/avif", Kind.PICTURE),
            Format("mp4", "video/mp4", Kind.FILM),
            Format("mov", "video/quicktime", Kind.FILM),
            Format("webm", "video/webm", Kind.FILM),
            Format("ogv", "video/ogg", Kind.FILM),
            Format("m4a", "audio/mp4", Kind.SOUND),
            Format("weba", "audio/webm", Kind.SOUND),
            Format("ogg", "audio/ogg", Kind.SOUND),
            Format("mp3", "audio/mpeg", Kind.SOUND),
            Format("flac", "audio/flac", Kind.SOUND),
            Format("wav", "audio/wav", Kind.SOUND),
        )
    }
)
SERVED_TYPES: Final = frozenset(known.media_type for known in FORMATS.values())
"""All that ever leaves a media address (TRAPS 33): no HTML, no SVG, no JSON."""


class NotMedia(Unprocessable):
    """A file that is not taken; ``public`` says what would be."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file is found to be. ``duration_ms`` 0 and sizes 0: unknown, or there is none."""

    media_type: str
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    blurhash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A row of ``media``: one file of a member, with a smaller picture of it where it pays."""

    id: int
    key: str
    owner_id: ActorId
    purpose: Purpose
    post_id: PostId | None = None
    file: str
    bytes: int
    facts: Facts
    preview_file: str | None = None
    preview_type: str | None = None
    preview_width: int = 0
    preview_height: int = 0
    focus: tuple[float, float] = (0.0, 0.0)
    description: str = ""
    created_at: datetime

    @property
    def kind(self) -> Kind:
        return kind_of(self.facts.media_type)


def kind_of(media_type: str) -> Kind:
    """Say what a type that we serve is for people.

    Raises:
        ValueError: it is none of these.
    """
    return Kind(media_type.partition("/")[0])


def check_description(raw: str, *, most: int = MAX_DESCRIPTION) -> str:
    """Return a description as it is stored: trimmed, line ends of one kind.

    Raises:
        Unprocessable: too long, or with characters that no text has.
    """
    if "\x00" in raw or any("\ud800" <= ch <= "\udfff" for ch in raw):
        raise Unprocessable(
            "NUL or surrogate in a description", public=N_("This text has broken characters")
        )
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > most:
        raise Unprocessable(
            f"description of {len(text)} characters",
            public=N_("A description has at most %(most)d characters; this one has %(count)d"),
            values={"most": most, "count": len(text)},
        )
    return text
