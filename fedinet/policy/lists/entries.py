"""Entries of lists as rules, and rules as lists that others can import. Pure."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument, TierWord, read_rule
from fedinet.policy.lists.formats import Entry, Severity
from fedinet.policy.matching import parents
from fedinet.policy.model import Effect

HEADER: Final = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment",
                 "#obfuscate")  # fmt: skip
GRACE: Final = timedelta(days=14)
"""After so long a steward looks again at what was softened because members follow people there."""
MANUAL: Final = "manual"
_NO_CONDITIONS: Final = (
    "key", "verdict", "effects", "domains", "tier", "priority", "reason", "note", "source",
    "expires", "on_expire", "review", "draft", "obfuscate",
)  # fmt: skip
"""Parts of a rule that do not say what it is about, and its domains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How severe a list may be, and how severe where members follow somebody (FediBlockHole)."""

    most: Severity = Severity.SUSPEND
    most_followed: Severity = Severity.SILENCE

    def softened(self, entry: Entry, *, is_followed: bool) -> Entry:
        most = min(self.most, self.most_followed) if is_followed else self.most
        return entry if entry.severity <= most else replace(entry, severity=most)


@dataclass(frozen=True, slots=True)
class Difference:
    """A server about which a rule of ours and an entry of the list say different things."""

    ours: RuleDocument
    entry: Entry
    theirs: RuleDocument | None
    """The rule that the entry makes; None where it asks for nothing."""

    @property
    def domain(self) -> Domain:
        return self.entry.domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a list says that our rules do not."""

    new: tuple[RuleDocument, ...] = ()
    differing: tuple[Difference, ...] = ()
    agreeing: int = 0
    nothing: int = 0
    """Entries that ask for nothing (``noop``), about servers without a rule."""
    about_us: tuple[Domain, ...] = ()
    softened: tuple[Domain, ...] = ()
    """Of the new and differing: limited because members follow somebody there."""


def is_followed(domain: Domain, followed: Collection[Domain]) -> bool:
    """Tell whether a listed domain covers a server where members follow somebody.

    ``followed`` holds those servers and all domains above them (``with_parents``).
    """
    return domain in followed


def with_parents(domains: Iterable[Domain]) -> frozenset[Domain]:
    """Add every domain above: what a rule about one of these would touch."""
    return frozenset(above for one in domains for above in parents(one))


def rule_of(
    entry: Entry,
    *,
    source: str,
    note: str,
    draft: bool,
    tier: TierWord | None = None,
    priority: int = 0,
) -> RuleDocument | None:
    """Make a rule of a line; None where it asks for nothing.

    A suspended server is refused and its follows are frozen, not severed: that
    can be undone.
    """
    effects: set[Effect] = set()
    if entry.reject_media:
        effects.add(Effect.STRIP_MEDIA)
    if entry.reject_reports:
        effects.add(Effect.REJECT_REPORTS)
    if entry.severity is Severity.SILENCE:
        effects |= {Effect.LIMIT, Effect.REQUIRE_APPROVAL}
    if entry.severity is Severity.SUSPEND:
        effects.add(Effect.FREEZE_FOLLOWS)
    if not effects:
        return None
    return RuleDocument(
        key=entry.domain if source == MANUAL else f"{source}:{entry.domain}",
        verdict="reject" if entry.severity is Severity.SUSPEND else None,
        effects=sorted(effects),
        domains=[entry.domain],
        tier=None if source == MANUAL else tier or "subscription",
        priority=priority,
        reason=entry.public_comment,
        note=note,
        source=source,
        draft=draft,
        obfuscate=entry.obfuscate,
    )


def softened_rule(
    entry: Entry,
    caps: Caps,
    *,
    is_followed: bool,
    now: datetime,
    source: str,
    note: str,
    draft: bool,
    tier: TierWord | None = None,
    priority: int = 0,
) -> tuple[RuleDocument | None, bool]:
    """Make a rule of a line within the caps; and say whether follows made it milder.

    What follows made milder says so in its note, and when to look at it again.
    """
    plain = caps.softened(entry, is_followed=False)
    within = caps.softened(entry, is_followed=is_followed)
    rule = rule_of(within, source=source, note=note, draft=draft, tier=tier, priority=priority)
    if within == plain:
        return rule, False
    told = f"Asked for: {plain.severity.word}. Milder because members follow people there."
    if rule is not None:
        rule = msgspec.structs.replace(
            rule, note=f"{note} {told}".strip(), review=(now + GRACE).replace(microsecond=0)
        )
    return rule, True


def compare(
    entries: Iterable[Entry],
    known: Mapping[str, RuleDocument],
    *,
    caps: Caps,
    followed: Collection[Domain],
    ours: Collection[Domain],
    note: str,
    draft: bool,
    now: datetime,
) -> Comparison:
    """Lay a list beside the rules that there are, drafts too.

    ``ours``: this node's own domains. ``followed``: ``with_parents`` of those
    where members follow somebody.
    """
    by_domain = {name: rule for rule in known.values() for name in rule.domains}
    us = with_parents(ours)
    found = _Found()
    for entry in entries:
        if entry.domain in us:
            found.about_us.append(entry.domain)
            continue
        theirs, is_softer = softened_rule(
            entry, caps, is_followed=is_followed(entry.domain, followed), now=now,
            source=MANUAL, note=note, draft=draft,
        )  # fmt: skip
        present = by_domain.get(entry.domain) or known.get(entry.domain)
        if present is None and theirs is None:
            found.nothing += 1
        elif present is None and theirs is not None:
            found.new.append(theirs)
        elif present is not None and does_the_same(present, theirs):
            found.agreeing += 1
        elif present is not None:
            found.differing.append(Difference(present, entry, theirs))
        if is_softer and not (present is not None and does_the_same(present, theirs)):
            found.softened.append(entry.domain)
    return Comparison(
        new=tuple(found.new),
        differing=tuple(found.differing),
        agreeing=found.agreeing,
        nothing=found.nothing,
        about_us=tuple(found.about_us),
        softened=tuple(found.softened),
    )


