"""What the page says where nobody in person did something: matters, answers, follows put aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.appeals.context import place_of
from fedinet.appeals.store import find_appeals
from fedinet.db.query import Conn
from fedinet.desk.store import find_matters
from fedinet.desk.words import SENTENCES
from fedinet.kernel.problems import N_
from fedinet.notifications.model import OF_MATTERS, Kind, Notification

_FOR_STEWARDS: Final = N_("for you as a steward")
_SETTLED: Final = N_("settled")


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence with ``%(name)s``, where it leads, and a word about it (or none)."""

    sentence: str
    name: str
    href: str
    word: str = ""


async def list_notices(
    request: web.Request, conn: Conn, told: Sequence[Notification]
) -> Mapping[int, Notice]:
    """Notices by the numbers of notifications; those whose cause is gone are left out."""
    by_kind: dict[Kind, dict[int, int]] = {}
    for one in told:
        if one.about_id is not None:
            kind = Kind.MATTER if one.kind in OF_MATTERS else one.kind
            by_kind.setdefault(kind, {})[one.id] = one.about_id
    notices: dict[int, Notice] = {}
    if wanted := by_kind.get(Kind.MATTER):
        matters = await find_matters(conn, wanted.values())
        for number, about in wanted.items():
            if matter := matters.get(about):
                word = _FOR_STEWARDS if matter.is_open else _SETTLED
                sentence = SENTENCES[matter.kind]
                notices[number] = Notice(sentence, matter.name, matter.href, word)
    if wanted := by_kind.get(Kind.APPEAL):
        appeals = await find_appeals(conn, wanted.values())
        for number, about in wanted.items():
            if appeal := appeals.get(about):
                sentence = N_("The stewards answered you about %(name)s")
                href = place_of(request.app, appeal.id)
                notices[number] = Notice(sentence, appeal.domain, href)
    return notices
