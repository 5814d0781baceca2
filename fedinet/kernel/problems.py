"""What is wrong with what a person typed: one sentence for one field. Pure.

Texts are English message keys; whoever shows them translates (``_()``).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fedinet.kernel.errors import FedinetError, Unprocessable

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """``text`` says how to mend it; ``values`` fill its ``%(name)s`` places."""

    field: str
    text: str
    values: Mapping[str, object] = dataclasses.field(default_factory=lambda: _NOTHING)

    @property
    def english(self) -> str:
        return self.text % self.values if self.values else self.text

    @staticmethod
    def told_by(error: FedinetError, field: str) -> "Problem":
        """What an error says to people, at the field that it is about."""
        return Problem(field, error.sentence or error.public, error.values)


class Invalid(Unprocessable):
    """Input refused with a sentence for each field. Shown on the form, nothing is lost."""

    def __init__(self, *problems: Problem) -> None:
        words = "; ".join(f"{problem.field}: {problem.english}" for problem in problems)
        super().__init__(words, public=f"Validation failed: {words}")
        self.problems = problems
        self.sentence, self.values = problems[0].text, problems[0].values


def problems_of(error: FedinetError, field: str) -> tuple[Problem, ...]:
    """What to put right by fields, where the error knows them, else all of it at ``field``."""
    return error.problems if isinstance(error, Invalid) else (Problem.told_by(error, field),)


def N_(text: str) -> str:  # the name that message extractors look for
    """Mark a text for translation where it is written, not shown."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # the same for what is counted
    """Mark a text that has a plural for translation where it is written, not shown."""
    return one, many