@dataclass(slots=True)
class _Found:
    new: list[RuleDocument] = field(default_factory=list[RuleDocument])
    differing: list[Difference] = field(default_factory=list[Difference])
    about_us: list[Domain] = field(default_factory=list[Domain])
    softened: list[Domain] = field(default_factory=list[Domain])
    agreeing: int = 0
    nothing: int = 0


def does_the_same(ours: RuleDocument, theirs: RuleDocument | None) -> bool:
    """Tell whether a rule does what another would, whatever their reasons; None: nothing."""
    if theirs is None:
        return False
    return (
        ours.verdict == theirs.verdict
        and _told_apart(ours.effects) == _told_apart(theirs.effects)
        and _names_servers_only(ours)
    )


def _names_servers_only(rule: RuleDocument) -> bool:
    """Tell whether a rule asks for nothing but its domains, wherever; without reading it whole."""
    return rule == RuleDocument(**{name: getattr(rule, name) for name in _NO_CONDITIONS})


def _told_apart(effects: Iterable[Effect]) -> set[Effect]:
    """What ``limit`` holds is not named twice."""
    some = set(effects)
    inside = {Effect.UNLIST, Effect.NO_NOTIFICATION, Effect.REQUIRE_APPROVAL}
    return some - inside if Effect.LIMIT in some else some


def take_theirs(differences: Iterable[Difference]) -> tuple[list[RuleDocument], list[str]]:
    """Say which rules to put, and which keys to remove, so that the list's word holds.

    A rule that is about several servers goes on for the others.
    """
    put: dict[str, RuleDocument] = {}
    remove: list[str] = []
    for one in differences:
        ours = put.get(one.ours.key, one.ours)
        others = [name for name in ours.domains if name != one.domain]
        if others:
            put[ours.key] = msgspec.structs.replace(ours, domains=others)
            if one.theirs is not None:
                put[one.theirs.key] = msgspec.structs.replace(one.theirs, draft=ours.draft)
        elif one.theirs is None:
            put.pop(ours.key, None)
            remove.append(ours.key)
        else:
            put[ours.key] = msgspec.structs.replace(
                one.theirs, key=ours.key, draft=ours.draft, reason=one.theirs.reason or ours.reason
            )
    return list(put.values()), remove


def write_csv(rules: Iterable[RuleDocument]) -> str:
    """Write what Mastodon can import: the rules about servers alone, without stewards' notes."""
    return write_entries(_entries_of(rules))


def write_entries(entries: Iterable[Entry]) -> str:
    """Write entries as Mastodon's CSV, by domain."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    for entry in sorted(entries, key=lambda entry: entry.domain):
        rows.writerow(
            (
                entry.domain,
                entry.severity.word,
                str(entry.reject_media).lower(),
                str(entry.reject_reports).lower(),
                entry.public_comment,
                str(entry.obfuscate).lower(),
            )
        )
    return out.getvalue()


def write_gotosocial(rules: Iterable[RuleDocument]) -> str:
    """Write what GoToSocial can import as blocks: the servers that are refused, with reasons."""
    refused = sorted(_refused(rules), key=lambda entry: entry.domain)
    listed = [
        {"domain": e.domain, "public_comment": e.public_comment, "obfuscate": e.obfuscate}
        for e in refused
    ]
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


def write_plain(rules: Iterable[RuleDocument]) -> str:
    """Write the servers that are refused, one a line."""
    return "".join(f"{name}\n" for name in sorted(entry.domain for entry in _refused(rules)))


def _refused(rules: Iterable[RuleDocument]) -> Iterator[Entry]:
    return (entry for entry in _entries_of(rules) if entry.severity is Severity.SUSPEND)


def _entries_of(rules: Iterable[RuleDocument]) -> Iterator[Entry]:
    for rule in rules:
        severity = severity_of(rule)
        media = Effect.STRIP_MEDIA in rule.effects
        reports = Effect.REJECT_REPORTS in rule.effects
        if severity is None or (severity is Severity.NOOP and not (media or reports)):
            continue
        for name in rule.domains:
            yield Entry(
                domain=Domain(name),
                severity=severity,
                reject_media=media,
                reject_reports=reports,
                public_comment=rule.reason,
                obfuscate=rule.obfuscate,
            )


def severity_of(rule: RuleDocument) -> Severity | None:
    """How severe Mastodon would call it; None for what it cannot say."""
    about_servers = read_rule(rule).is_about_servers_only and not rule.exact
    if not about_servers or rule.scopes or rule.draft:
        return None
    match rule.verdict:
        case "reject" | "drop":
            return Severity.SUSPEND
        case "hold":
            return Severity.SILENCE
        case "accept" | "defer":
            return None
        case None:
            return Severity.SILENCE if Effect.LIMIT in rule.effects else Severity.NOOP
