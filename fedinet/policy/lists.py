"""Lists of servers as others write them: Mastodon's CSV, GoToSocial's JSON, plain lines. Pure.

Source: Mastodon ``app/models/form/import.rb`` and ``export_domain_blocks_controller.rb`` (4.x);
GoToSocial ``docs/admin/domain_permission_subscriptions.md``.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.model import Effect

HEADER: Final = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment",
                 "#obfuscate")  # fmt: skip
MAX_ENTRIES: Final = 60_000
MAX_COMMENT: Final = 2000
_SEVERITIES: Final = ("noop", "silence", "suspend")
_TRUE: Final = frozenset({"true", "t", "1", "yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One server of a list. ``severity``: ``noop``, ``silence`` or ``suspend``."""

    domain: Domain
    severity: str = "suspend"
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str = ""
    obfuscate: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that names no server: its number, and what stands there."""

    line: int
    text: str


def read_list(text: str) -> tuple[list[Entry], list[Unread]]:
    """Read a list in whichever of the three forms it is. A server named twice counts once.

    Lines that cannot be used (masked names, nonsense) are told apart and lost nothing else.

    Raises:
        Unprocessable: empty, too long, or no list at all.
    """
    text = text.removeprefix("\ufeff")
    begin = text.lstrip()[:1]
    raw = _of_json(text) if begin in "[{" and begin else _of_lines(text)
    entries: dict[Domain, Entry] = {}
    unread: list[Unread] = []
    for line, fields in raw:
        entry = _entry(fields)
        if entry is None:
            unread.append(Unread(line, fields.get("domain", "")[:200]))
        else:
            entries.setdefault(entry.domain, entry)
        if len(entries) + len(unread) > MAX_ENTRIES:
            raise Unprocessable(
                f"a list of more than {MAX_ENTRIES}",
                public=N_("A list may have %(most)d lines"),
                values={"most": MAX_ENTRIES},
            )
    if not entries:
        raise Unprocessable("no server in the list", public=N_("There is no server in this list"))
    return list(entries.values()), unread


def rule_of(entry: Entry, *, source: str, note: str, draft: bool) -> RuleDocument | None:
    """Make a rule of a line; None where it asks for nothing.

    A suspended server is refused and its follows are frozen, not severed: that
    can be undone.
    """
    effects: set[Effect] = set()
    if entry.reject_media:
        effects.add(Effect.STRIP_MEDIA)
    if entry.reject_reports:
        effects.add(Effect.REJECT_REPORTS)
    if entry.severity == "silence":
        effects |= {Effect.LIMIT, Effect.REQUIRE_APPROVAL}
    if entry.severity == "suspend":
        effects.add(Effect.FREEZE_FOLLOWS)
    if not effects:
        return None
    return RuleDocument(
        key=entry.domain if source == "manual" else f"{source}:{entry.domain}",
        verdict="reject" if entry.severity == "suspend" else None,
        effects=sorted(effects),
        domains=[entry.domain],
        tier=None if source == "manual" else "subscription",
        reason=entry.public_comment,
        note=note,
        source=source,
        draft=draft,
        obfuscate=entry.obfuscate,
    )


def new_rules(
    entries: Iterable[Entry], known: Mapping[str, RuleDocument], *, note: str, draft: bool
) -> list[RuleDocument]:
    """Make rules of those servers that no rule is about yet: what stewards decided stays."""
    named = {name for document in known.values() for name in document.domains}
    made = [rule_of(entry, source="manual", note=note, draft=draft) for entry in entries]
    return [
        rule
        for rule in made
        if rule is not None and rule.key not in known and named.isdisjoint(rule.domains)
    ]


def write_csv(rules: Iterable[RuleDocument]) -> str:
    """Write what Mastodon can import: the rules about servers alone, without stewards' notes."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    for entry in sorted(_entries_of(rules), key=lambda entry: entry.domain):
        rows.writerow(
            (
                entry.domain,
                entry.severity,
                str(entry.reject_media).lower(),
                str(entry.reject_reports).lower(),
                entry.public_comment,
                str(entry.obfuscate).lower(),
            )
        )
    return out.getvalue()


def _entries_of(rules: Iterable[RuleDocument]) -> Iterator[Entry]:
    for rule in rules:
        severity = _severity(rule)
        media = Effect.STRIP_MEDIA in rule.effects
        reports = Effect.REJECT_REPORTS in rule.effects
        if severity is None or (severity == "noop" and not (media or reports)):
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


def _severity(rule: RuleDocument) -> str | None:
    """How severe Mastodon would call it; None for what it cannot say."""
    about_servers = read_rule(rule).when.is_about_servers_only and not rule.exact
    if not about_servers or rule.scopes or rule.draft:
        return None
    match rule.verdict:
        case "reject" | "drop":
            return "suspend"
        case "hold":
            return "silence"
        case "accept":
            return None
        case None:
            return "silence" if Effect.LIMIT in rule.effects else "noop"


def _entry(fields: Mapping[str, str]) -> Entry | None:
    name = fields.get("domain", "").strip().removeprefix("*.")
    severity = fields.get("severity", "").strip().lower() or "suspend"
    if not name or "*" in name or severity not in _SEVERITIES:
        return None
    try:
        host = domain(name)
    except Malformed:
        return None
    if "." not in host and ":" not in host:
        return None  # a whole top-level domain is never meant
    return Entry(
        domain=host,
        severity=severity,
        reject_media=fields.get("reject_media", "").strip().lower() in _TRUE,
        reject_reports=fields.get("reject_reports", "").strip().lower() in _TRUE,
        public_comment=fields.get("public_comment", "").strip()[:MAX_COMMENT],
        obfuscate=fields.get("obfuscate", "").strip().lower() in _TRUE,
    )


def _of_lines(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """CSV where the first line names its columns, else one server a line."""
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    names = [name.strip().lower().lstrip("#") for name in head.split(",")]
    if "domain" in names:
        yield from _of_csv(text, names)
        return
    for number, line in enumerate(lines, start=1):
        bare = line.partition("#")[0].strip()
        if bare:
            yield number, {"domain": bare.partition(",")[0]}


def _of_csv(text: str, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    rows = csv.reader(io.StringIO(text))
    try:
        for number, row in enumerate(rows):
            if number and any(cell.strip() for cell in row):
                yield rows.line_num, dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise Unprocessable(
            f"not CSV: {error}",
            public=N_("Line %(line)d is not CSV"),
            values={"line": rows.line_num},
        ) from error


def _of_json(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        loaded: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unprocessable(f"not JSON: {error}", public=N_("This is not JSON")) from error
    members = cast(list[object], loaded) if isinstance(loaded, list) else [loaded]
    for number, member in enumerate(members, start=1):
        if isinstance(member, str):
            yield number, {"domain": member}
        elif isinstance(member, dict):
            fields = cast(Mapping[str, object], member)
            comment = fields.get("public_comment") or fields.get("comment")
            named = {key: str(value) for key, value in fields.items() if value is not None}
            yield number, {**named, "public_comment": "" if comment is None else str(comment)}
        else:
            yield number, {"domain": str(member)}
