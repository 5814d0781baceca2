"""What the outbox worker holds in its hands. Pure."""

from dataclasses import dataclass
from datetime import datetime

from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl
from fedinet.signing.claim import Scheme


@dataclass(frozen=True, slots=True)
class Delivery:
    """One activity for one inbox. ``outgoing_id`` sorts by the time of sending."""

    host: Domain
    outgoing_id: int
    inbox: InboxUrl
    sender: ActorId
    attempts: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A host that is ours alone from ``since`` on, as long as we renew it.

    A process that dies gives it back when what it last asked for runs out.
    """

    host: Domain
    since: datetime
    failures: int
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an activity, stored once for all recipients. ``sha256`` is base64.

    ``followers``: the collection of its sender's followers, where it goes to them.
    """

    body: bytes
    sha256: str
    sender: ActorUri
    followers: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up, and why. ``last_error`` is remote text, cut and ASCII."""

    id: int
    host: Domain
    inbox: InboxUrl
    outgoing_id: int
    activity_uri: str | None
    attempts: int
    reason: str
    last_error: str | None
    buried_at: datetime
