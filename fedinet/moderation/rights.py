"""What stewards may do about people, and to whom. Pure."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from fedinet.accounts.model import RANKS, Role, may_give
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_


class Act(StrEnum):
    """What was done to somebody. Those that take something have one that gives it back."""

    WARN = "warn"
    """Words alone."""
    LIMIT = "limit"
    """Only who follows them meets what they write."""
    UNLIMIT = "unlimit"
    FREEZE = "freeze"
    """They may sign in and read, and change nothing. Members only."""
    UNFREEZE = "unfreeze"
    SUSPEND = "suspend"
    """Nobody sees them; of a member, nothing of theirs opens any more."""
    UNSUSPEND = "unsuspend"
    KEEP = "keep"
    """A second look: what was done stays as it is."""
    UNWARN = "unwarn"
    """Words are taken back. Only after a second look."""
    REMOVE = "remove"
    """A post of theirs was deleted for good. ``detail`` says when it was published."""
    UNREMOVE = "unremove"
    """It was wrong to take a post away: it does not come back. Only after a second look."""
    SETTLE = "settle"
    """A report about them was settled, and nothing was done. ``reason`` is the steward’s note;
    ``detail`` the numbers of others that were settled with it."""
    REOPEN = "reopen"
    """A settled report about them was opened again. ``reason`` is the steward’s note."""
    ROLE = "role"
    """They got another role. ``detail`` says which."""
    UNLOCK = "unlock"
    """Wrong passwords tried with their name were forgotten, so that they may try again."""
    RESET_LINK = "reset_link"
    """A link for a new password was made, to be handed to them."""


TAKING: Final = frozenset({Act.WARN, Act.REMOVE, Act.LIMIT, Act.FREEZE, Act.SUSPEND})
_BETWEEN_STEWARDS: Final = frozenset({Act.SETTLE, Act.REOPEN})
TOLD: Final = frozenset(Act) - _BETWEEN_STEWARDS
"""What a member reads of what was done."""
HELPING: Final = frozenset({Act.UNLOCK, Act.RESET_LINK})
"""What lets somebody in who could not sign in."""
OF_MEMBERS: Final = frozenset(
    {
        *(Act.WARN, Act.UNWARN, Act.UNREMOVE),
        *(Act.FREEZE, Act.UNFREEZE, Act.KEEP, Act.ROLE),
        *HELPING,
    }
)
"""Acts that mean nothing to people of other servers."""
_SHUTS_OUT: Final = frozenset({Act.FREEZE, Act.SUSPEND})
"""Acts after which an owner acts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts: a steward, or the command line, which may do all that a node survives."""

    name: str
    actor_id: ActorId | None = None
    account_id: AccountId | None = None
    role: Role = "owner"


COMMAND_LINE: Final = Acting(name="command line")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneAct:
    """One line of the record. ``reason`` is plain text, as the person reads it; of what is between
    stewards, the note of one of them."""

    id: int
    target_id: ActorId
    act: Act
    detail: str
    reason: str
    by_actor: ActorId | None
    by_whom: str
    report_id: int | None
    reason_id: int | None
    """Which of the reasons to choose from; None: in the steward's words alone."""
    reason_language: str
    """In which the node said it; ``""``: a steward wrote all of it."""
    at: datetime
    said: str = ""
    """What was taken away, in words, where every steward could read it; kept for a time."""

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When posts were published that were taken away: by that the record names them."""
        if self.act is not Act.REMOVE or not self.detail:
            return ()
        return tuple(datetime.fromisoformat(f"{one}Z") for one in self.detail.split(", "))

    @property
    def others(self) -> tuple[int, ...]:
        """The reports that were settled with the one that it names."""
        if self.act is not Act.SETTLE or not self.detail:
            return ()
        return tuple(int(one) for one in self.detail.split(", "))


def as_read_by(done: DoneAct, reader: ActorId) -> DoneAct:
    """The line without the note, where it is about a steward who reads it: notes tell of others."""
    if done.target_id == reader and done.act in _BETWEEN_STEWARDS:
        return replace(done, reason="")
    return done


def check_may_act(by: Acting, target_id: ActorId, role: Role) -> None:
    """Refuse to act on oneself, and on who has the same role or a higher one.

    Owners act on owners, so that one who went astray does not stay; ``role`` is ``member`` for
    people of other servers.

    Raises:
        Unprocessable: oneself. Forbidden: the target's role.
    """
    if by.actor_id is None:
        return
    if by.actor_id == target_id:
        said = N_("Nobody does this to themselves: ask another steward")
        raise Unprocessable(f"{by.name} acts on themselves", public=said)
    if by.role != "owner" and RANKS.index(by.role) <= RANKS.index(role):
        said = N_("This needs somebody with a higher role")
        raise Forbidden(f"{by.name} ({by.role}) acts on {role} {target_id}", public=said)


def check_is_other(by: Acting, target_id: ActorId) -> None:
    """Refuse what a steward would do with a report about themselves, whatever their role.

    Of the only steward it waits, open, for a second one.

    Raises:
        Unprocessable: another steward has to.
    """
    if by.actor_id == target_id:
        said = N_("Nobody does this to themselves: ask another steward")
        raise Unprocessable(f"{by.name} acts on a report about themselves", public=said)


def check_may_give(by: Acting, role: Role) -> None:
    """Refuse to give a role as high as one's own, unless one owns the node.

    Raises:
        Forbidden: it is too high, or whoever asks is no administrator.
    """
    if not may_give(by.role, role):
        said = N_("This needs somebody with a higher role")
        raise Forbidden(f"{by.name} ({by.role}) gives {role}", public=said)


def check_owner_remains(owners: Set[AccountId], target: AccountId, act: Act, role: Role) -> None:
    """Refuse what would leave the node without an owner who can act.

    ``owners``: the accounts of those who can; ``role``: what the target has afterwards.

    Raises:
        Unprocessable: the target is the last of them.
    """
    if (act in _SHUTS_OUT or role != "owner") and owners == {target}:
        said = N_("This is the last owner who can act: make somebody else owner first")
        raise Unprocessable(f"{act} of the last owner", public=said)
