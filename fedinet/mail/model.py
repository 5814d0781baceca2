"""Messages that go by mail, how long each is of use, and when to try again. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Problem


class MailKind(StrEnum):
    """What a message is about; ``mail.words`` has its sentences."""

    TEST = "test"
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_CHANGED = "address_changed"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # a name of a message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    NEW_SIGN_IN = "new_sign_in"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    WARNED = "warned"
    LIMITED = "limited"
    FROZEN = "frozen"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"


USUAL_LIFE: Final = timedelta(days=3)
"""A message without a link is given up after that; one with a link when its link ends."""
KEPT: Final = timedelta(days=14)
"""How long the row of a message stays after its end, without address and text."""
LONG: Final = timedelta(minutes=30)
"""A server that takes nothing for so long is a matter for the stewards."""

_RETRIES: Final = (60, 300, 600, 900, 1800, 3600, 7200, 14400)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029<>\",;:()\[\]\\]")
_EMAIL = re.compile(
    r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]_]+\.[^@\s.<>\"(),:;\\\[\]_]{2,63}"
)
_MAX_ADDRESS: Final = 254
_MAX_LOCAL: Final = 64


class Outcome(StrEnum):
    """How a message ended."""

    SENT = "sent"
    """The server took it, or it lies in the folder."""
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a message goes to, in the language that they read pages in."""

    account_id: AccountId
    address: str
    language: str
    handle: str
    """``@ada``: how the message names the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody without an account: who asks to join, or is invited."""

    address: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A row that is to be sent. ``attempts`` counts this one."""

    id: int
    recipient: str
    kind: str
    language: str
    facts: dict[str, str]
    link_sealed: bytes | None
    created_at: datetime
    expires_at: datetime
    attempts: int


def delay_after(attempts: int) -> timedelta:
    """How long to leave a server alone after so many attempts: greylists want minutes."""
    return timedelta(seconds=_RETRIES[min(attempts, len(_RETRIES)) - 1])


def is_safe_address(address: str) -> bool:
    """Tell whether a text can stand in an envelope and a header: one address and nothing else."""
    local, at, host = address.rpartition("@")
    return (
        bool(at and host and 0 < len(local) <= _MAX_LOCAL)
        and "@" not in local
        and len(address) <= _MAX_ADDRESS
        and not _UNSAFE.search(address)
        and not any(".." in part or part[0] == "." or part[-1] == "." for part in (local, host))
    )


def check_email(email: str) -> list[Problem]:
    """Say what is wrong with an address. It need not exist; it must be able to."""
    if not _EMAIL.fullmatch(email) or not is_safe_address(email):
        return [
            Problem("email", N_("This is not an e-mail address. Is there an ending, such as .be?"))
        ]
    return []
