"""Whoever shares the tests begins with dear ones and ends with cheap ones."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dealing import CHEAP, DEAR, ROOT, deal


@dataclass(frozen=True)
class Named:
    path: Path
    number: int = 0


def some(name: str, count: int) -> list[Named]:
    return [Named(ROOT / name, number) for number in range(count)]


ALL = [
    *some("arch/test_a.py", 20),
    *some("browser/test_every_page.py", 1),
    *some("browser/test_looks.py", 2),
    *some("integration/test_first_weeks.py", 1),
    *some("integration/test_roles.py", 7),
    *some("integration/test_zebra.py", 4),
    *some("unit/test_b.py", 30),
]


@pytest.mark.parametrize("name", [*DEAR, *CHEAP])
def test_what_is_named_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_each_run_begins_with_dear_tests_and_ends_with_cheap_ones() -> None:
    dealt = deal(ALL, 2)
    assert sorted(dealt, key=ALL.index) == ALL
    cut = len(ALL) // 2
    for run, first in ((dealt[:cut], "test_every_page"), (dealt[cut:], "test_first_weeks")):
        assert run[0].path.stem == first
        assert run[-1].path.parent.name in ("arch", "unit")


@pytest.mark.parametrize("hands", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 5, len(ALL)])
def test_none_is_lost_and_a_file_stays_together(hands: int, count: int) -> None:
    dealt = deal(ALL[:count], hands)
    assert sorted(dealt, key=ALL.index) == ALL[:count]
    roles = [place for place, item in enumerate(dealt) if item.path.stem == "test_roles"]
    assert roles == list(range(roles[0], roles[0] + 7)) if roles else True
