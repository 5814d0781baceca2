"""What a rule means for people of the server that it is about, in one sentence. Pure."""

from typing import Final

from fedinet.kernel.problems import N_
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import Effect

_CUT: Final = N_(
    "People there do not get what we write, and we do not get what they write."
    " What they delete is deleted here too."
)
_ASIDE: Final = N_(
    "People there do not get what we write, and we do not get what they write. Follows are kept"
    " for 30 days and come back if the rule is lifted before; what they delete is deleted here too."
)
_HELD: Final = N_("What people there write to us is looked at by a steward first.")
_WELCOME: Final = N_("Follow and write as you like.")
_QUIETER: Final = N_(
    "Follow and write as you like. Only people here who follow you see what you write."
)
_ASKED: Final = N_("You can follow people here once they say yes.")
_SOME: Final = N_("Follow and write as you like; a part of it does not come through.")


def meaning(document: RuleDocument) -> str:
    """A sentence for somebody there, to be translated."""
    match document.verdict:
        case "reject" | "drop":
            return _ASIDE if Effect.FREEZE_FOLLOWS in document.effects else _CUT
        case "hold":
            return _HELD
        case _:
            pass
    if Effect.FREEZE_FOLLOWS in document.effects:
        return _ASIDE
    if Effect.LIMIT in document.effects:
        return _QUIETER
    if Effect.REQUIRE_APPROVAL in document.effects:
        return _ASKED
    return _WELCOME if document.verdict == "accept" and not document.effects else _SOME
