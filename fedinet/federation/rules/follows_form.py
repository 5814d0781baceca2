"""What becomes of follows, as the form of a rule asks it. Pure.

A refused server's follows are put aside for 30 days before they end: to end them
at once has to be chosen, and is asked for once more.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_, Problem
from fedinet.policy.document import VerdictWord
from fedinet.policy.model import Effect

FOLLOWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": N_("As usual: put aside for 30 days where the server is refused or ignored"),
        "freeze": N_("Put aside; they come back when the rule is lifted within 30 days"),
        "keep": N_("Left as they are"),
        "sever": N_("Ended at once. They do not come back"),
    }
)
OF_FOLLOWS: Final = frozenset({Effect.FREEZE_FOLLOWS, Effect.SEVER_FOLLOWS})
_CUTS: Final = ("reject", "drop")


def choice_of(verdict: VerdictWord | None, effects: frozenset[Effect]) -> str:
    """The choice that stands for a rule."""
    if Effect.SEVER_FOLLOWS in effects:
        return "sever"
    if Effect.FREEZE_FOLLOWS in effects:
        return "" if verdict in _CUTS else "freeze"
    return "keep" if verdict in _CUTS else ""


def read_follows(
    raw: str, verdict: VerdictWord | None
) -> tuple[frozenset[Effect], tuple[Problem, ...]]:
    """The effects of a choice, and what to put right."""
    if raw not in FOLLOWS:
        return frozenset(), (Problem("follows", N_("Choose one of these.")),)
    if raw == "sever":
        return frozenset({Effect.SEVER_FOLLOWS}), ()
    is_frozen = raw == "freeze" or (not raw and verdict in _CUTS)
    return frozenset({Effect.FREEZE_FOLLOWS} if is_frozen else ()), ()
