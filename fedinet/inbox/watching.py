"""Stewards are told of what a rule wants them to see, whatever becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import tell_stewards
from fedinet.kernel.ids import Domain
from fedinet.policy.ask import Case
from fedinet.policy.model import Decision, Effect


@dataclass(frozen=True, slots=True)
class Watched:
    """A rule that has matched, and of which server. While it is open, the same again is counted."""

    rule: str
    domain: Domain
    actor: str

    @property
    def subject(self) -> str:
        return f"{self.domain} {self.rule}"


def watched(case: Case, decision: Decision) -> list[Watched]:
    """Say what stewards are told of a decision. Rules that were not heard tell nobody."""
    if Effect.NOTIFY_MODERATORS not in decision.effects:
        return []
    envelope = case.envelope
    return [
        Watched(rule.key, envelope.domain, envelope.actor or "")
        for rule in decision.matched
        if Effect.NOTIFY_MODERATORS in rule.effects
    ]


async def tell(tx: Tx, seen: Sequence[Watched]) -> None:
    """Put it on the stewards' desk, once for each rule and server. In one order, so that
    two workers do not wait for each other."""
    for one in sorted({one.subject: one for one in seen}.values(), key=lambda one: one.subject):
        await tell_stewards(
            tx,
            MatterKind.WATCHED,
            one.subject,
            name=f"{one.rule}, {one.domain}",
            href=f"/admin/policy/explain?address={quote(one.actor or one.domain, safe='')}",
        )
