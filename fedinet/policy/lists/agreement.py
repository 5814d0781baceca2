"""Who agrees with whom: how much lists have of each other. Pure.

Lists copy from lists: three that name a server are not three judgements where
two of them are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from fedinet.policy.lists.formats import Entry

COPY: Final = 0.9
"""Lists that have this share of both together in common are hardly two judgements."""
_PART: Final = 0.95
"""A list of which this share stands in another, larger one may be a part of it."""
_SAME_WORDS: Final = 0.5
"""Comments of this share word for word alike: one was written off the other."""
_WORDY: Final = 20
"""Shorter comments ("spam") are the same by chance."""
_MANY: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two lists have in common. ``share``: of all servers that either names.

    ``inside``: the share of the smaller one that stands in the larger one too.
    ``same_words``: of what both name with a long comment, the share with the same words;
    0 where there are few such.
    """

    one: str
    other: str
    both: int
    share: float
    inside: float
    same_words: float

    @property
    def is_copy(self) -> bool:
        """Tell whether they are hardly two judgements."""
        return self.share >= COPY or (self.both > 0 and self.same_words >= _SAME_WORDS)

    @property
    def is_part(self) -> bool:
        return self.inside >= _PART and not self.is_copy


def overlaps(said: Mapping[str, Sequence[Entry]]) -> list[Overlap]:
    """Compare all lists with each other, those that have the most in common first."""
    by_name = {name: {one.domain: one for one in entries} for name, entries in said.items()}
    found: list[Overlap] = []
    for one, other in combinations(sorted(by_name), 2):
        mine, theirs = by_name[one], by_name[other]
        both = mine.keys() & theirs.keys()
        worded = [d for d in both if _is_wordy(mine[d]) and _is_wordy(theirs[d])]
        alike = sum(mine[d].public_comment == theirs[d].public_comment for d in worded)
        found.append(
            Overlap(
                one=one,
                other=other,
                both=len(both),
                share=_ratio(len(both), len(mine.keys() | theirs.keys())),
                inside=_ratio(len(both), min(len(mine), len(theirs))),
                same_words=_ratio(alike, len(worded)) if len(worded) >= _MANY else 0.0,
            )
        )
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))


def independent(names: Sequence[str], found: Sequence[Overlap]) -> int:
    """How many judgements so many lists are, when copies count as one."""
    groups = {name: name for name in names}
    for pair in found:
        if pair.is_copy and pair.one in groups and pair.other in groups:
            kept, gone = groups[pair.one], groups[pair.other]
            groups = {name: kept if group == gone else group for name, group in groups.items()}
    return len(set(groups.values()))


def _is_wordy(entry: Entry) -> bool:
    return len(entry.public_comment) >= _WORDY


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
