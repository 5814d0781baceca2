"""Small pictures that other servers write as ``:shortcode:``. Pure."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Emoji:
    """One that occurs in a text. ``id`` is its row; ``key`` changes with the picture."""

    shortcode: str
    id: int
    key: str = "0" * 16

    @property
    def path(self) -> str:
        """Our own address of the picture. A reader never asks another server."""
        return f"/media/emojis/{self.id}/{self.key}"


_decode = msgspec.json.Decoder(list[Emoji]).decode


def emojis_of(stored: str) -> tuple[Emoji, ...]:
    """Map the column ``emojis`` of posts and actors."""
    return () if stored == "[]" else tuple(_decode(stored))


def entity(emoji: Emoji, origin: str) -> dict[str, object]:
    """The CustomEmoji entity. Source: https://docs.joinmastodon.org/entities/CustomEmoji/"""
    url = f"{origin}{emoji.path}"
    return {
        "shortcode": emoji.shortcode,
        "url": url,
        "static_url": url,
        "visible_in_picker": False,
    }
