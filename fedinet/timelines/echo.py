"""Who answered a post, as it is said under it in a list: by name, and never as a number. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ActorId

_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Echo:
    """``people``: at most three. Who answered last comes first, so that what is new shows."""

    people: Sequence[Actor]
    with_reader: bool
    """The reader did, and stands before all others."""
    has_more: bool

    @property
    def named(self) -> Sequence[Actor]:
        """Who is called by name: one fewer where "and others" follows."""
        return self.people[: _MOST - 1] if self.has_more else self.people


def voices(authors: Iterable[ActorId], reader: ActorId | None) -> Sequence[ActorId]:
    """Each of the authors once, in their order, but for the reader, who stands first."""
    return sorted(dict.fromkeys(authors), key=lambda one: one != reader)


def shown_of(heard: Sequence[ActorId]) -> Sequence[ActorId]:
    """Those of the ``voices`` whose faces are shown."""
    return heard[:_MOST]


def echo_of(
    heard: Sequence[ActorId], reader: ActorId | None, actors: Mapping[ActorId, Actor]
) -> Echo | None:
    """What is said of the ``voices``; None where nobody answered."""
    people = [actors[one] for one in shown_of(heard) if one in actors]
    if not people:
        return None
    return Echo(people, with_reader=people[0].id == reader, has_more=len(heard) > _MOST)
