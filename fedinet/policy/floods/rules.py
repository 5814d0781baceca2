"""The rules that stewards are offered against floods: the panic switch, and drafts by alert. Pure.

They are rules like any other, so that explaining, replaying, the audit and
undoing work on them unchanged.
"""

from datetime import datetime
from typing import Final

from fedinet.policy.document import RuleDocument
from fedinet.policy.floods.detectors import MANY_MENTIONS
from fedinet.policy.model import AlertKind, Relation

PANIC: Final = "panic"
"""The source of the switch's rules, and how their keys begin."""
STRANGERS: Final = "panic: strangers who write to members"
NEWCOMERS: Final = "panic: new accounts that follow or react"
PANIC_KEYS: Final = (STRANGERS, NEWCOMERS)
_NEW: Final = "3d"
"""An account is new for so long after we first saw it: what it says of its own age is not asked."""


def panic_rules(until: datetime) -> tuple[RuleDocument, ...]:
    """What the switch puts in force: strangers are looked at first, until then.

    Stewards' own rules that welcome somebody, and allies, come before it. What
    people take back, and whom members follow, wrote to or are followed by, it never touches.
    """
    return (
        RuleDocument(
            key=STRANGERS,
            verdict="hold",
            tier="first_contact",
            relations=[Relation.STRANGER],
            reaches_out=True,
            source=PANIC,
            expires=until,
        ),
        RuleDocument(
            key=NEWCOMERS,
            verdict="hold",
            tier="first_contact",
            relations=[Relation.STRANGER],
            actor_seen_younger_than=_NEW,
            activities=["Follow", "Like", "EmojiReact", "Announce", "QuoteRequest"],
            source=PANIC,
            expires=until,
        ),
    )


def detector(kind: AlertKind) -> str:
    """The source of rules that an alert gave the idea for."""
    return f"detector:{kind.value}"


def rule_against(kind: AlertKind, subject: str) -> RuleDocument:
    """The rule to think about when such an alert is open. It is a draft.

    ``subject``: the domain that the alert is about; empty where it is about everybody.
    """
    source = detector(kind)
    match kind:
        case AlertKind.MENTION_WAVE:
            return RuleDocument(
                key="new accounts that write to members, while there is a wave",
                verdict="hold",
                tier="first_contact",
                relations=[Relation.STRANGER],
                reaches_out=True,
                actor_seen_younger_than=_NEW,
                during=[kind],
                source=source,
                draft=True,
            )
        case AlertKind.FOLLOW_FLOOD:
            return RuleDocument(
                key=f"follow requests from {subject}",
                verdict="defer",
                domains=[subject],
                activities=["Follow"],
                relations=[Relation.STRANGER],
                rate="10/h",
                source=source,
                draft=True,
            )
        case AlertKind.NEW_SERVERS:
            return RuleDocument(
                key=f"new servers of {subject}",
                verdict="hold",
                domains=[subject],
                server_younger_than="7d",
                source=source,
                draft=True,
            )
        case AlertKind.HELLTHREAD:
            return RuleDocument(
                key="posts of strangers that mention very many",
                verdict="hold",
                relations=[Relation.STRANGER],
                mentions=MANY_MENTIONS,
                source=source,
                draft=True,
            )
