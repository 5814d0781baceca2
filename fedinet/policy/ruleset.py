"""All rules of one moment, ready to be asked. Pure.

Rules that look at domains alone (tens of thousands, of lists) are found by
look-up. Of the others only those are tried that could hold: each stands under
the values of its most telling part (a domain, a word, a tag …), and a few under
none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from fedinet.kernel.ids import Domain
from fedinet.policy.matching import Test, covers, first_words, parents, tests_of
from fedinet.policy.model import Envelope, Facts, Mode, Rule, RuleId, Scope, Verdict, When

Values: TypeAlias = Callable[[When], Iterable[str]]
Found: TypeAlias = Callable[[Envelope, Facts, Mapping[str, object]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A rule that has to be tried, with its tests made."""

    rule: Rule
    tests: tuple[Test, ...]

    def holds(self, envelope: Envelope, facts: Facts) -> bool:
        for test in self.tests:  # noqa: SIM110  # a generator here would cost as much as the tests
            if not test(envelope, facts):
                return False
        return True


_SOME: Final = ("some",)
_TRIGGERS: Final[Mapping[str, tuple[Values, Found]]] = MappingProxyType(
    {
        "actors": (lambda w: w.actors, lambda e, _f, _k: (e.actor,) if e.actor else ()),
        "domains": (lambda w: w.domains, lambda e, _f, _k: parents(e.domain)),
        "words": (lambda w: first_words(w.words), lambda e, _f, known: known.keys() & e.words),
        "tags": (
            lambda w: (tag.lower().removeprefix("#") for tag in w.tags),
            lambda e, _f, known: known.keys() & e.tags,
        ),
        "link_domains": (
            lambda w: w.link_domains,
            lambda e, _f, _k: {part for host in e.link_domains for part in parents(host)},
        ),
        "media_hashes": (lambda w: w.media_hashes, lambda e, _f, _k: e.media_hashes),
        "lists": (lambda w: w.lists, lambda _e, f, _k: f.lists),
        "software": (lambda w: map(str.lower, w.software), lambda _e, f, _k: (f.software,)),
        "languages": (
            lambda w: map(str.lower, w.languages),
            lambda e, _f, _k: (e.language.lower().partition("-")[0],),
        ),
        "media": (lambda _: _SOME, lambda e, _f, _k: _SOME if e.media else ()),
        "links": (lambda _: _SOME, lambda e, _f, _k: _SOME if e.links else ()),
        "mentions": (lambda _: _SOME, lambda e, _f, _k: _SOME if e.mentions else ()),
        "activities": (lambda w: w.activities, lambda e, _f, _k: (e.activity,)),
    }
)
"""Parts that a rule may be found by, the most telling first: its values, and a request's."""


@dataclass(slots=True)
class _Index:
    """The conditional rules of one scope."""

    by_value: dict[str, dict[str, list[Conditional]]] = field(
        default_factory=dict[str, dict[str, list[Conditional]]]
    )
    always: list[Conditional] = field(default_factory=list[Conditional])

    def add(self, one: Conditional) -> None:
        when = one.rule.when
        for part, (values, _) in _TRIGGERS.items():
            if getattr(when, part):
                known = self.by_value.setdefault(part, {})
                for value in dict.fromkeys(values(when)):
                    known.setdefault(value, []).append(one)
                return
        self.always.append(one)

    def candidates(self, envelope: Envelope, facts: Facts) -> Iterator[Conditional]:
        """Yield what could hold; one that has several values of a request, several times."""
        for part, known in self.by_value.items():
            for value in _TRIGGERS[part][1](envelope, facts, known):
                yield from known.get(value, ())
        yield from self.always


