"""A subscription to a list as people write it, in the policy file and in the table. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Annotated, Final, Literal

import msgspec

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.uris import domain, origin_of
from fedinet.policy.lists.entries import Caps
from fedinet.policy.lists.formats import Format, Severity

SeverityWord = Literal["noop", "silence", "suspend"]
ListName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$")]
Domains = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=300)]], msgspec.Meta(max_length=5000)
]
Threshold = Annotated[str, msgspec.Meta(pattern=r"^([1-9][0-9]?|[1-9][0-9]?%|100%)$")]
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
MOST_LISTS: Final = 50
LIST_SUBJECT: Final = "subscription:"
"""Begins what the audit calls a subscription; no rule's key may begin so."""


class Retracted(StrEnum):
    """What becomes of a rule in force whose server the list names no more."""

    ASK = "ask"
    REMOVE = "remove"
    DRAFT = "draft"


class Farewell(StrEnum):
    """What becomes of a list's rules when the list itself goes."""

    REMOVE = "remove"
    DRAFT = "draft"
    """They do nothing any more, and stay to be looked at."""
    KEEP = "keep"
    """Those in force stay in force, and nobody keeps them up to date; drafts go."""


class ListDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A list that this node subscribes to.

    Its entries become drafts, and with ``drafts = false`` those that come later
    become rules in force. ``priority``: the lowest number speaks first.
    ``max_severity`` caps all, ``max_followed_severity`` what is about servers where
    members follow somebody. ``retracted``: what becomes of a rule in force whose
    server the list names no more. ``adopt_orphans``: it takes over what lists that
    are gone have left. ``excludes``: servers that it never touches, with those below
    them. ``max_change``: beyond so many percent at once nothing changes, and
    stewards are told.
    """

    name: ListName
    url: Annotated[str, msgspec.Meta(max_length=2000)]
    format: Format = Format.AUTO
    priority: Annotated[int, msgspec.Meta(ge=0, le=255)] = 100
    max_severity: SeverityWord = "suspend"
    max_followed_severity: SeverityWord = "silence"
    drafts: bool = True
    retracted: Retracted = Retracted.ASK
    adopt_orphans: bool = False
    excludes: Domains = []
    max_change: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 25

    @property
    def source(self) -> str:
        return source_of(self.name)

    @property
    def caps(self) -> Caps:
        return Caps(
            most=Severity[self.max_severity.upper()],
            most_followed=Severity[self.max_followed_severity.upper()],
        )


class ListsDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What holds for all lists together.

    ``threshold``: how many of them must name a server, ``2`` or a share like ``50%``.
    ``excludes``: servers that no list ever touches, with those below them.
    """

    threshold: Threshold = "1"
    excludes: Domains = []

    def least(self, lists: int) -> int:
        """How many of so many lists must agree; never more than there are, and never none."""
        if self.threshold.endswith("%"):
            return max(1, ceil(int(self.threshold[:-1]) * lists / 100))
        return max(1, int(self.threshold))


@dataclass(frozen=True, slots=True)
class ListChange:
    """One subscription before and after; None: there was, or will be, none."""

    name: str
    before: ListDocument | None
    after: ListDocument | None


def source_of(name: str) -> str:
    """How rules name the list that they came from."""
    return f"list:{name}"


def is_list_subject(subject: str) -> bool:
    return subject.startswith(LIST_SUBJECT)


def settle_list(document: ListDocument, *, may_use_plain_http: bool = False) -> ListDocument:
    """Give a subscription its one form.

    Raises:
        Invalid: with what to put right, field by field.
    """
    problems: list[Problem] = []
    if _NAME.fullmatch(document.name) is None:
        told = N_("A name of small letters, digits and hyphens, at most 60.")
        problems.append(Problem("name", told))
    if not _is_address(document.url, may_use_plain_http=may_use_plain_http):
        problems.append(Problem("url", N_("Give the list’s address; it begins with https://")))
    excludes, wrong = _settled(document.excludes)
    if wrong:
        told = N_("This cannot be a server: %(name)s")
        problems.append(Problem("excludes", told, {"name": wrong}))
    if problems:
        raise Invalid(*problems)
    return msgspec.structs.replace(document, excludes=excludes)


def settle_lists(document: ListsDocument) -> ListsDocument:
    """Give what holds for all lists its one form.

    Raises:
        Invalid: an exclude is no server.
    """
    excludes, wrong = _settled(document.excludes)
    if wrong:
        told = N_("This cannot be a server: %(name)s")
        raise Invalid(Problem("excludes", told, {"name": wrong}))
    return msgspec.structs.replace(document, excludes=excludes)


def changes_between(
    before: Mapping[str, ListDocument], after: Collection[ListDocument]
) -> tuple[ListChange, ...]:
    """Say what differs between the subscriptions that are and those that shall be."""
    wanted = {one.name: one for one in after}
    changed = [
        ListChange(name, before.get(name), one)
        for name, one in wanted.items()
        if before.get(name) != one
    ]
    gone = [ListChange(name, one, None) for name, one in before.items() if name not in wanted]
    return (*changed, *gone)


def _is_address(url: str, *, may_use_plain_http: bool) -> bool:
    try:
        origin = origin_of(url)
    except Malformed:
        return False
    return origin.scheme == "https" or may_use_plain_http


def _settled(names: Sequence[str]) -> tuple[list[str], str]:
    """Spell domains alike, in order and without repeats; and give the first that is none."""
    found: set[Domain] = set()
    for name in names:
        try:
            found.add(domain(name.strip().removeprefix("*.")))
        except Malformed:
            return [], name[:100] or "–"
    return sorted(found), ""
