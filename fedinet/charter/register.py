"""The register of processing, made from the retention table. Pure.

Source: GDPR article 30 (1), https://eur-lex.europa.eu/eli/reg/2016/679/oj
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fedinet.charter.law_model import Imprint
from fedinet.charter.retention import NETWORKS, Kept, retention
from fedinet.kernel.problems import N_
from fedinet.settings import Settings

Say = Callable[[str], str]

_CONTRACT: Final = N_("Agreement with the member (GDPR 6 (1) b)")
_DUTY: Final = N_("Duty by law (GDPR 6 (1) c)")
_INTEREST: Final = N_("Legitimate interest in a safe server (GDPR 6 (1) f)")
_NOBODY: Final = N_("Nobody outside; stewards where they need it")
_READERS: Final = N_("Those whom the author chose; their servers, in any country")
_MAIL: Final = N_("The mail server")
_ASKED: Final = N_("The servers that are asked for those whom it names")


@dataclass(frozen=True, slots=True)
class Why:
    """What a line of the retention table has besides."""

    purpose: str
    basis: str
    receives: str = _NOBODY


WHY: Final[Mapping[str, Why]] = MappingProxyType(
    {
        "account": Why(N_("To be a member, write and be read"), _CONTRACT, _READERS),
        "sessions": Why(N_("To stay signed in"), _CONTRACT),
        NETWORKS: Why(N_("So that members notice a stranger’s sign-in"), _INTEREST),
        "attempts": Why(N_("To stop guessing of passwords and floods"), _INTEREST),
        "ended_sessions": Why(N_("To find out what happened when somebody broke in"), _INTEREST),
        "notices": Why(N_("So that members notice a stranger’s sign-in"), _INTEREST),
        "browsers": Why(N_("So that members notice a stranger’s sign-in"), _INTEREST),
        "links": Why(N_("So that only who reads an address signs in by it"), _CONTRACT, _MAIL),
        "mail": Why(N_("To tell members what they asked to hear"), _CONTRACT, _MAIL),
        "letters": Why(N_("To tell members what they asked to hear"), _CONTRACT),
        "stops": Why(N_("To write to nobody who does not want it"), _DUTY),
        "push": Why(
            N_("To tell members what they asked to hear"),
            _CONTRACT,
            N_("The notification service of their app or browser, encrypted"),
        ),
        "inbound_log": Why(N_("To understand and stop abuse by other servers"), _INTEREST),
        "held": Why(N_("To understand and stop abuse by other servers"), _INTEREST),
        "received": Why(N_("To show members what was sent to them"), _CONTRACT),
        "sent": Why(N_("To be a member, write and be read"), _CONTRACT, _READERS),
        "work": Why(N_("To find out what went wrong, and try it again"), _INTEREST),
        "elsewhere": Why(
            N_("To show members what was sent to them"),
            _INTEREST,
            N_("Those whom the author chose"),
        ),
        "remote_media": Why(N_("So that other servers do not learn who reads"), _INTEREST),
        "cuts": Why(N_("So that members can look for people again"), _CONTRACT),
        "acts": Why(N_("To keep the house rules, and to answer for what was done"), _INTEREST),
        "removed": Why(N_("To look again at what stewards did"), _INTEREST),
        "reported": Why(
            N_("To judge what was reported, also when it is changed or deleted"), _INTEREST
        ),
        "policy": Why(N_("To keep the house rules, and to answer for what was done"), _INTEREST),
        "alarms": Why(N_("To understand and stop abuse by other servers"), _INTEREST),
        "matters": Why(N_("So that stewards forget nothing"), _INTEREST),
        "join_requests": Why(N_("To decide who becomes a member"), _CONTRACT),
        "listed": Why(N_("To invite who is on the community’s list"), _INTEREST, _MAIL),
        "welcomes": Why(N_("So that newcomers are answered"), _CONTRACT),
        "agreements": Why(N_("To show what was agreed"), _CONTRACT),
        "imports": Why(N_("To find again whom a member followed elsewhere"), _CONTRACT, _ASKED),
        "visitors": Why(N_("To answer whoever reports something"), _INTEREST),
        "appeals": Why(N_("To look again at what stewards did"), _INTEREST),
        "left": Why(N_("So that nobody is taken for who left"), _INTEREST, N_("Everybody")),
        "erasures": Why(N_("So that what was deleted stays deleted"), _DUTY),
        "backups": Why(
            N_("To go on after a loss"), _INTEREST, N_("Who keeps the backups, encrypted")
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One processing. Texts are to be translated; ``also`` names receivers, as they are."""

    kept: Kept
    why: Why
    also: str = ""

    def cells(self, say: Say) -> tuple[str, ...]:
        """What stands under ``HEADINGS``, in the language of ``say``."""
        receives = say(self.why.receives) + (f": {self.also}" if self.also else "")
        days = self.kept.days
        long = say(self.kept.until) if days is None else say(DAYS) % {"days": days}
        return (
            say(self.kept.what),
            say(self.why.purpose),
            say(self.why.basis),
            receives,
            long,
            self.kept.setting,
        )


def lines(settings: Settings, mail_host: str | None) -> list[Line]:
    """The register, in the order of the retention table."""
    also = dict.fromkeys(("mail", "links", "listed"), mail_host)
    also |= {"account": settings.media_store, "backups": settings.backup_store}
    return [Line(one, WHY[one.key], also.get(one.key) or "") for one in retention(settings)]


def as_markdown(settings: Settings, imprint: Imprint, mail_host: str | None, say: Say) -> str:
    """The whole register as a document."""
    parts = [f"# {say(TITLE)}: {_cell(str(settings.account_domain))}", ""]
    parts += [f"- {say(name)}: {_cell(value or '–')}" for name, value in head(imprint)]
    parts += ["", _row(say(name) for name in HEADINGS), _row("---" for _ in HEADINGS)]
    parts += [_row(map(_cell, line.cells(say))) for line in lines(settings, mail_host)]
    return "\n".join(parts) + "\n"


def as_csv(settings: Settings, mail_host: str | None, say: Say) -> str:
    """The lines as a table, for a spreadsheet. All texts are ours: none begins as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(name) for name in HEADINGS])
    writer.writerows(line.cells(say) for line in lines(settings, mail_host))
    return out.getvalue()


def head(imprint: Imprint) -> tuple[tuple[str, str], ...]:
    """Who is responsible, and what only people know of the node: names and values."""
    return (
        (N_("Who answers for this place"), imprint.controller),
        (N_("Address"), imprint.address),
        (N_("E-mail"), imprint.email),
        (N_("Where the server stands"), imprint.host),
        (N_("Where backups lie"), imprint.backups),
        (N_("Supervisory authority"), imprint.authority),
    )


DAYS: Final = N_("%(days)d days")
TITLE: Final = N_("Register of processing")
HEADINGS: Final = (
    N_("What"),
    N_("What for"),
    N_("On what ground"),
    N_("Who receives it"),
    N_("For how long"),
    N_("Setting"),
)


def _row(of: Iterable[str]) -> str:
    return "| " + " | ".join(of) + " |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
