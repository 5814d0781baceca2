"""What an app wants to be rung for, and where: endpoint, keys, alerts, policy. Pure.

Source: https://docs.joinmastodon.org/methods/push/, entities/WebPushSubscription/
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_

ALERTS: Final = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update",
    "quote", "quoted_update", "severed_relationships", "moderation_warning",
    "admin.sign_up", "admin.report",
)  # fmt: skip
"""All words that apps know; some of them never happen here. Strict apps want each answered."""

MAX_ENDPOINT: Final = 2048
MOST_OF_ONE_MEMBER: Final = 25
"""With one more, the oldest ends."""
_POINT_BYTES: Final = 65
_SECRET_BYTES: Final = 16


class Policy(StrEnum):
    """Whose doings ring."""

    ALL = "all"
    FOLLOWED = "followed"
    """Of people whom the member follows."""
    FOLLOWER = "follower"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """With what an app reads what is sent to it."""

    point: bytes
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What rings. It can be changed without subscribing anew."""

    alerts: frozenset[str]
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One row of ``push_subscriptions``, without the token."""

    id: int
    token_id: int
    owner_id: ActorId
    endpoint: str
    keys: AppKeys
    standard: bool
    """By RFC 8291; else in the encoding before it, which some apps still read alone."""
    choice: Choice
    retry_at: datetime | None = None


def check_keys(p256dh: str, auth: str) -> AppKeys:
    """Read an app's keys: base64 of either alphabet, padded or not.

    Raises:
        Unprocessable: no point of P-256, or no 16 bytes.
    """
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != _POINT_BYTES or len(secret) != _SECRET_BYTES:
        raise _unusable_keys()
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise _unusable_keys() from error
    return AppKeys(point=point, secret=secret)


def check_policy(word: str) -> Policy:
    """Raises ``Unprocessable`` for what is none."""
    try:
        return Policy(word)
    except ValueError as error:
        raise Unprocessable(
            f"push policy {word[:40]!r}",
            public=N_("A push policy is all, followed, follower or none"),
        ) from error


def choice_of(alerts: Mapping[str, bool], policy: str) -> Choice:
    """Read what rings; words that nobody knows ring for nothing."""
    wanted = frozenset(word for word in ALERTS if alerts.get(word))
    return Choice(alerts=wanted, policy=check_policy(policy))


def _decoded(text: str) -> bytes:
    if len(text) > 200:
        raise _unusable_keys()
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unusable_keys() from error


def _unusable_keys() -> Unprocessable:
    return Unprocessable(
        "unusable push keys",
        public=N_("The keys of a subscription are a point of P-256 (p256dh) and 16 bytes (auth)"),
    )
