"""Rules tried on what came in last week, or on a made wave: asked for, and shown.

A trial changes nothing, reads no words of members, and is bounded: the newest 20,000
things of a week, one trial at a time in a process.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from aiohttp import web

from fedinet.federation.arrivals import arrival
from fedinet.federation.words import BUILTINS
from fedinet.http.context import POLICY, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.inbox.trying import Traffic, measure, simulation_of, try_on_log, try_on_records
from fedinet.kernel.errors import Overloaded
from fedinet.kernel.problems import N_
from fedinet.policy.impact.preview import Change
from fedinet.policy.past.replay import read_replay, records
from fedinet.policy.past.simulation import Fate, Outcome

MOST: Final = 20_000
DAYS: Final = 7
WEEK: Final = "week"
REPLAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mention-wave": N_("A wave of spam by new accounts"),
        "follow-flood": N_("Thousands who ask to follow, within an hour"),
        "hellthread": N_("A thread in which everybody is mentioned"),
        "subdomain-bomb": N_("Ten thousand servers of one owner"),
    }
)
"""Those that come with the project, in plain words."""
FATES: Final[Mapping[Fate, str]] = MappingProxyType(
    {
        Fate.LET_IN: N_("let in"),
        Fate.QUIETER: N_("let in, more quietly"),
        Fate.HELD: N_("waiting for a steward"),
        Fate.LATER: N_("asked to come later"),
        Fate.IGNORED: N_("ignored"),
        Fate.REFUSED: N_("refused"),
    }
)
LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "wave": N_("What belongs to the wave"),
        "ordinary": N_("What came as on any day"),
        "strangers": N_("Strangers who mean well"),
        "taken back": N_("What was taken back"),
    }
)
_WHY: Final = {one.value: words for one, words in BUILTINS.items()}
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_PATIENCE_S: Final = 20
TRYING = web.AppKey("trying", asyncio.Semaphore)
"""Of the application: one trial at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial found. ``traffic`` None: it was on the made one that ``on`` names."""

    on: str
    outcome: Outcome
    traffic: Traffic | None = None
    is_cut_short: bool = False

    @property
    def fates(self) -> list[Fate]:
        """Those that occur, from the mildest to the strictest."""
        return [fate for fate in Fate if any(fate in cell for cell in self.outcome.cells)]

    @property
    def old_fates(self) -> list[Fate]:
        """Those that something met before."""
        return [fate for fate in Fate if any(old is fate for old, _ in self.outcome.cells)]


async def try_out(request: web.Request, change: Change | None, on: str) -> Trial:
    """Try a change on the last week, or on a replay that ``on`` names; without one, today’s rules.

    Raises:
        Overloaded: another steward’s trial goes on, and on.
    """
    rules = await request.app[POLICY].current.rules()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await request.app[TRYING].acquire()
    except TimeoutError as error:
        raise Overloaded("another trial goes on") from error
    try:
        if on in REPLAYS:
            simulation = simulation_of(rules, change, is_replay=True)
            await try_on_records(simulation, records(read_replay(on)))
            return Trial(on=on, outcome=simulation.outcome())
        pool, now, days = request.app[POOL], datetime.now(UTC), timedelta(days=DAYS)
        simulation = simulation_of(rules, change)
        traffic = await measure(pool, days=days, now=now, most=MOST)
        await try_on_log(pool, simulation, traffic)
    finally:
        request.app[TRYING].release()
    is_cut_short = traffic.since > now - days
    return Trial(on=WEEK, outcome=simulation.outcome(), traffic=traffic, is_cut_short=is_cut_short)


def show_trial(
    request: web.Request,
    trial: Trial | None,
    *,
    form: Form = EMPTY_FORM,
    modes: Mapping[str, str] = _NOTHING,
    sources: Mapping[str, tuple[str, int]] = _NOTHING,
    step: object = None,
    hidden: Mapping[str, str] = _NOTHING,
) -> web.Response:
    """The page: with what it can try by itself, or with the step whose preview asked."""
    return render(
        request,
        "federation/simulate.html",
        arrival=arrival,
        trial=trial,
        form=form,
        modes=modes,
        sources=sources,
        step=step,
        hidden=hidden,
        traffics={WEEK: N_("What came in during the last 7 days"), **REPLAYS},
        fate_words=FATES,
        label_words=LABELS,
        why=_WHY,
        days=DAYS,
        most=MOST,
    )


def changes_rules(change: Change) -> bool:
    """Tell whether trying it can make a difference."""
    return bool(change.put or change.remove or change.mode)
