"""Who will read what a member is about to publish, said before it is published. Pure.

What is shown here are facts to decide by; the gate (``audiences``) decides. Of somebody who blocks
the writer it says what their profile says; in numbers they look as if they did not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.uris import origin_of

_FEW: Final = 3
"""So many are called by name; the others are counted."""


class Place(StrEnum):
    """Where readers are."""

    MEMBERS = "members"
    """All members, followers or not."""
    HERE = "here"
    ALLIED = "allied"
    OTHER = "other"
    SILENT = "silent"
    """On servers that were given up: posts to followers are not sent there for now."""


class Why(StrEnum):
    """Why somebody who is named does not get the post."""

    KEPT_AWAY = "kept_away"
    """The writer blocks them, or keeps their server away."""
    SHUT_OUT = "shut_out"
    """They block the writer."""
    STAYS_HERE = "stays_here"
    NOT_ALLIED = "not_allied"
    NOT_FOLLOWING = "not_following"
    REFUSED = "refused"
    """This community does not talk with their server."""


@dataclass(frozen=True, slots=True)
class Servers:
    """How many people, on how many servers, and the names of those with the most of them."""

    people: int = 0
    servers: int = 0
    names: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        """Servers without a name here."""
        return self.servers - len(self.names)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom the post speaks to, and how they stand to its writer."""

    actor: Actor
    follows: bool = False
    kept_away: bool = False
    shuts_out: bool = False
    """They block the writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readership:
    """What is known of the readers of a post before it is published."""

    counts: Mapping[Place, Servers]
    members: Sequence[Actor] = ()
    """A few, without the writer."""
    followers: Sequence[Actor] = ()
    named: Sequence[Known] = ()
    """Whom the text names, or the post answers."""
    answered: ActorId | None = None
    reading: frozenset[ActorId] = frozenset()
    """Who reads what it answers already, as far as the writer may know."""
    allied: Mapping[str, Domain]
    """The allied communities that it can be for: origin -> name."""
    refused: frozenset[Domain] = frozenset()
    """Servers of people named that this community sends nothing to."""
    allies_only: bool = False
    """The community talks with no others."""
    unknown: tuple[str, ...] = ()
    """Names that lead to nobody."""
    silent: tuple[str, ...] = ()
    """Names elsewhere whose server does not answer now."""
    unmet: tuple[str, ...] = ()
    """Names elsewhere that nobody here has met; they are looked up before it is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is stored on one side of the water. ``besides``: people named who do not follow."""

    is_on: bool = True
    servers: Servers = Servers()
    besides: tuple[Actor, ...] = ()


OFF: Final = Side(is_on=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one audience means for this post. The writer is not among ``first`` and ``others``."""

    audience: Visibility
    first: tuple[Actor, ...] = ()
    others: int = 0
    here: int = 0
    """Followers here."""
    allied: Side = OFF
    other: Side = OFF
    silent: Servers = Servers()
    inside: tuple[Actor, ...] = ()
    """Of those named: who is told."""
    outside: tuple[tuple[Actor, Why], ...] = ()

    @property
    def goes_out(self) -> bool:
        """Whether any other server is sent it."""
        return self.allied.is_on or self.other.is_on


def why_left_out(audience: Visibility, one: Known, readers: Readership) -> Why | None:
    """Say why somebody who is named does not get a post for this audience; None: they do."""
    actor = one.actor
    if one.kept_away:
        return Why.KEPT_AWAY
    if one.shuts_out:
        return Why.SHUT_OUT
    if audience is Visibility.COMMUNITY and not actor.is_local:
        return Why.STAYS_HERE
    if audience is Visibility.ALLIES and not (actor.is_local or _is_allied(actor, readers)):
        return Why.NOT_ALLIED
    if audience is Visibility.FOLLOWERS and not one.follows and actor.id != readers.answered:
        return Why.NOT_FOLLOWING
    if not actor.is_local and home_of(actor) in readers.refused:
        return Why.REFUSED
    return None


