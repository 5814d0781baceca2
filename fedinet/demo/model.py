"""Who is in the demo and what they do, as written in ``cast/``. Pure."""

import re
from datetime import timedelta
from typing import Final

import msgspec

from fedinet.audiences.model import Visibility
from fedinet.kernel.errors import FedinetError

_AGO: Final = re.compile(r"(?:(\d+)d)? ?(?:(\d+)h)? ?(?:(\d+)m)?")
_NAMED: Final = re.compile(r"\{([a-z0-9_]+)\}")


class BadCast(FedinetError):
    """The text of the demo contradicts itself."""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody in a community. Names are unique in the whole cast."""

    username: str
    name: str
    bio: str
    role: str = "member"
    fields: dict[str, str] = {}
    language: str = ""
    """Empty: the community's."""
    approves: bool = True
    """Whether followers wait for a yes."""
    follows: tuple[str, ...] = ()
    """Who said yes."""
    asks: tuple[str, ...] = ()
    """Who has not answered: these requests stand open."""


class Community(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One node and everybody on it; the first person founded it."""

    key: str
    name: str
    purpose: str
    language: str
    time_zone: str
    hue: int
    people: tuple[Person, ...]


class Scene(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One post, or with ``edits`` a change of one; and who liked and boosted it."""

    ago: str
    """How long before the demo was made, e.g. ``2d 4h`` or ``35m``."""
    by: str
    text: str
    id: str = ""
    """For scenes that refer to this one."""
    to: Visibility = Visibility.EVERYONE
    answers: str = ""
    edits: str = ""
    note: str = ""
    language: str = ""
    likes: tuple[str, ...] = ()
    boosts: tuple[str, ...] = ()

    @property
    def age(self) -> timedelta:
        found = _AGO.fullmatch(self.ago)
        if found is None or not any(found.groups()):
            raise BadCast(f"not a time: {self.ago!r}")
        days, hours, minutes = (int(part or 0) for part in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who acts in this scene or is named in it."""
        return (self.by, *self.likes, *self.boosts, *_NAMED.findall(self.text))


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """The whole demo: communities, what happens in them, and the guest from elsewhere.

    ``guest`` lives on a server that others wrote; ``guest_scenes`` happen only
    where that server runs.
    """

    communities: tuple[Community, ...]
    scenes: tuple[Scene, ...]
    guest: Person
    guest_followers: tuple[str, ...]
    guest_scenes: tuple[Scene, ...]

    def people(self) -> dict[str, Person]:
        residents = (person for community in self.communities for person in community.people)
        return {person.username: person for person in (*residents, self.guest)}


def name_people(text: str, handles: dict[str, str]) -> str:
    """Put the handles of this demo where a text names people: ``{ada}`` -> ``@ada@…``."""
    return _NAMED.sub(lambda found: handles[found[1]], text)


def check(script: Script) -> Script:
    """Return the script if everything in it fits together.

    Raises:
        BadCast: somebody or something is not there, comes twice, or out of order.
    """
    people = script.people()
    count = sum(len(community.people) for community in script.communities) + 1
    _require(len(people) == count, "two people of one name")
    for person in people.values():
        unknown = {*person.follows, *person.asks} - people.keys()
        _require(not unknown, f"{person.username} follows unknown {unknown}")
    _require(set(script.guest_followers) <= people.keys(), "unknown people follow the guest")
    scenes = (*script.scenes, *script.guest_scenes)
    told: set[str] = set()
    for scene in scenes:
        unknown = set(scene.people) - people.keys()
        _require(not unknown, f"a scene of {scene.by} with unknown {unknown}")
        missing = {scene.answers, scene.edits} - {""} - told
        _require(not missing, f"{scene.by} refers to {missing} before it happens")
        _require(not scene.id or scene.id not in told, f"two scenes {scene.id}")
        told.add(scene.id)
    for part in (script.scenes, script.guest_scenes):
        ages = [scene.age for scene in part]
        _require(ages == sorted(ages, reverse=True), "scenes are not in order of time")
    early = {scene.by for scene in script.scenes} & {script.guest.username}
    _require(not early, "the guest acts where nobody may be")
    _Reach(script).check()
    return script


class _Reach:
    """Where every post gets to, so that nobody waits for one that will never arrive."""

    def __init__(self, script: Script) -> None:
        guest = script.guest.username
        self._home = {p.username: c.key for c in script.communities for p in c.people}
        self._home[guest] = guest
        people = script.people().values()
        self._follows = {(p.username, target) for p in people for target in p.follows}
        self._follows |= {(name, guest) for name in script.guest_followers}
        self._scenes = {scene.id: scene for scene in (*script.scenes, *script.guest_scenes)}
        self._all = (*script.scenes, *script.guest_scenes)

    def check(self) -> None:
        for scene in self._all:
            first = [*scene.likes, *scene.boosts]
            later = [other.by for other in self._all if scene.id and other.answers == scene.id]
            for name in (*first, *later):
                _require(
                    self._reaches(scene, name),
                    f"{name} cannot have seen {scene.id or scene.text[:40]!r} of {scene.by}",
                )

    def _reaches(self, scene: Scene, name: str) -> bool:
        home, named = self._home, self._named(scene)
        match scene.to:
            case _ if name == scene.by:
                return True
            case Visibility.MENTIONED:
                return name in named
            case Visibility.COMMUNITY:
                return home[name] == home[scene.by]
            case Visibility.FOLLOWERS:
                return (name, scene.by) in self._follows
            case _:
                near = {home[person] for person in (scene.by, *named)}
                sent_by = (scene.by, *scene.boosts)
                near |= {home[who] for who, target in self._follows if target in sent_by}
                return home[name] in near

    def _named(self, scene: Scene) -> set[str]:
        parent = self._scenes.get(scene.answers) if scene.answers else None
        return {*_NAMED.findall(scene.text)} | ({parent.by} if parent else set())


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadCast(otherwise)
