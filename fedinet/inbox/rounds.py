"""Queued rows -> tasks, and tasks -> rounds. Pure.

A round takes from each line the longest run of one kind of activity, so that
frequent kinds make large batches and no line ever overtakes itself.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from fedinet.inbox.dispatch import Entry, HandlerTable, Key, entries_for
from fedinet.inbox.model import QueuedRow
from fedinet.kernel.errors import Malformed
from fedinet.policy.model import Signature
from fedinet.vocab.activity import Activity, Document, parse_activity, reduce_foreign
from fedinet.vocab.normalise import normalise

_ADDRESSES = ("to", "cc", "audience")


@dataclass(frozen=True, slots=True)
class Task:
    """A row that could be read, and who may handle it."""

    row: QueuedRow
    activity: Activity
    entries: tuple[Entry, ...]
    is_proven: bool = False
    """Whether what somebody else brought turned out to be the actor's own word."""
    seen: str | None = None
    """What policy saw of it and decided (``policy.seen``); None where it was not asked."""

    @property
    def is_hearsay(self) -> bool:
        """Whether only its origin can say that it is true."""
        return self.row.is_forwarded and not self.is_proven

    @property
    def signature(self) -> str:
        """How we know that it is its actor's, as rules ask for it."""
        if not self.row.is_forwarded:
            return self.row.signature
        return Signature.PROOF if self.is_proven else Signature.ORIGIN

    @property
    def key(self) -> Key:
        return (self.activity.type, self.activity.object_type)

    def with_activity(self, activity: Activity, table: HandlerTable) -> "Task":
        return replace(self, activity=activity, entries=entries_for(table, activity))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that the door took and no parser takes."""

    row: QueuedRow


def read_row(row: QueuedRow, table: HandlerTable) -> Task | Unreadable:
    """Parse a recorded body. The door has refused already what decoders disagree about."""
    try:
        document: Document = msgspec.json.decode(row.body, type=dict[str, object])
        activity = reduce_foreign(parse_activity(normalise(document)))
    except (Malformed, msgspec.DecodeError):
        return Unreadable(row)
    activity = _addressed(activity, row)
    return Task(row, activity, entries_for(table, activity))


def _addressed(activity: Activity, row: QueuedRow) -> Activity:
    """Take what names nobody and came to a personal inbox as said to its owner (``bto``, ``bcc``).

    Source: ActivityPub 7.1; Mastodon 4.2-4.7 ``activity/create.rb`` takes it for a silent mention.
    """
    document = activity.object_document
    if activity.type != "Create" or document is None or row.inbox_of is None or row.is_forwarded:
        return activity
    named = activity.to or activity.cc or any(document.get(key) for key in _ADDRESSES)
    return activity if named else replace(activity, to=(row.inbox_of,))


class Lines:
    """The tasks of one claim, by line, in order."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._lines: dict[str, deque[Task]] = {}
        for task in tasks:
            self._lines.setdefault(task.row.line, deque()).append(task)

    def drop(self, line: str) -> None:
        """Leave the rest of a line for a later claim."""
        self._lines.pop(line, None)

    def next_round(self) -> Sequence[Sequence[Task]]:
        """Take the next run of each line, grouped by key, each group in order of arrival."""
        groups: dict[Key, list[Task]] = {}
        for line in list(self._lines):
            tasks = self._lines[line]
            key = tasks[0].key
            group = groups.setdefault(key, [])
            while tasks and tasks[0].key == key:
                group.append(tasks.popleft())
            if not tasks:
                del self._lines[line]
        return [sorted(group, key=lambda task: task.row.id) for group in groups.values()]
