"""The navigation of the steward’s desk: its pages in four groups, and how much waits.

A page that is not built yet is not shown, nor is a group without pages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.kernel.problems import N_
from fedinet.policy.floods.panic import Panic

COUNTS: Final = web.RequestKey("COUNTS", Mapping[str, int])
"""Of the request: what waits, by kind of matter and ``held``. Only on the desk’s pages."""

DONE: Final = "done"
"""In the address after a change was saved: its version."""

PANIC: Final = web.RequestKey("PANIC", Panic)
"""Of the request: the panic switch, where it is on. Only on the desk’s pages."""


@dataclass(frozen=True, slots=True)
class DeskPage:
    """``counts``: what is counted beside its name; kinds of ``desk.model``, or ``held``."""

    key: str
    href: str
    label: str
    counts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Pages that belong together. Its first page stands for it."""

    label: str
    icon: str
    pages: tuple[DeskPage, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(page.key for page in self.pages)


DESK_NAV: Final = (
    DeskGroup(
        N_("To do"),
        "check",
        (
            DeskPage("desk", "/admin", N_("Overview")),
            DeskPage("health", "/admin/health", N_("Health")),
            DeskPage("reports", "/admin/reports", N_("Reports"), ("report",)),
            DeskPage("looks", "/admin/looks", N_("Second looks"), ("look",)),
            DeskPage("held", "/admin/policy/held", N_("Waiting"), ("held",)),
            DeskPage("appeals", "/admin/appeals", N_("Appeals"), ("appeal",)),
            DeskPage(
                "joining", "/admin/joining", N_("Who asks to join"), ("join_request", "join_flood")
            ),
            DeskPage("welcomes", "/admin/welcomes", N_("Newcomers"), ("newcomer", "unwelcomed")),
            DeskPage("alerts", "/admin/policy/alerts", N_("Alerts"), ("flood", "watched")),
            DeskPage("announcements", "/admin/announcements", N_("Announcements")),
            DeskPage("mail", "/admin/mail", N_("Mail"), ("mail_failing", "mail_unproven")),
        ),
    ),
    DeskGroup(
        N_("Other servers"),
        "globe",
        (
            DeskPage("policy", "/admin/policy", N_("Rules"), ("review", "ending")),
            DeskPage("servers", "/admin/policy/servers", N_("Servers")),
            DeskPage("deliveries", "/admin/deliveries", N_("What goes out")),
            DeskPage("lists", "/admin/policy/lists", N_("Lists"), ("list_failing", "list_changed")),
            DeskPage("allies", "/admin/policy/allies", N_("Allies"), ("ally",)),
        ),
    ),
    DeskGroup(
        N_("This community"),
        "home",
        (
            DeskPage("people", "/admin/people", N_("Members")),
            DeskPage("first_day", "/admin/first-day", N_("First day")),
            DeskPage("invited", "/admin/invitations", N_("Who is invited")),
            DeskPage("reasons", "/admin/reasons", N_("Reasons")),
            DeskPage("house", "/admin/house", N_("Rules and texts")),
            DeskPage("law", "/admin/law", N_("Who answers for it"), ("imprint",)),
            DeskPage("emoji", "/admin/emoji", N_("Emoji")),
            DeskPage("media", "/admin/media", N_("Storage")),
            DeskPage(
                "backups",
                "/admin/backups",
                N_("Backups"),
                ("backup_late", "backup_failed", "drill_failed"),
            ),
            DeskPage("lockdown", "/admin/lockdown", N_("Lockdown")),
        ),
    ),
    DeskGroup(
        N_("What happened"),
        "clock",
        (
            DeskPage("log", "/admin/policy/log", N_("What came in")),
            DeskPage("explain", "/admin/policy/explain", N_("Why?")),
            DeskPage("simulate", "/admin/policy/simulate", N_("Last week")),
            DeskPage("decisions", "/admin/decisions", N_("Decisions")),
            DeskPage("audit", "/admin/policy/audit", N_("Record")),
        ),
    ),
)


def desk_done(request: web.Request) -> int | None:
    """The version of the policy that the reader has just made, to be told and undone."""
    number = request.query.get(DONE, "")
    if request.path.startswith("/admin") and re.fullmatch("[1-9][0-9]{0,17}", number):
        return int(number)
    return None


def desk_counts(request: web.Request) -> Mapping[str, int]:
    """What waits, by kind; empty on other pages."""
    return request.get(COUNTS, {})
