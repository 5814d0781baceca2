"""Thanks that come as an emoji. Pure."""

from dataclasses import dataclass
from typing import Final

from fedinet.emojis.model import Emoji
from fedinet.kernel.ids import ActorId, PostId

MAX_OF_ONE_PERSON: Final = 20
"""Emoji under one post. Pleroma allows several, Misskey one."""


@dataclass(frozen=True, slots=True)
class EmojiThanks:
    """Somebody thanked for a post with ``name``: an emoji, or ``:shortcode:`` with its picture."""

    actor_id: ActorId
    post_id: PostId
    name: str
    picture: Emoji | None = None
