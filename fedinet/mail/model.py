"""Messages that go by mail, how long each is of use, and when to try again. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Problem


class MailKind(StrEnum):
    """What a message is about; ``mail.words`` has its sentences."""

    TEST = "test"
    CODE = "code"
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_CHANGED = "address_changed"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # a name of a message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_ENDED = "password_ended"  # noqa: S105
    """After a restore: theirs had changed since the backup."""
    SIGN_IN_LINK = "sign_in_link"
    NEW_SIGN_IN = "new_sign_in"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    WARNED = "warned"
    POST_REMOVED = "post_removed"
    LIMITED = "limited"
    FROZEN = "frozen"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    LOOK_KEPT = "look_kept"
    LOOK_CHANGED = "look_changed"
    NEWS = "news"
    """What a member wants to hear of at once; it has lists, as have the next two."""
    DAILY = "daily"
    WEEKLY = "weekly"
    INVITED = "invited"
    INVITED_STILL = "invited_still"
    JOIN_CONFIRM = "join_confirm"
    JOIN_MEMBER = "join_member"
    JOIN_INVITED = "join_invited"
    JOIN_IN_LINE = "join_in_line"
    JOIN_DECLINED = "join_declined"
    REPORT_SETTLED = "report_settled"


class Topic(StrEnum):
    """What a reader may want to hear of, or not."""

    SECURITY = "security"
    """Signing in, passwords, addresses, what somebody asked for just now: always written."""
    STANDING = "standing"
    """What was decided about a person: nobody can leave it; ends where the address is dead."""
    INVITATIONS = "invitations"
    NOTICES = "notices"
    """Something happened that a member wanted to hear of."""
    DAILY = "daily"
    WEEKLY = "weekly"
    DIGEST = "digest"
    """Both overviews together; links of earlier releases name it, and no message has it."""


MAY_BE_LEFT: Final = frozenset(
    {Topic.INVITATIONS, Topic.NOTICES, Topic.DAILY, Topic.WEEKLY, Topic.DIGEST}
)
"""These carry a link by which their reader stops them (RFC 8058)."""
WIDER: Final[Mapping[Topic, Topic]] = MappingProxyType(
    {Topic.DAILY: Topic.DIGEST, Topic.WEEKLY: Topic.DIGEST}
)
"""What ends a topic along with others: whoever leaves the one is offered that, too."""

TOPICS: Final[Mapping[MailKind, Topic]] = MappingProxyType(
    {
        MailKind.TEST: Topic.SECURITY,
        MailKind.CODE: Topic.SECURITY,
        MailKind.CONFIRM_ADDRESS: Topic.SECURITY,
        MailKind.ADDRESS_CHANGED: Topic.SECURITY,
        MailKind.RESET_PASSWORD: Topic.SECURITY,
        MailKind.PASSWORD_CHANGED: Topic.SECURITY,
        MailKind.PASSWORD_ENDED: Topic.SECURITY,
        MailKind.SIGN_IN_LINK: Topic.SECURITY,
        MailKind.NEW_SIGN_IN: Topic.SECURITY,
        MailKind.TOTP_ADDED: Topic.SECURITY,
        MailKind.TOTP_REMOVED: Topic.SECURITY,
        MailKind.PASSKEY_ADDED: Topic.SECURITY,
        MailKind.PASSKEY_REMOVED: Topic.SECURITY,
        MailKind.RECOVERY_CODES_MADE: Topic.SECURITY,
        MailKind.RECOVERY_CODE_USED: Topic.SECURITY,
        MailKind.WARNED: Topic.STANDING,
        MailKind.POST_REMOVED: Topic.STANDING,
        MailKind.LIMITED: Topic.STANDING,
        MailKind.FROZEN: Topic.STANDING,
        MailKind.SUSPENDED: Topic.STANDING,
        MailKind.UNSUSPENDED: Topic.STANDING,
        MailKind.LOOK_KEPT: Topic.STANDING,
        MailKind.LOOK_CHANGED: Topic.STANDING,
        MailKind.NEWS: Topic.NOTICES,
        MailKind.DAILY: Topic.DAILY,
        MailKind.WEEKLY: Topic.WEEKLY,
        MailKind.INVITED: Topic.INVITATIONS,
        MailKind.INVITED_STILL: Topic.INVITATIONS,
        MailKind.JOIN_CONFIRM: Topic.INVITATIONS,  # anybody may type an address: its reader ends it
        MailKind.JOIN_MEMBER: Topic.SECURITY,
        MailKind.JOIN_INVITED: Topic.STANDING,
        MailKind.JOIN_IN_LINE: Topic.STANDING,
        MailKind.JOIN_DECLINED: Topic.STANDING,
        MailKind.REPORT_SETTLED: Topic.NOTICES,  # the same
    }
)
"""Every kind has one: it decides who can stop it, and whether it carries a way to."""

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
    BOUNCED = "bounced"
    """The server took it, and sent it back later."""
    WITHHELD = "withheld"
    """This address is not written to any more: its reader said so, or it does not exist."""


class Trouble(StrEnum):
    """What is wrong with a mail server; ``mail.words`` says what to do about it."""

    NO_NAME = "no_name"
    CLOSED = "closed"
    SILENT = "silent"
    CERTIFICATE = "certificate"
    NO_ENCRYPTION = "no_encryption"
    NOT_MAIL = "not_mail"
    SIGN_IN = "sign_in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    LATER = "later"
    OTHER = "other"


class StopReason(StrEnum):
    """Why an address is not written to."""

    ASKED = "asked"
    """Whoever reads it said so."""
    BOUNCED = "bounced"
    """Nobody can be reached there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Something that is not sent to an address. ``topic`` None: all but security."""

    topic: Topic | None
    reason: StopReason
    said: str
    """What the server said of the address; ``""`` where its reader stopped it."""
    created_at: datetime


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
    account_id: AccountId | None
    """None: its reader has no account."""
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
