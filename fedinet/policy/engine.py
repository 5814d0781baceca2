"""``decide``: the one function that says what another server may do here. Pure.

Order (facts/policy, docs/policy.md): tiers by number; within the stewards' own
rules the most specific first (an actor, a host, a domain above it from long to
short, software, a list, anything else); within one place the strictest verdict,
then the oldest rule. The first verdict ends the search among rules about *who*;
rules about *what is said* are heard in any case and may only make it stricter.
Effects of every rule on the way add up.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from fedinet.policy.matching import covers, spellings
from fedinet.policy.model import (
    Builtin,
    Decision,
    Effect,
    Envelope,
    Facts,
    Mode,
    Rule,
    Scope,
    Tier,
    Verdict,
)
from fedinet.policy.ruleset import Ruleset

Place: TypeAlias = tuple[int, int, int, int, int]
"""Where a rule is asked: tier, specificity or its list's priority, length, strictness, age."""

_NO_EFFECTS: Final = frozenset[Effect]()
_ACTOR, _EXACT, _DOMAIN, _SOFTWARE, _LIST, _OTHER = range(6)
_BUILTIN_VERDICTS: Final[Mapping[Builtin, Verdict]] = MappingProxyType(
    {
        Builtin.PERSONAL_BLOCK: Verdict.DROP,
        Builtin.SHRINKING: Verdict.ACCEPT,
        Builtin.ALLY: Verdict.ACCEPT,
        Builtin.FIRST_CONTACT: Verdict.HOLD,
        Builtin.MODE_OPEN: Verdict.ACCEPT,
        Builtin.MODE_CAUTIOUS: Verdict.ACCEPT,
        Builtin.MODE_ALLIES: Verdict.REJECT,
        Builtin.MODE_CLOSED: Verdict.REJECT,
    }
)


def decide(envelope: Envelope, facts: Facts, rules: Ruleset) -> Decision:
    """Say what is to happen. Total: it answers for every input, and raises nothing.

    What only takes back is applied whatever the rules say of its sender, else
    deleted words would live on (TRAPS 8).
    """
    if envelope.is_shrinking and envelope.scope is Scope.INBOUND:
        return Decision(verdict=Verdict.ACCEPT, decided_by=Builtin.SHRINKING)
    if rules.mode is Mode.CLOSED and envelope.scope is not Scope.SIGN_UP:
        return Decision(verdict=Verdict.REJECT, decided_by=Builtin.MODE_CLOSED)
    held = sorted(rules.holding(envelope, facts), key=lambda rule: _order(rule, envelope))
    counted = tuple(rule.id for rule in held if rule.rate is not None)
    matched = _heard([rule for rule in held if _is_beyond_rate(rule, facts)])
    deciding = _first_verdict(matched, envelope, facts, rules.mode)
    verdict = _verdict_of(deciding)
    for rule in matched:
        if rule.tier is Tier.CONTENT and rule.verdict is not None and rule.verdict > verdict:
            deciding, verdict = rule, rule.verdict
    return Decision(
        verdict=verdict,
        decided_by=deciding,
        effects=_effects(matched, deciding),
        matched=tuple(matched),
        counted=counted,
    )


def _order(rule: Rule, envelope: Envelope) -> Place:
    """Sort by tier, then by how specific (or which list), the strictest and oldest first."""
    strictness = -1 if rule.verdict is None else int(rule.verdict)
    if rule.tier is Tier.SUBSCRIPTION:
        return (rule.tier, rule.priority, 0, -strictness, rule.id)
    kind, labels = _specificity(rule, envelope)
    return (rule.tier, kind, -labels, -strictness, rule.id)


def _specificity(rule: Rule, envelope: Envelope) -> tuple[int, int]:
    when = rule.when
    if when.actors:
        return (_ACTOR, 0)
    if when.domains:
        hosts = spellings(envelope.domain)
        if any(host in when.domains for host in hosts):
            return (_EXACT, 0)
        longest = max((d.count(".") for d in when.domains if covers(d, envelope.domain)), default=0)
        return (_DOMAIN, longest)
    if when.software:
        return (_SOFTWARE, 0)
    return (_LIST, 0) if when.lists else (_OTHER, 0)


def _heard(rules: Sequence[Rule]) -> list[Rule]:
    """Leave lists out where a steward has written a rule about this very server or actor.

    Otherwise a subscription could sever what a steward decided only to limit.
    """
    spoken_for = any(
        rule.tier is Tier.MANUAL and (rule.when.domains or rule.when.actors) for rule in rules
    )
    return [rule for rule in rules if not (spoken_for and rule.tier is Tier.SUBSCRIPTION)]


def _is_beyond_rate(rule: Rule, facts: Facts) -> bool:
    return rule.rate is None or facts.used.get(rule.id, 0) >= rule.rate.count


def _first_verdict(
    matched: Sequence[Rule], envelope: Envelope, facts: Facts, mode: Mode
) -> Rule | Builtin:
    """Walk the tiers; built-ins stand where their tier is."""
    for rule in matched:
        if rule.verdict is None or rule.tier is Tier.CONTENT:
            continue
        if rule.tier > Tier.PERSONAL and facts.personal_block:
            return Builtin.PERSONAL_BLOCK
        if rule.tier > Tier.ALLY and _is_ally(envelope, facts):
            return Builtin.ALLY
        if rule.tier > Tier.FIRST_CONTACT and _is_first_contact(envelope, facts, mode):
            return Builtin.FIRST_CONTACT
        return rule
    if facts.personal_block:
        return Builtin.PERSONAL_BLOCK
    if _is_ally(envelope, facts):
        return Builtin.ALLY
    if _is_first_contact(envelope, facts, mode):
        return Builtin.FIRST_CONTACT
    return (
        Builtin(f"mode_{mode.value}") if envelope.scope is not Scope.SIGN_UP else Builtin.MODE_OPEN
    )


def _is_first_contact(envelope: Envelope, facts: Facts, mode: Mode) -> bool:
    """Tell whether a server that nobody here has met speaks to somebody unasked."""
    return (
        mode is Mode.CAUTIOUS
        and envelope.scope is Scope.INBOUND
        and envelope.reaches_out
        and not facts.met
    )


def _is_ally(envelope: Envelope, facts: Facts) -> bool:
    """Tell whether an allied community asks: its own rules aside, nothing after them is heard."""
    return facts.ally and envelope.scope is not Scope.SIGN_UP


def _verdict_of(deciding: Rule | Builtin) -> Verdict:
    if isinstance(deciding, Rule):
        return Verdict.ACCEPT if deciding.verdict is None else deciding.verdict
    return _BUILTIN_VERDICTS[deciding]


def _effects(matched: Sequence[Rule], deciding: Rule | Builtin) -> frozenset[Effect]:
    effects = _NO_EFFECTS
    for rule in adding(matched, deciding):
        effects |= rule.effects
    return effects


def adding(matched: Sequence[Rule], deciding: Rule | Builtin) -> list[Rule]:
    """Rules whose effects add up: those asked up to the deciding one, and on content."""
    with_effects = [rule for rule in matched if rule.effects]
    if deciding is Builtin.ALLY:
        last = Tier.ALLY
    elif isinstance(deciding, Builtin) or deciding.tier is Tier.CONTENT:
        return with_effects
    else:
        last = deciding.tier
    return [rule for rule in with_effects if rule.tier is Tier.CONTENT or rule.tier <= last]
