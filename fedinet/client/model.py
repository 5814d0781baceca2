"""What a member's ActivityPub client posts, read and checked. Pure.

Source: https://www.w3.org/TR/activitypub/#client-to-server-interactions
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.errors import Forbidden, Malformed, Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri
from fedinet.vocab.activity import (
    ACTIVITY_TYPES,
    MAX_TYPE,
    PUBLIC,
    Activity,
    Document,
    as_document,
    is_public,
    listed,
    parse_activity,
    type_of,
    uri_of,
    uris_of,
)
from fedinet.vocab.values import web_url

SHOWN: Final = ("to", "cc", "audience")
HIDDEN: Final = ("bto", "bcc")
MAX_RECIPIENTS: Final = 200
MAX_DOCUMENT_BYTES: Final = 256 * 1024

_NEED_OBJECT: Final = frozenset(
    {
        "Accept", "Add", "Announce", "Block", "Create", "Delete", "Follow", "Like", "Reject",
        "Remove", "Undo", "Update",
    }
)  # fmt: skip
_NEED_TARGET: Final = frozenset({"Add", "Remove"})
_OBJECT_TYPES: Final = frozenset(
    {
        "Article", "Audio", "Collection", "CollectionPage", "Document", "Event", "Hashtag", "Image",
        "Link", "Mention", "Note", "Object", "OrderedCollection", "OrderedCollectionPage", "Page",
        "Place", "Profile", "Question", "Relationship", "Tombstone", "Video",
    }
)  # fmt: skip
_INTRANSITIVE: Final = frozenset({"Activity", "IntransitiveActivity"})


class Refusal(Malformed):
    """What was posted cannot be done. ``reason`` is a stable word, told to the client."""

    def __init__(self, reason: str, public: str) -> None:
        super().__init__(reason, public=public)
        self.reason = reason


class NotYours(Forbidden):
    """Somebody else's activity, object or name. ``reason`` is a stable word."""

    def __init__(self, reason: str, public: str) -> None:
        super().__init__(reason, public=public)
        self.reason = reason


