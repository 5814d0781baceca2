"""Lists: people whom a member follows, read apart from the home. Pure.

Source: https://docs.joinmastodon.org/entities/List/
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_

MAX_LISTS: Final = 50
MAX_MEMBERS: Final = 500
MAX_TITLE: Final = 256
"""Characters; as Mastodon."""


class RepliesPolicy(StrEnum):
    """Which answers of its people stand in a list. Answers to its owner always do."""

    FOLLOWED = "followed"
    """To anybody whom the owner follows."""
    LIST = "list"
    """To people of the list."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """One row of ``lists``. ``exclusive``: its people are left out of the owner's home."""

    id: int
    owner_id: ActorId
    title: str
    replies_policy: RepliesPolicy = RepliesPolicy.LIST
    exclusive: bool = False


def check_title(title: str) -> str:
    """Give a title its one form: without spaces around.

    Raises:
        Unprocessable: it is empty or too long.
    """
    title = title.strip()
    if not 0 < len(title) <= MAX_TITLE:
        raise Unprocessable(
            f"list title of {len(title)} characters",
            public=N_("A list needs a title of at most %(most)d characters"),
            values={"most": MAX_TITLE},
        )
    return title


def read_replies_policy(word: str) -> RepliesPolicy:
    """Raises ``Unprocessable`` for what is none."""
    try:
        return RepliesPolicy(word)
    except ValueError as error:
        raise Unprocessable(
            f"replies policy {word[:40]!r}",
            public=N_("Answers in a list are followed, list or none"),
        ) from error
