"""Locking a community down: what can be made anew, and what the report tells. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_

MAX_REASON: Final = 300
MOST_LINES: Final = 1000
SHOWN_FOR: Final = timedelta(days=7)
"""The page looks back so far where nobody says how far."""


class Rotation(StrEnum):
    """What may be made anew besides sessions and tokens, which always end."""

    ACTORS = "actors"
    """The signing keys of all members and of the node."""
    PUSH = "push"
    """The key by which push services know the node; apps ask again."""
    INVITATIONS = "invitations"
    """Links that let people in."""
    BACKUPS = "backups"
    """The passphrase of the nightly backups."""
    SECRET = "secret"  # noqa: S105  # the word for it
    """The key of the data folder. Only on the machine, while the node is stopped."""


ROTATIONS: Final[Mapping[Rotation, str]] = MappingProxyType(
    {
        Rotation.ACTORS: N_(
            "Signing keys of all members, so that nobody else writes in their name"
        ),
        Rotation.PUSH: N_("The key for ringing phones; apps ask for it again"),
        Rotation.INVITATIONS: N_("Invitations that still let people in"),
        Rotation.BACKUPS: N_("The passphrase of the backups; older ones keep the old one"),
    }
)
"""What a running node can do, and the page offers."""


class Happened(StrEnum):
    """What the records hold. Sources: the same words in ``store``."""

    SESSION = "session"
    SECURITY = "security"
    TOKEN = "token"  # noqa: S105  # the word for it
    TOKEN_USED = "token_used"  # noqa: S105  # the word for it
    APP = "app"
    PASSKEY = "passkey"
    ACCOUNT = "account"
    INVITATION = "invitation"
    ACT = "act"
    POLICY = "policy"
    BACKUP = "backup"


HAPPENED: Final[Mapping[Happened, str]] = MappingProxyType(
    {
        Happened.SESSION: N_("was signed in with a browser"),
        Happened.SECURITY: N_("was told of a change of their sign-in"),
        Happened.TOKEN: N_("let an app act for them"),
        Happened.TOKEN_USED: N_("was read or written for by an app"),
        Happened.APP: N_("an app was registered"),
        Happened.PASSKEY: N_("added a passkey"),
        Happened.ACCOUNT: N_("joined"),
        Happened.INVITATION: N_("invited somebody"),
        Happened.ACT: N_("acted on a member"),
        Happened.POLICY: N_("changed the rules for other servers"),
        Happened.BACKUP: N_("a backup was made"),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    at: datetime
    what: Happened
    who: str
    """As they are called; empty: the clock, the command line, or nobody known."""
    detail: str

    @property
    def words(self) -> str:
        return HAPPENED[self.what]


def check_rotations(words: str) -> frozenset[Rotation]:
    """Read ``actors,push``; ``sessions`` is understood, since they always end.

    ``all`` is what a running node can do; ``secret`` has to be said.

    Raises:
        ValueError: a word that is none.
    """
    asked = {word.strip() for word in words.split(",") if word.strip()} - {"sessions", "tokens"}
    if "all" in asked:
        asked = asked - {"all"} | set(ROTATIONS)
    unknown = asked - set(Rotation)
    if unknown:
        raise ValueError(", ".join(sorted(unknown)))
    return frozenset(Rotation(word) for word in asked)
