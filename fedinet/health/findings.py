"""What of the server's state needs a steward, in words, with what to do next. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from fedinet.desk.model import Matter, MatterKind
from fedinet.desk.words import sentence_of
from fedinet.health.troubles import Trouble, look
from fedinet.kernel.problems import N_
from fedinet.node.backlog import Backlog

LATE_S: Final = 600
"""Seconds. What came in is worked on within moments; so late, nobody works."""
_OVERDUE_S: Final = 90
"""Seconds. Our own work is taken within moments, and whoever has it says so each minute."""
_BACKUP_LATE_AFTER: Final = timedelta(hours=48)
_NEW_FOR: Final = timedelta(days=30)
_FEW: Final = 5
_CLOCKS_APART_S: Final = 5

SILENT_ALLIES: Final = N_("Allies whose server did not answer the last time: %(number)d.")

_START: Final = N_(
    "Start it on the machine: “fedinet work”, with systemd “systemctl start fedinet-work@1”, with"
    " Docker “docker compose up -d worker”; where one command runs all, start that again. Its log"
    " says why it ended."
)

Tone: TypeAlias = Literal["bad", "warm", "theirs"]
"""``theirs``: somebody else's to mend; it is said, and asks for nothing."""
_TONES: Final[tuple[Tone, ...]] = ("bad", "warm", "theirs")

_ACTS: Final[Mapping[MatterKind, tuple[Tone, str]]] = MappingProxyType(
    {
        MatterKind.MAIL_FAILING: (
            "bad",
            N_("Members get no mail. See what it answers, and have a code sent to yourself."),
        ),
        MatterKind.MAIL_UNPROVEN: (
            "warm",
            N_("Have a code sent to yourself, so that you know whether members get their mail."),
        ),
        MatterKind.BACKUP_LATE: ("bad", N_("Make one now, and see what was in the way.")),
        MatterKind.BACKUP_FAILED: ("bad", N_("See why it failed, mend that, and make one now.")),
        MatterKind.DRILL_FAILED: (
            "bad",
            N_("It may not bring the community back. Make a new one, and have that one read."),
        ),
    }
)

INBOUND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "applied": N_("Taken in"),
        "refused": N_("Refused by a rule"),
        "nothing": N_("Nothing new, or not for anybody here"),
        "doubted": N_("Not vouched for"),
        "unknown": N_("Not understood"),
        "failed": N_("Went wrong here"),
    }
)
DELIVERIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "delivered": N_("Arrived"),
        "postponed": N_("To be tried again"),
        "given_up": N_("Given up"),
    }
)
STORAGE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "database": N_("Posts and all else that is written"),
        "attachment": N_("Pictures, films and sounds in posts"),
        "faces": N_("Pictures of people"),
        "elsewhere": N_("Copies of pictures from elsewhere"),
    }
)
COPY: Final = "copy-"
"""Before the kind of a file that was copied from elsewhere."""
_PLAYED: Final = ("image", "video", "audio")
FILES: Final = (*_PLAYED, "faces", "unpublished", *(f"{COPY}{kind}" for kind in _PLAYED))
"""Kinds of files that are counted."""
ACTIVE: Final[Mapping[str, str]] = MappingProxyType({"": N_("Members who were here")})

_REFUSED: Final = frozenset({"policy", "not_an_ally", "ban_from_group", "too_many_reports"})
_DOUBTED: Final = frozenset(
    {
        *("not_vouched", "forged_author", "foreign_object", "bad_stamp", "not_the_author"),
        *("not_its_own", "not_itself", "names_another", "origin_unreachable"),
    }
)
_UNKNOWN: Final = frozenset(
    {"malformed", "unsupported_type", "unknown_object", "empty", "not_a_group", "not_a_node"}
)


def inbound_kind(outcome: str, reason: str) -> str:
    """Which bar an activity stands in, by what the log says became of it."""
    if outcome in ("applied", "failed"):
        return outcome
    for kind, reasons in (("refused", _REFUSED), ("doubted", _DOUBTED), ("unknown", _UNKNOWN)):
        if reason in reasons:
            return kind
    return "nothing"


