"""What other rules would have made of what came: recorded facts, decided again. Pure.

Records are taken in the order of their time, some at a time; nothing of them is
kept but counts and a few examples. What members did because something was let in
is taken as it was: a server that they met that way counts as met from then on.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.kernel.ids import Domain
from fedinet.policy.matching import words_of
from fedinet.policy.model import Decision, Effect, Relation, Verdict
from fedinet.policy.past import seen
from fedinet.policy.past.seen import Seen
from fedinet.policy.rates.tally import Tally
from fedinet.policy.ruleset import Ruleset

MOST_SHOWN: Final = 30
_MOST_OF_A_SERVER: Final = 3
TOP: Final = 20


class Fate(StrEnum):
    """What became of an activity, or would have; from the mildest to the strictest."""

    LET_IN = "let_in"
    QUIETER = "quieter"
    """Let in with effects: limited, without media, and the like."""
    HELD = "held"
    LATER = "later"
    IGNORED = "ignored"
    REFUSED = "refused"


_FATE_OF: Final = MappingProxyType(
    {
        Verdict.ACCEPT: Fate.LET_IN,
        Verdict.HOLD: Fate.HELD,
        Verdict.DEFER: Fate.LATER,
        Verdict.DROP: Fate.IGNORED,
        Verdict.REJECT: Fate.REFUSED,
    }
)
_ORDER: Final = {fate: place for place, fate in enumerate(Fate)}
_SPEAKS: Final = frozenset({"Create", "Update"})
_KNOWN_PEOPLE: Final = frozenset({Relation.FOLLOWED, Relation.MUTUAL})


def fate_of(verdict: Verdict, effects: Collection[Effect]) -> Fate:
    if verdict is Verdict.ACCEPT and effects:
        return Fate.QUIETER
    return _FATE_OF[verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One activity that came, or of a replay. ``text``: its words, where they may still be read.

    ``number``: in the log; 0 in a replay. ``label``: what a replay calls its kind.
    """

    seen: Seen
    number: int = 0
    activity_uri: str | None = None
    object_uri: str | None = None
    label: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One activity that would have fared otherwise. ``by``: the deciding rule or built-in then."""

    record: Record
    old: Fate
    new: Fate
    by: str
    is_followed: bool
    """A member follows whoever did it."""
    is_answered: bool = False
    """A member answered, thanked or shared what it is about."""

    @property
    def is_stricter(self) -> bool:
        return _ORDER[self.new] > _ORDER[self.old]


@dataclass(slots=True, kw_only=True)
class Turned:
    """Of one server: how many fare worse, and how many better."""

    stricter: int = 0
    milder: int = 0

    @property
    def total(self) -> int:
        return self.stricter + self.milder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a simulation found. ``cells``: how many went from one fate to another, unchanged too.

    ``followed``, ``answered``: of those that fare worse, how many are of people whom members
    follow, and about things that members answered, thanked or shared: perhaps wrong ones.
    ``wordless``: rules about words, subjects or links could not be asked about them.
    ``labels``: of a replay, by kind: how many met which fate by the new rules.
    """

    total: int
    first: datetime | None
    last: datetime | None
    cells: Mapping[tuple[Fate, Fate], int]
    servers: Sequence[tuple[Domain, Turned]]
    server_count: int
    examples: Sequence[Changed]
    followed: int
    answered: int
    wordless: int
    labels: Mapping[str, Mapping[Fate, int]]

    @property
    def changed(self) -> int:
        return sum(count for (old, new), count in self.cells.items() if old is not new)

    @property
    def stricter(self) -> int:
        return sum(n for (old, new), n in self.cells.items() if _ORDER[new] > _ORDER[old])


