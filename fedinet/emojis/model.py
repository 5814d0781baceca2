"""Small pictures that other servers and ours write as ``:shortcode:``. Pure."""

from dataclasses import dataclass
from typing import Final

import msgspec

_MOVES: Final = "image/gif"


@dataclass(frozen=True, slots=True)
class Emoji:
    """One that occurs in a text. ``id`` is its row; ``key`` changes with the picture.

    ``media_type``: of one of our own, else ``""``, since it is not known before it is fetched.
    """

    shortcode: str
    id: int
    key: str = "0" * 16
    media_type: str = ""

    @property
    def path(self) -> str:
        """Our own address of the picture. A reader never asks another server."""
        return f"/media/emojis/{self.id}/{self.key}"

    @property
    def still_path(self) -> str:
        """The same, where it moves, as a picture that does not."""
        return f"{self.path}/still" if self.media_type == _MOVES else self.path


@dataclass(frozen=True, slots=True)
class File:
    """Where the picture of one of our own lies; ``still``: the name of one that does not move."""

    name: str
    media_type: str
    still: str | None = None
    still_type: str | None = None


@dataclass(frozen=True, slots=True)
class OwnEmoji:
    """One of the community's own. ``is_hidden``: from pickers; who knows it may write it."""

    emoji: Emoji
    category: str
    is_hidden: bool


_decode = msgspec.json.Decoder(list[Emoji]).decode


def emojis_of(stored: str) -> tuple[Emoji, ...]:
    """Map the column ``emojis`` of posts and actors."""
    return () if stored == "[]" else tuple(_decode(stored))


def entity(emoji: Emoji, origin: str) -> dict[str, object]:
    """The CustomEmoji entity. Source: https://docs.joinmastodon.org/entities/CustomEmoji/"""
    return {
        "shortcode": emoji.shortcode,
        "url": f"{origin}{emoji.path}",
        "static_url": f"{origin}{emoji.still_path}",
        "visible_in_picker": False,
    }


def own_entity(own: OwnEmoji, origin: str) -> dict[str, object]:
    """The same, as the list of the community's own has it."""
    category = {"category": own.category} if own.category else {}
    return {**entity(own.emoji, origin), "visible_in_picker": not own.is_hidden, **category}


def tag(emoji: Emoji, origin: str) -> dict[str, object]:
    """The tag by which other servers know it. Source: http://joinmastodon.org/ns#Emoji, FEP-9098"""
    icon = {"type": "Image", "mediaType": emoji.media_type, "url": f"{origin}{emoji.path}"}
    return {"type": "Emoji", "name": f":{emoji.shortcode}:", "icon": icon}
