"""A conversation around one post: what it answers, and the tree of answers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ActorId, PostId
from fedinet.timelines.entries import Entry

_MAX_INDENT: Final = 4
"""Deeper answers stand beside the one they answer: a phone has no room for more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the answers to it, in the order in which they were written."""

    entry: Entry
    replies: "tuple[Answer, ...]" = ()


def answers_to(post_id: PostId, entries: Sequence[Entry]) -> tuple[Answer, ...]:
    """Arrange answers (oldest first) below the post they lead to.

    An answer whose parent the reader may not see, or which is part of a circle,
    stands at the top: nothing that was given is left out.
    """
    known = {entry.post.id for entry in entries}
    below: dict[PostId, list[Entry]] = {}
    for entry in entries:
        parent = entry.post.parent_id
        kept = parent in known and parent is not None and parent < entry.post.id
        below.setdefault(parent if kept and parent is not None else post_id, []).append(entry)
    return _branch(post_id, below, _MAX_INDENT)


def people_in(entries: Sequence[Entry], *, most: int = 12) -> tuple[Actor, ...]:
    """Who speaks in a conversation, in the order of their first words."""
    people: dict[ActorId, Actor] = {}
    for entry in sorted(entries, key=lambda one: one.post.id):
        people.setdefault(entry.author.id, entry.author)
    return tuple(people.values())[:most]


def _branch(parent: PostId, below: dict[PostId, list[Entry]], indent: int) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    for entry in below.get(parent, ()):
        replies = _branch(entry.post.id, below, indent - 1)
        if indent > 1:
            answers.append(Answer(entry, replies))
        else:
            answers += [Answer(entry), *replies]
    return tuple(answers)
