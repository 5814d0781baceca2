"""The envelope every activity shares, after normalisation. Pure.

Documents are plain mappings with Mastodon's compact names. The readers here are
lenient about shape (single value or array, string or embedded object, Link
objects) and never raise: what cannot be read is absent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeAlias

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.uris import origin_of, same_origin

Document: TypeAlias = Mapping[str, object]
"""One JSON-LD document as decoded. Read-only by type."""

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public"})
_EMPTY: Document = {}
MAX_TYPE: Final = 200
"""Characters of a type. It stands in the log, in counters and in the queue."""
ACTOR_TYPES = frozenset({"Person", "Group", "Organization", "Service", "Application"})
ACTIVITY_TYPES: Final = frozenset(
    {
        "Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "EmojiReact",
        "Flag", "Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Lock", "Move",
        "Offer", "QuoteRequest", "Read", "Reject", "Remove", "TentativeAccept", "TentativeReject",
        "Travel", "Undo", "Update", "View",
    }
)  # fmt: skip
MAX_OBJECTS: Final = 20
"""Of one activity that does the same to several; the others are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity of a known author. ``object`` is a URI, a document, or absent."""

    id: ObjectUri | None
    type: str
    actor: ActorUri
    object: str | Document | None
    others: tuple[str | Document, ...] = ()
    """Further objects, where an array was given. See ``inbox.dispatch``."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    target: str | None = None
    document: Document = field(default_factory=lambda: _EMPTY)

    @property
    def object_uri(self) -> ObjectUri | None:
        """URI of the object, whether it was linked or embedded."""
        uri = self.object if isinstance(self.object, str) else uri_of(self.object)
        return None if uri is None else ObjectUri(uri)

    @property
    def object_document(self) -> Document | None:
        """The embedded object, or None where only its URI was given."""
        return self.object if isinstance(self.object, Mapping) else None

    @property
    def object_type(self) -> str:
        """What the handler table is asked for: a type, ``Actor``, or ``?`` when unknown."""
        if self.object_uri == self.actor:
            return "Actor"
        if isinstance(self.object, Mapping):
            kind = type_of(self.object)
            return "Actor" if kind in ACTOR_TYPES else kind or "?"
        return "?"


_ANSWERS: Final = frozenset({"Accept", "Reject", "TentativeAccept", "TentativeReject", "Ignore"})
_REFERENCES: Final = ("id", "type", "actor", "object", "target")


def parse_activity(document: Document) -> Activity:
    """Read the envelope of a delivered or fetched activity.

    An activity without ``id`` is transient and gets None; whoever records it
    tells repeats by its bytes. ``id`` and ``actor`` share one origin (TRAPS 1).
    Of several types it is the first that is an activity's, of several objects
    the first is ``object``. An embedded object is as received: see ``reduce_foreign``.

    Raises:
        Malformed: no type or an endless one, no actor, or an id that is not the actor's to give.
    """
    kind = _activity_type(document)
    if not kind or len(kind) > MAX_TYPE:
        raise Malformed("activity without a usable type", public="This activity has no type")
    actor = uri_of(document.get("actor"))
    if actor is None:
        raise Malformed(
            f"{kind[:50]} without an actor", public="This activity names no actor by its id"
        )
    origin = origin_of(actor)
    uri = document.get("id")
    if uri is not None and (not isinstance(uri, str) or (uri and origin_of(uri) != origin)):
        raise Malformed(
            f"{kind[:50]} of {actor}: its id belongs to another origin",
            public="The id of an activity has the origin of its actor",
        )
    objects = tuple(islice(_objects(document.get("object")), MAX_OBJECTS))
    return Activity(
        id=ObjectUri(uri) if uri else None,
        type=kind,
        actor=ActorUri(actor),
        object=objects[0] if objects else None,
        others=objects[1:],
        to=uris_of(document.get("to")),
        cc=uris_of(document.get("cc")),
        target=uri_of(document.get("target")),
        document=document,
    )


