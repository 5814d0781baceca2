"""Accounts: people who sign in here, and the rules of what they type. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain
from fedinet.mail.model import Recipient
from fedinet.markup.names import clean_name

Role = Literal["owner", "admin", "moderator", "member"]
RANKS: Final[tuple[Role, ...]] = ("member", "moderator", "admin", "owner")
"""The lowest first."""
APP_VISIBILITIES: Final = (
    Visibility.COMMUNITY,
    Visibility.FOLLOWERS,
    Visibility.QUIET,
    Visibility.EVERYONE,
)
"""What apps may post to by omission; narrowest first, the first is the default."""

MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 200
MAX_NAME: Final = 80
MAX_BIO: Final = 1000
MAX_FIELDS: Final = 6
MAX_FIELD_NAME: Final = 60
MAX_FIELD_VALUE: Final = 255
MAX_DOMAINS: Final = 100
MAX_DESCRIPTION: Final = 1500
"""Of one's own picture."""
MAX_COMMUNITY_NAME: Final = 60
MAX_PURPOSE: Final = 200
_MOST_READ: Final = 20_000
"""Far beyond every limit below, so that what is too long is said and not cut."""

HUES: Final = {"sea": 205, "moss": 135, "amber": 65, "rose": 8, "plum": 335, "iris": 285}
"""Colours offered by name; any hue from 0 to 359 keeps the contrast."""


def logins_of(username: str, confirmed: str | None) -> tuple[str, ...]:
    """What a member may type to sign in, as attempts are counted by it.

    ``confirmed``: their address; one that nobody confirmed may be that of somebody else.
    """
    return (username.lower(), *([confirmed.lower()] if confirmed else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A row of ``accounts``, without its password."""

    id: AccountId
    actor_id: ActorId
    username: str
    email: str | None
    email_confirmed: bool
    """Whether somebody has shown that they read what is sent there."""
    role: Role
    language: str
    app_visibility: Visibility
    created_at: datetime

    def mailbox(self, address: str) -> Recipient:
        """This member as the reader of a message to an address of theirs."""
        return Recipient(
            account_id=self.id,
            address=address,
            language=self.language,
            handle=f"@{self.username}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made. Everything in it has passed its rule."""

    username: str
    name: str
    email: str | None
    password_hash: str
    role: Role = "member"
    language: str = "en"
    invited_by: AccountId | None = None


@dataclass(frozen=True, slots=True)
class PublicMember:
    """A member as visitors see them: only those who chose to be shown."""

    username: str
    name: str
    avatar_url: str | None
    summary_html: str = ""
    is_local: bool = True

    @property
    def handle(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        return self.name or self.username


def may_give(giver: Role, role: Role) -> bool:
    """Tell whether somebody may give a role: owners all, administrators those below their own."""
    return giver == "owner" or (giver == "admin" and RANKS.index(giver) > RANKS.index(role))


def tidy(text: str) -> str:
    """One line of plain text, without anything that cannot be seen or turns it round."""
    return clean_name(unicodedata.normalize("NFC", text), max_length=_MOST_READ)


def tidy_lines(text: str) -> str:
    """Like ``tidy``, but lines stay. For what a person writes in a larger box."""
    lines = text[:_MOST_READ].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(tidy(line) for line in lines).strip("\n")


def check_password(password: str, *, not_like: tuple[str, ...] = ()) -> list[Problem]:
    """Say what is wrong with a new password; an empty list: nothing.

    ``not_like``: the person's own name and address, which are guessed first.
    Source: NIST SP 800-63B section 5.1.1 (length, no composition rules).
    """
    if len(password) < MIN_PASSWORD:
        return [
            Problem(
                "password",
                N_("This has fewer than %(least)d characters. A short sentence works well."),
                {"least": MIN_PASSWORD},
            )
        ]
    if len(password) > MAX_PASSWORD:
        return [
            Problem(
                "password",
                N_("This has more than %(most)d characters. Make it shorter."),
                {"most": MAX_PASSWORD},
            )
        ]
    plain = password.casefold()
    easy = {word.casefold() for word in not_like if word}
    if len(set(plain)) < 4 or plain in easy or plain in _GUESSED_FIRST:
        return [Problem("password", N_("This would be guessed at once. Take a sentence of yours."))]
    return []


def read_domains(typed: Iterable[str]) -> tuple[str, ...]:
    """Read names of sites, also from their addresses; each once, in that order.

    Raises:
        Malformed: not a name that the web knows.
    """
    words = (word.strip().lower() for word in typed)
    bare = (re.sub(r"^https?://|/.*$", "", word) for word in words if word)
    return tuple(dict.fromkeys(domain(word) for word in bare))


def check_text(field: str, text: str, *, most: int, required: bool = False) -> list[Problem]:
    """Say whether a text is missing or too long."""
    if required and not text:
        return [Problem(field, N_("Please fill this in."))]
    if len(text) > most:
        return [Problem(field, N_("This has more than %(most)d characters."), {"most": most})]
    return []


_GUESSED_FIRST: Final = frozenset(
    {
        "123456789012",
        "1234567890123",
        "abcdefghijkl",
        "correcthorsebatterystaple",
        "letmeinletmein",
        "passwordpassword",
        "passwort1234",
        "password1234",
        "password12345",
        "qwertyuiop123",
        "qwertyuiopasdf",
        "wachtwoord123",
        "welkom123456",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """``shown``: members who chose to be found, the newest first; ``stewards``: whom to turn to."""

    shown: Sequence[PublicMember]
    stewards: Sequence[PublicMember]
