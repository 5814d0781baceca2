"""What lists and allies say, merged with what we have: which drafts and changes follow. Pure.

One server has at most one rule of all lists together: the list of the lowest
priority that names it speaks, and never more severely than so many lists agree
on. What stewards decided is never touched: their own rules silence lists, rules in
force are changed by a steward's word (``Proposal``) unless the list may, and what
they declined does not come back.

Allies use the same (``Speaker.source`` is ``ally:DOMAIN``), merged by themselves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument, TierWord
from fedinet.policy.lists.document import Farewell, ListDocument, Retracted
from fedinet.policy.lists.entries import Caps, does_the_same, softened_rule, with_parents
from fedinet.policy.lists.formats import Entry, Severity
from fedinet.policy.matching import parents

ORPHAN: Final = "orphan:"
"""Begins the source of rules that a list has left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A list, or an ally, with what it says. ``declined``: what stewards do not want of it.

    ``is_new``: it speaks for the first time, so that all it says becomes drafts.
    """

    source: str
    entries: Mapping[Domain, Entry]
    tier: TierWord = "subscription"
    priority: int = 100
    caps: Caps = field(default_factory=Caps)
    drafts: bool = True
    is_new: bool = True
    retracted: Retracted = Retracted.ASK
    adopt_orphans: bool = False
    excludes: frozenset[Domain] = frozenset()
    declined: frozenset[Domain] = frozenset()


class Silence(StrEnum):
    """Why a server that is listed gets no rule of a list."""

    OURS = "ours"
    """It is this node, or a domain above it."""
    EXCLUDED = "excluded"
    SPOKEN_FOR = "spoken_for"
    """A steward has a rule about it."""
    DECLINED = "declined"
    TOO_FEW = "too_few"
    NOTHING = "nothing"
    """It is only listed (``noop``), or the caps leave nothing."""
    ORPHANED = "orphaned"
    """A rule that a list left behind is about it, and no list adopts."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a list wants changed of a rule in force. ``after`` None: it is listed no more."""

    before: RuleDocument
    after: RuleDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What follows. ``put`` and ``remove`` may be done at once; ``proposals`` wait for a steward.

    ``softened``: limited because members follow somebody there. ``silent``: listed, and why
    nothing comes of it.
    """

    put: tuple[RuleDocument, ...] = ()
    remove: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    softened: frozenset[Domain] = frozenset()
    silent: Mapping[Domain, Silence] = field(default_factory=dict[Domain, Silence])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a merge is laid on.

    ``rules``: all that there are, drafts too. ``followed``: ``with_parents`` of the
    servers where members follow somebody. ``least``: how many speakers must name a
    server. ``ours``: this node's own domains.
    """

    rules: Collection[RuleDocument]
    followed: Collection[Domain]
    ours: Collection[Domain]
    now: datetime
    excludes: frozenset[Domain] = frozenset()
    least: int = 1


def speaker_of(
    document: ListDocument,
    entries: Mapping[Domain, Entry],
    *,
    is_new: bool,
    declined: Collection[Domain] = (),
) -> Speaker:
    return Speaker(
        source=document.source,
        entries=entries,
        priority=document.priority,
        caps=document.caps,
        drafts=document.drafts,
        is_new=is_new,
        retracted=document.retracted,
        adopt_orphans=document.adopt_orphans,
        excludes=frozenset(map(Domain, document.excludes)),
        declined=frozenset(declined),
    )


