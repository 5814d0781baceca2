"""What travels from the door to the worker. Pure."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zlib import crc32

from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import ActorUri, ObjectUri

LANES = 64
"""How finely work is shared out between worker processes. Stored with each row: never change it."""
_STATES = frozenset({"Follow", "Undo", "Block", "Accept", "Reject", "Update"})


class Refused(FedinetError):
    """Not taken in. ``reason`` is a stable word: metric label, and told to the peer."""

    def __init__(
        self, status: int, reason: str, detail: str, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail, public=detail)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A verified activity on its way into the queue, not acknowledged yet."""

    origin: str
    """Of the verified signer: half of the key that finds repetitions."""
    seen_hash: bytes
    signer: ActorUri
    actor: ActorUri
    activity_id: ObjectUri | None
    activity_type: str
    body: bytes
    inbox_of: ActorUri | None = None
    """The member whose personal inbox it came to; None for the shared one."""
    signature: str = ""
    """How the request was signed: a ``signing.claim.Scheme``."""

    @property
    def lane(self) -> int:
        return lane_of(line_of(self.signer, self.actor))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRow:
    """A row of ``inbound_queue`` as a worker claims it."""

    id: int
    received_at: datetime
    attempts: int
    signer: ActorUri
    actor: ActorUri
    activity_id: ObjectUri | None
    activity_type: str
    body: bytes
    inbox_of: ActorUri | None = None
    signature: str = ""
    is_released: bool = False
    """A steward has let it in after it was held: policy is not asked again."""

    @property
    def is_forwarded(self) -> bool:
        """Brought by somebody else than its actor: only its origin can vouch for it."""
        return self.signer != self.actor

    @property
    def line(self) -> str:
        return line_of(self.signer, self.actor)


def line_of(signer: str, actor: str) -> str:
    """Name the line in which rows wait for each other: one per actor who speaks for itself.

    What is forwarded has a line for each bringer and claimed actor. Else
    anybody could hold up an actor by bringing something of theirs that their
    server takes long to confirm.
    """
    return f"{signer} {actor}"


def lane_of(line: str) -> int:
    """A line is in one lane, and a lane in one worker, so that lines keep their order."""
    return crc32(line.encode()) % LANES


def is_by_request(activity_type: str) -> bool:
    """Tell whether activities of this type repeat only as the very same signed request.

    They set a state that can change back and forth, and real servers give them
    ids that are not unique: a Follow that is sent again under its old id, an
    Undo named after it, all Rejects of one Mastodon account.
    """
    return activity_type in _STATES


def seen_hash(activity_id: str | None, activity_type: str, *, body: bytes, proof: bytes) -> bytes:
    """Say what makes two arrivals from one origin the same.

    The activity's id; without one, its bytes; where ``is_by_request``, its
    signature (``proof``), so that a replay is found and a repetition is not
    taken for one. Whatever comes twice after all meets idempotent handlers.

    Deviates: from (origin, id) as the one key, for the reasons above.
    """
    if is_by_request(activity_type):
        return sha256(b"signed\0" + proof).digest()
    if activity_id is None:
        return sha256(b"body\0" + body).digest()
    return sha256(activity_id.encode()).digest()
