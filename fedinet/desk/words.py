"""What pages say of each matter. Pure. ``%(name)s`` is what it is about."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.desk.model import Matter, MatterKind
from fedinet.kernel.problems import N_

_SENTENCES: Final[Mapping[MatterKind, str]] = MappingProxyType(
    {
        MatterKind.REPORT: N_("%(name)s was reported"),
        MatterKind.FLOOD: N_("Much is coming in at once: %(name)s"),
        MatterKind.APPEAL: N_("%(name)s asks you to look again"),
        MatterKind.LOOK: N_("%(name)s asks you to look again at what was decided about them"),
        MatterKind.REVIEW: N_("You wanted to look at the rule %(name)s again"),
        MatterKind.IMPRINT: N_("Your imprint is not filled in"),
        MatterKind.ENDING: N_("The rule %(name)s ends soon"),
        MatterKind.LIST_FAILING: N_("The list %(name)s cannot be read"),
        MatterKind.LIST_CHANGED: N_("The list %(name)s has something new"),
        MatterKind.ALLY: N_("%(name)s waits for an answer about being allies"),
        MatterKind.MAIL_FAILING: N_("Mail does not get out: %(name)s takes no messages"),
        MatterKind.BACKUP_LATE: N_("There has been no backup since %(name)s"),
        MatterKind.BACKUP_FAILED: N_("A backup could not be made: %(name)s"),
        MatterKind.DRILL_FAILED: N_("A backup could not be read back: %(name)s"),
        MatterKind.MAIL_UNPROVEN: N_("Mail by %(name)s was never proven to arrive"),
        MatterKind.JOIN_REQUEST: N_("%(name)s asks to join"),
        MatterKind.JOIN_FLOOD: N_("Very many ask to join at once: %(name)s"),
        MatterKind.NEWCOMER: N_("%(name)s is new here and says hello: please answer"),
        MatterKind.UNWELCOMED: N_(
            "%(name)s said hello more than two days ago, and nobody has answered"
        ),
        MatterKind.WATCHED: N_("A rule wants you to see this: %(name)s"),
    }
)

_MAIL_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_name": N_("Mail does not get out: there is no server of the name %(name)s"),
        "closed": N_("Mail does not get out: nothing takes mail at %(name)s"),
        "silent": N_("Mail does not get out: %(name)s does not answer in time"),
        "certificate": N_("Mail does not get out: the certificate of %(name)s is not believed"),
        "no_encryption": N_("Mail does not get out: %(name)s offers no such encryption"),
        "not_mail": N_("Mail does not get out: %(name)s is no mail server"),
        "sign_in": N_("Mail does not get out: %(name)s does not let us sign in"),
        "sender": N_("Mail does not get out: %(name)s does not let us send as this address"),
    }
)


def sentence_of(matter: Matter) -> str:
    """What pages say of a matter; ``matter.called`` goes into it."""
    general = _SENTENCES[matter.kind]
    if matter.kind is not MatterKind.MAIL_FAILING:
        return general
    return _MAIL_REASONS.get(matter.name.partition(" ")[0], general)
