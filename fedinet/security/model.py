"""Codes of the second step: those of an app, which change each half minute, and recovery codes.

Pure, but for the random of new ones.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pyotp import random_base32
from pyotp.totp import TOTP

from fedinet.kernel.ids import AccountId

PENDING_LIVES: Final = timedelta(minutes=10)
"""From the password to the code: long enough to find the paper."""
MAX_ATTEMPTS: Final = 5
"""Wrong codes after one password; then the password is asked for again."""
UNCONFIRMED_LIVES: Final = timedelta(hours=1)
RECOVERY_CODES: Final = 10

_PERIOD_S: Final = 30
_DIGITS: Final = 6
_SKEW: Final = (0, -1, 1)
"""Clocks may differ by one step. Source: RFC 6238 section 5.2."""
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which look alike on paper."""
_GROUPS: Final = 3
_GROUP: Final = 4
_MAX_TYPED: Final = 100


@dataclass(frozen=True, slots=True)
class Totp:
    """A member's app for codes. ``confirmed``: they proved that it shows the right ones."""

    secret: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Passed:
    """Password and second step were right."""

    account_id: AccountId
    stay: bool
    there: str
    by_paper: bool
    """With a recovery code."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the code of this moment. They may try again."""


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is waiting for a code any more: too late, too often, or a new password."""


def new_secret() -> str:
    """160 bits in base32, as apps for codes take it. Source: RFC 4226 section 4."""
    return random_base32()


def address_for_apps(secret: str, *, handle: str, community: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    return TOTP(secret).provisioning_uri(name=handle, issuer_name=community)


def spaced(secret: str) -> str:
    """The key in groups of four, for typing it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def plain_code(typed: str) -> str:
    """Read a code as somebody types it: ``123 456``, ``K7F2-M3QX-9TRW``."""
    text = unicodedata.normalize("NFKC", typed[:_MAX_TYPED]).lower()
    return "".join(ch for ch in text if ch.isascii() and ch.isalnum())


def is_of_app(code: str) -> bool:
    """Tell a code of an app from a recovery code; of a plain code."""
    return len(code) == _DIGITS and code.isdigit()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute, counted from 1970, whose code this is; None: of none that counts now."""
    otp = TOTP(secret)
    present = int(now.timestamp()) // _PERIOD_S
    for skew in _SKEW:
        if hmac.compare_digest(otp.generate_otp(present + skew).encode(), code.encode()):
            return present + skew
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Ten of 59 bits each, e.g. ``k7f2-m3qx-9trw``."""
    return tuple(
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    )
