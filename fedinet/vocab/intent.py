"""Joining, leaving, inviting and offering: what such an activity says. Pure.

Nothing here acts on them yet; they are read and checked, so that a peer's mistake
is told from what this node does not offer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.vocab.activity import Activity, Document, text_of, type_of, uris_of
from fedinet.vocab.values import moment, web_url

INTENT_TYPES: Final = frozenset(
    {"Join", "Leave", "Invite", "Offer", "TentativeAccept", "TentativeReject"}
)
_MAX_MESSAGE: Final = 5_000
_MAX_INVITED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody wants to do with an event, a group, or with other people.

    ``object`` is the event or group; of an Invite that names people as its object,
    as AS2 does, ``object`` is its ``target`` and ``people`` are those invited. Of
    an Offer it is what is offered, and ``people`` are whom it is offered to.
    ``message`` is as received: plain text or HTML, for the sanitiser.
    """

    id: ObjectUri | None
    kind: str
    actor: ActorUri
    object: ObjectUri
    object_type: str = ""
    """Empty where only the URI was given."""
    offered: Document | None = None
    """The embedded object of an Offer, e.g. a Relationship, where the sender may say what it is."""
    people: tuple[ActorUri, ...] = ()
    message: str = ""
    ends_at: datetime | None = None


def parse_intent(activity: Activity) -> Intent:
    """Read an activity of ``INTENT_TYPES``.

    Mobilizon writes ``participationMessage``; FEP-8a8e names the event as ``target``
    of a Join; Friendica and AS2 invite people (``object``) to an event (``target``).

    Raises:
        Malformed: it names nothing, or no address that could be read.
    """
    if activity.type not in INTENT_TYPES:
        raise Malformed(f"{activity.type[:50]} is no intent")
    named, target = activity.object_uri, activity.target
    document = activity.document
    people: tuple[str, ...] = ()
    if activity.type == "Invite" and target is not None:
        people, named = uris_of(document.get("object"))[:_MAX_INVITED], ObjectUri(target)
    elif activity.type == "Invite":
        people = activity.to[:_MAX_INVITED]
    elif activity.type == "Offer":
        people = (*uris_of(document.get("target")), *activity.to)[:_MAX_INVITED]
        named = named or activity.id  # what is offered may have no id of its own
    about = web_url(named) or web_url(target)
    if about is None:
        raise Malformed(f"{activity.type} about nothing: {activity.id}")
    embedded = activity.object_document
    message = text_of(document, "participationMessage") or text_of(document, "content")
    return Intent(
        id=activity.id,
        kind=activity.type,
        actor=activity.actor,
        object=ObjectUri(about),
        object_type=(type_of(embedded) or "")[:100] if embedded is not None else "",
        offered=embedded if activity.type == "Offer" else None,
        people=tuple(ActorUri(uri) for uri in dict.fromkeys(people) if web_url(uri)),
        message=message[:_MAX_MESSAGE],
        ends_at=moment(document.get("endTime")),
    )
