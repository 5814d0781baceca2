"""How long the node keeps what says something of people. Pure.

The privacy page, the register of processing and docs/law.md say the same: they
are made from this table, or held to it by a test.
"""

from dataclasses import dataclass
from typing import Final

from fedinet.http.limits import ATTEMPTS_KEPT
from fedinet.http.sessions import LONG
from fedinet.kernel.problems import N_
from fedinet.mail.model import KEPT
from fedinet.settings import Settings

_APPEALS: Final = 180
_NOTICES: Final = 90
_BROWSERS: Final = 400
_ENDED: Final = 30
_RECEIVED: Final = 90


@dataclass(frozen=True, slots=True)
class Kept:
    """One line. ``days`` None: as long as ``until`` says. ``setting``: what changes it, or ""."""

    key: str
    what: str
    days: int | None
    until: str = ""
    setting: str = ""
    tables: tuple[str, ...] = ()
    """Where it lies; what is not in the database names none."""


NETWORKS: Final = "networks"


def retention(settings: Settings) -> tuple[Kept, ...]:
    """Say what is kept how long with these settings, what members notice most first."""
    return (
        Kept(
            "account",
            N_("Account, profile, posts, pictures, follows, lists and settings of members"),
            None,
            N_("until the member deletes them or leaves; then within seven days and some minutes"),
            tables=("accounts", "actors", "posts", "media"),
        ),
        Kept(
            "sessions",
            N_("Browsers that are signed in"),
            LONG.days,
            tables=("sessions",),
        ),
        Kept(
            NETWORKS,
            N_("The network (part of the IP address) from which somebody signed in"),
            settings.ip_days,
            setting="ip_days",
            tables=("sessions", "security_notices"),
        ),
        Kept(
            "ended_sessions",
            N_("Which browsers were signed in, and from which network, when a lockdown began"),
            _ENDED,
            tables=("ended_sessions",),
        ),
        Kept(
            "attempts",
            N_("IP addresses in the counters that stop guessing and floods"),
            ATTEMPTS_KEPT.days,
            tables=("attempts",),
        ),
        Kept(
            "notices",
            N_("What happened to a member’s sign-in"),
            _NOTICES,
            tables=("security_notices",),
        ),
        Kept(
            "browsers",
            N_("Browsers that a member has signed in with, as a number that says nothing"),
            _BROWSERS,
            tables=("known_browsers",),
        ),
        Kept("mail", N_("Messages that the node sent"), KEPT.days, tables=("mails",)),
        Kept(
            "inbound_log",
            N_("The log of what other servers sent, without the words"),
            settings.inbound_log_days,
            setting="inbound_log_days",
            tables=("inbound_log",),
        ),
        Kept(
            "received",
            N_("What was sent to a member’s inbox"),
            _RECEIVED,
            tables=("activities",),
        ),
        Kept(
            "remote_media",
            N_("Copies of pictures of other servers that nobody looks at"),
            settings.media_cache_days,
            setting="media_cache_days",
            tables=("remote_media",),
        ),
        Kept(
            "acts",
            N_("Reports, and what stewards did about accounts and why"),
            None,
            N_("as long as the community needs them, or until the member has left"),
            tables=("reports", "account_acts"),
        ),
        Kept(
            "join_requests",
            N_("What somebody wrote who asked to join"),
            None,
            N_("60 days after it was decided, unless the stewards chose another time"),
            tables=("join_requests", "join_readings"),
        ),
        Kept(
            "visitors",
            N_("Name and e-mail address that a visitor gave with a report"),
            None,
            N_("until the report is settled, 180 days at most"),
            tables=("visitor_reports",),
        ),
        Kept(
            "appeals",
            N_("What somebody asked stewards to look at again"),
            _APPEALS,
            tables=("appeals",),
        ),
        Kept("backups", N_("Backups"), settings.backup_days, setting="backup_days"),
    )