def reduce_foreign(activity: Activity) -> Activity:
    """Put the URI in place of an embedded object that the sender cannot vouch for.

    Only the origin of an object may say what it contains; embedded elsewhere it
    is hearsay (FEP-fe34). What an answer answers is the other side's activity by
    nature: of that the references stay (id, type, actor, object, target), so that
    an Accept can be matched to a Follow whose id the peer has lost or changed. So
    they do of an activity that a group announces: they say what to ask its origin.
    """
    if activity.others:
        others = tuple(_own_or_uri(activity, other) for other in activity.others)
        activity = replace(activity, others=others)
    if activity.object is None:
        return activity
    return replace(activity, object=_own_or_uri(activity, activity.object))


def each_object(activity: Activity) -> Iterator[Activity]:
    """Yield the activity once for each of its objects."""
    yield activity if not activity.others else replace(activity, others=())
    for other in activity.others:
        yield replace(activity, object=other, others=())


def _own_or_uri(activity: Activity, embedded: str | Document) -> str | Document:
    if isinstance(embedded, str):
        return embedded
    uri = embedded.get("id")
    if not isinstance(uri, str) or not uri or same_origin(uri, activity.actor):
        return embedded
    announced = activity.type == "Announce" and type_of(embedded) in ACTIVITY_TYPES
    return _references(embedded) if announced or activity.type in _ANSWERS else uri


def _activity_type(document: Document) -> str | None:
    """Of several types the first that is an activity's: some add classes of their own."""
    members = [member for member in listed(document.get("type")) if isinstance(member, str)]
    return next(
        (kind for kind in members if kind in ACTIVITY_TYPES), members[0] if members else None
    )


def _objects(value: object) -> Iterator[str | Document]:
    for member in listed(value):
        if (isinstance(member, str) and member) or isinstance(member, Mapping):
            yield member  # pyright: ignore[reportUnknownVariableType]  # JSON keys are strings


def _references(document: Document) -> Document:
    kept: dict[str, object] = {}
    for key in _REFERENCES:
        value = type_of(document) if key == "type" else uri_of(document.get(key))
        if value is not None:
            kept[key] = value
    return kept


def listed(value: object) -> Iterator[object]:
    """Yield the members of a value that may be absent, single or an array."""
    if isinstance(value, list | tuple):
        yield from value  # pyright: ignore[reportUnknownVariableType]  # JSON arrays hold anything
    elif value is not None:
        yield value


def as_document(value: object) -> Document | None:
    """Return an embedded document (the first of an array), else None."""
    for member in listed(value):
        if isinstance(member, Mapping):
            return member  # pyright: ignore[reportUnknownVariableType]  # JSON keys are strings
    return None


def uri_of(value: object) -> str | None:
    """Read a reference: a string, an object with ``id``, a Link with ``href``, or an array."""
    if isinstance(value, str):  # by far the most, and there are dozens in each activity
        return value or None
    for member in listed(value):
        if isinstance(member, str):
            return member or None
        if isinstance(member, Mapping):
            for key in ("id", "href"):
                uri: object = member.get(key)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                if isinstance(uri, str) and uri:
                    return uri
    return None


def uris_of(value: object) -> tuple[str, ...]:
    """Read every reference of a property, in order, without repeats."""
    return tuple(dict.fromkeys(uri for member in listed(value) if (uri := uri_of(member))))


def type_of(document: Document) -> str | None:
    """The first type that is a string; inner objects may write it ``as:Mention``."""
    for member in listed(document.get("type")):
        if isinstance(member, str):
            return member.removeprefix("as:")
    return None


def text_of(document: Document, key: str) -> str:
    """Read a text property: the plain value, else the first of its language map, else ``""``."""
    for member in listed(document.get(key)):
        if isinstance(member, str):
            return member
    language_map = document.get(key + "Map")
    if isinstance(language_map, Mapping):
        for member in language_map.values():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if isinstance(member, str):
                return member
    return ""


def is_public(uri: str) -> bool:
    return uri in PUBLIC_SPELLINGS
