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
_HELD: Final = 30
_SENT: Final = 30
_GIVEN_UP: Final = 30
_CUT: Final = 365
_ALARMS: Final = 90
_MATTERS: Final = 90
_REMOVED: Final = 210
_LEAVES: Final = N_("until the member leaves")


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
            tables=("accounts", "actors", "posts", "media", "invitations"),
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
        Kept(
            "links",
            N_("Links and codes that wait to be used, to sign in or to confirm an address"),
            1,
            tables=(
                "account_links",
                "mailed_sign_ins",
                "pending_sign_ins",
                "passkey_challenges",
                "oauth_codes",
                "owner_links",
            ),
        ),
        Kept("mail", N_("Messages that the node sent"), KEPT.days, tables=("mails",)),
        Kept(
            "letters",
            N_("When a member wants to be written to, and up to when they were told the news"),
            None,
            _LEAVES,
            tables=("rhythms", "letter_plans", "letters_told"),
        ),
        Kept(
            "stops",
            N_("Addresses that are not written to any more, as a number that says nothing"),
            None,
            N_("until who reads them wants mail again; after one that came back, 14 days"),
            tables=("mail_stops", "mail_strikes"),
        ),
        Kept(
            "push",
            N_("Where an app or a browser wants notifications to be sent"),
            None,
            N_("until it is signed out, or cannot be reached any more"),
            tables=("push_subscriptions",),
        ),
        Kept(
            "inbound_log",
            N_("The log of what other servers sent, without the words"),
            settings.inbound_log_days,
            setting="inbound_log_days",
            tables=("inbound_log",),
        ),
        Kept(
            "held",
            N_("What other servers sent that waits for a steward"),
            _HELD,
            tables=("inbound_held",),
        ),
        Kept(
            "received",
            N_("What was sent to a member’s inbox"),
            _RECEIVED,
            tables=("activities", "inbox_items"),
        ),
        Kept(
            "sent",
            N_("What is on its way to other servers, or did not get there"),
            _SENT,
            tables=("outgoing", "deliveries", "dead_letters"),
        ),
        Kept(
            "work",
            N_("Work of the server that was given up, by numbers and addresses of posts"),
            _GIVEN_UP,
            tables=("jobs", "signals"),
        ),
        Kept(
            "elsewhere",
            N_("Profiles and posts of people elsewhere, as their servers sent them"),
            None,
            N_("until they or the stewards delete them"),
            tables=("actors", "posts", "handle_lookups", "ally_people"),
        ),
        Kept(
            "remote_media",
            N_("Copies of pictures of other servers that nobody looks at"),
            settings.media_cache_days,
            setting="media_cache_days",
            tables=("remote_media",),
        ),
        Kept(
            "cuts",
            N_("Whom a member lost when stewards stopped a server"),
            _CUT,
            tables=("follow_cuts", "follow_cut_people", "frozen_follows"),
        ),
        Kept(
            "acts",
            N_("Reports, and what stewards did about accounts and why"),
            None,
            N_("as long as the community needs them, or until the member has left"),
            tables=("reports", "report_notes", "report_posts", "account_acts", "second_looks"),
        ),
        Kept(
            "removed",
            N_("What a post said that stewards took away, for who is asked to look again"),
            _REMOVED,
            tables=("removed_words",),
        ),
        Kept(
            "reported",
            N_("What a post said when somebody reported it, and that stewards may read it"),
            None,
            N_(
                "until 30 days after the report was settled without anything being done;"
                " 210 days at most"
            ),
            tables=("reported_words",),
        ),
        Kept(
            "policy",
            N_("What stewards decided about other servers, and wrote anew of the community"),
            None,
            N_("for good: each decision vouches for the one before"),
            tables=("policy_audit", "policy_rules", "policy_notes"),
        ),
        Kept(
            "alarms",
            N_("Alarms about floods and attacks, and who they were about"),
            _ALARMS,
            tables=("policy_alerts", "policy_sightings", "policy_rates"),
        ),
        Kept(
            "matters",
            N_("What waited for stewards on their desk"),
            _MATTERS,
            tables=("matters",),
        ),
        Kept(
            "join_requests",
            N_("What somebody wrote who asked to join"),
            None,
            N_("60 days after it was decided, or as long as stewards chose; in line, a year"),
            tables=("join_requests", "join_readings"),
        ),
        Kept(
            "listed",
            N_("Name and e-mail address of who was invited from a list"),
            None,
            N_("until they join; else 60 days after the invitation ended; in line, a year"),
            tables=("invited_people",),
        ),
        Kept(
            "welcomes",
            N_("Who said hello, and who welcomes newcomers"),
            None,
            _LEAVES,
            tables=("welcomes", "greeters"),
        ),
        Kept(
            "agreements",
            N_("Which terms and rules a member accepted, and when"),
            None,
            _LEAVES,
            tables=("house_acceptances",),
        ),
        Kept(
            "imports",
            N_("Files that a member brought along from elsewhere, line by line"),
            None,
            N_("until 30 days after they ended, or the member throws them away or leaves"),
            tables=("imports", "import_rows", "import_turns"),
        ),
        Kept(
            "visitors",
            N_("Name and e-mail address that a visitor gave with a report"),
            None,
            N_("until a steward whom it is not about settles the report, 180 days at most"),
            tables=("visitor_reports",),
        ),
        Kept(
            "appeals",
            N_("What somebody asked stewards to look at again"),
            _APPEALS,
            tables=("appeals", "appeal_answers"),
        ),
        Kept(
            "left",
            N_("Name, address and public key of who left, so that nobody takes their place"),
            None,
            N_("for good"),
            tables=("names", "actor_keys", "tombstones"),
        ),
        Kept(
            "erasures",
            N_("Numbers of what was deleted, so that no backup brings it back"),
            None,
            N_("two months longer than the oldest backup, at most"),
            tables=("erasures",),
        ),
        Kept(
            "backups",
            N_("Backups"),
            settings.backup_days,
            setting="backup_days",
            tables=("backup_runs", "backup_passphrase"),
        ),
    )