@dataclass(slots=True)
class Simulation:
    """Decides on records by two sets of rules. ``old`` None: what was decided then counts."""

    new: Ruleset
    old: Ruleset | None = None
    _new_tally: Tally = field(default_factory=Tally)
    _old_tally: Tally = field(default_factory=Tally)
    _total: int = 0
    _first: datetime | None = None
    _last: datetime | None = None
    _wordless: int = 0
    _followed: int = 0
    _answered: int = 0
    _cells: Counter[tuple[Fate, Fate]] = field(default_factory=Counter[tuple[Fate, Fate]])
    _labels: dict[str, Counter[Fate]] = field(default_factory=dict[str, Counter[Fate]])
    _servers: dict[Domain, Turned] = field(default_factory=dict[Domain, Turned])
    _telling: list[Changed] = field(default_factory=list[Changed])
    _usual: list[Changed] = field(default_factory=list[Changed])
    _shown: Counter[Domain] = field(default_factory=Counter[Domain])
    _asks_words: bool = False
    _asks_said: bool = False

    def __post_init__(self) -> None:
        rules = [*self.new.rules, *(() if self.old is None else self.old.rules)]
        self._asks_words = any(rule.when.words for rule in rules)
        self._asks_said = any(getattr(rule.when, part) for rule in rules for part in seen.SAID)

    @property
    def asks_words(self) -> bool:
        """Whether texts make a difference: then they are worth reading."""
        return self._asks_words

    def decide(self, records: Iterable[Record]) -> list[Changed]:
        """Decide on the next records. Returns those that would have fared otherwise."""
        return [changed for one in records if (changed := self._decide(one)) is not None]

    def show(self, changed: Iterable[Changed]) -> None:
        """Count what was changed by its server, and keep some of it as examples."""
        for one in changed:
            domain = one.record.seen.envelope.domain
            turned = self._servers.setdefault(domain, Turned())
            if not one.is_stricter:
                turned.milder += 1
            else:
                turned.stricter += 1
                self._followed += one.is_followed
                self._answered += one.is_answered
            self._keep(one, domain)

    def outcome(self) -> Outcome:
        most = sorted(self._servers.items(), key=lambda item: (-item[1].total, item[0]))
        return Outcome(
            total=self._total,
            first=self._first,
            last=self._last,
            cells=dict(self._cells),
            servers=most[:TOP],
            server_count=len(most),
            examples=[*self._telling, *self._usual][:MOST_SHOWN],
            followed=self._followed,
            answered=self._answered,
            wordless=self._wordless,
            labels={label: dict(fates) for label, fates in self._labels.items()},
        )

    def _decide(self, record: Record) -> Changed | None:
        now = record.seen.envelope.now
        self._total += 1
        self._first, self._last = self._first or now, now
        if record.text is not None:
            record = _with_words(record)
        elif self._is_wordless(record.seen):
            self._wordless += 1
        decision = _decided(record.seen, self.new, self._new_tally)
        new = fate_of(decision.verdict, decision.effects)
        if self.old is None:
            old = fate_of(record.seen.verdict, record.seen.effects)
        else:
            before = _decided(record.seen, self.old, self._old_tally)
            old = fate_of(before.verdict, before.effects)
        self._cells[old, new] += 1
        if record.label:
            self._labels.setdefault(record.label, Counter())[new] += 1
        if old is new:
            return None
        by = decision.decided_by
        return Changed(
            record=replace(record, text=None),
            old=old,
            new=new,
            by=getattr(by, "key", "") or str(by),
            is_followed=not _KNOWN_PEOPLE.isdisjoint(record.seen.facts.relations),
        )

    def _is_wordless(self, was: Seen) -> bool:
        """Tell whether a rule asks for what is not kept of this one."""
        if was.envelope.activity not in _SPEAKS:
            return False
        return self._asks_words or (self._asks_said and not was.parts[0].is_public)

    def _keep(self, one: Changed, domain: Domain) -> None:
        """Keep the telling ones first, and of the rest few of each server."""
        if one.is_stricter and (one.is_followed or one.is_answered):
            if len(self._telling) < MOST_SHOWN:
                self._telling.append(one)
        elif len(self._usual) < MOST_SHOWN and self._shown[domain] < _MOST_OF_A_SERVER:
            self._shown[domain] += 1
            self._usual.append(one)


def _decided(was: Seen, rules: Ruleset, tally: Tally) -> Decision:
    return seen.together([tally.decide(part.envelope, part.facts, rules) for part in was.parts])


def _with_words(record: Record) -> Record:
    text = record.text or ""
    first, *carried = record.seen.parts
    said = replace(first.envelope, text=text, words=frozenset(words_of(text)))
    parts = (replace(first, envelope=said), *carried)
    return replace(record, seen=replace(record.seen, parts=parts))
