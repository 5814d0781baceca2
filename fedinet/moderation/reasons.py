"""Reasons that stewards choose from, in each language, and what the person reads. Pure.

Some come with fedinet and are translated with it; what stewards wrote themselves goes before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from fedinet.kernel.problems import N_, Problem
from fedinet.moderation.model import Category

MAX_REASONS: Final = 30
MAX_NAME: Final = 80
MAX_TEXT: Final = 600
MAX_NAMED_RULES: Final = 5

Say: TypeAlias = Callable[[str], str]
"""Translates a text of ours into one language."""


class ReasonWords(msgspec.Struct, frozen=True):
    """A reason in one language: what stewards choose it by, and what the person reads."""

    name: str
    text: str


BUILT_IN: Final[Mapping[str, ReasonWords]] = MappingProxyType(
    {
        "advertising": ReasonWords(
            N_("Advertising"),
            N_("What you wrote is advertising, and nobody here asked for it. Please leave it out."),
        ),
        "unkind": ReasonWords(
            N_("Unkind words"),
            N_(
                "Your words hurt somebody. Say what you think of a matter as clearly as you like,"
                " and leave out what you think of the person."
            ),
        ),
        "rules": ReasonWords(
            N_("Against the house rules"), N_("This goes against the rules of this community.")
        ),
        "private": ReasonWords(
            N_("Private data of others"),
            N_(
                "You showed something private of somebody else: an address, a number, a picture"
                " or a message. Only they decide who sees it."
            ),
        ),
        "law": ReasonWords(
            N_("Against the law"),
            N_("As far as we can judge, what you put here is against the law. It cannot stay."),
        ),
        "pretending": ReasonWords(
            N_("Pretending to be somebody else"),
            N_("Your account looks as if it were somebody else’s. Please be here as yourself."),
        ),
        "unwanted": ReasonWords(
            N_("Writing to who does not want it"),
            N_("Somebody asked you to leave them alone, and you went on. Stop writing to them."),
        ),
        "note": ReasonWords(
            N_("Pictures or words without a note"),
            N_("What you showed can upset people. Put a note before it, so that they can choose."),
        ),
    }
)  # fmt: skip
"""What comes with fedinet, by key, in English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason. ``key`` None: the stewards' own. ``written``: by language, theirs."""

    id: int
    key: str | None
    category: Category | None
    written: Mapping[str, ReasonWords]
    is_retired: bool = False

    def read_in(self, language: str, say: Say, *, or_else: str = "en") -> ReasonWords:
        """The words for a reader: the stewards', ours, those in ``or_else``, any at all."""
        if language in self.written:
            return self.written[language]
        if self.key is not None:
            ours = BUILT_IN[self.key]
            return ReasonWords(say(ours.name), say(ours.text))
        return self.written.get(or_else) or next(iter(self.written.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Which reason a steward chose, and which house rules it is about."""

    reason_id: int | None = None
    rule_ids: tuple[int, ...] = ()


OWN_WORDS: Final = Because()
"""None of the reasons: what the steward writes is all."""


def in_use(reasons: Sequence[Reason]) -> list[Reason]:
    """Those that stewards are offered."""
    return [one for one in reasons if not one.is_retired]


def in_words(text: str, rules: Sequence[str], own: str) -> str:
    """What the person reads, in lines: the reason, the rules, the steward's own words."""
    lines = [text, *(f"“{rule}”" for rule in rules), own]
    return "\n".join(line for line in lines if line)


def check_words(written: Mapping[str, ReasonWords], *, key: str | None) -> list[Problem]:
    """Say what is wrong with a reason. Each language may be left out, ours all of them."""
    problems: list[Problem] = []
    for language, words in written.items():
        for field, typed, most in (
            ("name", words.name, MAX_NAME),
            ("text", words.text, MAX_TEXT),
        ):
            name = f"{field}_{language}"
            if not typed:
                problems.append(Problem(name, N_("Please fill this in.")))
            elif len(typed) > most:
                wrong = N_("This has more than %(most)d characters.")
                problems.append(Problem(name, wrong, {"most": most}))
    if not written and key is None:
        problems.append(Problem("name_en", N_("Please write it in one language at least.")))
    return problems
