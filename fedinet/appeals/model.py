"""An appeal: somebody asks the stewards to look at a rule again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.problems import N_

MAX_WORDS: Final = 2000
MAX_CONTACT: Final = 200
MAX_ANSWERS: Final = 20
"""Of both sides together; then it is settled or left."""
MAX_OPEN: Final = 300
"""Open appeals from elsewhere: so many that are signed, and so many that are not, which are
easily made and shut nobody else out. Who comes later is heard when some are settled.
"""
MAX_UNVERIFIED: Final = 3
"""Open ones that nobody signed, for each server."""
MAX_OPEN_OF_MEMBER: Final = 5
_TWICE: Final = timedelta(minutes=1)
KEPT_DAYS: Final = 180
"""Settled appeals are forgotten then, but for those whose words are shown."""


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One entry of the thread. ``steward_id`` None: by who appeals, or a steward who left."""

    words: str
    by_steward: bool
    steward_id: ActorId | None
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """One appeal. ``rule_key`` empty: no rule, the mode decided."""

    id: int
    member_id: ActorId | None
    domain: Domain
    rule_key: str
    signer_uri: str
    contact: str
    words: str
    state: State
    is_shown: bool
    created_at: datetime
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN

    @property
    def is_verified(self) -> bool:
        """A member wrote it, or an actor of that server signed it."""
        return self.member_id is not None or bool(self.signer_uri)

    def is_sent_twice(self, words: str, contact: str, now: datetime) -> bool:
        """Tell whether this, which nobody signed, is the same click again.

        Whoever writes the same words later is somebody else, and must not be led to
        the page on which the stewards answer the first.
        """
        return (self.words, self.contact) == (words, contact) and now - self.created_at < _TWICE


def check_words(raw: str) -> str:
    """Return what somebody says, trimmed.

    Raises:
        Unprocessable: nothing, too much, or characters that no text has.
    """
    words = _clean(raw, MAX_WORDS)
    if not words:
        raise Unprocessable("empty appeal", public=N_("Say why we should look again"))
    return words


def check_contact(raw: str) -> str:
    """The same for how to reach them; may be empty. It is text, and never a link."""
    return " ".join(_clean(raw, MAX_CONTACT).split())


def _clean(raw: str, most: int) -> str:
    text = raw.replace("\r\n", "\n").strip()
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Unprocessable("broken text", public=N_("This text has broken characters"))
    if len(text) > most:
        raise Unprocessable(
            f"{len(text)} characters",
            public=N_("At most %(most)d characters, please"),
            values={"most": most},
        )
    return text
