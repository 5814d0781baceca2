"""House rules and texts of a community, and what may stand in them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_, Problem
from fedinet.markup.foreign import MAX_SOURCE, html_of

MAX_RULES: Final = 30
MAX_RULE: Final = 300
MAX_HINT: Final = 1000
MAX_TEXT: Final = MAX_SOURCE
_NONE: Final[Mapping[str, "RuleWords"]] = MappingProxyType({})


class Kind(StrEnum):
    """Which text. ``DESCRIPTION`` is what stands on ``/about`` beside the one line."""

    DESCRIPTION = "description"
    PRIVACY = "privacy"
    TERMS = "terms"


class RuleWords(msgspec.Struct, frozen=True):
    """A rule in one language: the rule, and what may have to be said of it. Plain text."""

    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One house rule; ``words`` are in the community's language."""

    id: int
    words: RuleWords
    translations: Mapping[str, RuleWords] = field(default_factory=lambda: _NONE)

    def read_in(self, language: str) -> RuleWords:
        """The words for a reader, whole: a hint of another language never stands below."""
        return self.translations.get(language, self.words)


class TextWords(msgspec.Struct, frozen=True):
    """A text in another language than the community's. ``html`` is clean."""

    source: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as it was from a day on. ``html`` is clean."""

    kind: Kind
    effective_on: date
    source: str
    html: str
    written_at: datetime
    succeeded_on: date | None = None
    """The day from which another one holds."""
    translations: Mapping[str, TextWords] = field(default_factory=dict[str, TextWords])

    def read_in(self, language: str) -> str:
        """The HTML for a reader: in their language, or else in the community's."""
        found = self.translations.get(language)
        return self.html if found is None else found.html


@dataclass(frozen=True, slots=True)
class Steward:
    """A member with a role, who can be named as the one to write to."""

    account_id: AccountId
    actor_id: ActorId
    username: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to about the community. Everybody can read it; both may be missing."""

    email: str = ""
    steward: Steward | None = None


def render(source: str) -> str:
    """Markdown of a steward as HTML: headings, lists, links; no pictures, no raw HTML."""
    return html_of(source, "markdown")


def check_rule(words: RuleWords, *, language: str = "") -> list[Problem]:
    """Say what is wrong with a rule. ``language``: of a translation, which may be left out."""
    end = f"_{language}" if language else ""
    problems: list[Problem] = []
    if not words.text and (words.hint or not language):
        problems.append(Problem(f"text{end}", N_("Please fill this in.")))
    for name, typed, most in (("text", words.text, MAX_RULE), ("hint", words.hint, MAX_HINT)):
        if len(typed) > most:
            problem = N_("This has more than %(most)d characters.")
            problems.append(Problem(f"{name}{end}", problem, {"most": most}))
    return problems


def moved(order: list[int], rule_id: int, *, up: bool) -> list[int]:
    """The order after one rule went a place up or down; at the end it stays."""
    if rule_id not in order:
        return order
    here = order.index(rule_id)
    there = max(here - 1, 0) if up else min(here + 1, len(order) - 1)
    order = [*order]
    order[here], order[there] = order[there], order[here]
    return order
