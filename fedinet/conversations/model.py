"""Whose turn it is in a private conversation. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from fedinet.kernel.ids import ActorId, PostId


class Turn(StrEnum):
    OWNER = "owner"
    """Others wrote last, and wait for a word."""
    OTHERS = "others"
    NOBODY = "nobody"
    """It rests: muted, thanked for, to whom one keeps away, or older than anybody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation that somebody keeps, by the newest letter of it that they may see."""

    cursor: int
    last_post_id: PostId
    turn: Turn
    is_muted: bool
    is_thanked: bool
    """Its newest letter, by its owner."""
    is_kept_away: bool
    """Its newest letter is the owner's, to nobody but people whom they keep away."""


def others_in(people: Collection[ActorId], author: ActorId, owner: ActorId) -> list[ActorId]:
    """Who is in it besides its owner: who wrote last first, the others in one order always."""
    return [who for who in sorted(people, key=lambda who: (who != author, who)) if who != owner]
