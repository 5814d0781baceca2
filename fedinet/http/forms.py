"""A form on its way back to the person: what they typed, and what to put right. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fedinet.kernel.problems import Problem

_SECRET = frozenset({"password", "new_password", "current_password", "csrf", "token"})
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Form:
    """Values by field, as typed, and the problems. Passwords are never shown again."""

    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    problems: tuple[Problem, ...] = ()

    def value(self, name: str, default: str = "") -> str:
        return "" if name in _SECRET else self.values.get(name, default)

    def is_on(self, name: str, value: str = "1", *, default: bool = False) -> bool:
        """Tell whether a box is ticked or a choice taken."""
        if not self.values:
            return default
        return self.values.get(name) == value

    def problem(self, name: str) -> Problem | None:
        """What to put right in one field, or None."""
        return next((problem for problem in self.problems if problem.field == name), None)

    def with_problems(self, problems: Iterable[Problem]) -> "Form":
        return Form(self.values, (*self.problems, *problems))


EMPTY_FORM = Form()