def is_backup_late(since: datetime | None, now: datetime) -> bool:
    """Tell whether stewards should know that there was no backup for two days.

    ``since``: when the last one was begun, or the community was set up where there is none.
    """
    return since is not None and now - since > _BACKUP_LATE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The server at one moment."""

    backlog: Backlog
    set_up_at: datetime | None
    last_backup: datetime | None
    """When the last one that was made whole was begun; None: there is none."""
    nightly_backups: bool
    free_bytes: int
    min_free_bytes: int
    keeps_files: bool
    """It may write where the files of members lie."""
    is_paused: bool
    has_worker: bool
    now: datetime
    database_now: datetime
    apart_s: int
    """How far our clock is ahead of those of other servers; below zero, behind."""
    peers: int
    """How many of them told the time lately; 0: too few."""
    told: Sequence[Matter] = ()
    """Open matters ``OF_THE_SERVER``."""
    silent_ally: str = ""
    """The domain of the only ally whose server did not answer; ``""`` for none, and for several."""
    failing_host: str = ""
    """The only server that takes nothing, alike."""
    ally_answered_at: datetime | None = None
    """When that ally was last found in order; None: never."""
    failing_since: datetime | None = None
    """Since when that server takes nothing."""
    troubles: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """Since when a worker has found each ``Trouble``."""
    lacks_steward: bool = False
    """One alone can act, and there are members of whom one could be named."""


def is_new(state: State) -> bool:
    """Tell whether the community is in its first weeks, when the desk leads to the first day."""
    return state.set_up_at is not None and state.now - state.set_up_at < _NEW_FOR


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is wrong. ``act``: what to do next; ``href``: where, or ``""``."""

    tone: Tone
    sentence: str
    number: int
    act: str
    href: str = ""
    matter: Matter | None = None
    """It was told on the desk: the sentence has a place for its name, and it can be put away."""
    name: str = ""
    """For the same place, where nothing was told."""
    since: datetime | None = None
    """Since when it is so, where we know."""
    answered_at: datetime | None = None
    """When somebody last was as they should be, where nobody knows when that ended."""


def lines_of(state: State) -> list[Line]:
    """What is wrong, the worst first. Sentences have a place for ``number``."""
    found = (*_of_the_machine(state), *_of_what_was_told(state), *_of_the_work(state))
    return sorted((line for line in found if line), key=lambda line: _TONES.index(line.tone))


def _is_late(state: State) -> bool:
    """Late, and nobody has said so yet, or somebody has put that away."""
    is_told = any(matter.kind is MatterKind.BACKUP_LATE for matter in state.told)
    since = state.last_backup or state.set_up_at
    return state.nightly_backups and not is_told and is_backup_late(since, state.now)


def _of_what_was_told(state: State) -> Iterator[Line]:
    fails = any(matter.kind is MatterKind.MAIL_FAILING for matter in state.told)
    for matter in state.told:
        if matter.kind is MatterKind.MAIL_UNPROVEN and fails:
            continue  # what is known to fail need not be proven
        if matter.kind in _ACTS:
            tone, act = _ACTS[matter.kind]
            yield Line(tone, sentence_of(matter), 0, act, matter.href, matter)


