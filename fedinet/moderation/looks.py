"""A second look: a member asks once that a steward looks again at what was done. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.moderation.rights import TAKING, Act, Acting, DoneAct

MAX_WORDS: Final = 2000
ASK_WITHIN: Final = timedelta(days=180)
"""As long as the Digital Services Act, article 20, lets people complain with large services."""
LATE_AFTER: Final = timedelta(days=7)
"""Stewards are told once more of what waits so long."""
BY_LOOK: Final = "look"
"""The ``detail`` of acts that a second look led to: nobody asks to look at these again."""

LIFTS: Final[Mapping[Act, Act]] = MappingProxyType(
    {
        Act.WARN: Act.UNWARN,
        Act.REMOVE: Act.UNREMOVE,
        Act.LIMIT: Act.UNLIMIT,
        Act.FREEZE: Act.UNFREEZE,
        Act.SUSPEND: Act.UNSUSPEND,
    }
)
LIFTED: Final[Mapping[Act, Act]] = MappingProxyType(
    {lift: act for act, lift in LIFTS.items() if act not in (Act.WARN, Act.REMOVE)}
)
"""What ends whatever led to it. Of warnings and posts each has a look of its own."""
SOFTER: Final[Mapping[Act, tuple[Act, ...]]] = MappingProxyType(
    {Act.SUSPEND: (Act.FREEZE, Act.LIMIT), Act.FREEZE: (Act.LIMIT,)}
)
"""What may stand in the place of an act, the harder first."""


def subjects(act_id: int) -> tuple[str, str]:
    """What the line on the desk is about: at first, and when it has waited too long."""
    return str(act_id), f"{act_id} late"


class Outcome(StrEnum):
    KEPT = "kept"
    SOFTENED = "softened"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a member asked, and what a steward answered. Both are plain text."""

    act_id: int
    words: str
    asked_at: datetime
    outcome: Outcome | None
    answer: str
    by_actor: ActorId | None
    by_whom: str
    answered_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def is_late(self, now: datetime) -> bool:
        return self.is_open and now - self.asked_at >= LATE_AFTER


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An act with what was asked about it; ``is_over``: it was taken back since."""

    done: DoneAct
    look: Look | None
    is_over: bool

    def may_ask(self, now: datetime) -> bool:
        try:
            check_may_ask(self, now=now)
        except (NotFound, Unprocessable):
            return False
        return True

    @property
    def choices(self) -> tuple[tuple[str, Act], ...]:
        """How a steward may answer: the word that a form sends, and the act that it leads to."""
        softer = [(act.value, act) for act in SOFTER.get(self.done.act, ())]
        return (("keep", Act.KEEP), *softer, ("undo", LIFTS[self.done.act]))


def check_may_ask(reviewed: Reviewed, *, now: datetime) -> None:
    """Refuse what cannot be looked at again: each time saying what to do instead.

    Raises:
        NotFound: nothing that takes something. Unprocessable: asked before, over, or too late.
    """
    done = reviewed.done
    if done.act not in TAKING:
        raise NotFound(f"{done.act} takes nothing")
    if reviewed.look is not None:
        said = N_("You have asked already: once for each decision. Write to a steward instead.")
        raise Unprocessable(f"act {done.id} was asked about", public=said)
    if done.detail == BY_LOOK:
        said = N_("This is what came of asking once. Write to a steward if it is wrong.")
        raise Unprocessable(f"act {done.id} came of a look", public=said)
    if reviewed.is_over:
        raise Unprocessable(f"act {done.id} is over", public=N_("This was taken back meanwhile."))
    if now - done.at > ASK_WITHIN:
        said = N_("This was decided more than %(days)d days ago. Write to a steward instead.")
        raise Unprocessable(f"act {done.id} is old", public=said, values={"days": ASK_WITHIN.days})


def check_words(raw: str) -> str:
    """Return what a member says, trimmed.

    Raises:
        Unprocessable: nothing, too much, or characters that no text has.
    """
    text = raw.replace("\r\n", "\n").strip()
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Unprocessable("broken text", public=N_("This text has broken characters"))
    if not text:
        raise Unprocessable("no words", public=N_("Say why we should look again"))
    if len(text) > MAX_WORDS:
        said = N_("At most %(most)d characters, please")
        raise Unprocessable(f"{len(text)} characters", public=said, values={"most": MAX_WORDS})
    return text


def check_may_answer(by: Acting, done: DoneAct, others: Iterable[ActorId]) -> None:
    """Refuse the steward who decided, while another one could look.

    ``others``: the stewards who may act on this member.

    Raises:
        Forbidden: another one has to.
    """
    if by.actor_id is None or by.actor_id != done.by_actor:
        return
    if any(one != by.actor_id for one in others):
        said = N_("You decided this yourself: another steward looks at it again")
        raise Forbidden(f"{by.name} looks at their own act {done.id}", public=said)