def summary_of(audience: Visibility, readers: Readership) -> Summary:
    """Say what an audience means."""
    asked = [(one, why_left_out(audience, one, readers)) for one in readers.named]
    inside = [one for one, why in asked if why is None]
    strangers = [one.actor for one in inside if not one.follows]
    first, total, here = _first(audience, readers, inside)
    said = Summary(
        audience=audience,
        first=first[:_FEW],
        others=max(0, total - len(first[:_FEW])),
        here=here,
        inside=tuple(one.actor for one in inside),
        outside=tuple((one.actor, why) for one, why in asked if why is not None),
    )
    match audience:
        case Visibility.COMMUNITY:
            return said
        case Visibility.ALLIES:
            return replace(said, allied=Side(servers=_named(tuple(readers.allied.values()))))
        case Visibility.MENTIONED:
            people = [one.actor for one in inside if not one.actor.is_local]
            return replace(
                said,
                allied=_homes([one for one in people if _is_allied(one, readers)]),
                other=_homes([one for one in people if not _is_allied(one, readers)]),
            )
        case Visibility.FOLLOWERS | Visibility.QUIET | Visibility.EVERYONE:
            far = [one for one in strangers if not one.is_local]
            allied = _side(readers, Place.ALLIED, [one for one in far if _is_allied(one, readers)])
            if audience is Visibility.EVERYONE and readers.allied:
                allied = Side(servers=_named(tuple(readers.allied.values())))
            beyond = [one for one in far if not _is_allied(one, readers)]
            other = OFF if readers.allies_only else _side(readers, Place.OTHER, beyond)
            silent = readers.counts.get(Place.SILENT, Servers())
            return replace(said, allied=allied, other=other, silent=silent)


def read_unawares(
    readers: Readership, shown: Collection[str], known: Collection[ActorId] = ()
) -> tuple[Actor, ...]:
    """Who would read a letter though its page did not say so: nobody of the conversation.

    ``shown``: the handles of whom the writer knows of; ``known``: others who read it already.
    """
    passed = readers.reading.union(known)
    return tuple(
        actor
        for actor in summary_of(Visibility.MENTIONED, readers).inside
        if actor.id not in passed
        and not {actor.handle.lower(), actor.full_handle.lower()}.intersection(shown)
    )


def greeting_of(readers: Readership) -> str:
    """How an answer begins: with the names of all to whom it goes."""
    names = [f"@{one.actor.handle} " for one in readers.named if not one.kept_away]
    return "".join(names)


def home_of(actor: Actor) -> Domain:
    """The server where an actor is delivered to."""
    return origin_of(actor.inbox_url).domain


def _first(
    audience: Visibility, readers: Readership, inside: Sequence[Known]
) -> tuple[tuple[Actor, ...], int, int]:
    """Who is called by name, how many there are in all, and how many of them here."""
    counts = readers.counts
    here = counts.get(Place.HERE, Servers()).people
    match audience:
        case Visibility.COMMUNITY | Visibility.ALLIES:
            members = counts.get(Place.MEMBERS, Servers()).people
            return tuple(readers.members), max(0, members - 1), here
        case Visibility.FOLLOWERS:
            # Of those who do not follow only the one answered is inside.
            besides = [one.actor for one in inside if not one.follows]
            places = (Place.HERE, Place.ALLIED) + (() if readers.allies_only else (Place.OTHER,))
            people = sum(counts.get(place, Servers()).people for place in places)
            here += sum(one.is_local for one in besides)
            return (*besides, *readers.followers), people + len(besides), here
        case Visibility.MENTIONED:
            people = tuple(one.actor for one in inside)
            return people, len(people), sum(one.is_local for one in people)
        case Visibility.EVERYONE | Visibility.QUIET:
            return (), 0, here


def _side(readers: Readership, place: Place, besides: Sequence[Actor]) -> Side:
    servers = readers.counts.get(place, Servers())
    return Side(
        is_on=bool(servers.people or besides), servers=servers, besides=tuple(besides[:_FEW])
    )


def _homes(people: Sequence[Actor]) -> Side:
    """Where the people are who get a post to those mentioned."""
    homes = tuple(dict.fromkeys(home_of(actor) for actor in people))
    if not homes:
        return OFF
    return Side(servers=Servers(len(people), len(homes), homes[:_FEW]))


def _named(names: Sequence[str]) -> Servers:
    return Servers(0, len(names), tuple(names[:_FEW]))


def _is_allied(actor: Actor, readers: Readership) -> bool:
    return str(origin_of(actor.uri)) in readers.allied
