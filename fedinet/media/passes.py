"""Passes: what apps, which load pictures without their token, show instead. Pure but for a key.

A pass belongs to one address, and is written only where the post it belongs to
was read through the gate. It lasts for the rest of the week and the next.
"""

import hmac
import re
from collections.abc import Callable
from time import time
from typing import Final

from aiohttp import web

_WEEK_S: Final = 7 * 24 * 3600
_PASS: Final = re.compile(r"([0-9]{1,6})\.([0-9a-f]{32})")


class Passes:
    """One per process. ``tag`` marks a text with the node's own key."""

    def __init__(self, tag: Callable[[str], str], *, clock: Callable[[], float] = time) -> None:
        self._tag = tag
        self._clock = clock

    def week(self) -> int:
        """Which one it is: passes differ by it."""
        return int(self._clock()) // _WEEK_S

    def written(self, path: str) -> str:
        """What is put behind an address, and behind that of the smaller picture."""
        week = self.week()
        return f"?pass={week}.{self._mac(path, week)}"

    def opens(self, path: str, given: str) -> bool:
        """Tell whether a pass is for this address, of this week or the last."""
        match = _PASS.fullmatch(given)
        if match is None or not 0 <= self.week() - int(match[1]) <= 1:
            return False
        return hmac.compare_digest(self._mac(path, int(match[1])), match[2])

    def _mac(self, path: str, week: int) -> str:
        return self._tag(f"media {week} {path.removesuffix('/small')}")


PASSES: web.AppKey[Passes] = web.AppKey("media_passes", Passes)


def has_pass(request: web.Request) -> bool:
    """Tell whether the address was given to the asker, or to who gave it to them."""
    return request.app[PASSES].opens(request.path, request.query.get("pass", ""))
