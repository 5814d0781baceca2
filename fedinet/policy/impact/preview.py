"""What a change of the rules would do, before it is made. Pure.

Each server that we know is decided on twice, by the rules of now and by those of
then; what differs is a ``Turn``. The numbers beside them come from ``impact.store``.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.engine import decide
from fedinet.policy.file.toml import Plan
from fedinet.policy.lists.document import ListChange, ListsDocument
from fedinet.policy.matching import parents
from fedinet.policy.model import EVERYWHERE, Effect, Envelope, Facts, Mode, Rule, Scope, Verdict
from fedinet.policy.ruleset import Ruleset, about_servers_only, compile_rules

_NEWEST: Final = 2**62
"""Ids of rules that are not stored yet: younger than all that are."""
_OF_FOLLOWS: Final = frozenset({Effect.FREEZE_FOLLOWS, Effect.SEVER_FOLLOWS})
_REFUSED: Final = (Verdict.DROP, Verdict.REJECT)


class Turn(StrEnum):
    """What becomes different for a server."""

    CUT = "cut"
    """Nothing comes in any more, or nothing goes out."""
    TOLD = "told"
    """Whoever there sends something is told that it is refused, and why."""
    OPENED = "opened"
    FROZEN = "frozen"
    """Follows both ways are put aside."""
    SEVERED = "severed"
    """Follows both ways end for good."""
    THAWED = "thawed"
    HELD = "held"
    """What is said to somebody here is looked at first."""
    UNHELD = "unheld"
    QUIETER = "quieter"
    """Limited, without media, and the like: nothing is lost."""
    LOUDER = "louder"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be tried out: rules to put and to take away, by key, and the mode."""

    put: tuple[RuleDocument, ...] = ()
    remove: tuple[str, ...] = ()
    mode: Mode | None = None
    lists: tuple[ListChange, ...] = ()
    """Subscriptions. They change nothing by themselves: what lists say arrives later."""
    together: ListsDocument | None = None

    @property
    def domains(self) -> frozenset[Domain]:
        return frozenset(Domain(name) for rule in self.put for name in rule.domains)

    def word(self, own: Domain) -> Domain:
        """What is typed where members lose by it: the one server that it is about, else our own."""
        named = self.domains
        is_about_one = len(named) == 1 and not self.remove and self.mode is None
        return next(iter(named)) if is_about_one else own

    @property
    def severs(self) -> tuple[Domain, ...]:
        """The servers with which a rule of it would end follows for good."""
        found = {
            Domain(name)
            for rule in self.put
            if Effect.SEVER_FOLLOWS in rule.effects and not rule.draft
            for name in rule.domains or (rule.key,)
        }
        return tuple(sorted(found))

    def looks_further(self, then: Ruleset) -> bool:
        """Tell whether a rule asks for more than who the server is: that cannot be counted."""
        keys = {rule.key for rule in self.put}
        return any(r.key in keys and not r.is_about_servers_only for r in then.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What there is between us and one server.

    ``follows_out``: by members of people there. ``conversations``: threads of the
    last 30 days in which both wrote; ``waiting``: those in which they wrote last.
    ``deliveries``: of the last 7 days.
    """

    follows_out: int = 0
    follows_in: int = 0
    groups: int = 0
    frozen: int = 0
    conversations: int = 0
    waiting: int = 0
    posts: int = 0
    posts_with_media: int = 0
    deliveries: int = 0
    held: int = 0

    @property
    def deliveries_a_day(self) -> int:
        return -(-self.deliveries // 7)

    @property
    def follows(self) -> int:
        return self.follows_out + self.follows_in

    def __add__(self, other: "Toll") -> "Toll":
        return Toll(**{name: getattr(self, name) + getattr(other, name) for name in COUNTED})


COUNTED: Final = tuple(one.name for one in fields(Toll))


@dataclass(frozen=True, slots=True)
class Touched:
    """One server that we know, and what would become different."""

    domain: Domain
    origin: str
    turns: frozenset[Turn]
    toll: Toll = field(default_factory=Toll)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberHit:
    """A member who follows, or is followed by, somebody at a server that is cut or frozen."""

    actor_id: int
    username: str
    name: str
    follows_out: int
    follows_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHit:
    """A group at a server that is cut or frozen, and how many members here are in it."""

    name: str
    handle: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What a change would do. ``servers``: those we know, the most follows first.

    ``members`` and ``groups``: some of them by name; ``member_count``: all.
    """

    servers: tuple[Touched, ...] = ()
    members: tuple[MemberHit, ...] = ()
    member_count: int = 0
    groups: tuple[GroupHit, ...] = ()
    looks_further: bool = False
    asks_to_sign: bool = False
    """Documents are for signed requests from then on: somebody is refused for the first time."""

    def having(self, *turns: Turn) -> Sequence[Touched]:
        return [one for one in self.servers if not one.turns.isdisjoint(turns)]

    def toll(self, *turns: Turn) -> Toll:
        """Add up servers with one of these turns; all servers where none is named."""
        named = self.having(*turns) if turns else self.servers
        return sum((one.toll for one in named), Toll())

    @property
    def lost(self) -> Toll:
        """What is cut, put aside or ended."""
        return self.toll(Turn.CUT, Turn.FROZEN, Turn.SEVERED)

    @property
    def losing(self) -> Sequence[str]:
        """Origins of the servers with which something ends, or is put aside."""
        return [one.origin for one in self.having(Turn.CUT, Turn.FROZEN, Turn.SEVERED)]

    @property
    def is_destructive(self) -> bool:
        """Tell whether members lose what they have with people elsewhere, at once or in time."""
        ended = self.toll(Turn.SEVERED)
        return bool(self.lost.follows or self.lost.conversations or ended.frozen)

    @property
    def with_follows(self) -> Sequence[Touched]:
        """Servers that members follow, or are followed from."""
        return [one for one in self.servers if one.toll.follows]


def of_plan(plan: Plan) -> Change:
    return Change(
        put=(*plan.added, *(after for _, after in plan.changed)),
        remove=tuple(rule.key for rule in plan.removed),
        mode=None if plan.mode is None else plan.mode[1],
        lists=plan.lists,
        together=plan.together,
    )


def in_force(documents: Iterable[RuleDocument]) -> tuple[RuleDocument, ...]:
    """Rules as they will be once they are no drafts any more: that is what a preview is asked."""
    return tuple(msgspec.structs.replace(rule, draft=False) for rule in documents)


def after(rules: Ruleset, change: Change) -> Ruleset:
    """The rules as they would be."""
    standing = {rule.key: rule for rule in rules.rules}
    for key in change.remove:
        standing.pop(key, None)
    for place, document in enumerate(change.put):
        known = standing.pop(document.key, None)
        if not document.draft:
            rule_id = _NEWEST + place if known is None else known.id
            standing[document.key] = read_rule(document, rule_id)
    return compile_rules(standing.values(), mode=change.mode or rules.mode, version=rules.version)


def concerned(rules: Ruleset, change: Change, known: Iterable[Domain]) -> list[Domain]:
    """Of the servers that we know, those for which a change could make a difference."""
    if change.mode not in (None, rules.mode):
        return list(known)
    named = change.domains | _domains_of(rules.rules, {*change.remove, *_keys(change)})
    return [domain for domain in known if not named.isdisjoint(parents(domain))]


def turns(
    rules: Ruleset,
    then: Ruleset,
    met: Mapping[Domain, bool],
    *,
    now: datetime,
    allies: Container[Domain] = (),
) -> dict[Domain, frozenset[Turn]]:
    """Say what becomes different for which servers; those for which nothing does are left out.

    ``then`` are the rules ``after`` the change. ``met`` are the servers in question,
    and whether somebody here has met them; ``allies`` are allied communities.
    """
    before, then = about_servers_only(rules), about_servers_only(then)
    old, new = _Outcomes(before, now), _Outcomes(then, now)
    found: dict[Domain, frozenset[Turn]] = {}
    for domain, is_met in met.items():
        facts = Facts(met=is_met, ally=domain in allies)
        differing = _differing(old.of(domain, facts), new.of(domain, facts))
        if differing:
            found[domain] = differing
    return found


@dataclass(frozen=True, slots=True)
class _Outcome:
    is_refused: bool
    is_told: bool
    is_held: bool
    effects: frozenset[Effect]


class _Outcomes:
    """What becomes of servers by one set of rules.

    Those that no rule names fare alike, and so do those that one rule each is about,
    where the rules say the same: a list of 10,000 is decided once.
    """

    def __init__(self, rules: Ruleset, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._splits = any(rule.scopes != EVERYWHERE for rule in rules.rules)
        self._known: dict[tuple[object, ...], _Outcome] = {}

    def of(self, domain: Domain, facts: Facts) -> _Outcome:
        about = self._rules.about(domain, self._now)
        if len(about) > 1:
            return self._decide(domain, facts)
        said = [(rule.tier, rule.verdict, rule.effects, rule.scopes) for rule in about]
        alike = (facts.met, facts.ally, *said)
        if alike not in self._known:
            self._known[alike] = self._decide(domain, facts)
        return self._known[alike]

    def _decide(self, domain: Domain, facts: Facts) -> _Outcome:
        rules = self._rules
        speaks = Envelope(
            scope=Scope.INBOUND, domain=domain, now=self._now, activity="Create", object="Note",
            audience="everyone", reaches_out=True,
        )  # fmt: skip
        inbound = decide(speaks, facts, rules)
        sends = Envelope(scope=Scope.OUTBOUND, domain=domain, now=self._now)
        outbound = decide(sends, facts, rules)
        effects = inbound.effects
        if self._splits:  # a rule about media alone is heard nowhere else
            media = decide(replace(sends, scope=Scope.MEDIA), facts, rules)
            if media.verdict is not Verdict.ACCEPT:
                effects |= {Effect.STRIP_MEDIA}
        return _Outcome(
            is_refused=inbound.verdict in _REFUSED or outbound.verdict is not Verdict.ACCEPT,
            is_told=inbound.verdict is Verdict.REJECT,
            is_held=inbound.verdict is Verdict.HOLD,
            effects=effects,
        )


def _differing(before: _Outcome, then: _Outcome) -> frozenset[Turn]:
    found: set[Turn] = set()
    if then.is_refused != before.is_refused:
        found.add(Turn.CUT if then.is_refused else Turn.OPENED)
    if then.is_told and not before.is_told:
        found.add(Turn.TOLD)
    if then.is_held != before.is_held:
        found.add(Turn.HELD if then.is_held else Turn.UNHELD)
    freezes = Effect.FREEZE_FOLLOWS in then.effects
    if freezes != (Effect.FREEZE_FOLLOWS in before.effects):
        found.add(Turn.FROZEN if freezes else Turn.THAWED)
    if Effect.SEVER_FOLLOWS in then.effects - before.effects:
        found.add(Turn.SEVERED)
    more, less = then.effects - before.effects, before.effects - then.effects
    if not then.is_refused and more - _OF_FOLLOWS:
        found.add(Turn.QUIETER)
    if not (before.is_refused or then.is_refused) and less - _OF_FOLLOWS:
        found.add(Turn.LOUDER)
    return frozenset(found)


def _keys(change: Change) -> Iterable[str]:
    return (rule.key for rule in change.put)


def _domains_of(rules: Iterable[Rule], keys: set[str]) -> frozenset[Domain]:
    return frozenset(name for rule in rules if rule.key in keys for name in rule.when.domains)
