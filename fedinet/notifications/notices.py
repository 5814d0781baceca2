"""What the page says where nobody in person did something: matters, answers, follows put aside,
posts that could not be published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.appeals.context import place_of
from fedinet.appeals.store import find_appeals
from fedinet.db.query import Conn
from fedinet.desk.store import find_matters
from fedinet.desk.words import sentence_of
from fedinet.follows.cuts_store import CutWord, find_cuts
from fedinet.kernel.problems import N_
from fedinet.moderation.acts_store import find_acts
from fedinet.moderation.words import ROLES_SAID, SAID_TO_MEMBER
from fedinet.notifications.model import OF_MATTERS, Kind, Notification
from fedinet.scheduled.store import find_many

_FOR_STEWARDS: Final = N_("for you as a steward")
_SETTLED: Final = N_("settled")
_ANSWERED: Final = N_("The stewards answered you about %(name)s")
_UNPUBLISHED: Final = N_("Your scheduled post was not published: %(name)s")
_MOST_WORDS: Final = 60
_ROLES: Final[Mapping[str, str]] = MappingProxyType({**ROLES_SAID})
"""By what an act that gives one has as its detail."""
_CUTS: Final[Mapping[CutWord, str]] = MappingProxyType(
    {
        CutWord.ASIDE: N_("A rule put your follows with %(name)s aside"),
        CutWord.LOST: N_("Your follows with %(name)s have ended by a rule"),
        CutWord.BACK: N_("Your follows with %(name)s hold again"),
    }
)


SAID_BY_NOTICES: Final = frozenset(
    {
        *OF_MATTERS,
        *(Kind.APPEAL, Kind.SEVERED, Kind.RESTORED),
        *(Kind.MODERATED, Kind.STANDING, Kind.UNPUBLISHED),
    }
)
"""Kinds about which there is nothing else to say; without a notice their cause is gone."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence with ``%(name)s``, where it leads, and a word about it (or none)."""

    sentence: str
    name: str | datetime | Sequence[datetime]
    """A moment is said as its day."""
    href: str
    word: str = ""
    is_ours: bool = False
    """``name`` is one of our texts, to be translated."""


async def list_notices(
    request: web.Request, conn: Conn, told: Sequence[Notification]
) -> Mapping[int, Notice]:
    """Notices by the numbers of notifications; those whose cause is gone are left out."""
    return {
        **await _of_matters(conn, _abouts(told, *OF_MATTERS)),
        **await _of_appeals(request, conn, _abouts(told, Kind.APPEAL)),
        **await _of_acts(conn, _abouts(told, Kind.MODERATED, Kind.STANDING)),
        **await _of_cuts(conn, _abouts(told, Kind.SEVERED, Kind.RESTORED)),
        **await _of_unpublished(conn, _abouts(told, Kind.UNPUBLISHED)),
    }


def _abouts(told: Sequence[Notification], *kinds: Kind) -> Mapping[int, int]:
    return {one.id: one.about_id for one in told if one.kind in kinds and one.about_id is not None}


async def _of_matters(conn: Conn, abouts: Mapping[int, int]) -> dict[int, Notice]:
    if not abouts:
        return {}
    found = await find_matters(conn, abouts.values())
    notices: dict[int, Notice] = {}
    for number, about in abouts.items():
        if (matter := found.get(about)) is not None:
            word = _FOR_STEWARDS if matter.is_open else _SETTLED
            notices[number] = Notice(sentence_of(matter), matter.called, matter.href, word)
    return notices


async def _of_appeals(
    request: web.Request, conn: Conn, abouts: Mapping[int, int]
) -> dict[int, Notice]:
    if not abouts:
        return {}
    found = await find_appeals(conn, abouts.values())
    return {
        number: Notice(_ANSWERED, found[about].domain, place_of(request.app, about))
        for number, about in abouts.items()
        if about in found
    }


async def _of_acts(conn: Conn, abouts: Mapping[int, int]) -> dict[int, Notice]:
    if not abouts:
        return {}
    found = await find_acts(conn, abouts.values())
    return {
        number: Notice(
            SAID_TO_MEMBER[found[about].act],
            found[about].moments or _ROLES.get(found[about].detail, found[about].detail),
            "/settings/standing",
            is_ours=found[about].detail in _ROLES,
        )
        for number, about in abouts.items()
        if about in found
    }


async def _of_cuts(conn: Conn, abouts: Mapping[int, int]) -> dict[int, Notice]:
    if not abouts:
        return {}
    found = await find_cuts(conn, abouts.values())
    return {
        number: Notice(_CUTS[found[about].word], found[about].domain, "/follows/put-aside")
        for number, about in abouts.items()
        if about in found
    }


async def _of_unpublished(conn: Conn, abouts: Mapping[int, int]) -> dict[int, Notice]:
    if not abouts:
        return {}
    found = await find_many(conn, abouts.values())
    notices: dict[int, Notice] = {}
    for number, about in abouts.items():
        if (one := found.get(about)) is not None and one.has_failed:
            words = " ".join((one.draft.content_note or one.draft.text).split())[:_MOST_WORDS]
            notices[number] = Notice(_UNPUBLISHED, words or "…", f"/scheduled#s{about}")
    return notices
