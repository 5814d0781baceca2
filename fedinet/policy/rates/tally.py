"""Deciding with rates: what was counted before, and what this one counts against. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from fedinet.policy.engine import decide
from fedinet.policy.model import Decision, Envelope, Facts, RatePer, Rule, RuleId, Verdict
from fedinet.policy.rates.model import Window, moved, subject_of, used, wait_s
from fedinet.policy.ruleset import Ruleset

Case: TypeAlias = tuple[Envelope, Facts]
Counted: TypeAlias = tuple[RuleId, str]
"""A rule with a rate, and whose activities are counted together under it."""


class Tally:
    """Counts in memory: of a batch, from what the table says, or of a replay, from nothing."""

    def __init__(self, windows: Mapping[Counted, Window] | None = None) -> None:
        self._windows = dict(windows or {})

    def decide(self, envelope: Envelope, facts: Facts, rules: Ruleset) -> Decision:
        """Decide, and count. Several in a row know of each other; ``envelope.now`` is the clock."""
        decision = decide(envelope, facts, rules)  # as if all were within their rates
        if not decision.counted:
            return decision
        rated = {rule_id: rules.rated[rule_id] for rule_id in decision.counted}
        full = self.filled(envelope, facts, rated)
        for rule in rated.values():
            self._count(rule, envelope)
        if all(rule.rate and full.used[rule.id] < rule.rate.count for rule in rated.values()):
            return decision
        return decide(envelope, full, rules)

    def _count(self, rule: Rule, envelope: Envelope) -> None:
        key = counted_as(rule, envelope)
        if rule.rate is not None:
            window = moved(self._windows.get(key), rule.rate, envelope.now)
            self._windows[key] = replace(window, current=window.current + 1)

    def filled(self, envelope: Envelope, facts: Facts, rated: Mapping[RuleId, Rule]) -> Facts:
        """Add to the facts how much of each rate is used up for this sender."""
        return replace(
            facts,
            used={
                rule.id: used(
                    self._windows.get(counted_as(rule, envelope)), rule.rate, envelope.now
                )
                for rule in rated.values()
                if rule.rate is not None
            },
        )

    def wait_s(self, decision: Decision, envelope: Envelope) -> int:
        """In how many seconds what a rate decided on may come again; 0 where none did."""
        rule = decision.decided_by
        if not isinstance(rule, Rule) or rule.rate is None:
            return 0
        return wait_s(self._windows.get(counted_as(rule, envelope)), rule.rate, envelope.now)


def counted_as(rule: Rule, envelope: Envelope) -> Counted:
    per = RatePer.DOMAIN if rule.rate is None else rule.rate.per
    return (rule.id, subject_of(envelope, per))


def counts_of(cases: Sequence[Case], rules: Ruleset) -> Mapping[Counted, int]:
    """How many of these each rate has to count, before anybody knows what is beyond it."""
    if not rules.rated:
        return {}
    return Counter(
        counted_as(rules.rated[rule_id], envelope)
        for envelope, facts in cases
        for rule_id in decide(envelope, facts, rules).counted
    )


def is_told(decision: Decision) -> bool:
    """Tell whether a rate decided so that the sender hears of it at the door."""
    rule = decision.decided_by
    return (
        isinstance(rule, Rule)
        and rule.rate is not None
        and decision.verdict in (Verdict.DEFER, Verdict.REJECT)
    )


def keys_of(cases: Iterable[Case], rules: Ruleset) -> Sequence[Counted]:
    """Everything that could be counted for these, in a fixed order."""
    return sorted(
        {counted_as(rule, envelope) for envelope, _ in cases for rule in rules.rated.values()}
    )
