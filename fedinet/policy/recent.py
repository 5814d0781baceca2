"""What was looked up a moment ago, for as long as that is good enough. Pure but for the clock."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most ``kept`` values by key, the latest ones, each for ``fresh_s`` seconds."""

    def __init__(
        self, *, kept: int, fresh_s: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._kept = kept
        self._fresh_s = fresh_s
        self._clock = clock
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def find(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Give those that are known and fresh."""
        oldest = self._clock() - self._fresh_s
        found = ((key, self._values.get(key)) for key in keys)
        return {key: one[1] for key, one in found if one is not None and one[0] > oldest}

    def put(self, values: Mapping[Key, Value]) -> None:
        now = self._clock()
        for key, value in values.items():
            self._values[key] = (now, value)
            self._values.move_to_end(key)
        while len(self._values) > self._kept:
            self._values.popitem(last=False)
