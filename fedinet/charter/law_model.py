"""Who answers for a community, and the versions of what it published. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from html import escape
from typing import Final

from fedinet.charter.model import Rule, RuleWords
from fedinet.kernel.problems import N_, Problem
from fedinet.mail.model import check_email

MAX_LINE: Final = 300
MAX_LINES: Final = 1000


class Paper(StrEnum):
    """What is published in versions."""

    IMPRINT = "imprint"
    PRIVACY = "privacy"
    TERMS = "terms"
    RULES = "rules"


AGREED: Final = (Paper.TERMS, Paper.RULES)
"""What whoever joins agrees to; of the others they are only told."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who answers, and what only people know of how the node is run. Plain text, for everybody."""

    controller: str = ""
    address: str = ""
    email: str = ""
    register_number: str = ""
    host: str = ""
    backups: str = ""
    authority: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be filled in and is not. Not everybody stands in a register."""
        names = (one.name for one in fields(self) if one.name != "register_number")
        return tuple(name for name in names if not getattr(self, name))

    @property
    def is_finished(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text as it was published once. ``html``: by language, "" for every other; clean."""

    paper: Paper
    number: int
    html: Mapping[str, str]
    in_force_on: date
    asks: bool
    published_at: datetime

    def read_in(self, language: str) -> str:
        return self.html.get(language, self.html[""])


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a member accepted a version."""

    paper: Paper
    number: int
    at: datetime


def check_imprint(imprint: Imprint) -> list[Problem]:
    """Say what is wrong with what was typed; what is missing may come later."""
    problems = check_email(imprint.email) if imprint.email else []
    for one in fields(imprint):
        most = MAX_LINES if one.name in ("address", "host", "backups") else MAX_LINE
        if len(getattr(imprint, one.name)) > most:
            problem = N_("This has more than %(most)d characters.")
            problems.append(Problem(one.name, problem, {"most": most}))
    return problems


def rules_html(rules: Iterable[Rule]) -> dict[str, str]:
    """The rules as lists, in the community's language and in each they were translated to."""
    listed = list(rules)
    languages = {""}.union(*(rule.translations for rule in listed))
    return {
        language: "<ol>" + "".join(_item(rule.read_in(language)) for rule in listed) + "</ol>"
        for language in sorted(languages)
    }


def _item(words: RuleWords) -> str:
    hint = f"<p>{escape(words.hint)}</p>" if words.hint else ""
    return f"<li><p><strong>{escape(words.text)}</strong></p>{hint}</li>"