_NOTHING: Final = _Index()
_TOLD: Final = (Verdict.DEFER, Verdict.REJECT)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A snapshot of the rules. ``compile_rules`` makes it; ``version`` names it."""

    mode: Mode
    version: int
    rules: tuple[Rule, ...]
    _by_domain: Mapping[Domain, tuple[Rule, ...]]
    _conditional: Mapping[Scope, _Index]
    _scopes: frozenset[Scope]
    looks_at_senders: bool
    """Whether a rule asks for more than servers: then senders must be looked up."""
    looks_at_words: bool
    refuses_somebody: bool
    """Whether a rule, or the mode, refuses to serve some servers (TRAPS 25)."""
    rated: Mapping[RuleId, Rule] = field(default_factory=lambda: MappingProxyType({}))
    """The rules with a rate: what they are about must be counted."""
    turns_away: bool = False
    """Whether something beyond a rate is to be told so at the door."""

    def is_idle(self, scope: Scope) -> bool:
        """Tell whether nothing could be decided but "accept": then nobody has to look at facts."""
        return self.mode is Mode.OPEN and scope not in self._scopes

    def about(self, host: Domain, now: datetime) -> list[Rule]:
        """Find the rules in force that are looked up by their server and cover this one."""
        return [
            rule
            for domain in (parents(host) if self._by_domain else ())
            for rule in self._by_domain.get(domain, ())
            if (rule.expires_at is None or rule.expires_at > now)
            and (not rule.when.exact or covers(domain, host, exact=True))
        ]

    def holding(self, envelope: Envelope, facts: Facts) -> list[Rule]:
        """Find every rule in force that holds, in no order."""
        now, scope = envelope.now, envelope.scope
        about = self.about(envelope.domain, now)
        found = {rule.id: rule for rule in about if scope in rule.scopes}
        for one in self._conditional.get(scope, _NOTHING).candidates(envelope, facts):
            rule = one.rule
            if (rule.expires_at is None or rule.expires_at > now) and one.holds(envelope, facts):
                found[rule.id] = rule
        return list(found.values())


def about_servers_only(rules: Ruleset) -> Ruleset:
    """Leave out every rule that needs facts: for questions where nothing is proven yet."""
    return replace(rules, _conditional={})


def about_whole_servers(rules: Ruleset) -> Ruleset:
    """Leave out every rule that looks at more than the server: for questions about all of it."""
    kept = (rule for rule in rules.rules if rule.when == _only_servers(rule.when))
    return compile_rules(kept, mode=rules.mode, version=rules.version)


def _only_servers(when: When) -> When:
    return When(
        domains=when.domains, exact=when.exact, lists=when.lists, software=when.software,
        met=when.met, ally=when.ally, reaches_out=when.reaches_out, during=when.during,
        server_younger_than=when.server_younger_than,
        server_accounts_below=when.server_accounts_below, version_below=when.version_below,
    )  # fmt: skip


def _reads_words(when: When) -> bool:
    return bool(when.words or when.link_domains or when.links is not None)


def compile_rules(rules: Iterable[Rule], *, mode: Mode, version: int = 0) -> Ruleset:
    """Make a snapshot askable. 50,000 rules take well under a second."""
    kept = tuple(sorted(rules, key=lambda rule: rule.id))
    by_domain: dict[Domain, list[Rule]] = {}
    conditional: dict[Scope, _Index] = {}
    tried: list[Rule] = []
    for rule in kept:
        if rule.is_about_servers_only:
            for domain in rule.when.domains:
                by_domain.setdefault(domain, []).append(rule)
            continue
        tried.append(rule)
        one = Conditional(rule, tuple(test for _, test in tests_of(rule.when)))
        for scope in rule.scopes:
            conditional.setdefault(scope, _Index()).add(one)
    return Ruleset(
        mode=mode,
        version=version,
        rules=kept,
        _by_domain={domain: tuple(some) for domain, some in by_domain.items()},
        _conditional=conditional,
        _scopes=frozenset[Scope]().union(*(rule.scopes for rule in kept)),
        looks_at_senders=any(rule.when != _only_servers(rule.when) for rule in tried),
        refuses_somebody=mode in (Mode.ALLIES, Mode.CLOSED)
        or any(rule.verdict is Verdict.REJECT and Scope.SERVE in rule.scopes for rule in kept),
        looks_at_words=any(_reads_words(rule.when) for rule in tried),
        rated={rule.id: rule for rule in kept if rule.rate is not None},
        turns_away=any(rule.rate is not None and rule.verdict in _TOLD for rule in kept),
    )