def merge(speakers: Sequence[Speaker], ground: Ground) -> Merge:
    """Say what follows from all that speakers say. Merging twice changes nothing more."""
    family = {one.source: one for one in speakers}
    held = _Held.of(ground.rules, family)
    out = _Out()
    us = with_parents(ground.ours)
    planned: set[Domain] = set()
    for domain, named in _by_domain(speakers).items():
        word = _word(domain, named, ground, held, us)
        if isinstance(word, Silence):
            out.silent[domain] = word
            continue
        planned.add(domain)
        if word.is_softened:
            out.softened.add(domain)
        before = held.of_lists.get(domain) or held.orphans.get(domain)
        if before is None:
            out.put.append(word.rule)
        elif before.draft:
            _redraft(out, before, word)
        else:
            _revise(out, before, word)
    for domain, before in held.of_lists.items():
        if domain not in planned:
            _withdraw(out, before, family[before.source])
    return Merge(
        put=tuple(out.put),
        remove=tuple(out.remove),
        proposals=tuple(out.proposals),
        softened=frozenset(out.softened),
        silent=out.silent,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """The rules that there are, by what they mean for a merge."""

    of_lists: Mapping[Domain, RuleDocument]
    orphans: Mapping[Domain, RuleDocument]
    stewards: frozenset[Domain]
    """Named in stewards' rules that are in force: these cover what is below."""
    drafted: frozenset[Domain]
    """Named in stewards' drafts: these speak for the very domain only."""

    @staticmethod
    def of(rules: Iterable[RuleDocument], family: Mapping[str, Speaker]) -> "_Held":
        of_lists: dict[Domain, RuleDocument] = {}
        orphans: dict[Domain, RuleDocument] = {}
        stewards: set[Domain] = set()
        drafted: set[Domain] = set()
        for rule in rules:
            names = map(Domain, rule.domains)
            if rule.source in family:
                of_lists |= dict.fromkeys(names, rule)
            elif rule.source.startswith(ORPHAN):
                orphans |= dict.fromkeys(names, rule)
            elif rule.tier in (None, "manual", "hard"):
                (drafted if rule.draft else stewards).update(names)
        return _Held(of_lists, orphans, frozenset(stewards), frozenset(drafted))

    def speaks_for(self, domain: Domain) -> bool:
        return domain in self.drafted or not self.stewards.isdisjoint(parents(domain))


@dataclass(frozen=True, slots=True)
class _Word:
    """What is to hold for one server. ``unsoftened``: the rule if nobody followed anybody there."""

    speaker: Speaker
    rule: RuleDocument
    unsoftened: RuleDocument | None
    is_softened: bool

    @property
    def may_change_what_holds(self) -> bool:
        return not (self.speaker.drafts or self.speaker.is_new)

    def is_done_by(self, rule: RuleDocument) -> bool:
        """Tell whether a rule does this: as it is, or as a steward wanted it, unsoftened."""
        return does_the_same(rule, self.rule) or (
            self.is_softened and does_the_same(rule, self.unsoftened)
        )


@dataclass(slots=True)
class _Out:
    put: list[RuleDocument] = field(default_factory=list[RuleDocument])
    remove: list[str] = field(default_factory=list[str])
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    softened: set[Domain] = field(default_factory=set[Domain])
    silent: dict[Domain, Silence] = field(default_factory=dict[Domain, Silence])

    def replace(self, before: RuleDocument, after: RuleDocument) -> None:
        """Put a rule in the place of another, whose key may differ."""
        if before != after:
            self.put.append(after)
        if before.key != after.key:
            self.remove.append(before.key)


def _by_domain(speakers: Sequence[Speaker]) -> dict[Domain, list[Speaker]]:
    """Who names which server, the first to speak first."""
    named: dict[Domain, list[Speaker]] = {}
    for speaker in sorted(speakers, key=lambda one: (one.priority, one.source)):
        for domain in speaker.entries:
            named.setdefault(domain, []).append(speaker)
    return named


def _word(
    domain: Domain, named: Sequence[Speaker], ground: Ground, held: _Held, us: frozenset[Domain]
) -> _Word | Silence:
    above = frozenset(parents(domain))
    if domain in us:
        return Silence.OURS
    if held.speaks_for(domain):
        return Silence.SPOKEN_FOR
    if not above.isdisjoint(ground.excludes):
        return Silence.EXCLUDED
    willing = [one for one in named if domain not in one.declined]
    voices = [one for one in willing if above.isdisjoint(one.excludes)]
    if not voices:
        return Silence.EXCLUDED if willing else Silence.DECLINED
    if domain in held.orphans:
        voices = sorted(voices, key=lambda one: not one.adopt_orphans)
        if not voices[0].adopt_orphans:
            return Silence.ORPHANED
    if len(voices) < ground.least:
        return Silence.TOO_FEW
    agreed = _agreed([one.caps.softened(one.entries[domain], is_followed=False) for one in voices],
                     ground.least)  # fmt: skip
    return _rule(voices[0], agreed, ground)


def _agreed(said: Sequence[Entry], least: int) -> Entry:
    """What the first says, and no more severely than ``least`` of them agree on."""
    first = said[0]
    supported = sorted((one.severity for one in said), reverse=True)[least - 1]
    media = sum(one.reject_media or one.severity is Severity.SUSPEND for one in said)
    reports = sum(one.reject_reports or one.severity is Severity.SUSPEND for one in said)
    return replace(
        first,
        severity=min(first.severity, supported),
        reject_media=first.reject_media and media >= least,
        reject_reports=first.reject_reports and reports >= least,
    )


def _rule(speaker: Speaker, entry: Entry, ground: Ground) -> _Word | Silence:
    def made(*, is_followed: bool) -> tuple[RuleDocument | None, bool]:
        return softened_rule(
            entry, speaker.caps, is_followed=is_followed, now=ground.now, source=speaker.source,
            note="", draft=speaker.drafts or speaker.is_new, tier=speaker.tier,
            priority=speaker.priority,
        )  # fmt: skip

    rule, is_softened = made(is_followed=entry.domain in ground.followed)
    if rule is None:
        return Silence.NOTHING
    unsoftened = made(is_followed=False)[0] if is_softened else rule
    return _Word(speaker, rule, unsoftened, is_softened)


def _redraft(out: _Out, before: RuleDocument, word: _Word) -> None:
    """A draft says what the list says now, and stays a draft; when to look again stays too."""
    after = msgspec.structs.replace(word.rule, draft=True)
    if after.review is not None and before.review is not None:
        after = msgspec.structs.replace(after, review=before.review)
    out.replace(before, after)


def _revise(out: _Out, before: RuleDocument, word: _Word) -> None:
    """A rule in force is kept where it does what is asked; else it is a steward's to change."""
    if word.is_done_by(before):
        kept = msgspec.structs.replace(
            before, key=word.rule.key, source=word.rule.source, priority=word.rule.priority
        )
        out.replace(before, kept)
        return
    after = msgspec.structs.replace(word.rule, draft=False)
    if word.may_change_what_holds:
        out.replace(before, after)
    else:
        out.proposals.append(Proposal(before, after))


def _withdraw(out: _Out, before: RuleDocument, speaker: Speaker) -> None:
    """What the list names no more: a draft goes, a rule in force as the list's setting says."""
    if before.draft or speaker.retracted is Retracted.REMOVE:
        out.remove.append(before.key)
    elif speaker.retracted is Retracted.DRAFT:
        out.put.append(orphaned(before, draft=True))
    else:
        out.proposals.append(Proposal(before, None))


def orphaned(rule: RuleDocument, *, draft: bool) -> RuleDocument:
    """The same rule, which no list keeps up to date any more."""
    name = rule.source.partition(":")[2]
    return msgspec.structs.replace(rule, source=f"{ORPHAN}{name}", draft=draft)


def left_behind(
    rules: Iterable[RuleDocument], farewell: Farewell
) -> tuple[list[RuleDocument], list[str]]:
    """What becomes of the rules of a list that goes: those to put, and keys to remove."""
    put: list[RuleDocument] = []
    remove: list[str] = []
    for rule in rules:
        match farewell:
            case Farewell.KEEP if not rule.draft:
                put.append(orphaned(rule, draft=False))
            case Farewell.DRAFT:
                put.append(orphaned(rule, draft=True))
            case Farewell.KEEP | Farewell.REMOVE:
                remove.append(rule.key)
    return put, remove
