"""The form of a rule about a server, and the rule it makes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import msgspec

from fedinet.federation.rules.follows_form import OF_FOLLOWS, choice_of, read_follows
from fedinet.federation.rules.rate_form import read_rate_fields
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.uris import domain, origin_of
from fedinet.net.domains import is_suffix
from fedinet.policy.document import RuleDocument, VerdictWord, read_rule, settle
from fedinet.policy.model import Effect, OnExpire

Values = Mapping[str, str]

FIELDS: Final = (
    "domain", "action", "exact", "until", "on_expire", "reason", "note", "draft", "obfuscate",
    "key", "seen", "follows", "review", "registrable",
    "rate", "rate_per",
)  # fmt: skip
EXTRAS: Final = (
    Effect.STRIP_MEDIA, Effect.REMOVE_LINKS, Effect.MARK_SENSITIVE, Effect.REQUIRE_APPROVAL,
    Effect.REJECT_REPORTS, Effect.NOTIFY_MODERATORS,
)  # fmt: skip
"""Effects that can be ticked beside what happens."""
_NO_SERVER: Final = N_("“%(name)s” names no server. Write it in full, for example loud.example.")
_TOO_WIDE: Final = N_(
    "“%(name)s” is no server: everybody whose name ends in it would be meant. Write the server in"
    " full, for example loud.example."
)
_BESIDES: Final = {*EXTRAS, *OF_FOLLOWS}


@dataclass(frozen=True, slots=True)
class Action:
    """One of the things that can happen, with the words that explain it."""

    name: str
    small: str
    verdict: VerdictWord | None = None
    effects: tuple[Effect, ...] = ()


ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "limit": Action(
            N_("Limit"),
            N_("Only their followers see and hear them. Nothing is cut."),
            effects=(Effect.LIMIT,),
        ),
        "media": Action(
            N_("Refuse pictures"),
            N_("Words come in, pictures, films and sound do not."),
            effects=(Effect.STRIP_MEDIA,),
        ),
        "hold": Action(
            N_("Look at it first"),
            N_("All that comes from there waits for a steward."),
            verdict="hold",
        ),
        "reject": Action(
            N_("Refuse"),
            N_("Nothing in, nothing out, and they are told so."),
            verdict="reject",
        ),
        "drop": Action(
            N_("Ignore"),
            N_("Nothing in, nothing out, and they are not told."),
            verdict="drop",
        ),
        "defer": Action(
            N_("Ask to come later"),
            N_("Only with a rate: what is more than that is taken in later."),
            verdict="defer",
        ),
        "accept": Action(
            N_("Welcome"),
            N_("Let in as usual, whatever the mode and lists say."),
            verdict="accept",
        ),
        "other": Action(N_("Only what is ticked below"), N_("Nothing else changes.")),
    }
)
COMMON: Final = ("limit", "media", "hold", "reject")
"""Actions that are shown at once; the others are folded."""
USUAL: Final[Values] = MappingProxyType({"on_expire": "remove", "rate_per": "domain"})
"""What fields hold in which nobody has chosen anything, where that is not empty."""
PERIODS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "": (0, N_("No end date")),
        "1": (1, N_("In a day")),
        "7": (7, N_("In a week")),
        "14": (14, N_("In two weeks")),
        "30": (30, N_("In 30 days")),
        "90": (90, N_("In three months")),
        "180": (180, N_("In six months")),
    }
)


def fits(document: RuleDocument) -> bool:
    """Tell whether the form can show all that a rule says. Others are changed in a file."""
    rule = read_rule(document)
    return (
        rule.when.is_about_servers_only and not document.scopes
        and _action_of(document) is not None
    )  # fmt: skip


def values_of(document: RuleDocument, version: int) -> Values:
    """Fill the form with a rule as it stands."""
    action = _action_of(document) or "other"
    values = {
        "key": document.key,
        "seen": str(version),
        "domain": ", ".join(document.domains),
        "action": action,
        "exact": "1" if document.exact else "",
        "registrable": "1" if document.registrable else "",
        "follows": choice_of(document.verdict, frozenset(document.effects)),
        "review": review_of(document),
        "until": moment_of(document),
        "on_expire": document.on_expire.value,
        "reason": document.reason,
        "note": document.note,
        "draft": "1" if document.draft else "",
        "obfuscate": "1" if document.obfuscate else "",
        "rate": document.rate or "",
        "rate_per": document.rate_per.value,
    }
    given = set(document.effects) - set(ACTIONS[action].effects)
    return values | {effect.value: "1" for effect in given}


def read_rule_form(values: Values, *, known: RuleDocument | None, now: datetime) -> RuleDocument:
    """Make the rule that a form describes; ``known`` is the one it changes.

    Raises:
        Invalid: with what to put right, field by field.
    """
    domains, problems = _read_servers(values["domain"], is_new=known is None)
    action = ACTIONS.get(values["action"])
    if action is None:
        problems.append(Problem("action", N_("Choose what happens.")))
    ends, is_known = _end(values["until"], now)
    if not is_known:
        problems.append(Problem("until", N_("Choose one of these.")))
    review, is_known = _end(values["review"], now)
    if not is_known:
        problems.append(Problem("review", N_("Choose one of these.")))
    follows, wrong = read_follows(values["follows"], None if action is None else action.verdict)
    problems += wrong
    if values["on_expire"] not in {one.value for one in OnExpire}:
        problems.append(Problem("on_expire", N_("Choose one of these.")))
    problems += [
        Problem(name, N_("At most %(most)d characters."), {"most": 2000})
        for name in ("reason", "note")
        if len(values[name]) > 2000
    ]
    rate, per, wrong = read_rate_fields(values, None if action is None else action.verdict)
    problems += wrong
    if problems or action is None:
        raise Invalid(*problems)
    base = RuleDocument(key=domains[0]) if known is None else own(known)
    effects = {
        *action.effects,
        *follows,
        *(effect for effect in EXTRAS if values.get(effect.value)),
    }
    try:
        return settle(
            msgspec.structs.replace(
                base,
                key=values["key"] or settle_key(domains[0]),
                domains=domains,
                verdict=action.verdict,
                effects=sorted(effects),
                exact=bool(values["exact"]),
                registrable=bool(values["registrable"]),
                review=review,
                expires=ends,
                on_expire=OnExpire(values["on_expire"]),
                reason=values["reason"].strip(),
                note=values["note"].strip(),
                draft=bool(values["draft"]),
                obfuscate=bool(values["obfuscate"]),
                rate=rate,
                rate_per=per,
            )
        )
    except FedinetError as error:
        field = "action" if not effects and action.verdict is None else "domain"
        raise Invalid(Problem.told_by(error, field)) from error


def _read_servers(typed: str, *, is_new: bool) -> tuple[list[str], list[Problem]]:
    """Names of servers between commas or blanks, and the first that can be none."""
    found: list[str] = []
    for part in typed.split(","):
        try:
            names = [_server_of(name) for name in part.split()]
        except Malformed:
            return found, [Problem("domain", _NO_SERVER, {"name": part.strip()[:100]})]
        # All of a top-level domain is meant by files alone, words by nobody.
        wide = next((name for name in names if is_suffix(_named(name))), None)
        if is_new and wide is not None:
            return found, [Problem("domain", _TOO_WIDE, {"name": _named(wide)})]
        found += names
    return found, [] if found else [Problem("domain", N_("Say which server."))]


def _server_of(typed: str) -> str:
    """A server as somebody types or pastes it: its name, somebody’s handle or a page there.

    Raises:
        Malformed: it can be neither.
    """
    if "://" in typed:
        return origin_of(typed).domain
    name = typed.removesuffix("/").rpartition("@")[2]
    _named(name)
    return name


def _named(server: str) -> Domain:
    return domain(server.removeprefix("*."))


def own(rule: RuleDocument) -> RuleDocument:
    """What a steward writes is the stewards' own, wherever it came from: no list changes it."""
    if rule.source == "manual":
        return rule
    return msgspec.structs.replace(rule, source="manual", tier=None, priority=0)


def settle_key(raw: str) -> str:
    """The key of a new rule: its server, as it is spelt."""
    return raw.lower().strip(".").removeprefix("*.")[:300]


def moment_of(document: RuleDocument) -> str:
    """When a rule ends, as the form's value: what was previewed is saved to the second."""
    return "" if document.expires is None else document.expires.isoformat()


def review_of(document: RuleDocument) -> str:
    """When stewards want to look at it again, as the form's value."""
    return "" if document.review is None else document.review.isoformat()


def _end(raw: str, now: datetime) -> tuple[datetime | None, bool]:
    """When it ends, and whether the value makes sense: a period, or the moment itself."""
    period = PERIODS.get(raw)
    if period is not None:
        days = period[0]
        return (now + timedelta(days=days)).replace(microsecond=0) if days else None, True
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None, False
    return moment, moment.tzinfo is not None


def _action_of(document: RuleDocument) -> str | None:
    """The choice that stands for a rule; None where the form has none."""
    effects = set(document.effects)
    if document.verdict is not None:
        return document.verdict if effects <= _BESIDES else None
    for name in ("limit", "media", "other"):
        action = ACTIONS[name]
        if effects >= set(action.effects) and effects - set(action.effects) <= _BESIDES:
            return name
    return None
