"""In which order the tests run where several workers share them: dear ones first.

``--dist worksteal`` cuts the list into one run of neighbours for each worker; who is done takes
from the end of another's. So each run begins with what lasts long and ends with what takes
no time, and nobody waits at the end for one long story that began last.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol, TypeVar

ROOT: Final = Path(__file__).parent
DEAR: Final = (
    "browser/test_every_page.py",
    "integration/test_first_weeks.py",
    "integration/test_every_door.py",
    "chaos",
    "browser",
    "integration/test_demo.py",
    "integration/test_dutch_pages.py",
    "integration/test_backups.py",
    "integration/test_erasures.py",
    "interop",
    "integration/test_serve.py",
    "integration/test_embedded.py",
    "integration/test_random_requests.py",
)
"""Files and folders with tests of many seconds, as they were measured; the longest first."""
CHEAP: Final = ("integration/test_sql.py", "arch", "unit")
"""Thousands of tests of milliseconds: they fill up what is left."""


class Item(Protocol):
    @property
    def path(self) -> Path: ...


AnyItem = TypeVar("AnyItem", bound=Item)


def deal(items: Sequence[AnyItem], hands: int) -> list[AnyItem]:
    """The same items, so that each of ``hands`` equal runs begins with dear ones."""
    ranks = {path: _rank(path) for path in {item.path for item in items}}
    ordered = sorted(items, key=lambda item: ranks[item.path])
    cheap = [item for item in ordered if ranks[item.path] > len(DEAR)]
    runs: list[list[AnyItem]] = [[] for _ in range(hands)]
    files = groupby(ordered[: len(ordered) - len(cheap)], lambda item: item.path)
    for turn, (_, tests) in enumerate(files):
        runs[turn % hands] += tests
    left = len(items)
    for place, run in enumerate(runs):
        share = left // (hands - place)  # as xdist counts them
        missing = max(0, share - len(run))
        run += cheap[:missing]
        del cheap[:missing]
        left -= len(run)
    return [item for run in runs for item in run] + cheap


def _rank(path: Path) -> int:
    """The place among the dear ones, then all others, then the cheap ones."""
    ranks: Mapping[str, int] = {name: place for place, name in enumerate(DEAR)} | dict.fromkeys(
        CHEAP, len(DEAR) + 1
    )
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    whole = [name, *name.parents]
    return next((ranks[str(part)] for part in whole if str(part) in ranks), len(DEAR))
