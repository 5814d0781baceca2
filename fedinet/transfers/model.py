"""What members bring along from another server, line by line. Pure.

Source: Mastodon 4.2-4.7 ``app/models/form/import.rb``, ``app/models/bulk_import.rb``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_

MAX_BYTES: Final = 1_000_000
MAX_FORM_BYTES: Final = 4_000_000
"""So much is read of a form, to say of a file that it is too large; beyond it nothing is."""
MAX_ROWS: Final = 10_000
MAX_KEPT: Final = 10
"""Imports of one member, whatever became of them; the oldest that rests makes room."""
MAX_TRIES: Final = 3
"""So often in succession a server may not answer before it is given up."""
LOOKED_AT_FOR: Final = timedelta(days=1)
"""So long a file stays that nobody began with."""
KEPT_FOR: Final = timedelta(days=30)
"""So long a file stays once nothing more happens with it."""
_REST: Final = timedelta(minutes=5)


class Kind(StrEnum):
    """What the lines of a file are."""

    FOLLOWS = "follows"
    LISTS = "lists"
    BLOCKS = "blocks"
    MUTES = "mutes"
    SERVERS = "servers"
    BOOKMARKS = "bookmarks"


FILES: Final[Mapping[Kind, str]] = {
    Kind.FOLLOWS: "following_accounts.csv",
    Kind.LISTS: "lists.csv",
    Kind.BLOCKS: "blocked_accounts.csv",
    Kind.MUTES: "muted_accounts.csv",
    Kind.SERVERS: "blocked_domains.csv",
    Kind.BOOKMARKS: "bookmarks.csv",
}
"""What Mastodon calls the file of each kind, and what we call it."""

CALLED: Final[Mapping[Kind, str]] = {
    Kind.FOLLOWS: N_("People you follow"),
    Kind.LISTS: N_("Lists"),
    Kind.BLOCKS: N_("People you block"),
    Kind.MUTES: N_("People you mute"),
    Kind.SERVERS: N_("Servers you keep away"),
    Kind.BOOKMARKS: N_("Saved posts"),
}


class State(StrEnum):
    """How far an import is. ``READY``: read, and nothing done yet."""

    READY = "ready"
    WORKING = "working"
    STOPPED = "stopped"
    DONE = "done"


class RowState(StrEnum):
    """How far a line is. ``ASKING``: what it names is not known here, its server is asked."""

    NEW = "new"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a line cannot be used, or failed."""

    BROKEN = "broken"
    NO_HANDLE = "no_handle"
    NO_SERVER = "no_server"
    NO_ADDRESS = "no_address"
    NO_TITLE = "no_title"
    BAD_LANGUAGE = "bad_language"
    YOURSELF = "yourself"
    OURS = "ours"
    TWICE = "twice"
    NOBODY = "nobody"
    NO_POST = "no_post"
    SILENT = "silent"
    REFUSED = "refused"
    BLOCKED = "blocked"
    MOVED = "moved"
    TOO_MANY = "too_many"
    NOT_POSSIBLE = "not_possible"


SAYS: Final[Mapping[Reason, str]] = {
    Reason.BROKEN: N_("A quotation mark is not closed, or stands in the middle."),
    Reason.NO_HANDLE: N_("This is no handle. It looks like name@server.example."),
    Reason.NO_SERVER: N_("This is no name of a server."),
    Reason.NO_ADDRESS: N_("This is no address of a post."),
    Reason.NO_TITLE: N_("A list needs a title of at most 256 characters."),
    Reason.BAD_LANGUAGE: N_("This is no code of a language. It looks like en, or nl."),
    Reason.YOURSELF: N_("This is you."),
    Reason.OURS: N_("This is your own community."),
    Reason.TWICE: N_("The same stands further up."),
    Reason.NOBODY: N_("Nobody is there by this name any more."),
    Reason.NO_POST: N_("The post is gone, or not for everybody."),
    Reason.SILENT: N_("Their server did not answer, three times."),
    Reason.REFUSED: N_("This community does not talk with that server."),
    Reason.BLOCKED: N_("One of you has blocked the other, or keeps the other’s server away."),
    Reason.MOVED: N_("They have moved. Their profile says where to."),
    Reason.TOO_MANY: N_("There is no room for more: a limit is reached."),
    Reason.NOT_POSSIBLE: N_("This cannot be done here."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a file. ``target``: a handle, a server's name, or the address of a post."""

    line: int
    raw: str
    target: str = ""
    server: str = ""
    title: str = ""
    boosts: bool = True
    notify: bool = False
    languages: str = ""
    """With commas; empty: all."""
    reason: Reason | None = None
    """Why it cannot be used; None: it can."""
    tries: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return (self.title, self.target)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds."""

    kind: Kind
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A row of ``imports``."""

    id: int
    actor_id: ActorId
    kind: Kind
    state: State
    overwrite: bool
    run: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def may_begin(self) -> bool:
        return self.state in {State.READY, State.STOPPED}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines stand where."""

    waiting: int = 0
    done: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.done + self.failed


def rest_after(tries: int) -> timedelta:
    """How long a server is left alone that did not answer ``tries`` times: 5, then 30 minutes."""
    return _REST * 6 ** (tries - 1)
