"""What a member fills in about mail, push and quiet hours. Pure."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from fedinet.digests.model import RUNG, Pace, Quiet, Rhythm, Rubric
from fedinet.http.forms import Form
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.zones import is_zone

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
_CHOOSE: Final = N_("Please choose one of these.")
_WRONG_TIME: Final = N_("Write a time of day, like 22:00; or leave both empty.")
_NO_TIME: Final = N_("Quiet hours begin at one time and end at another.")

PACE_WORDS: Final[Mapping[Pace, str]] = MappingProxyType(
    {
        Pace.AT_ONCE: N_("At once"),
        Pace.DAILY: N_("In one mail a day"),
        Pace.WEEKLY: N_("In one mail a week"),
        Pace.NEVER: N_("Never"),
    }
)
RING_WORDS: Final[Mapping[Pace, str]] = MappingProxyType(
    {Pace.AT_ONCE: N_("At once"), Pace.NEVER: N_("Never")}
)
RUBRIC_WORDS: Final[Mapping[Rubric, tuple[str, str]]] = MappingProxyType(
    {
        Rubric.WAITING: (
            N_("What waits for you"),
            N_(
                "What somebody writes to you alone, who asks to follow you, and whose hello you are"
                " asked to answer. To stewards also what is open on the desk."
            ),
        ),
        Rubric.MENTIONS: (
            N_("Mentions and answers"),
            N_("Where others read along: who mentions you, answers you or quotes you."),
        ),
        Rubric.NEWCOMERS: (N_("New members"), N_("Who has joined this community.")),
        Rubric.COMMUNITY: (N_("From the stewards"), N_("What they announce to all members.")),
    }
)
"""What each is called, and what it is."""

WEEKDAYS: Final = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday")),
    *(N_("Saturday"), N_("Sunday")),
)


def form_of(rhythm: Rhythm) -> Form:
    """The form as it is filled in now."""
    quiet = rhythm.quiet
    return Form(
        {
            "quiet_from": "" if quiet is None else _typed(quiet.begins),
            "quiet_until": "" if quiet is None else _typed(quiet.ends),
            "hour": str(rhythm.hour),
            "weekday": str(rhythm.weekday),
            **{f"mail_{rubric}": rhythm.mail[rubric].value for rubric in Rubric},
            **{
                f"push_{rubric}": (Pace.AT_ONCE if rubric in rhythm.push else Pace.NEVER).value
                for rubric in RUNG
            },
        }
    )


def read_form_of(field: Callable[[str], str]) -> tuple[Rhythm, Form]:
    """Read what was sent, field by field; its problems stand in the form. No zone is in it."""
    typed = {name: field(name)[:80] for name in form_of(Rhythm()).values}
    problems: list[Problem] = []
    rhythm = Rhythm(
        quiet=_quiet(typed["quiet_from"], typed["quiet_until"], problems),
        hour=_number(typed, "hour", range(24), problems),
        weekday=_number(typed, "weekday", range(1, 8), problems),
        mail={rubric: _pace(typed, f"mail_{rubric}", PACE_WORDS, problems) for rubric in Rubric},
        push=frozenset(
            rubric
            for rubric in RUNG
            if _pace(typed, f"push_{rubric}", RING_WORDS, problems) is Pace.AT_ONCE
        ),
    )
    return rhythm, Form(typed, tuple(problems))


def zone_problems(zone: str) -> list[Problem]:
    """A zone, or "": as the community."""
    return [] if not zone or is_zone(zone) else [Problem("time_zone", _CHOOSE)]


def _typed(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _quiet(begins: str, ends: str, problems: list[Problem]) -> Quiet | None:
    if not begins.strip() and not ends.strip():
        return None
    minutes: list[int] = []
    for field, typed in (("quiet_from", begins), ("quiet_until", ends)):
        if (found := _TIME.fullmatch(typed.strip())) is None:
            problems.append(Problem(field, _WRONG_TIME))
        else:
            minutes.append(int(found[1]) * 60 + int(found[2]))
    if len(minutes) != 2:
        return None
    if minutes[0] == minutes[1]:
        problems.append(Problem("quiet_until", _NO_TIME))
        return None
    return Quiet(*minutes)


def _number(typed: Mapping[str, str], field: str, allowed: range, problems: list[Problem]) -> int:
    for number in allowed:
        if typed[field] == str(number):
            return number
    problems.append(Problem(field, _CHOOSE))
    return allowed[0]


def _pace(
    typed: Mapping[str, str], field: str, allowed: Mapping[Pace, str], problems: list[Problem]
) -> Pace:
    for pace in allowed:
        if typed[field] == pace:
            return pace
    problems.append(Problem(field, _CHOOSE))
    return Pace.NEVER
