"""What stewards are to look at: one line for each matter, whatever raised it. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import ActorId

MAX_SUBJECT: Final = 500
MAX_NAME: Final = 300
MAX_OPEN_OF_KIND: Final = 1000
"""More of a kind are not told: who has so many open looks at the page of the kind itself."""
MOST_COUNTED: Final = 100
"""Nobody counts further; the desk says "99+"."""
KEPT_DAYS: Final = 90
"""Settled matters are forgotten then."""


class MatterKind(StrEnum):
    """Why stewards are told; ``desk.words`` has the sentence of each."""

    REPORT = "report"
    """Somebody was reported. Subject: the report's number. Settled with it."""
    FLOOD = "flood"
    """A detector sees much of one kind come in."""
    APPEAL = "appeal"
    """A member or another server asks to look again. Settled with the answer."""
    LOOK = "look"
    """A member asks to look again at what was done about them. Subject: the act's number, with
    " late" after a week. Settled with the answer."""
    REVIEW = "review"
    """The day on which stewards wanted to look at a rule again. Subject: its key."""
    IMPRINT = "imprint"
    """Nobody is named yet who answers for the community. Settled when it is filled in."""
    ENDING = "ending"
    """A rule ends within two days. Subject: its key."""
    LIST_FAILING = "list_failing"
    """A list that we subscribe to cannot be read."""
    LIST_CHANGED = "list_changed"
    """A list that we subscribe to asks for new drafts."""
    ALLY = "ally"
    """An alliance wants an answer, or is about to end."""
    MAIL_FAILING = "mail_failing"
    """The server that sends mail takes none: for half an hour, or a steward has just tried it.
    Name: what is wrong (a ``mail.model.Trouble``), and the server."""
    BACKUP_LATE = "backup_late"
    """There was no backup for two days. Subject and name: since when."""
    BACKUP_FAILED = "backup_failed"
    """A backup could not be made. Subject: the day; name: when."""
    DRILL_FAILED = "drill_failed"
    """A backup could not be read back. Subject: when."""
    MAIL_UNPROVEN = "mail_unproven"
    """A server sends mail, and nobody has shown that it arrives. Settled when somebody does."""
    JOIN_REQUEST = "join_request"
    """Somebody asks to join. Subject: the request's number. Settled with the decision."""
    JOIN_FLOOD = "join_flood"
    """More ask to join than anybody could read."""
    NEWCOMER = "newcomer"
    """Somebody new says hello, and no member welcomes newcomers. Subject: the post's number."""
    UNWELCOMED = "unwelcomed"
    """Somebody new said hello, and nobody answered in time. Subject: the post's number."""
    WATCHED = "watched"
    """A rule that tells stewards has matched."""


BY_HAND: Final = frozenset(
    {
        MatterKind.FLOOD, MatterKind.REVIEW, MatterKind.ENDING, MatterKind.LIST_FAILING,
        MatterKind.LIST_CHANGED, MatterKind.MAIL_FAILING, MatterKind.WATCHED,
        MatterKind.MAIL_UNPROVEN, MatterKind.BACKUP_LATE, MatterKind.BACKUP_FAILED,
        MatterKind.DRILL_FAILED, MatterKind.JOIN_FLOOD, MatterKind.NEWCOMER,
        MatterKind.UNWELCOMED,
    }
)  # fmt: skip
"""A steward puts these away as seen; the others are settled where they are answered."""

OF_THE_SERVER: Final = frozenset(
    {
        MatterKind.MAIL_FAILING, MatterKind.MAIL_UNPROVEN, MatterKind.BACKUP_LATE,
        MatterKind.BACKUP_FAILED, MatterKind.DRILL_FAILED,
    }
)  # fmt: skip
"""The machine's own: told with the server's state, and not among what people wait for."""


_NAMED_BY_MOMENT: Final = frozenset(
    {MatterKind.BACKUP_LATE, MatterKind.BACKUP_FAILED, MatterKind.DRILL_FAILED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One line of the desk. ``name`` is what it is about, in words; ``href`` leads there."""

    id: int
    kind: MatterKind
    subject: str
    name: str
    href: str
    about_actor: ActorId | None
    """Whom it is about: if a steward, they are not told who caused it."""
    times: int
    created_at: datetime
    last_at: datetime
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def is_put_away_by_hand(self) -> bool:
        return self.kind in BY_HAND

    @property
    def called(self) -> str | datetime:
        """What it is about as pages say it: a moment, where the name is one (ISO 8601, UTC)."""
        if self.kind is MatterKind.MAIL_FAILING:
            return self.name.rpartition(" ")[2]
        if self.kind not in _NAMED_BY_MOMENT:
            return self.name
        try:
            return datetime.fromisoformat(self.name.removesuffix(" UTC")).replace(tzinfo=UTC)
        except ValueError:
            return self.name
