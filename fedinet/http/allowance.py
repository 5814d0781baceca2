"""How many requests an app may still make: Mastodon's limits, and the headers that tell of them.

What each request spends is counted in the process, each process its share
(TRAPS 29); what is rare and dear is counted exactly, in the table ``attempts``.

Source: https://docs.joinmastodon.org/api/rate-limits/; rack_attack.rb of Mastodon 4.5
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from time import time
from typing import Final

from aiohttp import web

from fedinet.http.auth import member, token_id
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import POOL, SETTINGS
from fedinet.http.limits import Limit, count_attempt
from fedinet.kernel.errors import TooManyRequests
from fedinet.settings import Settings

USUAL: Final = 300
"""Requests of one app, or one address without a token, in five minutes."""
UPLOADS: Final = Limit("uploads", 30, timedelta(minutes=30))
DELETES: Final = Limit("deletes", 30, timedelta(minutes=30))
REGISTRATIONS: Final = Limit("apps", 5, timedelta(minutes=10))

_WINDOW_S: Final = 300
_APPS_AT_ONCE: Final = 5
"""How many apps of one member may spend all that is theirs."""
_MOST_KNOWN: Final = 50_000
_EVERYBODY_ELSE: Final = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What the headers say. ``resets_at``: ISO 8601 with microseconds, as Mastodon writes it."""

    limit: int
    remaining: int
    resets_at: str


class Tally:
    """Requests by who makes them, in stretches of time that begin for everybody at once. Pure."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._stretch = 0
        self._spent: dict[Hashable, int] = {}
        self._resets_at = ""

    def spend(self, who: Hashable, now: float) -> Left:
        """Count one request. ``remaining`` is -1 for one too many.

        Whoever comes after very many others shares one count with all who do:
        it is no way to make the process remember without end.
        """
        stretch = int(now) // _WINDOW_S
        if stretch != self._stretch:
            self._stretch = stretch
            self._spent = {}
            self._resets_at = _written(self.ends_at)
        if len(self._spent) >= _MOST_KNOWN and who not in self._spent:
            who = _EVERYBODY_ELSE
        spent = min(self._spent.get(who, 0), self.limit) + 1
        self._spent[who] = spent
        return Left(self.limit, self.limit - spent, self._resets_at)

    @property
    def ends_at(self) -> int:
        """When counting begins anew, in seconds since 1970."""
        return (self._stretch + 1) * _WINDOW_S


class Allowances:
    """One per process: what has been spent here."""

    def __init__(self, settings: Settings) -> None:
        share = settings.api_requests / settings.web
        self.by_token = Tally(ceil(share))
        self.by_member = Tally(ceil(share * _APPS_AT_ONCE))
        self.by_address = Tally(ceil(share))


ALLOWANCES: Final = web.AppKey("allowances", Allowances)
_LEFT: Final = web.RequestKey("left", Left)


def spend(request: web.Request) -> None:
    """Count a request to the API, for its token and member, else for the address it comes from.

    An app alone counts for its address, too: anybody makes as many such tokens as they like.

    Raises:
        TooManyRequests: that was one too many.
    """
    allowances, now = request.app[ALLOWANCES], time()
    number, found = token_id(request), member(request)
    if number is None:
        _spend(request, allowances.by_address, limit_key(client_address(request)), now)
        return
    _spend(request, allowances.by_token, number, now)
    if found is not None:
        _spend(request, allowances.by_member, found.account_id, now)
    else:
        _spend(request, allowances.by_address, limit_key(client_address(request)), now)


async def spend_rare(request: web.Request, limit: Limit, who: str) -> None:
    """Count what few do often: exactly, across processes. The setting raises these limits too.

    Raises:
        TooManyRequests: that was one too many.
    """
    now = datetime.now(UTC)
    raised = replace(limit, count=ceil(limit.count * request.app[SETTINGS].api_requests / USUAL))
    resets_at = _written((raised.window_start(now) + raised.window).timestamp())
    try:
        remaining = await count_attempt(request.app[POOL], raised, who, now=now)
    except TooManyRequests:
        request[_LEFT] = Left(raised.count, 0, resets_at)
        raise
    _keep(request, Left(raised.count, remaining, resets_at))


def tell_what_is_left(request: web.Request, response: web.StreamResponse) -> None:
    """Say what is left of the limit that is nearest."""
    left = request.get(_LEFT)
    if left is not None:
        response.headers["X-RateLimit-Limit"] = str(left.limit)
        response.headers["X-RateLimit-Remaining"] = str(left.remaining)
        response.headers["X-RateLimit-Reset"] = left.resets_at


def _spend(request: web.Request, tally: Tally, who: Hashable, now: float) -> None:
    left = tally.spend(who, now)
    if left.remaining < 0:
        request[_LEFT] = replace(left, remaining=0)
        wait = int(tally.ends_at - now) + 1
        raise TooManyRequests(f"{tally.limit} requests of {who}", retry_after_s=wait)
    _keep(request, left)


def _keep(request: web.Request, left: Left) -> None:
    nearest = request.get(_LEFT)
    if nearest is None or left.remaining < nearest.remaining:
        request[_LEFT] = left


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