def _of_the_machine(state: State) -> tuple[Line | None, ...]:
    free_mb = state.free_bytes // 10**6
    wrong = look(
        free_bytes=state.free_bytes,
        min_free_bytes=state.min_free_bytes,
        keeps_files=state.keeps_files,
        apart_s=state.apart_s,
    )
    since = state.troubles
    apart_s = int(abs(state.database_now - state.now).total_seconds())
    wrong_minutes = round(abs(state.apart_s) / 60)
    return (
        Line(
            "bad",
            N_("The disk is full: nothing is saved, nor comes in (%(number)d MB are left)."),
            free_mb,
            N_("Throw copies away, make room on the machine, or give it a larger disk."),
            "/admin/media",
            since=since.get(Trouble.DISK_FULL),
        )
        if wrong[Trouble.DISK_FULL]
        else Line(
            "warm",
            N_("The disk fills up: %(number)d MB are left."),
            free_mb,
            N_("Throw copies away or make room on the machine, before nothing comes in."),
            "/admin/media",
            since=since.get(Trouble.DISK_FILLS),
        )
        if wrong[Trouble.DISK_FILLS]
        else None,
        Line(
            "bad",
            N_("Pictures and films of members cannot be stored."),
            0,
            N_("Let the server write in the folder where they lie: see whose it is, and its disk."),
            "/admin/media",
            since=since.get(Trouble.FILES),
        )
        if wrong[Trouble.FILES]
        else None,
        Line(
            "bad",
            N_("There was no backup for two days."),
            0,
            N_("Make one now, and see what was in the way."),
            "/admin/backups",
            since=state.last_backup or state.set_up_at,
        )
        if _is_late(state)
        else None,
        Line(
            "bad",
            N_("The clocks of the server and of its database are %(number)d seconds apart."),
            apart_s,
            N_("Let both machines set their clocks by themselves (NTP)."),
        )
        if apart_s > _CLOCKS_APART_S
        else None,
        Line(
            "bad",
            N_("The server’s clock is %(number)d min fast, as other servers tell.")
            if state.apart_s > 0
            else N_("The server’s clock is %(number)d min slow, as other servers tell."),
            wrong_minutes,
            N_("Let the machine set its clock by itself (NTP): others refuse what is dated wrong."),
            since=since.get(Trouble.CLOCK),
        )
        if wrong[Trouble.CLOCK]
        else None,
        Line(
            "warm",
            N_("The node is paused: it talks to no other server."),
            0,
            N_("Go on when all is as it should be."),
            "/admin/backups",
        )
        if state.is_paused
        else None,
    )


def _of_the_worker(state: State) -> Line | None:
    """One line: where it does not run, all waits."""
    waits = state.backlog
    act = N_("See on the machine whether the worker runs; its log says what stops it.")
    if state.is_paused:
        return None
    if not state.has_worker:
        said = N_("The worker does not run: nothing goes out, and what comes in waits.")
        return Line("bad", said, 0, _START)
    if waits.own_age_s > _OVERDUE_S:
        said = N_("Nothing has been sent or worked off for %(number)d min.")
        return Line("bad", said, int(waits.own_age_s // 60), act)
    if waits.inbound_age_s > LATE_S:
        said = N_("What other servers sent has waited for %(number)d minutes.")
        return Line("bad", said, int(waits.inbound_age_s // 60), act)
    return None


def _of_the_work(state: State) -> tuple[Line | None, ...]:
    waits = state.backlog
    failed = waits.jobs_failed + waits.signals_failed
    return (
        _of_the_worker(state),
        Line(
            "warm",
            N_("Pieces of our own work that were given up: %(number)d."),
            failed,
            N_("See what went wrong. When the cause is gone, try them again."),
            "/admin/deliveries",
        )
        if failed
        else None,
        Line(
            "warm",
            N_("Messages to other servers that were given up: %(number)d."),
            waits.dead_letters,
            N_("Look at the reasons, and send again what should still arrive."),
            "/admin/deliveries",
        )
        if waits.dead_letters >= _FEW
        else None,
        _of_servers(
            Line(
                "theirs",
                SILENT_ALLIES,
                waits.allies_silent,
                N_("We ask again by ourselves. If it lasts, ask their stewards by another way."),
                "/admin/policy/allies",
                answered_at=state.ally_answered_at,
            ),
            state.silent_ally,
            N_("The server of our ally %(name)s did not answer the last time."),
        ),
        _of_servers(
            Line(
                "theirs",
                N_("Servers elsewhere that take nothing at the moment: %(number)d."),
                waits.hosts_failing,
                N_("That is theirs to mend; they are tried again by themselves."),
                "/admin/deliveries",
                since=state.failing_since,
            ),
            state.failing_host,
            N_("The server %(name)s takes nothing at the moment."),
        ),
    )


def _of_servers(several: Line, only: str, one: str) -> Line | None:
    """How many they are; of one alone, which it is and where we say what we know of it."""
    if several.number == 1 and only:
        page = f"/admin/policy/servers/{quote(only)}"
        return replace(several, sentence=one, number=0, href=page, name=only)
    return replace(several, since=None, answered_at=None) if several.number else None