class NotPossible(Unprocessable):
    """Well-formed, and not something that can be done. ``reason`` is a stable word."""

    def __init__(self, reason: str, public: str) -> None:
        super().__init__(reason, public=public)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """Whom a posted activity is for: as it is shown, and as it was found out.

    ``shown``: ``to``, ``cc`` and ``audience`` as the client wrote them, Public in
    its one spelling. ``hidden``: URIs of ``bto`` and ``bcc``.
    """

    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    hidden: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """Every URI once; Public is in it."""
        named = [uri for uris in self.shown.values() for uri in uris]
        return tuple(dict.fromkeys([*named, *self.hidden]))

    def reaches_followers(self, author: Actor) -> bool:
        return author.followers_uri is not None and author.followers_uri in self.everybody

    def visibility(self, author: Actor) -> Visibility:
        """The audience, by the addresses alone: nobody is added, nobody left out.

        Who is addressed by no name sees nothing: without any address it is for
        its author.
        """
        if PUBLIC in (*self.shown.get("to", ()), *self.shown.get("audience", ())):
            return Visibility.EVERYONE
        if PUBLIC in self.everybody:
            return Visibility.QUIET
        if self.reaches_followers(author):
            return Visibility.FOLLOWERS
        return Visibility.MENTIONED

    def fields(self) -> dict[str, object]:
        """The addresses as they are written into documents."""
        return {key: list(uris) for key, uris in self.shown.items() if uris}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked activity that has no id yet."""

    activity: Activity
    addressed: Addressed
    document: Document
    """All that the client said, without ids and hidden addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An activity on its way to the slice that does it."""

    uri: ObjectUri
    """Its new id."""
    activity: Activity
    document: Document
    author: Actor
    addressed: Addressed
    people: Mapping[str, Actor]
    """Those of the addressed who could be found, by URI; shown and hidden ones."""
    found: Mapping[str, Actor]
    """What the handler's ``gather`` found."""
    now: datetime

    @property
    def shown_people(self) -> tuple[Actor, ...]:
        hidden = frozenset(self.addressed.hidden)
        named = frozenset(uri for uris in self.addressed.shown.values() for uri in uris)
        return tuple(actor for uri, actor in self.people.items() if uri in named - hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of it. ``told``: who is delivered to already, by the command itself.

    ``object_uri``: of what it made or is about. ``document``: what is kept and
    delivered instead of the client's own words. ``is_delivered``: the command
    delivered to everybody it is for.
    """

    uri: ObjectUri
    object_uri: str | None = None
    told: frozenset[ActorId] = frozenset()
    document: Document | None = None
    is_delivered: bool = False


def read_draft(posted: Document, author: Actor) -> Draft:
    """Read one activity, or one object that is none, which becomes the object of a Create.

    Ids that the client gives are ignored. Addresses are copied both ways between
    a Create and its object.

    Raises:
        Refusal: no type, object or target where one is needed, or too many addresses.
        NotYours: it speaks in somebody else's name.
    """
    kind = _kind(posted)
    if kind is None or len(kind) > MAX_TYPE:
        raise Refusal("no_type", "What you post needs a type")
    if not is_activity(posted):
        posted = _wrapped(posted)
    _check_names(posted, author)
    own = {**posted, "actor": author.uri}
    own.pop("id", None)
    activity = parse_activity(own)
    if activity.type in _NEED_OBJECT and activity.object is None:
        raise Refusal("no_object", f"{activity.type} needs an object")
    if activity.type in _NEED_TARGET and activity.target is None:
        raise Refusal("no_target", f"{activity.type} needs a target")
    addressed = read_addresses(own, _created(activity))
    shown = {key: value for key, value in own.items() if key not in HIDDEN}
    shown |= addressed.fields()
    return Draft(activity=activity, addressed=addressed, document=shown)


def is_activity(document: Document) -> bool:
    """Tell an activity from an object. Of a type that nobody knows: by what it has."""
    kinds = [kind for kind in listed(document.get("type")) if isinstance(kind, str)]
    if any(kind in ACTIVITY_TYPES or kind in _INTRANSITIVE for kind in kinds):
        return True
    if any(kind in _OBJECT_TYPES for kind in kinds):
        return False
    return any(key in document for key in ("actor", "object", "target"))


def read_addresses(*documents: Document) -> Addressed:
    """Put the addresses of an activity and of what it creates together.

    Raises:
        Refusal: more than 200 of them.
    """
    shown = {key: _addresses(documents, key) for key in SHOWN}
    hidden = tuple(uri for key in HIDDEN for uri in _addresses(documents, key))
    addressed = Addressed(shown=shown, hidden=tuple(dict.fromkeys(hidden)))
    if len(addressed.everybody) > MAX_RECIPIENTS:
        raise Refusal("too_many_recipients", f"At most {MAX_RECIPIENTS} addresses")
    return addressed


def _addresses(documents: Iterable[Document], key: str) -> tuple[str, ...]:
    found = (uri for document in documents for uri in uris_of(document.get(key)))
    usable = (PUBLIC if is_public(uri) else web_url(uri) for uri in found)
    return tuple(dict.fromkeys(uri for uri in usable if uri is not None))


def _created(activity: Activity) -> Document:
    document = activity.object_document if activity.type == "Create" else None
    return {} if document is None else document


def _kind(document: Document) -> str | None:
    return type_of(document)


def _wrapped(posted: Document) -> Document:
    """Source: https://www.w3.org/TR/activitypub/#object-without-create"""
    copied = {key: posted[key] for key in (*SHOWN, *HIDDEN) if key in posted}
    return {"type": "Create", "object": posted, **copied}


def _check_names(posted: Document, author: Actor) -> None:
    """Nobody speaks in another's name.

    Raises:
        NotYours: ``actor`` or the created object's ``attributedTo`` is somebody else.
    """
    actor = uri_of(posted.get("actor"))
    if actor is not None and actor != author.uri:
        raise NotYours("foreign_actor", "The actor of what you post has to be you")
    created = as_document(posted.get("object")) if type_of(posted) == "Create" else None
    if created is None:
        return
    for key in ("attributedTo", "actor"):
        named = uris_of(created.get(key))
        if named and set(named) != {author.uri}:
            raise NotYours("foreign_author", f"{key} of what you create has to be you")
