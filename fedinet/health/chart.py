"""Figures over time as bars: the paths of a small drawing, and the same figures as rows. Pure.

A drawing is ``WIDTH`` by ``HEIGHT`` units wide and high, whatever its size on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 300
HEIGHT: Final = 60
_GAP: Final = 0.25
"""Of a bar's place."""


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of figure: its name, and a value for each day of the chart."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """``days`` are the days that the bars stand for, oldest first; ``bytes``: what is counted."""

    key: str
    title: str
    days: tuple[date, ...]
    series: tuple[Series, ...]
    bytes: bool = False

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(map(sum, zip(*(one.values for one in self.series), strict=True)))

    @property
    def most(self) -> int:
        return max(self.totals, default=0)

    @property
    def is_empty(self) -> bool:
        return self.most == 0

    @property
    def paths(self) -> tuple[str, ...]:
        """One path for each series, standing on those before it."""
        bases = [0] * len(self.days)
        found: list[str] = []
        for one in self.series:
            found.append(self._path(one.values, bases))
            bases = [base + value for base, value in zip(bases, one.values, strict=True)]
        return tuple(found)

    @property
    def first(self) -> date:
        return self.days[0]

    @property
    def last(self) -> date:
        return self.days[-1]

    @property
    def rows(self) -> list[tuple[date, tuple[int, ...]]]:
        """The same figures, newest first; days on which nothing was counted are left out."""
        by_day = zip(self.days, zip(*(one.values for one in self.series), strict=True), strict=True)
        return [(day, values) for day, values in by_day if any(values)][::-1]

    def _path(self, values: Sequence[int], bases: Sequence[int]) -> str:
        place, most = WIDTH / len(self.days), self.most or 1
        bars: list[str] = []
        for number, (value, base) in enumerate(zip(values, bases, strict=True)):
            if value > 0:
                high, low = HEIGHT * (base + value) / most, HEIGHT * base / most
                left, width = place * (number + _GAP / 2), place * (1 - _GAP)
                bars.append(
                    f"M{_short(left)} {_short(HEIGHT - low)}v{_short(low - high)}"
                    f"h{_short(width)}v{_short(high - low)}z"
                )
        return "".join(bars)


def chart(
    key: str,
    title: str,
    days: Sequence[date],
    names: Mapping[str, str],
    counts: Mapping[tuple[date, str], int],
    *,
    bytes: bool = False,
) -> Chart:
    """Put counts by (day, kind) in order; ``names`` says which kinds there are, the first below."""
    series = [
        Series(name, tuple(max(0, counts.get((day, kind), 0)) for day in days))
        for kind, name in names.items()
    ]
    kept = tuple(one for one in series if any(one.values)) or tuple(series[:1])
    return Chart(key=key, title=title, days=tuple(days), series=kept, bytes=bytes)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
